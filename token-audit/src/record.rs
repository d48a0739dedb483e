//! Defines one entry of the log: an event with its index and time, as one line of JSON (RFC 8259).

mod cut;
mod field;
mod limits;
mod read;
mod text;
mod value;
mod write;

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap};
use serde_json::{Value, value::RawValue};
use time::UtcDateTime;

use self::{
    field::Field,
    limits::{MAX, MAX_BODY, not_a, too_long},
    read::ReadRecord,
    write::Body,
};
pub(super) use self::{
    limits::MAX_PREFIX,
    read::{index_of, missed_of},
    text::parse_mark,
};
use super::Event;
use crate::Error;

/// One entry of the log.
///
/// A record is a flat JSON object of at most 65,535 bytes; `docs/audit-records.md`
/// in the repository lists its fields. Records of later versions can be read: events unknown to this version are
/// [`Action::Other`](super::Action::Other), and unknown fields are kept and written again.
///
/// [`parse`](Self::parse) and [`to_json`](Self::to_json) keep an unknown field's value byte by byte. serde's traits
/// are for self-describing formats (JSON, CBOR, TOML …), and pass an unknown field's value on as
/// [`serde_json::Value`] understands it.
///
/// ```
/// use token_audit::Record;
///
/// let line = br#"{"v":1,"index":17,"time":"2026-11-22T06:45:01.123456Z","event":"created","kind":"ci","team":"core"}"#;
/// let record = Record::parse(line)?;
///
/// assert_eq!((record.index, record.event.action.name()), (17, "created"));
/// assert_eq!(record.to_json().as_bytes(), line); // `team` too, though nobody here knows it
/// # Ok::<(), token_audit::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// The index of the record in the log, from 0.
    pub index: u64,
    /// The time at which the recorder took the event, to the microsecond.
    pub time: UtcDateTime,
    /// What happened.
    pub event: Event,
    /// How many noted events were lost since the record before this one.
    pub missed: u64,
    version: u64,
    unknown: Vec<Unknown>,
}

/// A field that this version does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Unknown {
    name: String,
    /// The value of the field as JSON text.
    value: String,
}

impl Record {
    /// Makes a record of this version. Its time and the token's expiry are cut to microseconds, and to the years 0 to
    /// 9999.
    pub fn new(index: u64, time: UtcDateTime, mut event: Event) -> Self {
        let time = text::rounded(time);
        event.expires_at = event.expires_at.map(text::rounded);
        Self { index, time, event, missed: 0, version: VERSION, unknown: Vec::new() }
    }

    /// Reads a record from its JSON text.
    ///
    /// # Errors
    ///
    /// Fails with [`TooLong`](crate::ErrorKind::TooLong) if there are more than 65,535 bytes, otherwise with
    /// [`Syntax`](crate::ErrorKind::Syntax). No error repeats what was read.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > MAX {
            return Err(too_long("the record", MAX));
        }
        let text = core::str::from_utf8(bytes).map_err(|_| not_a("record"))?;
        let mut json = serde_json::Deserializer::from_str(text);
        let record = json.deserialize_map(ReadRecord::<&RawValue>::new());
        record.and_then(|record| json.end().map(|()| record)).map_err(|_| not_a("record"))
    }

    /// Returns the JSON text, without white space. For a record that was parsed from a text that this library wrote, it
    /// is the same text.
    ///
    /// In [`Action::Exposed`](super::Action::Exposed) the counts of the same scope are added up, since a JSON object
    /// has each name once.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = Vec::new();
        let body = self.body().to_json().unwrap_or_default();
        write::head(&mut out, self.version, self.index, self.missed);
        write::members(&mut out, &body);
        write::unknown(&mut out, self.kept());
        String::from_utf8(out).unwrap_or_default()
    }

    /// Returns the version of the schema that the record follows, from 1.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    fn body(&self) -> Body<'_> {
        Body { event: &self.event, time: self.time }
    }

    /// Iterates over the unknown fields. A field is left out if it has the name of a known field that the event has got
    /// since it was read.
    fn kept(&self) -> impl Iterator<Item = &Unknown> {
        let has = |name: &str| Field::of(name).is_some_and(|field| self.has(field));
        self.unknown.iter().filter(move |field| !has(&field.name))
    }

    fn has(&self, field: Field) -> bool {
        let event = &self.event;
        match field {
            Field::Missed => self.missed > 0,
            Field::Token => event.token.is_some(),
            Field::Kind => !event.kind.is_empty(),
            Field::Scopes => !event.scopes.is_empty(),
            Field::Policy => event.policy.is_some(),
            Field::Actor => event.actor.is_some(),
            Field::Reason => event.reason.is_some(),
            Field::Subject => event.subject.is_some(),
            Field::ExpiresAt => event.expires_at.is_some(),
            Field::ParentToken => event.parent.is_some(),
            Field::Origin => event.origin.is_some(),
            Field::Epoch => event.epoch.is_some(),
            field => field.belongs_to(&event.action),
        }
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("v", &self.version)?;
        map.serialize_entry("index", &self.index)?;
        if self.missed > 0 {
            map.serialize_entry("missed", &self.missed)?;
        }
        self.body().entries(&mut map)?;
        for field in self.kept() {
            let value: Value = serde_json::from_str(&field.value).map_err(|_| {
                serde::ser::Error::custom("an unknown field goes beyond what serde_json can hold")
            })?;
            map.serialize_entry(&field.name, &value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReadRecord::<Value>::new())
    }
}

/// Writes the body of a record: an object without version and index. The caller's thread can do that. What is too long
/// for a record is cut.
///
/// # Errors
///
/// Fails with [`Syntax`](crate::ErrorKind::Syntax) if an `Action::Other` has the name of a known event, since it would not
/// be read back as `Other`.
pub(super) fn body(event: &Event, time: UtcDateTime) -> Result<Vec<u8>, Error> {
    limits::check(event)?;
    let event = cut::texts(event);
    let written = |event: &Event| Body { event, time }.to_json().map_err(|_| not_a("record"));
    let body = written(&event)?;
    match body.len() <= MAX_BODY {
        true => Ok(body),
        false => written(&cut::lists(&event)),
    }
}

/// Appends the record with this [`body`]. It allocates nothing, except room in `out`.
pub(super) fn complete(out: &mut Vec<u8>, index: u64, missed: u64, body: &[u8]) {
    write::head(out, VERSION, index, missed);
    write::members(out, body);
}

/// The version of the schema that this library writes.
const VERSION: u64 = 1;

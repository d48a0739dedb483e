//! Reads a record from JSON (RFC 8259), or from any other self-describing format.
//!
//! In a record that this library wrote, the fields are in the known order, and each is read when it
//! comes. A field that comes before its event is known is put aside until the end, and so is a
//! field of a version that may give it another meaning.

use core::{fmt, marker::PhantomData, mem};
use std::borrow::Cow;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

use super::{
    super::{Action, Event},
    Record, Unknown, VERSION,
    field::{self, Field},
    text,
    value::{Key, Put, ReadKey, Spelled, repeats},
};

/// A value that is put aside, or kept because its field is unknown.
pub(super) trait Kept<'de>: Deserialize<'de> {
    /// Reads the value into the field for which it was put aside. Returns `None` if the value has another type than the
    /// field.
    fn put(&self, put: Put<'_>) -> Option<()>;

    /// Returns the value as JSON text.
    fn text(&self) -> String;
}

/// Keeps a value of JSON text exactly as it is written.
impl<'de> Kept<'de> for &'de RawValue {
    fn put(&self, put: Put<'_>) -> Option<()> {
        put.deserialize(*self).ok()
    }

    fn text(&self) -> String {
        self.get().to_owned()
    }
}

/// Keeps a value of another format as serde_json represents it.
impl<'de> Kept<'de> for Value {
    fn put(&self, put: Put<'_>) -> Option<()> {
        put.deserialize(self).ok()
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

pub(super) struct ReadRecord<K>(PhantomData<K>);

impl<K> ReadRecord<K> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, K: Kept<'de>> Visitor<'de> for ReadRecord<K> {
    type Value = Record;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
        let mut draft = Draft::<K>::new();
        while let Some(key) = map.next_key_seed(ReadKey)? {
            draft.member(key, &mut map)?;
        }
        draft.finish().ok_or_else(|| A::Error::custom("not a record"))
    }
}

/// Holds a record while its fields are being read.
struct Draft<K> {
    version: Option<u64>,
    index: Option<u64>,
    time: Option<time::UtcDateTime>,
    event: Event,
    missed: u64,
    /// The bits of the fields that were read, since each field may come only once.
    seen: u32,
    aside: Vec<(Key, K)>,
    unknown: Vec<Unknown>,
}

impl<'de, K: Kept<'de>> Draft<K> {
    fn new() -> Self {
        let nothing = Action::other(Cow::Borrowed(""));
        Self {
            version: None,
            index: None,
            time: None,
            event: Event::new(nothing, ""),
            missed: 0,
            seen: 0,
            aside: Vec::new(),
            unknown: Vec::new(),
        }
    }

    fn member<A: MapAccess<'de>>(&mut self, key: Key, map: &mut A) -> Result<(), A::Error> {
        self.see(&key).ok_or_else(|| A::Error::custom("a name stands twice"))?;
        match key {
            Key::Known(Field::Version) => self.version = Some(map.next_value()?),
            Key::Known(Field::Index) => self.index = Some(map.next_value()?),
            Key::Known(Field::Time) => {
                self.time = Some(map.next_value_seed(Spelled(text::parse_time))?);
            }
            Key::Known(Field::Event) => {
                self.event.action =
                    map.next_value_seed(Spelled(|name: &str| Some(field::action(name))))?;
            }
            Key::Known(Field::Missed) if self.version == Some(VERSION) => {
                self.missed = map.next_value()?;
            }
            key if !self.is_certain() => self.aside.push((key, map.next_value()?)),
            Key::Known(field) if field.belongs_to(&self.event.action) => {
                map.next_value_seed(self.put(field))?;
            }
            key => self.keep(key, &map.next_value()?),
        }
        Ok(())
    }

    fn see(&mut self, key: &Key) -> Option<()> {
        let Key::Known(field) = key else { return Some(()) };
        let before = self.seen;
        self.seen |= field.bit();
        (before != self.seen).then_some(())
    }

    /// Returns whether a field's meaning is known as soon as the field is read. After a field was put aside, all later
    /// ones are put aside too, so that unknown fields keep their order.
    fn is_certain(&self) -> bool {
        self.version == Some(VERSION) && !self.is_other() && self.aside.is_empty()
    }

    fn is_other(&self) -> bool {
        matches!(self.event.action, Action::Other { .. })
    }

    fn put(&mut self, field: Field) -> Put<'_> {
        Put { field, event: &mut self.event, missed: &mut self.missed }
    }

    fn keep(&mut self, key: Key, value: &K) {
        let name = match key {
            Key::Known(field) => field.name().to_owned(),
            Key::Unknown(name) => name,
        };
        self.unknown.push(Unknown { name, value: value.text() });
    }

    /// Makes the record of the fields. Returns `None` if they are not those of a record.
    fn finish(mut self) -> Option<Record> {
        let (version, index, time) = (self.version?, self.index?, self.time?);
        if version == 0 || self.seen & Field::Event.bit() == 0 {
            return None;
        }
        if version > VERSION && !self.fits() {
            let name = self.event.action.name().to_owned();
            self.event.action = Action::other(name);
        }
        for (key, value) in mem::take(&mut self.aside) {
            self.settle(version, key, &value)?;
        }
        if !self.is_complete() || repeats(self.unknown.iter().map(|field| &*field.name)) {
            return None;
        }
        let Self { event, missed, unknown, .. } = self;
        Some(Record { version, index, time, event, missed, unknown })
    }

    /// Returns whether the fields that only this event has are of the types that this version gives them, and so is the
    /// origin, which says in which log their indexes count.
    fn fits(&mut self) -> bool {
        let aside = mem::take(&mut self.aside);
        let fit = aside.iter().all(|(key, value)| match key {
            Key::Known(field) if field.decides() && field.belongs_to(&self.event.action) => {
                value.put(self.put(*field)).is_some()
            }
            _ => true,
        });
        self.aside = aside;
        fit && self.is_complete()
    }

    fn is_complete(&self) -> bool {
        let required = Field::required_by(&self.event.action);
        self.seen & required == required
    }

    /// Reads a field that was put aside into the record, or keeps it as unknown. Returns `None` if the value has a
    /// wrong type. In a newer version, or in an unknown event, a field with a known name may have another meaning, so
    /// its value may have another type. Only `missed` belongs to the record itself and not to the event.
    fn settle(&mut self, version: u64, key: Key, value: &K) -> Option<()> {
        if let Key::Known(field) = key
            && field.belongs_to(&self.event.action)
        {
            let lenient = version > VERSION || (self.is_other() && field != Field::Missed);
            match value.put(self.put(field)) {
                None if lenient => {}
                put => return put,
            }
        }
        self.keep(key, value);
        Some(())
    }
}

/// Returns the first index that an entry states, or `None` if it states none. The rest of the entry is not read.
pub(in super::super) fn index_of(entry: &[u8]) -> Option<u64> {
    let mut index = None;
    // The result is ignored, since serde_json reports that the reading stopped early.
    let _ = serde_json::Deserializer::from_slice(entry).deserialize_map(ReadIndex(&mut index));
    index
}

/// Returns how many lost events a record of this library states. The rest of the entry is not read.
pub(in super::super) fn missed_of(entry: &[u8]) -> u64 {
    let mut missed = 0;
    // As above.
    let _ = serde_json::Deserializer::from_slice(entry).deserialize_map(ReadMissed(&mut missed));
    missed
}

struct ReadMissed<'i>(&'i mut u64);

impl<'de> Visitor<'de> for ReadMissed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        // The number stands behind the version and the index, before all other fields.
        while let Some(Key::Known(field)) = map.next_key_seed(ReadKey)? {
            match field {
                Field::Version | Field::Index => _ = map.next_value::<IgnoredAny>()?,
                Field::Missed => *self.0 = map.next_value()?,
                _ => break,
            }
        }
        Ok(())
    }
}

struct ReadIndex<'i>(&'i mut Option<u64>);

impl<'de> Visitor<'de> for ReadIndex<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(ReadKey)? {
            if matches!(key, Key::Known(Field::Index)) {
                *self.0 = Some(map.next_value()?);
                break;
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

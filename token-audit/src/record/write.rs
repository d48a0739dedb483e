//! Writes a record as JSON (RFC 8259). The same record always gives the same text.

use core::fmt;
use std::io::Write as _;

use serde::{Serialize, Serializer, ser::SerializeMap};
use time::UtcDateTime;

use super::{
    super::{Action, Epoch, Event, Use},
    Unknown, text,
};

/// The part of a record that is known before its index: an object without version and index.
pub(super) struct Body<'a> {
    pub(super) event: &'a Event,
    pub(super) time: UtcDateTime,
}

impl Body<'_> {
    pub(super) fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let mut out = Vec::with_capacity(USUAL);
        serde_json::to_writer(&mut out, self)?;
        Ok(out)
    }

    /// Writes the fields. Their order is defined here alone, for JSON text and for serde.
    pub(super) fn entries<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let event = self.event;
        map.serialize_entry("time", utf8(&text::time(self.time)))?;
        map.serialize_entry("event", event.action.name())?;
        if let Some(token) = &event.token {
            map.serialize_entry("token", &Hex(token.as_bytes()))?;
        }
        if !event.kind.is_empty() {
            map.serialize_entry("kind", &event.kind)?;
        }
        if !event.scopes.is_empty() {
            map.serialize_entry("scopes", &event.scopes)?;
        }
        own_entries(&event.action, map)?;
        if let Some(policy) = &event.policy {
            map.serialize_entry("policy", &Hex(policy.as_bytes()))?;
        }
        optional("actor", &event.actor, map)?;
        optional("reason", &event.reason, map)?;
        optional("subject", &event.subject, map)?;
        if let Some(expiry) = event.expires_at {
            map.serialize_entry("expires_at", utf8(&text::time(expiry)))?;
        }
        let parent = event.parent.as_ref().map(|id| Hex(id.as_bytes()));
        optional("parent_token", &parent, map)?;
        optional("origin", &event.origin, map)?;
        optional("epoch", &event.epoch.as_ref().map(Position), map)
    }
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.entries(&mut map)?;
        map.end()
    }
}

/// Writes the fields that only this sort of event has.
fn own_entries<M: SerializeMap>(action: &Action, map: &mut M) -> Result<(), M::Error> {
    match action {
        Action::Exposed { opened, uses, .. } => {
            optional("opened", opened, map)?;
            match uses.is_empty() {
                true => Ok(()),
                false => map.serialize_entry("uses", &Uses(uses)),
            }
        }
        Action::Overdue { opened, .. } | Action::Behind { opened, .. } => {
            optional("opened", opened, map)
        }
        Action::Narrowed { parent, .. } => optional("parent", parent, map),
        Action::Rotated { closes, successor, .. } => {
            optional("closes", closes, map)?;
            let successor = successor.as_ref().map(|id| Hex(id.as_bytes()));
            optional("successor", &successor, map)
        }
        Action::Refused { error, .. } => map.serialize_entry("error", error),
        Action::Checkpointed { size, root, .. } => {
            map.serialize_entry("size", size)?;
            map.serialize_entry("root", utf8(&text::root(root)))
        }
        closing => optional("closes", &closing.closes(), map),
    }
}

fn optional<M: SerializeMap, T: Serialize>(
    name: &'static str,
    value: &Option<T>,
    map: &mut M,
) -> Result<(), M::Error> {
    value.as_ref().map_or(Ok(()), |value| map.serialize_entry(name, value))
}

/// Writes counts by scope. An object has each name once, so the counts of the same scope are added up.
struct Uses<'a>(&'a [Use]);

impl Serialize for Uses<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut rest = self.0;
        while let Some((Use { scope, times, .. }, after)) = rest.split_first() {
            let before = self.0.iter().take(self.0.len() - rest.len());
            if before.into_iter().all(|earlier| earlier.scope != *scope) {
                let more = after.iter().filter(|later| later.scope == *scope);
                let times = more.fold(*times, |sum, later| sum.saturating_add(later.times));
                map.serialize_entry(scope, &times)?;
            }
            rest = after;
        }
        map.end()
    }
}

/// Writes an epoch as an object.
struct Position<'a>(&'a Epoch);

impl Serialize for Position<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Epoch { n, mark } = self.0;
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("n", n)?;
        map.serialize_entry("mark", &Hex(mark))?;
        map.end()
    }
}

struct Hex<'a>(&'a [u8]);

impl Serialize for Hex<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut digits = [0; 64];
        text::hex(self.0, &mut digits);
        let digits = digits.get(..2 * self.0.len()).unwrap_or_default();
        serializer.serialize_str(utf8(digits))
    }
}

/// Writes the beginning of the object, after which the body follows.
pub(super) fn head(out: &mut Vec<u8>, version: u64, index: u64, missed: u64) {
    append(out, format_args!("{{\"v\":{version},\"index\":{index}"));
    if missed > 0 {
        append(out, format_args!(",\"missed\":{missed}"));
    }
}

/// Writes the members of a body, and the end of the object.
pub(super) fn members(out: &mut Vec<u8>, body: &[u8]) {
    out.push(b',');
    out.extend_from_slice(body.strip_prefix(b"{").unwrap_or(body));
}

/// Writes unknown fields before the end of the object.
pub(super) fn unknown<'u>(out: &mut Vec<u8>, fields: impl Iterator<Item = &'u Unknown>) {
    out.pop();
    for Unknown { name, value } in fields {
        append(out, format_args!(",{}:{value}", serde_json::Value::from(&**name)));
    }
    out.push(b'}');
}

/// Appends formatted text. There is no error to return, since writing to memory cannot fail.
fn append(out: &mut Vec<u8>, text: fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

/// Returns text of digits or base64, which are ASCII, as a `str`.
fn utf8(ascii: &[u8]) -> &str {
    core::str::from_utf8(ascii).unwrap_or_default()
}

/// The capacity with which a body is allocated, in bytes. Most bodies are not longer, so they are allocated once.
const USUAL: usize = 512;

//! Reads one value of a record: a name, a number, or a hash in its one spelling.

use core::{fmt, str::FromStr};
use std::borrow::Cow;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, MapAccess, Visitor},
};

use super::{
    super::{Action, Epoch, Event, Use},
    field::Field,
    text,
};

/// Reads a field's value into the event that it belongs to.
pub(super) struct Put<'e> {
    pub(super) field: Field,
    pub(super) event: &'e mut Event,
    pub(super) missed: &'e mut u64,
}

impl<'de> DeserializeSeed<'de> for Put<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        let event = self.event;
        match self.field {
            Field::Missed => *self.missed = u64::deserialize(from)?,
            Field::Token => event.token = Some(parsed(from)?),
            Field::Kind => event.kind = Cow::deserialize(from)?,
            Field::Scopes => event.scopes = Vec::deserialize(from)?,
            Field::Policy => event.policy = Some(parsed(from)?),
            Field::Actor => event.actor = Some(Cow::deserialize(from)?),
            Field::Reason => event.reason = Some(Cow::deserialize(from)?),
            Field::Subject => event.subject = Some(Cow::deserialize(from)?),
            Field::ExpiresAt => {
                event.expires_at = Some(Spelled(text::parse_time).deserialize(from)?);
            }
            Field::ParentToken => event.parent = Some(parsed(from)?),
            Field::Origin => event.origin = Some(Cow::deserialize(from)?),
            Field::Epoch => event.epoch = Some(from.deserialize_map(ReadEpoch)?),
            field => put_own(field, &mut event.action, from)?,
        }
        Ok(())
    }
}

/// Reads a field that only some events have into the event.
fn put_own<'de, D: Deserializer<'de>>(
    field: Field,
    action: &mut Action,
    from: D,
) -> Result<(), D::Error> {
    match (field, action) {
        (Field::Opened, Action::Exposed { opened: number, .. })
        | (Field::Opened, Action::Overdue { opened: number, .. })
        | (Field::Opened, Action::Behind { opened: number, .. })
        | (Field::Parent, Action::Narrowed { parent: number, .. })
        | (Field::Closes, Action::Rotated { closes: number, .. })
        | (Field::Closes, Action::Revoked { closes: number, .. })
        | (Field::Closes, Action::Expired { closes: number, .. })
        | (Field::Closes, Action::Destroyed { closes: number, .. }) => {
            *number = Some(u64::deserialize(from)?);
        }
        (Field::Uses, Action::Exposed { uses, .. }) => *uses = from.deserialize_map(ReadUses)?,
        (Field::Successor, Action::Rotated { successor, .. }) => *successor = Some(parsed(from)?),
        (Field::Error, Action::Refused { error, .. }) => *error = Cow::deserialize(from)?,
        (Field::Size, Action::Checkpointed { size, .. }) => *size = u64::deserialize(from)?,
        (Field::Root, Action::Checkpointed { root, .. }) => {
            *root = Spelled(text::parse_root).deserialize(from)?;
        }
        _ => return Err(D::Error::custom("a field of another event")),
    }
    Ok(())
}

struct ReadUses;

impl<'de> Visitor<'de> for ReadUses {
    type Value = Vec<Use>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("counts by scope")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Use>, A::Error> {
        let mut uses = Vec::new();
        while let Some((scope, times)) = map.next_entry::<Cow<'static, str>, u64>()? {
            uses.push(Use::new(scope, times));
        }
        match repeats(uses.iter().map(|used| &*used.scope)) {
            true => Err(A::Error::custom("a scope stands twice")),
            false => Ok(uses),
        }
    }
}

struct ReadEpoch;

impl<'de> Visitor<'de> for ReadEpoch {
    type Value = Epoch;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number and a mark")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Epoch, A::Error> {
        let (mut n, mut mark) = (None, None);
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            let before = match &*name {
                "n" => n.replace(map.next_value()?).map(drop),
                "mark" => mark.replace(map.next_value_seed(Spelled(text::parse_mark))?).map(drop),
                _ => return Err(A::Error::custom("not a part of an epoch")),
            };
            if before.is_some() {
                return Err(A::Error::custom("a name stands twice"));
            }
        }
        n.zip(mark)
            .map(|(n, mark)| Epoch { n, mark })
            .ok_or_else(|| A::Error::custom("a part of the epoch is missing"))
    }
}

/// Returns whether a name comes twice. The names are sorted first, since a hostile record may have thousands of them.
pub(super) fn repeats<'n>(names: impl Iterator<Item = &'n str>) -> bool {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.windows(2).any(|pair| matches!(pair, [one, next] if one == next))
}

/// A field's name.
pub(super) enum Key {
    Known(Field),
    Unknown(String),
}

pub(super) struct ReadKey;

impl<'de> DeserializeSeed<'de> for ReadKey {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Key, D::Error> {
        let key =
            |name: &str| Field::of(name).map_or_else(|| Key::Unknown(name.into()), Key::Known);
        Spelled(|name: &str| Some(key(name))).deserialize(from)
    }
}

/// Reads a string and parses it with the function.
pub(super) struct Spelled<F>(pub(super) F);

impl<'de, T, F: FnOnce(&str) -> Option<T>> DeserializeSeed<'de> for Spelled<F> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<T, D::Error> {
        from.deserialize_str(self)
    }
}

impl<T, F: FnOnce(&str) -> Option<T>> Visitor<'_> for Spelled<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string of a record's form")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        self.0(text).ok_or_else(|| E::custom("another form"))
    }
}

fn parsed<'de, T: FromStr, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    Spelled(|text: &str| text.parse().ok()).deserialize(from)
}

//! Reads one line of a lock.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::LockErrorKind as Kind;
use super::time;
use super::{Entry, LockedImage, LockedToken};

/// Which line of a slot it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Current,
    Previous,
}

/// Why a line is none, in words.
pub(super) type Refused = (Kind, String);

/// Reads the facts of a line.
pub(super) fn read(key: Key, text: &str) -> Result<Entry, Refused> {
    let facts = &mut Facts::split(text)?;
    let token = read_token(key, facts)?;
    let entry = Entry {
        scopes: facts
            .take("scopes", |value| value.parse().ok())?
            .ok_or_else(|| missing("scopes"))?,
        policy: facts
            .take("policy", |value| value.parse().ok())?
            .ok_or_else(|| missing("policy"))?,
        source: facts.take("source", |value| value.parse().ok())?,
        image: read_image(facts)?,
        token,
    };
    // Only a fact that belongs to a token is left, in a line without one.
    match facts.0.first() {
        Some((name, _)) => Err(unexpected(name)),
        None => Ok(entry),
    }
}

fn read_token(key: Key, facts: &mut Facts<'_>) -> Result<Option<LockedToken>, Refused> {
    let Some(id) = facts.take("id", read_id)? else {
        return match key {
            Key::Current => Ok(None),
            Key::Previous => Err(missing("id")),
        };
    };
    let generation = facts.take("generation", |value| value.parse().ok().filter(|n| *n > 0))?;
    let expires = facts.take("expires", |value| match value {
        "never" => Some(None),
        time => time::read(time).map(Some),
    })?;
    let mut token = LockedToken::new(
        id,
        generation.ok_or_else(|| missing("generation"))?,
        expires.ok_or_else(|| missing("expires"))?,
    );
    token.retire_after = facts.take("retire_after", time::read)?;
    if key == Key::Current && token.retire_after.is_some() {
        return Err(unexpected("retire_after"));
    }
    token.log = facts.take("log", |value| value.parse().ok())?;
    token.handle = facts.take("handle", |value| value.parse().ok())?;
    Ok(Some(token))
}

fn read_image(facts: &mut Facts<'_>) -> Result<Option<LockedImage>, Refused> {
    let digest = facts.take("image", |value| value.parse().ok())?;
    let assurance = facts.take("assurance", |value| value.parse().ok())?;
    match (digest, assurance) {
        (Some(digest), Some(assurance)) => Ok(Some(LockedImage { digest, assurance })),
        (Some(_), None) => Err(missing("assurance")),
        (None, Some(_)) => Err(missing("image")),
        (None, None) => Ok(None),
    }
}

fn read_id(digits: &str) -> Option<[u8; 16]> {
    let mut id = [0; 16];
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    if pairs.len() != id.len() || !rest.is_empty() {
        return None;
    }
    for (byte, pair) in id.iter_mut().zip(pairs) {
        *byte = u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(id)
}

/// The facts of a line that were not yet taken.
struct Facts<'t>(Vec<(&'t str, &'t str)>);

impl<'t> Facts<'t> {
    fn split(text: &'t str) -> Result<Facts<'t>, Refused> {
        let mut facts: Vec<(&str, &str)> = Vec::new();
        for fact in text.split(' ') {
            let Some((name, value)) = fact.split_once('=') else {
                let message =
                    "a line of a lock is a list of `name=value` with one space between them";
                return Err((Kind::InvalidFact, message.into()));
            };
            let Some(name) = NAMES.iter().find(|known| **known == name) else {
                let message =
                    format!("a line of a lock has a fact that is none of `{}`", NAMES.join("`, `"));
                return Err((Kind::UnknownKey, message));
            };
            if facts.iter().any(|(known, _)| known == name) {
                return Err((Kind::Repeated, format!("the fact `{name}` is there twice")));
            }
            facts.push((name, value));
        }
        Ok(Facts(facts))
    }

    /// Takes the fact of this name, and reads its value. Returns `None` if the line lacks it.
    fn take<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Refused> {
        let Some(at) = self.0.iter().position(|(known, _)| *known == name) else { return Ok(None) };
        let (_, value) = self.0.remove(at);
        let refused = || (Kind::InvalidFact, format!("the value of `{name}` is not one of a lock"));
        read(value).map(Some).ok_or_else(refused)
    }
}

fn missing(name: &str) -> Refused {
    (Kind::MissingFact, format!("the line lacks the fact `{name}`"))
}

fn unexpected(name: &str) -> Refused {
    (Kind::UnexpectedFact, format!("the line must not have the fact `{name}`"))
}

const NAMES: &[&str] = &[
    "id",
    "generation",
    "expires",
    "retire_after",
    "scopes",
    "policy",
    "source",
    "image",
    "assurance",
    "log",
    "handle",
];

//! Reads what `create` prints.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::value::RawValue;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, Time, UtcDateTime};
use token_core::source::{self, ConfigFile};
use token_core::{ErrorKind, Secret};
use token_policy::lock::{Handle, StepValues};
use token_policy::steps::{Reply, ReplyExpiry, ReplyHandle};
use token_rotate::replace::{Created, Expiry};

use crate::step::Ended;

/// Why an answer was not understood, in words without a byte of it.
type Words = String;

/// Reads the answer of `create`. `reply` says where its parts stand; without it, the answer is the token alone.
pub(super) fn read(
    ended: &Ended,
    reply: Option<&Reply>,
    values: &StepValues<'_>,
) -> Result<Created, Words> {
    match reply {
        None => {
            let secret = ended.with_output(|printed| source::reader(printed));
            let secret = secret.map_err(|error| format!("printed no token: {error}"))?;
            Ok(Created { secret, handle: None, expires: Expiry::Unknown })
        }
        Some(reply) => Answer::of(ended)?.created(reply, values),
    }
}

/// A JSON document that is wiped, and out of which the token was taken perhaps.
struct Answer(ConfigFile);

impl Answer {
    fn of(ended: &Ended) -> Result<Answer, Words> {
        let text = ended.with_output(|printed| std::str::from_utf8(printed).map(str::to_owned));
        let text = text.map_err(|_| "printed no text".to_owned())?;
        // The text is taken over, and wiped at its end.
        let document = ConfigFile::from_json(text).map_err(|error| unread(&error))?;
        Ok(Answer(document))
    }

    fn created(mut self, reply: &Reply, values: &StepValues<'_>) -> Result<Created, Words> {
        let secret = self.0.take(reply.token()).map_err(|error| unread(&error))?;
        let handle = match reply.handle() {
            Some(ReplyHandle::Path(path)) => Some(self.text(path)?.ok_or_else(|| no(path))?),
            Some(ReplyHandle::Text(text)) => Some(text.expand(values)),
            None => None,
        };
        let handle = handle.map(|text| handle_of(&text, &secret)).transpose()?;
        let expires = match reply.expires() {
            Some(ReplyExpiry::In(path)) => self.expires_in(path)?,
            Some(ReplyExpiry::At(path)) => self.expires_at(path)?,
            None => Expiry::Unknown,
        };
        Ok(Created { secret, handle, expires })
    }

    fn expires_in(&mut self, path: &str) -> Result<Expiry, Words> {
        let Some(text) = self.text(path)? else { return Ok(Expiry::Never) };
        // Some issuers count in fractions of a second.
        let whole = text.split_once('.').map_or(&*text, |(whole, _)| whole);
        let seconds = whole.parse().map_err(|_| no_time(path, "a number of seconds"))?;
        Ok(Expiry::In(Duration::from_secs(seconds)))
    }

    fn expires_at(&mut self, path: &str) -> Result<Expiry, Words> {
        let Some(text) = self.text(path)? else { return Ok(Expiry::Never) };
        let end = moment(&text)
            .ok_or_else(|| no_time(path, "a time of RFC 3339, a date or seconds since 1970"))?;
        Ok(Expiry::At(end))
    }

    /// Returns a text or a number that is no secret; `None` for `null`.
    fn text(&mut self, path: &str) -> Result<Option<String>, Words> {
        match self.0.take(path) {
            Ok(text) => {
                let why = "a public fact of a token: its handle, or when it expires";
                Ok(Some(text.with_bytes(why, |bytes| String::from_utf8_lossy(bytes).into_owned())))
            }
            Err(error) if error.kind() == ErrorKind::WrongType => {
                let raw = member(self.0.rest(), path).ok_or_else(|| unread(&error))?;
                match raw.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
                    true => Ok(Some(raw.to_owned())),
                    false if raw == "null" => Ok(None),
                    false => Err(unread(&error)),
                }
            }
            Err(error) => Err(unread(&error)),
        }
    }
}

/// Returns the raw text of a member. Nothing is copied but names.
fn member<'t>(document: &'t str, path: &str) -> Option<&'t str> {
    path.split('.').try_fold(document, |object, name| {
        let members: BTreeMap<Cow<'t, str>, &'t RawValue> = serde_json::from_str(object).ok()?;
        members.get(name).map(|value| value.get())
    })
}

/// Reads a time. A date alone is its beginning (GitLab ends its tokens so).
fn moment(text: &str) -> Option<UtcDateTime> {
    if let Ok(seconds) = text.parse() {
        return UtcDateTime::from_unix_timestamp(seconds).ok();
    }
    let date = || Date::parse(text, format_description!("[year]-[month]-[day]")).ok();
    let time = UtcDateTime::parse(text, &Rfc3339).ok();
    time.or_else(|| Some(UtcDateTime::new(date()?, Time::MIDNIGHT)))
}

/// Reads a handle. It goes into the lock, the log and the journal, so it may not tell the token.
fn handle_of(text: &str, secret: &Secret) -> Result<Handle, Words> {
    let is_told = secret.with_bytes("whether a handle tells the token", |token| {
        // An id may stand in a token that also has a secret (AWS); half of the token is not an id.
        let half = token.len().div_ceil(2).max(1);
        let mut parts = text.as_bytes().windows(half);
        parts.any(|part| token.windows(half).any(|of| of == part))
    });
    if is_told {
        return Err("printed a handle that is a part of the token: name another one in `reply`, and revoke the token".to_owned());
    }
    let refused = "printed a handle that a lock cannot have: 1 to 128 visible ASCII characters, without `\"` and `\\`";
    text.parse().map_err(|_| refused.to_owned())
}

fn unread(error: &token_core::Error) -> Words {
    format!("printed an answer that `reply` does not fit: {error}")
}

fn no(path: &str) -> Words {
    format!("printed an answer in which `{path}` is null")
}

fn no_time(path: &str, expected: &str) -> Words {
    format!("printed an answer in which `{path}` is not {expected}")
}

#[cfg(test)]
mod tests;

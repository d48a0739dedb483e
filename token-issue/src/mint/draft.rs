//! Decides what a token that is asked for may do, and until when: the row that goes into the registry. It asks nobody, so
//! that all its cases can be tried.

use std::{borrow::Cow, time::Duration};

use token_core::{
    AnyScopeSet, Clock, TokenId, UtcDateTime,
    scope::{CompiledKind, Uses},
};

use super::{Wish, told_actor, told_reason};
use crate::{
    error::{Cause, Error},
    row::{MAX_DEPTH, Row, Unfit},
};

/// The moment at which a token is made.
#[derive(Clone, Copy)]
pub(crate) struct Now {
    /// The earliest that it may be, in whole seconds: from here a lifetime counts.
    pub(crate) second: i64,
    /// The latest that it may be: by this a parent has expired.
    pub(crate) latest: UtcDateTime,
}

impl Now {
    pub(crate) fn read(clock: &dyn Clock) -> Self {
        let wall = clock.wall();
        let earliest = wall.saturating_sub(clock.ahead_by());
        Self { second: seconds(earliest), latest: moment(wall) }
    }

    /// The second, as the calendar has it.
    pub(crate) fn moment(self) -> UtcDateTime {
        at(self.second).unwrap_or(UtcDateTime::MAX)
    }
}

/// The row of a new token.
pub(crate) fn minted(
    token: TokenId,
    kind: &'static CompiledKind,
    wish: &Wish,
    now: Now,
) -> Result<Row, Error> {
    wish.check_texts()?;
    let expires_at = expiry(kind, wish.lifetime, now)?;
    let mut row = Row::new(token, kind.name, now.moment(), expires_at);
    row.scopes = match &wish.scopes {
        None => owned(AnyScopeSet::of_kind(kind).names()),
        Some(asked) => owned(closure(kind, asked)?.names()),
    };
    row.audience = audience(kind, wish, None)?;
    row.build = wish.build;
    row.subject.clone_from(&wish.subject);
    finish(row, kind, wish)
}

/// The row of a child of `parent`. The registry checks it again, against the row that it has locked.
pub(crate) fn narrowed(
    token: TokenId,
    kind: &'static CompiledKind,
    wish: &Wish,
    parent: &Row,
    now: Now,
) -> Result<Row, Error> {
    wish.check_texts()?;
    if parent.kind != kind.name {
        return Err(Unfit::OtherKind.into());
    }
    let end = end(kind, parent);
    if end <= now.latest {
        return Err(Unfit::ParentExpired.into());
    }
    // The time of the token at the top: its kind's maximum counts from there, also if the policy shortens it later.
    let mut row = Row::new(token, kind.name, parent.minted_at, child_expiry(kind, wish, end, now)?);
    row.scopes = child_scopes(kind, wish, parent)?;
    row.audience = audience(kind, wish, parent.audience.as_deref())?;
    row.build = parent.build;
    row.subject.clone_from(&parent.subject);
    row.parent = Some(parent.token);
    row.depth = parent.depth.saturating_add(1).min(MAX_DEPTH + 1);
    let row = finish(row, kind, wish)?;
    row.check_below(parent, now.latest)?;
    Ok(row)
}

fn finish(mut row: Row, kind: &'static CompiledKind, wish: &Wish) -> Result<Row, Error> {
    if row.scopes.is_empty() {
        return Err(Cause::NoScope { kind: kind.name }.into());
    }
    row.once = kind.uses == Uses::Once;
    row.actor = wish.actor.clone().map(told_actor);
    row.reason = wish.reason.clone().map(told_reason);
    Ok(row)
}

fn expiry(
    kind: &'static CompiledKind,
    lifetime: Option<Duration>,
    now: Now,
) -> Result<UtcDateTime, Error> {
    let max = kind.max_lifetime;
    let lifetime = lifetime.or(max).ok_or(Cause::NoLifetime { kind: kind.name })?;
    if max.is_some_and(|max| lifetime > max) {
        return Err(Cause::LifetimeTooLong { kind: kind.name, max }.into());
    }
    later(kind, now, lifetime)
}

fn child_expiry(
    kind: &'static CompiledKind,
    wish: &Wish,
    end: UtcDateTime,
    now: Now,
) -> Result<UtcDateTime, Error> {
    let end = match wish.at_most {
        Some(longest) => end.min(later(kind, now, longest)?),
        None => end,
    };
    let Some(lifetime) = wish.lifetime else { return Ok(end) };
    let expires_at = later(kind, now, lifetime)?;
    match expires_at <= end {
        true => Ok(expires_at),
        false => Err(Unfit::LongerLife.into()),
    }
}

fn later(kind: &'static CompiledKind, now: Now, lifetime: Duration) -> Result<UtcDateTime, Error> {
    if lifetime < Duration::from_secs(1) {
        return Err(Cause::LifetimeTooShort { kind: kind.name }.into());
    }
    let end = now.second.checked_add(seconds(lifetime)).and_then(at);
    end.ok_or_else(|| Cause::LifetimeTooLong { kind: kind.name, max: None }.into())
}

/// When a token expires: by its row, and by what its kind allows today.
pub(crate) fn end(kind: &'static CompiledKind, parent: &Row) -> UtcDateTime {
    let Some(max) = kind.max_lifetime else { return parent.expires_at };
    let second = parent.minted_at.unix_timestamp().saturating_add(seconds(max));
    at(second).map_or(parent.expires_at, |end| end.min(parent.expires_at))
}

/// The scopes that are asked for and all that they imply.
fn closure(kind: &'static CompiledKind, asked: &[Cow<'static, str>]) -> Result<AnyScopeSet, Error> {
    let excess = |(at, name): (usize, &Cow<'_, str>)| excess(kind, at, name);
    AnyScopeSet::from_names(kind, asked.iter().map(AsRef::as_ref)).map_err(|_| {
        let first = asked.iter().enumerate().find(|(_, name)| !carries(kind, name));
        first.map_or(Cause::NoScope { kind: kind.name }, excess).into()
    })
}

/// Names the scope only if the policy declares it: any other text came from outside.
fn excess(kind: &'static CompiledKind, at: usize, name: &str) -> Cause {
    let scope = kind.known_scopes.iter().find(|known| **known == name).copied();
    Cause::ExcessScope { kind: kind.name, scope, number: at + 1 }
}

fn carries(kind: &'static CompiledKind, name: &str) -> bool {
    kind.scopes.iter().any(|scope| scope.name == name)
}

/// What the parent may do today, or of it what was asked for. A scope that another one has come to imply since the parent was
/// minted is left out if the parent lacks it.
fn child_scopes(
    kind: &'static CompiledKind,
    wish: &Wish,
    parent: &Row,
) -> Result<Vec<String>, Error> {
    let stored = parent.scopes.iter().map(String::as_str);
    let parent: Vec<&str> = AnyScopeSet::still_carried(kind, stored).names().collect();
    let Some(asked) = &wish.scopes else { return Ok(owned(parent.into_iter())) };
    let closure = closure(kind, asked)?;
    match asked.iter().all(|name| parent.contains(&name.as_ref())) {
        true => Ok(owned(closure.names().filter(|name| parent.contains(name)))),
        false => Err(Unfit::WiderScope.into()),
    }
}

/// The parent's audience, or else that of the kind, or else what was asked for. Another one than they say is refused.
fn audience(
    kind: &'static CompiledKind,
    wish: &Wish,
    parent: Option<&str>,
) -> Result<Option<String>, Error> {
    let asked = wish.audience.as_deref();
    let differs = |given: &str| asked.is_some_and(|asked| asked != given);
    match (parent, kind.audience) {
        (Some(parent), _) if differs(parent) => Err(Unfit::OtherAudience.into()),
        (Some(parent), _) => Ok(Some(parent.to_owned())),
        (None, Some(audience)) if differs(audience) => {
            Err(Cause::WrongAudience { kind: kind.name, audience }.into())
        }
        (None, Some(audience)) => Ok(Some(audience.to_owned())),
        (None, None) => Ok(asked.map(str::to_owned)),
    }
}

fn owned<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut owned: Vec<String> = Vec::new();
    // Several types may stand for one scope of the issuer.
    for name in names {
        if !owned.iter().any(|other| other == name) {
            owned.push(name.to_owned());
        }
    }
    owned
}

fn seconds(since_epoch: Duration) -> i64 {
    i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX)
}

fn at(second: i64) -> Option<UtcDateTime> {
    UtcDateTime::from_unix_timestamp(second).ok()
}

/// The moment of the calendar; beyond its end, its last one.
pub(crate) fn moment(since_epoch: Duration) -> UtcDateTime {
    let nanos = i128::try_from(since_epoch.as_nanos()).unwrap_or(i128::MAX);
    UtcDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(UtcDateTime::MAX)
}

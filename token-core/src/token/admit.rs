//! The rules of admission: may this secret, with this grant, become a token?

use core::time::Duration;

use super::{
    grant::{Expiry, Grant},
    held::{Admitted, NEVER},
};
use crate::{
    Error,
    clock::{self, Time},
    error::{ExpiredBy, Refusal, ValidUntil},
    scope::{CompiledKind, ScopeSet, TokenKind},
    secret::Secret,
};

/// Checks every rule of admission. Each rule has an error kind of its own.
pub(super) fn check<K: TokenKind>(
    secret: &Secret,
    grant: &Grant,
    time: &Time,
) -> Result<Admitted, Error> {
    let kind = K::COMPILED;
    check_text(secret.bytes())?;
    check_format(kind, secret.bytes())?;
    check_policy(kind, grant)?;
    check_build(kind, grant)?;
    check_scopes::<K>(grant)?;
    check_audience(kind, grant)?;
    let now = time.now();
    let expires_at = check_time(kind, grant, now.wall, time.earliest(now))?;
    let rotate_at = rotate_at(kind, grant, now.wall);
    Ok(Admitted { expires_at, rotate_at, assumed: grant.assumed, behind: false, now })
}

/// Returns the wall time from which on the token is overdue. Its age counts from the earliest time that the grant gives.
fn rotate_at(kind: &CompiledKind, grant: &Grant, now: Duration) -> Duration {
    let Some(after) = kind.rotate.and_then(|rotate| rotate.after()) else { return NEVER };
    let known = [grant.not_before, grant.received_at, Some(now)];
    let issued = known.into_iter().flatten().min();
    issued.unwrap_or(now).saturating_add(after)
}

fn check_text(bytes: &[u8]) -> Result<(), Refusal> {
    match first_malformed(bytes) {
        Some(offset) => Err(Refusal::Malformed { offset }),
        None => Ok(()),
    }
}

/// Refuses a token of another kind or issuer. The checksum is not compared here, but by the service that verifies
/// the token.
fn check_format(kind: &CompiledKind, bytes: &[u8]) -> Result<(), Refusal> {
    match kind.format {
        Some(expected) if !expected.fits(bytes) => {
            Err(Refusal::WrongFormat { kind: kind.name, expected: expected.0 })
        }
        _ => Ok(()),
    }
}

/// The position of the first byte that no token has, or 0 if there are no bytes at all.
///
/// RFC 6749 appendix A.12 defines an access token as 1*VSCHAR. A space is
/// refused too: no bearer header could carry it (RFC 6750 section 2.1).
pub(crate) fn first_malformed(bytes: &[u8]) -> Option<usize> {
    let offset = bytes.iter().position(|byte| !byte.is_ascii_graphic());
    offset.or(bytes.is_empty().then_some(0))
}

fn check_policy(kind: &CompiledKind, grant: &Grant) -> Result<(), Refusal> {
    match grant.policy {
        Some(found) if kind.policy != Some(found) => {
            let compiled = kind.policy.map(|digest| digest.0);
            Err(Refusal::PolicyMismatch { kind: kind.name, compiled, found: found.0 })
        }
        _ => Ok(()),
    }
}

fn check_build(kind: &CompiledKind, grant: &Grant) -> Result<(), Refusal> {
    match grant.build {
        Some(found) if kind.built_from != Some(found) => {
            let built_from = kind.built_from.map(|source| source.0);
            Err(Refusal::BuildMismatch { kind: kind.name, built_from, found: found.0 })
        }
        _ => Ok(()),
    }
}

/// Refuses every grant but one of exactly the kind's scopes: none missing, none in excess.
fn check_scopes<K: TokenKind>(grant: &Grant) -> Result<(), Error> {
    let granted = match grant.commas {
        true => ScopeSet::<K>::parse_with_commas(grant.scopes())?,
        false => ScopeSet::<K>::parse(grant.scopes())?,
    };
    match granted.missing() {
        Some(scope) => Err(Refusal::MissingScope { kind: K::COMPILED.name, scope }.into()),
        None => Ok(()),
    }
}

fn check_audience(kind: &CompiledKind, grant: &Grant) -> Result<(), Refusal> {
    match kind.audience {
        Some(expected)
            if !grant.audience.iter().any(|audience| audience.bytes() == expected.as_bytes()) =>
        {
            Err(Refusal::WrongAudience { kind: kind.name, expected })
        }
        _ => Ok(()),
    }
}

/// Returns the wall time from which on the token is expired. The true time is between `earliest` and `now`.
fn check_time(
    kind: &CompiledKind,
    grant: &Grant,
    now: Duration,
    earliest: Duration,
) -> Result<Duration, Refusal> {
    let leeway = kind.leeway;
    let expires_at = match grant.expiry {
        Expiry::Unknown if kind.max_lifetime.is_none() => NEVER,
        Expiry::Unknown => return Err(Refusal::NoExpiry { kind: kind.name }),
        Expiry::At(moment) => moment,
        Expiry::In(lifetime) => {
            // A token that comes from the future, by a file's time for one, does not live the longer for it.
            grant.received_at.unwrap_or(earliest).min(now).saturating_add(lifetime)
        }
    };
    let with_leeway = expires_at.saturating_add(leeway);
    if let Some(not_before) = grant.not_before
        && now.saturating_add(leeway) < not_before
    {
        let wait = not_before.saturating_sub(now);
        return Err(Refusal::NotYetValid { kind: kind.name, wait });
    }
    check_lifetime(kind, grant, expires_at, now)?;
    if now >= with_leeway {
        let until = ValidUntil { moment: clock::moment(with_leeway), assumed: grant.assumed };
        let by = Some(ExpiredBy::Wall);
        return Err(Refusal::Expired { kind: kind.name, until, by, wiped: true });
    }
    Ok(with_leeway)
}

/// A difference of two times by one clock is exact. A difference between a time of the issuer and one of ours may be
/// wrong by the leeway, so it may be that much longer.
fn check_lifetime(
    kind: &CompiledKind,
    grant: &Grant,
    expires_at: Duration,
    now: Duration,
) -> Result<(), Refusal> {
    // A token of a kind that need not expire may expire at any time.
    let Some(max) = kind.max_lifetime else { return Ok(()) };
    let with_leeway = max.saturating_add(kind.leeway);
    let since = |moment| expires_at.saturating_sub(moment);
    let here_since = grant.received_at.unwrap_or(now).min(now);
    let known = match (grant.expiry, grant.not_before) {
        (Expiry::At(_), Some(not_before)) => [(since(not_before), max); 2],
        (Expiry::At(_), None) => [(since(here_since), with_leeway); 2],
        (Expiry::In(lifetime), Some(not_before)) => {
            [(lifetime, max), (since(not_before), with_leeway)]
        }
        (Expiry::In(lifetime), None) => [(lifetime, max); 2],
        (Expiry::Unknown, _) => return Ok(()),
    };
    match known.into_iter().find(|(lifetime, longest)| lifetime > longest) {
        Some((lifetime, _)) => Err(Refusal::LifetimeTooLong { kind: kind.name, lifetime, max }),
        None => Ok(()),
    }
}

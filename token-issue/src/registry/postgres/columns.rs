//! A row of a token, as it stands in the database.

use token_core::{SourceDigest, TokenId, UtcDateTime, record::Epoch};
use tokio_postgres::{
    Row as Found,
    types::{FromSql, ToSql, Type},
};

use super::trouble::{Trouble, damaged};
use crate::{
    registry::{Answer, RegistryError},
    row::{Origin, Row, State},
};

/// A parameter of a statement, with its type: so no statement has to be prepared.
pub(super) type Parameter<'p> = (&'p (dyn ToSql + Sync), Type);

/// What each answer begins with. `$1` and `$2` are the number and the mark of the node's own epoch.
macro_rules! answering {
    () => {
        "SELECT e.n, e.mark, e.pruned_to, \
         EXISTS (SELECT 1 FROM token_registry.revocation h WHERE h.n = $1 AND h.mark = $2), pg_is_in_recovery()"
    };
}
pub(super) use answering;

/// The number of columns of [`answering`].
pub(super) const ANSWERED: usize = 5;

/// The columns that [`row`] reads. `t` is the token.
macro_rules! columns {
    () => {
        "t.id, t.kind, t.scopes, t.minted_at, t.expires_at, t.born, t.parent, t.depth, t.subject, t.audience, t.build, \
         t.once, t.actor, t.reason, t.log, t.log_index, t.last_used, t.state, t.revoked, \
         (SELECT min(r.n) FROM token_registry.rule r WHERE r.born_before > t.born \
          AND (r.kind IS NULL OR r.kind = t.kind) AND (r.subject IS NULL OR r.subject = t.subject)) AS ruled"
    };
}
pub(super) use columns;

/// The same of a token that no rule matches, and its digest.
macro_rules! live_columns {
    () => {
        "t.id, t.kind, t.scopes, t.minted_at, t.expires_at, t.born, t.parent, t.depth, t.subject, t.audience, t.build, \
         t.once, t.actor, t.reason, t.log, t.log_index, t.last_used, t.state, t.revoked, NULL::bigint, t.digest"
    };
}
pub(super) use live_columns;

/// The number of [`columns`].
pub(super) const COLUMNS: usize = 20;

pub(super) fn answer(found: &Found) -> Result<Answer, Trouble> {
    Ok(Answer {
        at: epoch(found, 0)?,
        pruned_to: number(found.try_get(2)?)?,
        knows_own: found.try_get(3)?,
        in_recovery: found.try_get(4)?,
    })
}

/// The number and the mark that stand at `at` and behind it.
pub(super) fn epoch(found: &Found, at: usize) -> Result<Epoch, Trouble> {
    Ok(Epoch { n: number(found.try_get(at)?)?, mark: bytes(found.try_get(at + 1)?)? })
}

/// Whether there is a row whose [`columns`] begin at `at`.
pub(super) fn is_there(found: &Found, at: usize) -> Result<bool, Trouble> {
    Ok(found.try_get::<_, Option<&[u8]>>(at)?.is_some())
}

/// Reads a row from its [`columns`], the first of which stands at `at`.
pub(super) fn row(found: &Found, at: usize) -> Result<Row, Trouble> {
    let mut next = Next { found, at };
    Ok(Row {
        token: TokenId::from_bytes(bytes(next.get()?)?),
        kind: next.get()?,
        scopes: next.get::<&str>()?.split_ascii_whitespace().map(str::to_owned).collect(),
        minted_at: moment(next.get()?)?,
        expires_at: moment(next.get()?)?,
        born: number(next.get()?)?,
        parent: next.get::<Option<&[u8]>>()?.map(bytes).transpose()?.map(TokenId::from_bytes),
        depth: u8::try_from(next.get::<i16>()?).map_err(|_| damaged())?,
        subject: next.get()?,
        audience: next.get()?,
        build: next.get::<Option<&str>>()?.map(build).transpose()?,
        once: next.get()?,
        actor: next.get()?,
        reason: next.get()?,
        origin: origin(next.get()?, next.get()?),
        last_used: next.get::<Option<i64>>()?.map(moment).transpose()?,
        state: state(next.get::<i16>()?.into(), next.get()?, next.get()?)?,
    })
}

struct Next<'f> {
    found: &'f Found,
    at: usize,
}

impl<'f> Next<'f> {
    fn get<T: FromSql<'f>>(&mut self) -> Result<T, Trouble> {
        self.at += 1;
        Ok(self.found.try_get(self.at - 1)?)
    }
}

pub(super) fn state(
    state: i64,
    revoked: Option<i64>,
    ruled: Option<i64>,
) -> Result<State, Trouble> {
    match (state, revoked, ruled) {
        (0, None, None) => Ok(State::Live),
        (0 | 2, None, Some(n)) | (1, Some(n), _) => Ok(State::Revoked { n: number(n)? }),
        (2, None, None) => Ok(State::Spent),
        _ => Err(damaged()),
    }
}

/// A row whose build cannot be read is no row without one.
pub(super) fn build(text: &str) -> Result<SourceDigest, Trouble> {
    text.parse().map_err(|_| damaged())
}

pub(super) fn origin(log: Option<String>, index: Option<i64>) -> Option<Origin> {
    Some(Origin { log: log?, index: index?.cast_unsigned() })
}

/// Checks the texts of a new row: PostgreSQL's have no byte 0, and those of an index are not long.
pub(super) fn check_texts(row: &Row) -> Result<(), RegistryError> {
    let log = row.origin.as_ref().map(|origin| &origin.log);
    let optional = [&row.subject, &row.audience, &row.actor, &row.reason];
    let texts = optional.into_iter().flatten().chain(log).chain([&row.kind]).chain(&row.scopes);
    if texts.into_iter().any(|text| text.contains('\0')) {
        let what = "a text has a NUL character, which PostgreSQL cannot keep";
        return Err(RegistryError::malformed(what));
    }
    match log.is_some_and(|log| log.len() > LONGEST_NAME) {
        true => Err(RegistryError::malformed("the name of the log has more than 1,024 bytes")),
        false => Ok(()),
    }
}

pub(super) fn bytes<const N: usize>(found: &[u8]) -> Result<[u8; N], Trouble> {
    found.try_into().map_err(|_| damaged())
}

pub(super) fn moment(seconds: i64) -> Result<UtcDateTime, Trouble> {
    UtcDateTime::from_unix_timestamp(seconds).map_err(|_| damaged())
}

/// A number that counts. PostgreSQL's numbers have a sign.
pub(super) fn number(n: i64) -> Result<u64, Trouble> {
    u64::try_from(n).map_err(|_| damaged())
}

/// The number for PostgreSQL. No number of ours is as great as the greatest that it has.
pub(super) fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Less than an entry of an index may have.
const LONGEST_NAME: usize = 1_024;

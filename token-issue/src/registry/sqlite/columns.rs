//! A row of a token, as it stands in the file.

use rusqlite::{
    Row as Found,
    types::{FromSql, Value},
};
use token_core::{SourceDigest, TokenId, UtcDateTime, record::Epoch};

use super::{Trouble, trouble::damaged};
use crate::row::{Origin, Row, State};

/// The columns that [`row`] reads. `t` is the token. The `+` has SQLite look only at the rules that came after the token was
/// minted, by their index; otherwise it would go through all rules in the order of their numbers.
macro_rules! columns {
    () => {
        "t.id, t.kind, t.scopes, t.minted_at, t.expires_at, t.born, t.parent, t.depth, t.subject, t.audience, t.build, \
         t.once, t.actor, t.reason, t.log, t.log_index, t.last_used, t.state, t.revoked, \
         (SELECT min(+r.n) FROM rule r WHERE r.born_before > t.born AND (r.kind IS NULL OR r.kind = t.kind) \
          AND (r.subject IS NULL OR r.subject = t.subject)) AS ruled"
    };
}
pub(super) use columns;

/// The number of [`columns`].
pub(super) const COLUMNS: usize = 20;

/// Reads a row from its [`columns`], the first of which stands at `at`.
pub(super) fn row(found: &Found<'_>, at: usize) -> Result<Row, Trouble> {
    let mut next = Next { found, at };
    Ok(Row {
        token: TokenId::from_bytes(next.get()?),
        kind: next.get()?,
        scopes: next.get::<String>()?.split_ascii_whitespace().map(str::to_owned).collect(),
        minted_at: moment(next.get()?)?,
        expires_at: moment(next.get()?)?,
        born: number(next.get()?)?,
        parent: next.get::<Option<[u8; 16]>>()?.map(TokenId::from_bytes),
        depth: next.get()?,
        subject: next.get()?,
        audience: next.get()?,
        build: next.get::<Option<String>>()?.as_deref().map(build).transpose()?,
        once: next.get()?,
        actor: next.get()?,
        reason: next.get()?,
        origin: origin(next.get()?, next.get()?),
        last_used: next.get::<Option<i64>>()?.map(moment).transpose()?,
        state: state(next.get()?, next.get()?, next.get()?)?,
    })
}

struct Next<'f> {
    found: &'f Found<'f>,
    at: usize,
}

impl Next<'_> {
    fn get<T: FromSql>(&mut self) -> Result<T, Trouble> {
        self.at += 1;
        Ok(self.found.get(self.at - 1)?)
    }
}

fn state(state: u8, revoked: Option<i64>, ruled: Option<i64>) -> Result<State, Trouble> {
    match (state, revoked, ruled) {
        (0, None, None) => Ok(State::Live),
        (0 | 2, None, Some(n)) | (1, Some(n), _) => Ok(State::Revoked { n: number(n)? }),
        (2, None, None) => Ok(State::Spent),
        _ => Err(damaged()),
    }
}

/// A row whose build cannot be read is no row without one.
fn build(text: &str) -> Result<SourceDigest, Trouble> {
    text.parse().map_err(|_| damaged())
}

fn origin(log: Option<String>, index: Option<i64>) -> Option<Origin> {
    Some(Origin { log: log?, index: index?.cast_unsigned() })
}

/// The values of a new row, but for its digest: in the order of the columns.
pub(super) fn values(row: &Row) -> [Value; 16] {
    [
        row.token.as_bytes().to_vec().into(),
        row.kind.clone().into(),
        row.scopes.join(" ").into(),
        row.minted_at.unix_timestamp().into(),
        row.expires_at.unix_timestamp().into(),
        signed(row.born).into(),
        row.parent.map(|parent| parent.as_bytes().to_vec()).into(),
        i64::from(row.depth).into(),
        row.subject.clone().into(),
        row.audience.clone().into(),
        row.build.map(|build| build.to_string()).into(),
        row.once.into(),
        row.actor.clone().into(),
        row.reason.clone().into(),
        row.origin.as_ref().map(|origin| origin.log.clone()).into(),
        row.origin.as_ref().map(|origin| origin.index.cast_signed()).into(),
    ]
}

pub(super) fn epoch(n: i64, mark: [u8; 16]) -> Result<Epoch, Trouble> {
    Ok(Epoch { n: number(n)?, mark })
}

pub(super) fn moment(seconds: i64) -> Result<UtcDateTime, Trouble> {
    UtcDateTime::from_unix_timestamp(seconds).map_err(|_| damaged())
}

/// A number that counts. SQLite's numbers have a sign.
pub(super) fn number(n: i64) -> Result<u64, Trouble> {
    u64::try_from(n).map_err(|_| damaged())
}

/// The number for SQLite. No number of ours is as great as the greatest that it has.
pub(super) fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

//! What is asked of the file.

use rusqlite::{Connection, OptionalExtension, Params, params};
use token_core::{TokenId, UtcDateTime, record::Epoch};

use super::{
    Trouble,
    columns::{COLUMNS, columns, epoch, number, row, signed},
};
use crate::{
    digest::{Digest, Digests},
    registry::{Answer, Feed, Read, Rule, Snapshot},
    row::Row,
};

/// What each answer begins with. `?1` and `?2` are the number and the mark of the node's own epoch.
macro_rules! answer {
    () => {
        "SELECT e.n, e.mark, e.pruned_to, EXISTS (SELECT 1 FROM revocation h WHERE h.n = ?1 AND h.mark = ?2)"
    };
}

const ANSWER: &str = concat!(answer!(), " FROM epoch e");

/// One statement, so that the row and the epoch are of one snapshot.
const READ: &str =
    concat!(answer!(), ", ", columns!(), " FROM epoch e LEFT JOIN token t ON t.digest = ?3");

/// The same for two digests. SQLite makes a table of the list, which takes longer.
const READ_EITHER: &str =
    concat!(answer!(), ", ", columns!(), " FROM epoch e LEFT JOIN token t ON t.digest IN (?3, ?4)");

const SHOW: &str = concat!("SELECT ", columns!(), " FROM token t WHERE t.id = ?1");

const SNAPSHOT: &str = concat!(
    "SELECT ",
    columns!(),
    ", t.digest FROM token t WHERE t.state = 0 AND t.expires_at > ?1 AND ruled IS NULL ORDER BY t.last_used DESC LIMIT ?2"
);

const LIST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM token t WHERE t.id > ?1 AND (?2 IS NULL OR t.kind = ?2) AND (?3 IS NULL OR t.subject = ?3) AND t.born < ?4 \
     ORDER BY t.id LIMIT ?5"
);

/// Two indexes: one has the tombstones, the other finds what rules may match.
const UNCLOSED: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM token t WHERE t.is_closed = 0 AND t.state <> 0 AND t.log = ?1 \
     UNION ALL SELECT ",
    columns!(),
    " FROM token t WHERE t.born < (SELECT max(born_before) FROM rule) AND t.is_closed = 0 AND t.state = 0 \
     AND t.log = ?1 AND ruled IS NOT NULL LIMIT ?2"
);

pub(super) fn read(connection: &Connection, digests: Digests, own: Epoch) -> Result<Read, Trouble> {
    let (current, previous) = (digests.current(), digests.previous());
    let sql = if previous.is_none() { READ } else { READ_EITHER };
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = match previous {
        None => statement.query(params![signed(own.n), own.mark, current.as_bytes()])?,
        Some(previous) => statement.query(params![
            signed(own.n),
            own.mark,
            current.as_bytes(),
            previous.as_bytes()
        ])?,
    };
    let Some(found) = found.next()? else { return Err(super::trouble::damaged()) };
    let is_there = found.get_ref(4)? != rusqlite::types::ValueRef::Null;
    Ok(Read { answer: answer(found)?, row: is_there.then(|| row(found, 4)).transpose()? })
}

pub(super) fn poll(connection: &Connection, own: Epoch) -> Result<Feed, Trouble> {
    let answer = ask(connection, own)?;
    let is_new = answer.at != own && answer.knows_own;
    if !is_new {
        return Ok(Feed { answer, listed: own, tokens: Vec::new(), rules: Vec::new() });
    }
    within(connection, || feed(connection, own))
}

fn feed(connection: &Connection, own: Epoch) -> Result<Feed, Trouble> {
    let answer = ask(connection, own)?;
    let mut feed = Feed { answer, listed: own, tokens: Vec::new(), rules: Vec::new() };
    if !answer.knows_own {
        return Ok(feed);
    }
    let mut tokens =
        connection.prepare_cached("SELECT id FROM token WHERE revoked = ?1 ORDER BY rowid")?;
    let mut rules =
        connection.prepare_cached("SELECT kind, subject, born_before FROM rule WHERE n = ?1")?;
    let mut history =
        connection.prepare_cached("SELECT n, mark FROM revocation WHERE n > ?1 ORDER BY n")?;
    let mut history = history.query([signed(own.n)])?;
    while let Some(entry) = history.next()? {
        if feed.tokens.len() + feed.rules.len() >= Feed::ENOUGH {
            break;
        }
        let n: i64 = entry.get(0)?;
        for token in tokens.query_map([n], |found| found.get(0))? {
            feed.tokens.push(TokenId::from_bytes(token?));
        }
        let mut rules = rules.query([n])?;
        while let Some(rule) = rules.next()? {
            let born_before = Some(number(rule.get(2)?)?);
            feed.rules.push(Rule { kind: rule.get(0)?, subject: rule.get(1)?, born_before });
        }
        feed.listed = epoch(n, entry.get(1)?)?;
    }
    Ok(feed)
}

pub(super) fn snapshot(
    connection: &Connection,
    limit: usize,
    now: UtcDateTime,
) -> Result<Snapshot, Trouble> {
    within(connection, || {
        let at = at(connection)?;
        let mut rows = Vec::new();
        let mut statement = connection.prepare_cached(SNAPSHOT)?;
        let mut found = statement.query(params![now.unix_timestamp(), signed(limit as u64)])?;
        while let Some(found) = found.next()? {
            rows.push((Digest::from_bytes(found.get(COLUMNS)?), row(found, 0)?));
        }
        Ok(Snapshot { at, in_recovery: false, rows })
    })
}

pub(super) fn show(connection: &Connection, token: TokenId) -> Result<Option<Row>, Trouble> {
    Ok(rows(connection, SHOW, [token.as_bytes()])?.pop())
}

pub(super) fn list(
    connection: &Connection,
    matching: &Rule,
    after: Option<TokenId>,
    limit: usize,
) -> Result<Vec<Row>, Trouble> {
    // Before each id there is the empty one.
    let after = after.as_ref().map_or(&[][..], |after| after.as_bytes());
    let born_before = matching.born_before.map_or(i64::MAX, signed);
    let parameters =
        params![after, matching.kind, matching.subject, born_before, signed(limit as u64)];
    rows(connection, LIST, parameters)
}

pub(super) fn unclosed(
    connection: &Connection,
    log: &str,
    limit: usize,
) -> Result<Vec<Row>, Trouble> {
    rows(connection, UNCLOSED, params![log, signed(limit as u64)])
}

/// How far the registry has come.
pub(super) fn at(connection: &Connection) -> Result<Epoch, Trouble> {
    let mut statement = connection.prepare_cached("SELECT n, mark FROM epoch")?;
    let found = statement.query_row((), |found| Ok((found.get(0)?, found.get(1)?))).optional()?;
    let (n, mark) = found.ok_or_else(super::trouble::damaged)?;
    epoch(n, mark)
}

fn ask(connection: &Connection, own: Epoch) -> Result<Answer, Trouble> {
    let mut statement = connection.prepare_cached(ANSWER)?;
    let mut found = statement.query(params![signed(own.n), own.mark])?;
    found.next()?.map_or_else(|| Err(super::trouble::damaged()), answer)
}

fn answer(found: &rusqlite::Row<'_>) -> Result<Answer, Trouble> {
    Ok(Answer {
        at: epoch(found.get(0)?, found.get(1)?)?,
        pruned_to: number(found.get(2)?)?,
        knows_own: found.get(3)?,
        in_recovery: false,
    })
}

fn rows(connection: &Connection, sql: &str, parameters: impl Params) -> Result<Vec<Row>, Trouble> {
    let mut rows = Vec::new();
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query(parameters)?;
    while let Some(found) = found.next()? {
        rows.push(row(found, 0)?);
    }
    Ok(rows)
}

/// Reads several statements in one snapshot. If one fails, the transaction stays open, and the connection is not used again.
fn within<T>(
    connection: &Connection,
    how: impl FnOnce() -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    connection.prepare_cached("BEGIN")?.execute(())?;
    let answer = how()?;
    connection.prepare_cached("COMMIT")?.execute(())?;
    Ok(answer)
}

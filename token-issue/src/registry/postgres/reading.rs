//! What is asked of the database. Each question is one statement, but for the feed and the snapshot.

use std::{future::poll_fn, pin::pin, sync::Arc};

use futures_core::Stream;
use token_core::{TokenId, UtcDateTime, record::Epoch};
use tokio_postgres::{Client, Row as Found, types::Type};

use super::{
    columns::{
        ANSWERED, COLUMNS, Parameter, answer, answering, bytes, columns, epoch, is_there,
        live_columns, number, row, signed,
    },
    connect::Link,
    packed,
    schema::HAS_FUNCTIONS,
    trouble::{STANDBY, Trouble, damaged, unavailable},
};
use crate::{
    digest::{Digest, Digests},
    registry::{Answer, Feed, Read, Rule, Snapshot},
    row::Row,
};

const ANSWER: &str = concat!(answering!(), " FROM token_registry.epoch e");

const FIND: &str = "SELECT * FROM token_registry.find($1, $2, $3, $4)";

/// The same, where the tables are of an older version.
const READ: &str = "SELECT * FROM token_registry.read($1, $2, $3, $4)";

const FEED: &str = "SELECT * FROM token_registry.feed($1, $2, $3)";

/// It has a row, whether there is a token or not: a standby must not say that there is none.
const SHOW: &str = concat!(
    "SELECT pg_is_in_recovery(), ",
    columns!(),
    " FROM (VALUES (1)) one LEFT JOIN token_registry.token t ON t.id = $1"
);

const LIST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM token_registry.token t WHERE ($1::bytea IS NULL OR t.id > $1) AND ($2::text IS NULL OR t.kind = $2) \
     AND ($3::text IS NULL OR t.subject = $3) AND t.born < $4 ORDER BY t.id LIMIT $5"
);

/// Two indexes: one has the tombstones, the other finds what rules may match.
const UNCLOSED: &str = concat!(
    "SELECT * FROM (SELECT ",
    columns!(),
    " FROM token_registry.token t WHERE NOT t.is_closed AND t.state <> 0 AND t.log = $1 UNION ALL SELECT ",
    columns!(),
    " FROM token_registry.token t WHERE t.born < (SELECT max(born_before) FROM token_registry.rule) \
     AND NOT t.is_closed AND t.state = 0 AND t.log = $1) found \
     WHERE found.state <> 0 OR found.ruled IS NOT NULL LIMIT $2"
);

/// How many rows there may be, without counting them.
const ABOUT: &str =
    "SELECT reltuples::float8 FROM pg_class WHERE oid = 'token_registry.token'::regclass";

/// Only for a token that is older than the last rule are the rules gone through.
macro_rules! live {
    () => {
        "t.state = 0 AND t.expires_at > $1 \
         AND (t.born >= (SELECT coalesce(max(born_before), 0) FROM token_registry.rule) OR NOT EXISTS (SELECT 1 FROM token_registry.rule r \
         WHERE r.born_before > t.born AND (r.kind IS NULL OR r.kind = t.kind) AND (r.subject IS NULL OR r.subject = t.subject)))"
    };
}

const LIVE: &str = concat!(
    "SELECT ",
    live_columns!(),
    " FROM token_registry.token t WHERE ",
    live!(),
    " LIMIT $2"
);

/// The same, those that were used last first. The whole rows would be sorted in a file of the server.
const LIVE_USED_LAST: &str = concat!(
    "SELECT ",
    live_columns!(),
    " FROM token_registry.token t WHERE t.id IN (SELECT t.id FROM token_registry.token t WHERE ",
    live!(),
    " ORDER BY t.last_used DESC NULLS LAST LIMIT $2)"
);

/// All of each number, also where the limit would be within one.
const TOKENS: &str = "SELECT revoked, id FROM token_registry.token WHERE revoked > $1 \
     ORDER BY revoked FETCH FIRST $2 ROWS WITH TIES";

const RULES: &str = "SELECT n, kind, subject, born_before FROM token_registry.rule WHERE n > $1 \
     ORDER BY n LIMIT $2";

pub(super) async fn read(
    link: Arc<Link>,
    schema: i32,
    digests: Digests,
    own: Epoch,
) -> Result<Read, Trouble> {
    let (n, mark) = (signed(own.n), &own.mark[..]);
    let (current, previous) = (digests.current(), digests.previous());
    let current = &current.as_bytes()[..];
    let previous = previous.as_ref().map(|digest| &digest.as_bytes()[..]);
    let parameters: [Parameter<'_>; 4] =
        [(&n, Type::INT8), (&mark, Type::BYTEA), (&current, Type::BYTEA), (&previous, Type::BYTEA)];
    match schema >= HAS_FUNCTIONS {
        true => packed::found(&one(&link.client, FIND, &parameters).await?),
        false => read_of(&one(&link.client, READ, &parameters).await?),
    }
}

/// What [`answer`] and [`columns`] say.
pub(super) fn read_of(found: &Found) -> Result<Read, Trouble> {
    let is_there = is_there(found, ANSWERED)?;
    Ok(Read { answer: answer(found)?, row: is_there.then(|| row(found, ANSWERED)).transpose()? })
}

pub(super) async fn show(link: Arc<Link>, token: TokenId) -> Result<Option<Row>, Trouble> {
    let id = &token.as_bytes()[..];
    let found = one(&link.client, SHOW, &[(&id, Type::BYTEA)]).await?;
    if found.try_get(0)? {
        return Err(unavailable(STANDBY));
    }
    is_there(&found, 1)?.then(|| row(&found, 1)).transpose()
}

pub(super) async fn list(
    link: Arc<Link>,
    matching: Rule,
    after: Option<TokenId>,
    limit: usize,
) -> Result<Vec<Row>, Trouble> {
    let after = after.as_ref().map(|after| &after.as_bytes()[..]);
    let born_before = matching.born_before.map_or(i64::MAX, signed);
    let limit = signed(limit as u64);
    rows(
        &link.client,
        LIST,
        &[
            (&after, Type::BYTEA),
            (&matching.kind, Type::TEXT),
            (&matching.subject, Type::TEXT),
            (&born_before, Type::INT8),
            (&limit, Type::INT8),
        ],
    )
    .await
}

pub(super) async fn unclosed(
    link: Arc<Link>,
    log: String,
    limit: usize,
) -> Result<Vec<Row>, Trouble> {
    let limit = signed(limit as u64);
    rows(&link.client, UNCLOSED, &[(&log, Type::TEXT), (&limit, Type::INT8)]).await
}

pub(super) async fn poll(link: Arc<Link>, schema: i32, own: Epoch) -> Result<Feed, Trouble> {
    let client = &link.client;
    let at_once = match schema >= HAS_FUNCTIONS {
        true => whole_feed(client, own).await?,
        false => no_news(ask(client, own).await?, own),
    };
    if let Some(feed) = at_once {
        return Ok(feed);
    }
    begin_snapshot(client).await?;
    let feed = feed(client, own).await?;
    client.batch_execute("COMMIT").await?;
    Ok(feed)
}

/// The feed, unless it is so long that it may be cut off.
async fn whole_feed(client: &Client, own: Epoch) -> Result<Option<Feed>, Trouble> {
    let (n, mark) = (signed(own.n), &own.mark[..]);
    let limit = Feed::ENOUGH as i64;
    let parameters: [Parameter<'_>; 3] =
        [(&n, Type::INT8), (&mark, Type::BYTEA), (&limit, Type::INT8)];
    packed::feed(&one(client, FEED, &parameters).await?, own)
}

/// The feed of a registry that has nothing new, or nothing for us.
fn no_news(answer: Answer, own: Epoch) -> Option<Feed> {
    let is_new = answer.at != own && answer.knows_own && !answer.in_recovery;
    (!is_new).then(|| Feed { answer, listed: own, tokens: Vec::new(), rules: Vec::new() })
}

async fn ask(client: &Client, own: Epoch) -> Result<Answer, Trouble> {
    let (n, mark) = (signed(own.n), &own.mark[..]);
    answer(&one(client, ANSWER, &[(&n, Type::INT8), (&mark, Type::BYTEA)]).await?)
}

async fn feed(client: &Client, own: Epoch) -> Result<Feed, Trouble> {
    let answer = ask(client, own).await?;
    let mut feed = Feed { answer, listed: own, tokens: Vec::new(), rules: Vec::new() };
    if !answer.knows_own {
        return Ok(feed);
    }
    let (n, limit) = (signed(own.n), Feed::ENOUGH as i64);
    let parameters: [Parameter<'_>; 2] = [(&n, Type::INT8), (&limit, Type::INT8)];
    let tokens = client.query_typed(TOKENS, &parameters).await?;
    let rules = client.query_typed(RULES, &parameters).await?;
    let to = last(&tokens)?.min(last(&rules)?).min(signed(answer.at.n));
    feed.listed = mark_of(client, answer.at, to).await?;
    for found in &tokens {
        if found.try_get::<_, i64>(0)? <= to {
            feed.tokens.push(TokenId::from_bytes(bytes(found.try_get(1)?)?));
        }
    }
    for found in &rules {
        if found.try_get::<_, i64>(0)? <= to {
            let born_before = Some(number(found.try_get(3)?)?);
            let (kind, subject) = (found.try_get(1)?, found.try_get(2)?);
            feed.rules.push(Rule { kind, subject, born_before });
        }
    }
    Ok(feed)
}

/// The number up to which a list is complete that may have been cut off.
fn last(list: &[Found]) -> Result<i64, Trouble> {
    match list.last() {
        Some(last) if list.len() >= Feed::ENOUGH => Ok(last.try_get(0)?),
        _ => Ok(i64::MAX),
    }
}

async fn mark_of(client: &Client, at: Epoch, n: i64) -> Result<Epoch, Trouble> {
    if n == signed(at.n) {
        return Ok(at);
    }
    let sql = "SELECT n, mark FROM token_registry.revocation WHERE n = $1";
    epoch(&one(client, sql, &[(&n, Type::INT8)]).await?, 0)
}

pub(super) async fn snapshot(
    link: Arc<Link>,
    limit: usize,
    now: UtcDateTime,
) -> Result<Snapshot, Trouble> {
    let client = &link.client;
    begin_snapshot(client).await?;
    let found =
        one(client, "SELECT n, mark, pg_is_in_recovery() FROM token_registry.epoch", &[]).await?;
    let (at, in_recovery) = (epoch(&found, 0)?, found.try_get(2)?);
    let rows = match limit {
        0 => Vec::new(),
        _ => live(client, limit, now.unix_timestamp()).await?,
    };
    client.batch_execute("COMMIT").await?;
    Ok(Snapshot { at, in_recovery, rows })
}

/// To sort all rows takes long. So if they seem to be few enough, they are read as they are.
async fn live(client: &Client, limit: usize, now: i64) -> Result<Vec<(Digest, Row)>, Trouble> {
    let about: f64 = one(client, ABOUT, &[]).await?.try_get(0)?;
    let mut rows = Vec::new();
    if about < limit as f64 {
        rows = of_live(client, LIVE, limit.saturating_add(1), now).await?;
    }
    if rows.is_empty() || rows.len() > limit {
        rows = of_live(client, LIVE_USED_LAST, limit, now).await?;
    }
    rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.last_used));
    Ok(rows)
}

async fn of_live(
    client: &Client,
    sql: &str,
    limit: usize,
    now: i64,
) -> Result<Vec<(Digest, Row)>, Trouble> {
    let limit = signed(limit as u64);
    let mut rows = Vec::new();
    each(client, sql, &[(&now, Type::INT8), (&limit, Type::INT8)], |found| {
        rows.push((Digest::from_bytes(bytes(found.try_get(COLUMNS)?)?), row(found, 0)?));
        Ok(())
    })
    .await?;
    Ok(rows)
}

/// All that is read until the COMMIT is of one snapshot.
async fn begin_snapshot(client: &Client) -> Result<(), Trouble> {
    Ok(client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
}

/// How far the registry has come.
pub(super) async fn one(
    client: &Client,
    sql: &str,
    parameters: &[Parameter<'_>],
) -> Result<Found, Trouble> {
    client.query_typed(sql, parameters).await?.into_iter().next().ok_or_else(damaged)
}

async fn rows(
    client: &Client,
    sql: &str,
    parameters: &[Parameter<'_>],
) -> Result<Vec<Row>, Trouble> {
    let mut rows = Vec::new();
    each(client, sql, parameters, |found| {
        rows.push(row(found, 0)?);
        Ok(())
    })
    .await?;
    Ok(rows)
}

/// Reads rows as they come.
async fn each(
    client: &Client,
    sql: &str,
    parameters: &[Parameter<'_>],
    mut read: impl FnMut(&Found) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    let parameters = parameters.iter().map(|(value, kind)| (*value, kind.clone()));
    let mut stream = pin!(client.query_typed_raw(sql, parameters).await?);
    while let Some(found) = poll_fn(|context| stream.as_mut().poll_next(context)).await {
        read(&found?)?;
    }
    Ok(())
}

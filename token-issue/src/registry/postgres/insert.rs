//! New rows: all that wait in one statement, so that they share a wait for the disk.

use std::{collections::HashSet, mem, sync::Arc};

use token_core::TokenId;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::{Client, types::Type};

use super::{
    columns::{Parameter, bytes, check_texts},
    connect::Link,
    pool::Pool,
    settings::CHANGE,
    trouble::{Trouble, unavailable},
};
use crate::{
    digest::Digest,
    registry::{RegistryError, settle::settle},
    row::Row,
};

/// A row that is to be put in. Of one that was not narrowed, `born` is the number of the epoch.
pub(super) struct New {
    pub(super) digest: Digest,
    pub(super) row: Row,
    pub(super) born: Option<i64>,
}

/// A row that is there already is left out, and is not among those that come back.
const INSERT: &str = "
    INSERT INTO token_registry.token (id, digest, kind, scopes, minted_at, expires_at, parent, depth, subject, audience, build,
        once, actor, reason, log, log_index, born)
    SELECT u.id, u.digest, u.kind, u.scopes, u.minted_at, u.expires_at, u.parent, u.depth, u.subject, u.audience, u.build,
        u.once, u.actor, u.reason, u.log, u.log_index, coalesce(u.born, e.n)
    FROM token_registry.epoch e, unnest($1::bytea[], $2::bytea[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bytea[],
        $8::smallint[], $9::text[], $10::text[], $11::text[], $12::boolean[], $13::text[], $14::text[], $15::text[],
        $16::bigint[], $17::bigint[])
        u (id, digest, kind, scopes, minted_at, expires_at, parent, depth, subject, audience, build, once, actor, reason, log,
        log_index, born)
    ON CONFLICT DO NOTHING RETURNING id, digest";

/// Puts rows in, and returns those that were not there.
pub(super) async fn put(
    client: &Client,
    new: &[New],
) -> Result<HashSet<(TokenId, Digest)>, Trouble> {
    let each = Each(new);
    let scopes = each.of(|new| new.row.scopes.join(" "));
    let builds = each.of(|new| new.row.build.map(|build| build.to_string()));
    let origins = each.of(|new| new.row.origin.as_ref());
    let logs: Vec<_> = origins.iter().map(|origin| origin.map(|origin| &*origin.log)).collect();
    let indexes: Vec<_> =
        origins.iter().map(|origin| origin.map(|origin| origin.index.cast_signed())).collect();
    let parameters: [Parameter<'_>; 17] = [
        (&each.of(|new| &new.row.token.as_bytes()[..]), Type::BYTEA_ARRAY),
        (&each.of(|new| &new.digest.as_bytes()[..]), Type::BYTEA_ARRAY),
        (&each.of(|new| &*new.row.kind), Type::TEXT_ARRAY),
        (&scopes, Type::TEXT_ARRAY),
        (&each.of(|new| new.row.minted_at.unix_timestamp()), Type::INT8_ARRAY),
        (&each.of(|new| new.row.expires_at.unix_timestamp()), Type::INT8_ARRAY),
        (&each.of(|new| new.row.parent.as_ref().map(|id| &id.as_bytes()[..])), Type::BYTEA_ARRAY),
        (&each.of(|new| i16::from(new.row.depth)), Type::INT2_ARRAY),
        (&each.of(|new| new.row.subject.as_deref()), Type::TEXT_ARRAY),
        (&each.of(|new| new.row.audience.as_deref()), Type::TEXT_ARRAY),
        (&builds, Type::TEXT_ARRAY),
        (&each.of(|new| new.row.once), Type::BOOL_ARRAY),
        (&each.of(|new| new.row.actor.as_deref()), Type::TEXT_ARRAY),
        (&each.of(|new| new.row.reason.as_deref()), Type::TEXT_ARRAY),
        (&logs, Type::TEXT_ARRAY),
        (&indexes, Type::INT8_ARRAY),
        (&each.of(|new| new.born), Type::INT8_ARRAY),
    ];
    let mut there = HashSet::with_capacity(new.len());
    for found in client.query_typed(INSERT, &parameters).await? {
        let token = TokenId::from_bytes(bytes(found.try_get(0)?)?);
        there.insert((token, Digest::from_bytes(bytes(found.try_get(1)?)?)));
    }
    Ok(there)
}

struct Each<'n>(&'n [New]);

impl<'n> Each<'n> {
    fn of<T>(&self, what: impl FnMut(&'n New) -> T) -> Vec<T> {
        self.0.iter().map(what).collect()
    }
}

/// A row whose caller waits for an answer.
pub(super) struct Waiting {
    new: New,
    tell: oneshot::Sender<Result<(), RegistryError>>,
}

/// Asks for a row to be put in, with others.
pub(super) async fn ask(
    queue: mpsc::Sender<Waiting>,
    digest: Digest,
    row: Row,
) -> Result<(), Trouble> {
    let new = New { digest, row: checked(row)?, born: None };
    let (tell, told) = oneshot::channel();
    let full = "too many new tokens wait already; ask for fewer at a time, or use a faster server";
    queue.try_send(Waiting { new, tell }).map_err(|_| unavailable(full))?;
    Ok(told.await.unwrap_or_else(|_| Err(RegistryError::unavailable("the registry has ended")))?)
}

/// The row as it is kept.
pub(super) fn checked(row: Row) -> Result<Row, Trouble> {
    check_texts(&row)?;
    Ok(settle(row, 0)?)
}

/// Puts in what waits, for as long as somebody may ask.
pub(super) async fn run(pool: Arc<Pool>, mut queue: mpsc::Receiver<Waiting>) {
    let mut waiting = Vec::new();
    while queue.recv_many(&mut waiting, AT_ONCE).await > 0 {
        let asked = mem::take(&mut waiting).into_iter().filter(|one| !one.tell.is_closed());
        let (new, tell): (Vec<_>, Vec<_>) = asked.map(|one| (one.new, one.tell)).unzip();
        let made = pool.alone(CHANGE, |link: Arc<Link>| put_all(link, &new)).await;
        answer(&new, tell, made.map_err(|Trouble(error)| error));
    }
}

async fn put_all(link: Arc<Link>, new: &[New]) -> Result<HashSet<(TokenId, Digest)>, Trouble> {
    put(&link.client, new).await
}

fn answer(
    new: &[New],
    tell: Vec<oneshot::Sender<Result<(), RegistryError>>>,
    mut made: Result<HashSet<(TokenId, Digest)>, RegistryError>,
) {
    for (new, tell) in new.iter().zip(tell) {
        let answer = match &mut made {
            // Of two that are the same, one was put in.
            Ok(there) => match there.remove(&(new.row.token, new.digest)) {
                true => Ok(()),
                false => Err(RegistryError::Duplicate),
            },
            Err(error) => Err(error.clone()),
        };
        // Nobody may wait any more.
        drop(tell.send(answer));
    }
}

/// As many rows as may wait.
pub(super) const MOST_WAITING: usize = 16_384;

/// As many rows as one statement has.
const AT_ONCE: usize = 512;

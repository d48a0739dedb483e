//! What is changed in the database. A change of several statements is a transaction on a connection of its own; one that fails is
//! not rolled back but loses its connection, which has the same effect.

use std::{sync::Arc, time::Duration};

use token_core::{SourceDigest, TokenId, UtcDateTime, record::Epoch};
use tokio_postgres::{Client, types::Type};

use super::{
    columns::{Parameter, answering, bytes, columns, epoch, moment, number, row, signed},
    connect::Link,
    insert::{New, put},
    reading::{one, read_of},
    trouble::Trouble,
};
use crate::{
    digest::{Digest, Digests, PepperId},
    registry::{
        Pruned, Read, RegistryError, Rule,
        settle::{Known, settle, take_pepper, whole},
    },
    row::{Row, Unfit},
};

const PARENT: &str =
    concat!("SELECT ", columns!(), " FROM token_registry.token t WHERE t.id = $1 FOR SHARE OF t");

/// What is read is of the snapshot before the update. So if two spend a token at once, the second one reads that it is
/// live, and must look at the last column, and then again.
const SPEND: &str = concat!(
    "WITH spent AS (UPDATE token_registry.token t SET state = 2
        WHERE t.digest IN ($3, $4) AND t.state = 0 AND t.expires_at > $5 AND (t.audience IS NULL OR t.audience = $6)
        AND (t.build IS NULL OR t.build = $7) AND NOT EXISTS (SELECT 1 FROM token_registry.rule r
            WHERE r.born_before > t.born AND (r.kind IS NULL OR r.kind = t.kind) AND (r.subject IS NULL OR r.subject = t.subject))
        RETURNING t.id) ",
    answering!(),
    ", ",
    columns!(),
    ", EXISTS (SELECT 1 FROM spent) FROM token_registry.epoch e LEFT JOIN token_registry.token t ON t.digest IN ($3, $4)"
);

/// A row that a revocation has locked is left out, since to wait for it could be to wait for each other. It dies anyway.
const TOUCH: &str = "
    WITH used AS (SELECT id, max(moment) AS moment FROM unnest($1::bytea[], $2::bigint[]) u (id, moment) GROUP BY id),
    held AS (SELECT t.id FROM token_registry.token t WHERE t.id = ANY ($1) FOR NO KEY UPDATE SKIP LOCKED)
    UPDATE token_registry.token t SET last_used = used.moment FROM used, held
    WHERE t.id = used.id AND t.id = held.id AND (t.last_used IS NULL OR t.last_used < used.moment)";

/// Puts in a token that was narrowed from another one.
pub(super) async fn narrow(
    link: Arc<Link>,
    digest: Digest,
    row: Row,
    parent: TokenId,
    now: UtcDateTime,
) -> Result<Result<(), Unfit>, Trouble> {
    let client = &link.client;
    begin(client).await?;
    let id = &parent.as_bytes()[..];
    let found = client.query_typed(PARENT, &[(&id, Type::BYTEA)]).await?;
    let parent = found.first().map(|found| self::row(found, 0)).transpose()?;
    let fits = match &parent {
        None => Err(Unfit::ParentUnknown),
        Some(parent) => row.check_below(parent, now).map(|()| parent.born),
    };
    match fits {
        Ok(born) => {
            let row = settle(row, born)?;
            if put(client, &[New { digest, row, born: Some(signed(born)) }]).await?.is_empty() {
                return Err(RegistryError::Duplicate.into());
            }
            client.batch_execute("COMMIT").await?;
            Ok(Ok(()))
        }
        Err(unfit) => {
            client.batch_execute("ROLLBACK").await?;
            Ok(Err(unfit))
        }
    }
}

pub(super) async fn spend(
    link: Arc<Link>,
    digests: Digests,
    own: Epoch,
    audience: Option<String>,
    build: Option<SourceDigest>,
    now: UtcDateTime,
) -> Result<Read, Trouble> {
    let (n, mark) = (signed(own.n), &own.mark[..]);
    let (current, previous) = (digests.current(), digests.previous());
    let previous = previous.as_ref().unwrap_or(&current);
    let text = build.map(|build| build.to_string());
    // A row's expiry is a whole second, so it is after `now` if it is after the second that `now` is in.
    let second = now.unix_timestamp();
    let parameters: [Parameter<'_>; 7] = [
        (&n, Type::INT8),
        (&mark, Type::BYTEA),
        (&&current.as_bytes()[..], Type::BYTEA),
        (&&previous.as_bytes()[..], Type::BYTEA),
        (&second, Type::INT8),
        (&audience, Type::TEXT),
        (&text, Type::TEXT),
    ];
    loop {
        let found = one(&link.client, SPEND, &parameters).await?;
        let read = read_of(&found)?;
        let is_spent: bool = found.try_get(found.len() - 1)?;
        let can_be_spent = |row: &Row| row.can_be_spent(audience.as_deref(), build, whole(now));
        if is_spent || !read.row.as_ref().is_some_and(can_be_spent) {
            return Ok(read);
        }
    }
}

pub(super) async fn touch(
    link: Arc<Link>,
    used: Vec<(TokenId, UtcDateTime)>,
) -> Result<(), Trouble> {
    let ids: Vec<&[u8]> = used.iter().map(|(token, _)| &token.as_bytes()[..]).collect();
    let moments: Vec<i64> =
        used.iter().map(|(_, moment)| whole(*moment).unix_timestamp()).collect();
    let parameters: [Parameter<'_>; 2] = [(&ids, Type::BYTEA_ARRAY), (&moments, Type::INT8_ARRAY)];
    link.client.execute_typed(TOUCH, &parameters).await?;
    Ok(())
}

pub(super) async fn close(link: Arc<Link>, tokens: Vec<TokenId>) -> Result<(), Trouble> {
    let ids: Vec<&[u8]> = tokens.iter().map(|token| &token.as_bytes()[..]).collect();
    let client = &link.client;
    begin(client).await?;
    // It locks many rows, as a revocation does, so only one of them does so at a time.
    lock_epoch(client).await?;
    let sql =
        "UPDATE token_registry.token SET is_closed = true WHERE id = ANY ($1) AND NOT is_closed";
    client.execute_typed(sql, &[(&ids, Type::BYTEA_ARRAY)]).await?;
    Ok(client.batch_execute("COMMIT").await?)
}

/// Forgets some expired rows. The answer is the number of those that are gone, and whether there may be more.
pub(super) async fn prune_some(
    link: Arc<Link>,
    expired_before: UtcDateTime,
) -> Result<(u64, bool), Trouble> {
    let client = &link.client;
    begin(client).await?;
    lock_epoch(client).await?;
    let before = expired_before.unix_timestamp();
    let sql = "DELETE FROM token_registry.token WHERE id = ANY (ARRAY(SELECT id FROM token_registry.token \
               WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)) RETURNING revoked";
    let gone = client.query_typed(sql, &[(&before, Type::INT8), (&AT_ONCE, Type::INT8)]).await?;
    let mut last = None;
    for found in &gone {
        last = last.max(found.try_get::<_, Option<i64>>(0)?);
    }
    raise(client, last).await?;
    client.batch_execute("COMMIT").await?;
    Ok((gone.len() as u64, gone.len() as i64 == AT_ONCE))
}

/// Forgets of the history what concerns no row.
pub(super) async fn prune_history(link: Arc<Link>) -> Result<Pruned, Trouble> {
    let client = &link.client;
    begin(client).await?;
    lock_epoch(client).await?;
    let found = one(client, "SELECT min(born) FROM token_registry.token", &[]).await?;
    // A rule whose number is not greater than the birth of any token matches none.
    let eldest = found.try_get::<_, Option<i64>>(0)?.unwrap_or(i64::MAX);
    let sql = "DELETE FROM token_registry.rule WHERE born_before <= $1 RETURNING n";
    let mut last = None;
    for found in client.query_typed(sql, &[(&eldest, Type::INT8)]).await? {
        last = last.max(Some(found.try_get::<_, i64>(0)?));
    }
    raise(client, last).await?;
    let sql = "DELETE FROM token_registry.revocation \
               WHERE n < (SELECT pruned_to FROM token_registry.epoch)";
    client.execute_typed(sql, &[]).await?;
    let found = one(client, "SELECT pruned_to FROM token_registry.epoch", &[]).await?;
    let pruned_to = number(found.try_get(0)?)?;
    client.batch_execute("COMMIT").await?;
    Ok(Pruned { rows: 0, pruned_to })
}

/// What was revoked up to this number is going to be forgotten.
async fn raise(client: &Client, to: Option<i64>) -> Result<(), Trouble> {
    let sql = "UPDATE token_registry.epoch SET pruned_to = $1 WHERE pruned_to < $1";
    client.execute_typed(sql, &[(&to, Type::INT8)]).await?;
    Ok(())
}

pub(super) async fn use_pepper(
    link: Arc<Link>,
    current: PepperId,
    previous: Option<PepperId>,
    now: UtcDateTime,
    longest: Duration,
) -> Result<(), Trouble> {
    let client = &link.client;
    begin(client).await?;
    lock_epoch(client).await?;
    let mut known = Vec::new();
    for found in client.query_typed("SELECT id, ceased FROM token_registry.pepper", &[]).await? {
        let ceased: Option<i64> = found.try_get(1)?;
        let id = PepperId::from_bytes(bytes(found.try_get(0)?)?);
        known.push(Known { id, ceased: ceased.map(moment).transpose()? });
    }
    let sql = "INSERT INTO token_registry.pepper (id, ceased) VALUES ($1, $2) \
               ON CONFLICT (id) DO UPDATE SET ceased = $2";
    for pepper in take_pepper(&known, current, previous, now, longest)? {
        let (id, ceased) =
            (&pepper.id.as_bytes()[..], pepper.ceased.map(UtcDateTime::unix_timestamp));
        client.execute_typed(sql, &[(&id, Type::BYTEA), (&ceased, Type::INT8)]).await?;
    }
    Ok(client.batch_execute("COMMIT").await?)
}

/// A transaction that waits for others no longer than a caller would, and that is durable whatever is set for the role, on the
/// standbys too that the server waits for. Each statement sees what was committed before it: on that rests that no child slips past.
pub(super) async fn begin(client: &Client) -> Result<(), Trouble> {
    let sql = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '2s'; \
               SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') <> 'remote_apply'";
    Ok(client.batch_execute(sql).await?)
}

/// Locks the epoch. Whoever does so has the history to himself until he commits.
pub(super) async fn lock_epoch(client: &Client) -> Result<Epoch, Trouble> {
    epoch(&one(client, "SELECT n, mark FROM token_registry.epoch FOR UPDATE", &[]).await?, 0)
}

/// The rule's parameters, for [`super::revoke`].
pub(super) async fn put_rule(client: &Client, n: u64, rule: &Rule) -> Result<(), Trouble> {
    let born_before = rule.born_before.map(signed);
    let sql =
        "INSERT INTO token_registry.rule (n, kind, subject, born_before) VALUES ($1, $2, $3, $4)";
    let parameters: [Parameter<'_>; 4] = [
        (&signed(n), Type::INT8),
        (&rule.kind, Type::TEXT),
        (&rule.subject, Type::TEXT),
        (&born_before, Type::INT8),
    ];
    client.execute_typed(sql, &parameters).await?;
    Ok(())
}

/// As many rows as are forgotten in one transaction, so that no revocation waits for long.
const AT_ONCE: i64 = 2_000;

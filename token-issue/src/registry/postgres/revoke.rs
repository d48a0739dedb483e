//! Revocations: each takes the next number of the epoch, under its lock.

use std::{pin::pin, sync::Arc};

use token_core::{TokenId, record::Epoch};
use tokio::time::timeout;
use tokio_postgres::{
    Client,
    types::{PgLsn, Type},
};

use super::{
    change::{begin, lock_epoch, put_rule},
    columns::{Parameter, signed},
    connect::Link,
    reading::one,
    settings::CONFIRM,
    trouble::Trouble,
};
use crate::registry::{Revoked, Rule, settle::mark};

/// A revocation, and up to where a standby must have come to hold it; nothing if that could not be asked.
pub(super) type Made = (Revoked, Option<PgLsn>);

const REVOKE: &str = "
    UPDATE token_registry.token t SET state = 1, revoked = $2
    WHERE t.id = ANY ($1) AND t.state <> 1 AND NOT EXISTS (SELECT 1 FROM token_registry.rule r
        WHERE r.born_before > t.born AND (r.kind IS NULL OR r.kind = t.kind) AND (r.subject IS NULL OR r.subject = t.subject))";

/// In a statement of its own: it sees the children of those that were waiting to be put in while the level was locked.
const CHILDREN: &str = "SELECT id FROM token_registry.token WHERE parent = ANY ($1)";

pub(super) async fn revoke(link: Arc<Link>, token: TokenId) -> Result<Made, Trouble> {
    let client = &link.client;
    begin(client).await?;
    let before = lock_epoch(client).await?;
    let n = signed(before.n + 1);
    let (mut level, mut tokens) = (vec![token.as_bytes().to_vec()], 0);
    while !level.is_empty() {
        let parameters: [Parameter<'_>; 2] = [(&level, Type::BYTEA_ARRAY), (&n, Type::INT8)];
        tokens += client.execute_typed(REVOKE, &parameters).await?;
        let [level_now, _] = parameters;
        let mut below = Vec::new();
        for found in client.query_typed(CHILDREN, &[level_now]).await? {
            below.push(found.try_get(0)?);
        }
        level = below;
    }
    if tokens == 0 {
        client.batch_execute("ROLLBACK").await?;
        return Ok((Revoked { at: before, is_new: false, tokens }, None));
    }
    let at = advance(client, before).await?;
    let written = commit(&link).await?;
    Ok((Revoked { at, is_new: true, tokens }, written))
}

pub(super) async fn revoke_matching(link: Arc<Link>, rule: Rule) -> Result<Made, Trouble> {
    let client = &link.client;
    begin(client).await?;
    let before = lock_epoch(client).await?;
    let at = advance(client, before).await?;
    put_rule(client, at.n, &rule.before(at.n)).await?;
    let written = commit(&link).await?;
    Ok((Revoked { at, is_new: true, tokens: 0 }, written))
}

/// Takes the next number, under a new mark. Those who listen are told at the commit.
async fn advance(client: &Client, before: Epoch) -> Result<Epoch, Trouble> {
    let at = Epoch { n: before.n + 1, mark: mark()? };
    let (n, mark) = (signed(at.n), &at.mark[..]);
    for sql in [
        "UPDATE token_registry.epoch SET n = $1, mark = $2",
        "INSERT INTO token_registry.revocation (n, mark) VALUES ($1, $2)",
    ] {
        client.execute_typed(sql, &[(&n, Type::INT8), (&mark, Type::BYTEA)]).await?;
    }
    client.batch_execute("NOTIFY token_registry_revoked").await?;
    Ok(at)
}

/// Commits. A server that waits for a standby which does not answer is told to wait no longer: the revocation
/// then counts, and stands on fewer servers. Otherwise it would not count anywhere, and block all others.
async fn commit(link: &Link) -> Result<Option<PgLsn>, Trouble> {
    let mut committing = pin!(link.client.batch_execute("COMMIT"));
    match timeout(CONFIRM, &mut committing).await {
        Ok(committed) => committed?,
        Err(_) => {
            link.cancel().await;
            committing.await?;
        }
    }
    // It counts, whether this can be asked or not.
    let written = one(&link.client, "SELECT pg_current_wal_flush_lsn()", &[]).await;
    Ok(written.ok().and_then(|found| found.try_get(0).ok()))
}

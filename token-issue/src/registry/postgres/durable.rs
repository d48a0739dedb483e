//! On how many servers a revocation stands.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use token_core::record::Epoch;
use tokio::time::sleep;
use tokio_postgres::types::{PgLsn, Type};

use super::{connect::Link, reading::one, trouble::Trouble};

/// Up to where a standby must have come to hold one of the last revocations.
#[derive(Default)]
pub(super) struct Written(Mutex<VecDeque<(Epoch, PgLsn)>>);

impl Written {
    pub(super) fn note(&self, at: Epoch, to: PgLsn) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() >= KEPT {
            last.pop_front();
        }
        last.push_back((at, to));
    }

    pub(super) fn of(&self, at: Epoch) -> Option<PgLsn> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.iter().find(|(noted, _)| *noted == at).map(|(_, to)| *to)
    }
}

/// Counts the server itself and the standbys that have it on disk. Those that are behind are given a moment.
///
/// A role that may not see how far a standby has come sees none of them.
pub(super) async fn servers(link: Arc<Link>, written: PgLsn) -> Result<u32, Trouble> {
    let sql =
        "SELECT count(flush_lsn), count(*) FILTER (WHERE flush_lsn >= $1) FROM pg_stat_replication";
    let mut tries = 0;
    loop {
        let found = one(&link.client, sql, &[(&written, Type::PG_LSN)]).await?;
        let (all, there): (i64, i64) = (found.try_get(0)?, found.try_get(1)?);
        tries += 1;
        if there >= all || tries > TRIES {
            return Ok(u32::try_from(there).unwrap_or(u32::MAX).saturating_add(1));
        }
        sleep(PAUSE).await;
    }
}

/// How many revocations are remembered, so that their callers can ask.
const KEPT: usize = 256;

/// A standby that keeps up has a revocation within some milliseconds.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(10);

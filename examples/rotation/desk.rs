//! The issuer: ours, which is restarted in the middle, and lies now and then.

use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use token_core::{Grant, TokenKind, UtcDateTime, record::InMemory};
use token_issue::{Mint, registry::Sqlite};
use token_rotate::{Attempt, Failure, Fetched, Handle, Issuer, Minted};

use crate::{POLICY, timeline::Timeline};

pub(crate) struct Desk {
    registry: PathBuf,
    log: Arc<InMemory>,
    life: Duration,
    /// `None` while it is down.
    issuer: Mutex<Option<token_issue::Issuer>>,
    fetches: AtomicU64,
    lies: AtomicU64,
    timeline: Arc<Timeline>,
}

impl Desk {
    pub(crate) fn open(
        dir: &Path,
        life: Duration,
        timeline: Arc<Timeline>,
    ) -> Result<Self, Box<dyn Error>> {
        let desk = Self {
            registry: dir.join("tokens.db"),
            log: Arc::default(),
            life,
            issuer: Mutex::default(),
            fetches: AtomicU64::new(0),
            lies: AtomicU64::new(0),
            timeline,
        };
        desk.restart()?;
        Ok(desk)
    }

    /// As after a deployment: the registry and the log are what is left of the one before.
    pub(crate) fn restart(&self) -> Result<(), Box<dyn Error>> {
        let registry = Arc::new(Sqlite::open(&self.registry)?);
        let issuer = token_issue::Issuer::options(&POLICY, registry, self.log.clone());
        *self.lock() = Some(issuer.actor("issuer").start()?);
        self.timeline.tell("the issuer is up");
        Ok(())
    }

    pub(crate) fn stop(&self) -> Result<(), token_issue::Error> {
        let issuer = self.lock().take();
        self.timeline.tell("the issuer is down");
        issuer.map_or(Ok(()), |issuer| issuer.close(Duration::from_secs(5)))
    }

    pub(crate) fn lies(&self) -> u64 {
        self.lies.load(Ordering::Relaxed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<token_issue::Issuer>> {
        self.issuer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn running(&self) -> Result<token_issue::Issuer, Failure> {
        let issuer = self.lock().clone();
        issuer.ok_or_else(|| Failure::transient("the issuer is down"))
    }
}

fn mint<K: TokenKind>(life: Duration) -> Mint<K> {
    Mint::new().lifetime(life).subject("shop")
}

impl<K: TokenKind> Issuer<K> for Desk {
    fn fetch(&self, attempt: &Attempt) -> Result<Fetched, Failure> {
        let minted = Minted::new(self.running()?, || mint::<K>(self.life));
        let fetched = Issuer::<K>::fetch(&minted, attempt)?;
        // Some answers are lies: the token has expired, they say, or it may do more than was asked for.
        let Some(lie) = lie(self.fetches.fetch_add(1, Ordering::Relaxed)) else {
            return Ok(fetched);
        };
        self.lies.fetch_add(1, Ordering::Relaxed);
        self.timeline.tell("the issuer lies");
        let Some((secret, _, handle)) = fetched.into_secret() else {
            return Ok(Fetched::unchanged());
        };
        Ok(Fetched::new(secret, lie).handle(handle))
    }

    fn retire(&self, old: &Handle) -> Result<(), Failure> {
        let minted = Minted::new(self.running()?, || mint::<K>(self.life));
        Issuer::<K>::retire(&minted, old)
    }
}

fn lie(fetch: u64) -> Option<Grant> {
    let second = Duration::from_secs(1);
    match fetch % 6 {
        1 => Some(Grant::new("orders:read").expires_at(UtcDateTime::now() - second)),
        4 => Some(Grant::new("orders:read orders:delete").expires_in(second)),
        _ => None,
    }
}

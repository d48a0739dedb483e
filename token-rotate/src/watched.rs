//! A file that somebody else writes: an agent, Kubernetes, systemd.

mod look;
mod stamp;

use std::{
    env,
    marker::PhantomData,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use token_core::{
    Error, Grant, Secret, TokenId, TokenKind, UtcDateTime,
    scope::{CompiledSource, ReadableBy},
    source,
};

use self::look::{Look, Shape};
use crate::{Attempt, Failure, Fetched, Issuer, words::Words};

/// A file with a token that somebody else writes, as an [`Issuer`]: a sink of an agent, a secret of Kubernetes, a projected token of a
/// service account, a credential that systemd renews.
///
/// The file is opened by its path at each look, so it does not matter whether it is written in place, replaced by another
/// file, or reached by a link that is set to another folder. What it holds is compared by the token's id, and no copy of the token
/// is kept.
///
/// # Half-written files
///
/// A file that is written in place can be found empty, cut off, or with the first half of the new token before the second half of
/// the old one. So a change is taken only
///
/// - when two looks, [`settle`](Self::settle) apart, find the same file with the same token; then it is taken within one poll, or
/// - at once, if the kind has a `format`: the token's checksum says whether it is whole.
///
/// If the token is shorter than the one before, or ends without the line ending that the other one had, it may be cut off by a
/// writer that hangs or was killed. It is taken when the file has stood like that for 240 times as long (a minute). Until then the
/// old token is held, and the fetch fails with words that say so.
///
/// *A writer that writes over the old token in several steps, and pauses between them for longer than `settle`, cannot be told from one
/// that is done*, unless the kind has a `format`. Writers should make a new file and rename it.
///
/// ```no_run
/// use std::time::Duration;
/// use token_core::{TokenKind, scope::ReadableBy};
/// use token_rotate::Watched;
///
/// fn github<K: TokenKind>() -> Watched<K> {
///     Watched::file("/run/secrets/github/token", ReadableBy::Group).every(Duration::from_secs(5))
/// }
/// ```
pub struct Watched<K> {
    place: Place,
    grant: Box<GrantOf>,
    every: Duration,
    settle: Duration,
    seen: Mutex<Seen>,
    kind: PhantomData<fn() -> K>,
}

type GrantOf = dyn Fn(&Secret, UtcDateTime) -> Result<Grant, Failure> + Send + Sync;

enum Place {
    File { path: PathBuf, readable_by: ReadableBy },
    Credential { name: String },
}

/// What was found so far. There is no byte of a token in it.
#[derive(Default)]
struct Seen {
    /// The token that was given last.
    given: Option<Given>,
    /// A change that is not taken yet, and since when it is there.
    waiting: Option<(stamp::Stamp, Instant)>,
}

struct Given {
    stamp: stamp::Stamp,
    id: Option<TokenId>,
    shape: Shape,
}

impl<K: TokenKind> Watched<K> {
    /// The file at this path, which at most these may read.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>, readable_by: ReadableBy) -> Self {
        Self::at(Place::File { path: path.into(), readable_by })
    }

    /// The credential with this name that systemd passes to the service. With `RefreshOnReload=credentials` (systemd 260) it
    /// changes when the service is reloaded.
    #[must_use]
    pub fn credential(name: impl Into<String>) -> Self {
        Self::at(Place::Credential { name: name.into() })
    }

    /// The file or the credential that the policy names for kind `K`. `None` if its source is another one.
    #[must_use]
    pub fn from_policy() -> Option<Self> {
        match K::COMPILED.source {
            Some(CompiledSource::File { path, readable_by, .. }) => {
                Some(Self::file(path, readable_by))
            }
            Some(CompiledSource::Credential { name, .. }) => Some(Self::credential(name)),
            _ => None,
        }
    }

    fn at(place: Place) -> Self {
        Self {
            place,
            grant: Box::new(|_, written| Ok(Grant::assumed::<K>(written))),
            every: Duration::from_secs(1),
            settle: Duration::from_millis(250),
            seen: Mutex::default(),
            kind: PhantomData,
        }
    }

    /// How the grant is made from the secret and the time at which the file was written, which is not in the future. The default is
    /// [`Grant::assumed`] from that time on.
    ///
    /// A JWT says when it expires: read its claims with [`Secret::with_bytes`].
    #[must_use]
    pub fn grant<F>(mut self, grant: F) -> Self
    where
        F: Fn(&Secret, UtcDateTime) -> Result<Grant, Failure> + Send + Sync + 'static,
    {
        self.grant = Box::new(grant);
        self
    }

    /// How often to look. The default is each second, which is also the shortest time.
    #[must_use]
    pub const fn every(mut self, every: Duration) -> Self {
        self.every = every;
        self
    }

    /// For how long a changed file must stay the same before its token is taken. The default is 250 ms. A file that was written
    /// more than ten seconds ago, by the wall clock, is taken at once.
    #[must_use]
    pub const fn settle(mut self, settle: Duration) -> Self {
        self.settle = settle;
        self
    }

    fn path(&self) -> Option<PathBuf> {
        match &self.place {
            Place::File { path, .. } => Some(path.clone()),
            Place::Credential { name } => {
                env::var_os("CREDENTIALS_DIRECTORY").map(|folder| PathBuf::from(folder).join(name))
            }
        }
    }

    fn load(&self) -> Result<Secret, Error> {
        match &self.place {
            Place::File { path, readable_by } => source::file_readable_by(path, *readable_by),
            Place::Credential { name } => source::credential(name),
        }
    }

    /// What is said of a file that the kind's format does not fit.
    fn broken(&self) -> String {
        let place = match &self.place {
            Place::File { path, .. } => format!("the file `{}`", path.display()),
            Place::Credential { name } => format!("the credential `{name}`"),
        };
        format!(
            "{place} holds no whole token of the kind's `format`: the prefix, the length or the checksum is wrong; if somebody else issues \
             these tokens, take `format` out of the kind; if not, whoever writes the file should make a new one and rename it"
        )
    }

    /// Looks until it is known whether there is another token.
    fn newest(&self, attempt: &Attempt, seen: &mut Seen) -> Result<Option<Look>, Failure> {
        let started = Instant::now();
        loop {
            let path = self.path();
            let stamp = path.as_deref().and_then(stamp::Stamp::of);
            if stamp.is_some_and(|stamp| seen.is_given(stamp, attempt)) {
                return Ok(None);
            }
            let look = Look::at(path.as_deref(), || self.load())?;
            let needed = match look.wholeness::<K>(seen.given.as_ref().map(|given| given.shape)) {
                look::Wholeness::Certain => return Ok(Some(look)),
                look::Wholeness::Broken => return Err(Words::owned(self.broken()).transient()),
                look::Wholeness::Likely => self.settle,
                look::Wholeness::Doubtful => self.settle.saturating_mul(PATIENCE),
            };
            let known_for = seen.known_for(&look);
            let Some(left) = needed.checked_sub(known_for).filter(|left| !left.is_zero()) else {
                return Ok(Some(look));
            };
            drop(look);
            if left > self.settle {
                return Err(Words::new(CUT_OFF).transient());
            }
            if attempt.is_cancelled() || started.elapsed() + left > attempt.within() {
                return Err(Words::new(WRITTEN_ON).transient());
            }
            thread::sleep(left);
        }
    }
}

impl<K: TokenKind> Issuer<K> for Watched<K> {
    fn fetch(&self, attempt: &Attempt) -> Result<Fetched, Failure> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(look) = self.newest(attempt, &mut seen)? else {
            return Ok(Fetched::unchanged());
        };
        let grant = (self.grant)(&look.secret, look.stamp.written())?;
        seen.given = Some(Given { stamp: look.stamp, id: look.id, shape: look.shape() });
        seen.waiting = None;
        Ok(Fetched::new(look.secret, grant))
    }

    fn poll_every(&self) -> Option<Duration> {
        Some(self.every)
    }
}

impl Seen {
    /// Whether the file still is the one whose token is held. A token without an id is told by its file alone.
    fn is_given(&self, stamp: stamp::Stamp, attempt: &Attempt) -> bool {
        self.given.as_ref().is_some_and(|given| given.stamp == stamp && given.id == attempt.held())
    }

    /// For how long the file is as it is.
    fn known_for(&mut self, look: &Look) -> Duration {
        let now = Instant::now();
        let since = match self.waiting {
            Some((stamp, since)) if stamp == look.stamp => since,
            _ => now,
        };
        self.waiting = Some((look.stamp, since));
        let age = look.stamp.age().filter(|age| *age > OLD).unwrap_or_default();
        now.duration_since(since).max(age)
    }
}

impl<K: TokenKind> std::fmt::Debug for Watched<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Watched");
        match &self.place {
            Place::File { path, .. } => shown.field("file", path),
            Place::Credential { name } => shown.field("credential", name),
        };
        shown.field("every", &self.every).finish_non_exhaustive()
    }
}

/// A file that looks cut off must stand so many times longer than another one.
const PATIENCE: u32 = 240;

/// The clock of a file server may differ from ours by less than this. A file that is older was not written just now.
const OLD: Duration = Duration::from_secs(10);

const CUT_OFF: &str = "the token in the file may be cut off: it is shorter than the one before, or has no line ending; it is taken \
                       if the file stays like this for a minute; whoever writes it should make a new file and rename it";
const WRITTEN_ON: &str = "the file is being written on; it is looked at again";

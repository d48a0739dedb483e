//! When a token is to be replaced.

use std::time::Duration;

use token_core::scope::{CompiledKind, CompiledRotate};

use crate::moment::Moment;

/// What the policy says of the times of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How long before its expiry a token is to be replaced. `None` if the policy does not say.
    pub before_expiry: Option<Duration>,
    /// The age at which a token is to be replaced, if the policy gives one.
    pub after: Option<Duration>,
    /// For how long the old token is left alone beside the new one.
    pub overlap: Duration,
    /// How often to look at a source that costs nothing.
    pub poll: Option<Duration>,
    /// How long one try may take.
    pub patience: Duration,
}

/// How long a replaced token is left alone if the policy has no `rotate`: as long as a request takes.
pub const DEFAULT_OVERLAP: Duration = Duration::from_secs(60);

/// How long one try may take, unless somebody says otherwise.
pub const DEFAULT_PATIENCE: Duration = Duration::from_secs(30);

impl Rules {
    /// What the policy says of this kind.
    #[must_use]
    pub fn of(kind: &CompiledKind) -> Self {
        let rotate = kind.rotate;
        Self {
            before_expiry: rotate.and_then(|rotate| rotate.before_expiry()),
            after: rotate.and_then(|rotate| rotate.after()),
            overlap: rotate.map_or(DEFAULT_OVERLAP, |rotate: CompiledRotate| rotate.overlap()),
            poll: None,
            patience: DEFAULT_PATIENCE,
        }
    }

    /// How long before its expiry a token that lives so long is to be replaced: as the policy says, else as the AWS SDKs do. At
    /// most half of its life, so that a token of a few seconds is used before it is replaced.
    #[must_use]
    pub fn advisory(&self, lives: Duration) -> Duration {
        let tier = match lives.as_secs() {
            ..=1_200 => 300,
            1_201..5_400 => 900,
            5_400.. => 3_600,
        };
        self.before_expiry.unwrap_or(Duration::from_secs(tier)).min(lives / 2)
    }

    /// How long before its expiry replacing it becomes urgent.
    #[must_use]
    pub fn mandatory(&self, lives: Duration) -> Duration {
        (lives / 10).min(Duration::from_secs(60)).min(self.advisory(lives))
    }
}

/// When one token is to be replaced.
#[derive(Clone, Copy, Debug)]
pub struct Windows {
    /// The first try.
    pub due: Moment,
    /// From here on tries come faster.
    pub urgent: Moment,
}

impl Windows {
    /// Of a token that expires then, and should be replaced at its age by the wall clock. `spread` is in 0..1, and random: it
    /// keeps instances whose tokens expire at the same time from asking at the same time.
    #[must_use]
    pub fn new(rules: &Rules, now: Moment, expires: Moment, aged: Duration, spread: f64) -> Self {
        let by_expiry = by_expiry(rules, now, expires, spread);
        let by_age = by_age(rules, now, aged, spread);
        Self { due: by_expiry.due.or(by_age), urgent: by_expiry.urgent }
    }
}

fn by_expiry(rules: &Rules, now: Moment, expires: Moment, spread: f64) -> Windows {
    if expires == Moment::NEVER {
        return Windows { due: Moment::NEVER, urgent: Moment::NEVER };
    }
    let lives = expires.left(now);
    let advisory = rules.advisory(lives);
    // The last third is left for further tries.
    let wait = advisory.mul_f64(spread * 2.0 / 3.0);
    Windows {
        due: expires.before(advisory).after(wait),
        urgent: expires.before(rules.mandatory(lives)),
    }
}

/// A source that somebody else writes may go on giving a token that is too old. Then it is asked once an hour, and not all the time.
fn by_age(rules: &Rules, now: Moment, aged: Duration, spread: f64) -> Moment {
    let Some(after) = rules.after.filter(|_| aged != Duration::MAX) else {
        return Moment::NEVER;
    };
    let hour = Duration::from_secs(3_600);
    let earlier = (after / 10).min(hour).mul_f64(spread);
    let not_before = now.wall.saturating_add((after / 2).min(hour));
    Moment { wall: aged.saturating_sub(earlier).max(not_before), monotonic: Duration::MAX }
}

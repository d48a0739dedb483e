//! Limits how large a policy may be. Every limit is far above what people write, and makes a hostile file cheap to
//! refuse.

use core::ops::RangeInclusive;

use crate::Lifetime;

/// The length of the longest policy text, in bytes: 256 KiB. A longer text is refused before it is parsed.
pub const MAX_POLICY_BYTES: usize = 256 * 1024;

/// The most scopes that a policy may declare.
pub const MAX_SCOPES: usize = 1024;

/// The most token kinds that a policy may declare.
pub const MAX_KINDS: usize = 1024;

/// The most scopes that one token kind may carry, or one scope may stand for, including all that is implied.
pub const MAX_CLOSURE: usize = 256;

/// The most scopes that all token kinds of a policy may carry together, including all that is implied. For each, the
/// compiler of the service gets an `impl` to read.
pub const MAX_CARRIED: usize = 8 * 1024;

/// The most implications that there may be among the scopes of each kind, for all kinds together. A chain of 256 scopes
/// has 32,640.
pub const MAX_IMPLICATIONS: usize = 64 * 1024;

/// The most environments that a policy may declare.
pub const MAX_ENVIRONMENTS: usize = 64;

/// The most slots that a policy may have: kinds, each counted once for each environment that it is in.
pub const MAX_SLOTS: usize = 4096;

/// The longest `max_lifetime` of a kind that is ephemeral although the policy doesn't say so: one hour. A lock with each
/// of its tokens would change every hour, and nobody would review it.
pub const EPHEMERAL_LIFETIME: Lifetime = Lifetime::from_secs(60 * 60);

/// The most exceptions from the checks that a policy may make.
pub const MAX_EXCEPTIONS: usize = 1024;

/// The most mistakes that are described. Any further ones are only counted.
pub const MAX_ERRORS: usize = 64;

/// The longest `max_lifetime`: ten years of 365 days.
pub const MAX_LIFETIME: Lifetime = Lifetime::from_secs(10 * 365 * 24 * 60 * 60);

/// The longest `leeway`: one minute.
pub const MAX_LEEWAY: Lifetime = Lifetime::from_secs(60);

/// How long a source command may run if the policy doesn't say: ten seconds.
pub const DEFAULT_TIMEOUT: Lifetime = Lifetime::from_secs(10);

/// The longest `timeout` of a source command: ten minutes.
pub const MAX_TIMEOUT: Lifetime = Lifetime::from_secs(10 * 60);

/// For how long the step `test` may fail if the policy doesn't say: one minute.
pub const DEFAULT_SETTLE: Lifetime = Lifetime::from_secs(60);

/// The longest `settle` of the steps of a rotation: one hour.
pub const MAX_SETTLE: Lifetime = Lifetime::from_secs(60 * 60);

/// How long a step of a rotation may run if the policy doesn't say: one minute.
pub const DEFAULT_STEP_TIMEOUT: Lifetime = Lifetime::from_secs(60);

/// The longest `timeout` of a step of a rotation: ten minutes.
pub const MAX_STEP_TIMEOUT: Lifetime = Lifetime::from_secs(10 * 60);

/// How many tokens of a slot a `limit` may permit to be live at once. A rotation needs two.
pub const LIVE_AT_ONCE: RangeInclusive<u32> = 2..=100;

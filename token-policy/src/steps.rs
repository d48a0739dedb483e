//! The steps by which a token is replaced in CI: commands that `[tokens.NAME.rotate.steps]` names, and `tokenctl rotate`
//! runs.
//!
//! ```
//! use token_policy::Policy;
//!
//! let policy = Policy::parse(r#"
//!     version = 1
//!     scopes."images:push" = ""
//!     environments.production = {}
//!
//!     [tokens.registry-push]
//!     scopes       = ["images:push"]
//!     max_lifetime = "30d"
//!
//!     [tokens.registry-push.rotate]
//!     before_expiry = "10d"
//!     overlap       = "2h"
//!
//!     [tokens.registry-push.rotate.steps]
//!     create = ["bao", "token", "create", "-metadata=attempt={attempt}", "-ttl=30d", "-format=json"]
//!     reply  = { token = "auth.client_token", handle = "auth.accessor", expires_in = "auth.lease_duration" }
//!     set    = ["bao", "kv", "put", "secret/{environment}/ci", "token=-"]
//!     test   = ["./ci/probe"]
//!     find   = ["./ci/find", "{slot}"]
//!     retire = ["bao", "token", "revoke", "-accessor", "{handle}"]
//! "#)?;
//! let steps = policy.kind("registry-push").and_then(|kind| kind.steps()).expect("declared above");
//! assert_eq!(steps.test().template()[0].as_str(), "./ci/probe");
//! assert_eq!(steps.reply().map(|reply| reply.token()), Some("auth.client_token"));
//! assert_eq!(steps.settle().as_secs(), 60);
//! # Ok::<(), token_policy::PolicyErrors>(())
//! ```
//!
//! # What a step is
//!
//! A step is a program and its arguments. No shell is involved. A placeholder in an argument is replaced when the step is
//! run, as in Rust's `format!`: `{name}` is a placeholder, `{{` and `}}` are braces. The program has no placeholder.
//!
//! | placeholder | what it stands for | where |
//! |---|---|---|
//! | `{kind}`, `{environment}` | the slot whose token is replaced | everywhere |
//! | `{slot}` | both: `kind.environment` | everywhere |
//! | `{attempt}` | the name of the attempt: the slot, a `.`, 32 hexadecimal digits | everywhere |
//! | `{idempotency_key}` | these 32 digits | everywhere |
//! | `{generation}` | which token of the slot the new one is | everywhere |
//! | `{handle}` | the issuer's public name for the token that is ended | `retire` |
//! | `{holder}` | who holds the claim: a random name for each run | `claim` |
//! | `{seconds}` | for how long it is held | `claim` |
//!
//! # What each step does
//!
//! The token is on standard input, never in an argument or in the environment.
//!
//! | step | what it does | input | output | exit |
//! |---|---|---|---|---|
//! | `claim` | keeps other runs out for some seconds; the holder renews it by the same command | | | 0 held, 1 another holds it |
//! | `find` | lists each live token that was created for the slot | | handles: one in each line, or a JSON list of strings | 0 |
//! | `create` | makes a token | | the token alone; or JSON, if there is a `reply` | 0 |
//! | `set` | gives the token to its consumer | the token | | 0 |
//! | `test` | shows that the consumer works with it | the token | may have a line `in-use HANDLE` | 0 passed, else not yet |
//! | `retire` | ends a token; one that is gone is no failure | | | 0 |
//!
//! A `find` that has `{slot}` and not `{attempt}` finds what any earlier run left. One that [names the
//! attempt](Step::names_attempt) is run for the attempt, and for those that may have made the current token; what an attempt
//! before a change of the policy left, it misses.

mod reply;
mod template;

use alloc::vec::Vec;

pub use self::reply::{Reply, ReplyExpiry, ReplyHandle};
#[cfg(feature = "lock")]
pub(crate) use self::template::Piece;
pub use self::template::Template;
pub(crate) use self::template::{Placeholder, TemplateError};
use crate::Lifetime;

/// The steps by which the tokens of a kind are replaced, and their limits. See the [module](self) for what each does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Steps {
    pub(crate) claim: Option<Step>,
    pub(crate) create: Step,
    pub(crate) reply: Option<Reply>,
    pub(crate) set: Step,
    pub(crate) test: Step,
    pub(crate) find: Option<Step>,
    pub(crate) retire: Step,
    pub(crate) limit: Option<u32>,
    pub(crate) settle: Lifetime,
    pub(crate) timeout: Lifetime,
    pub(crate) idempotent: bool,
}

impl Steps {
    /// Returns the step that keeps other runs out, or `None` if there is none.
    pub fn claim(&self) -> Option<&Step> {
        self.claim.as_ref()
    }

    /// Returns the step that makes a token.
    pub fn create(&self) -> &Step {
        &self.create
    }

    /// Returns what `create` prints, or `None` if that is the token alone.
    pub fn reply(&self) -> Option<&Reply> {
        self.reply.as_ref()
    }

    /// Returns the step that gives the token to its consumer.
    pub fn set(&self) -> &Step {
        &self.set
    }

    /// Returns the step that shows that the consumer works with the token.
    pub fn test(&self) -> &Step {
        &self.test
    }

    /// Returns the step that lists the live tokens, or `None` if there is none. Then `create` is
    /// [idempotent](Steps::is_idempotent).
    pub fn find(&self) -> Option<&Step> {
        self.find.as_ref()
    }

    /// Returns the step that ends a token.
    pub fn retire(&self) -> &Step {
        &self.retire
    }

    /// Returns how many tokens of a slot the issuer permits to be live at once, from 2 to 100, or `None` if the policy
    /// doesn't say.
    pub fn limit(&self) -> Option<u32> {
        self.limit
    }

    /// Returns for how long `test` may fail after `set`: [60 s](crate::limits::DEFAULT_SETTLE) unless the policy says
    /// otherwise. Zero means that it is run once.
    pub fn settle(&self) -> Lifetime {
        self.settle
    }

    /// Returns how long each step may run: [60 s](crate::limits::DEFAULT_STEP_TIMEOUT) unless the policy says otherwise.
    pub fn timeout(&self) -> Lifetime {
        self.timeout
    }

    /// Returns whether `create` with the same attempt makes no second token.
    pub fn is_idempotent(&self) -> bool {
        self.idempotent
    }
}

/// A program and its arguments, in which placeholders stand for what is known when it is run.
///
/// Feature `lock` has `Step::argv`, which puts the values in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    pub(crate) template: Vec<Template>,
}

impl Step {
    /// Returns the program and its arguments as the policy has them. There is at least the program.
    pub fn template(&self) -> &[Template] {
        &self.template
    }

    /// Returns whether an argument has `{attempt}` or `{idempotency_key}`. Then the step does something else for each
    /// attempt: such a `find` lists what that attempt made, and not all that is live in the slot.
    pub fn names_attempt(&self) -> bool {
        Placeholder::OF_ATTEMPT.iter().any(|placeholder| self.has(*placeholder))
    }

    /// Returns whether the placeholder stands in an argument.
    pub(crate) fn has(&self, placeholder: Placeholder) -> bool {
        self.template.iter().any(|item| item.has(placeholder))
    }
}

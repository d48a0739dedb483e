//! Replaces the token of a slot of `tokens.lock`, from outside of the service that uses it: in a pipeline.
//!
//! A slot is a token kind in an environment. [`replace`] makes a new token, hands it to the consumer, sees that the consumer
//! works with it, writes the slot's new lines, and only then ends the old token. The steps are yours ([`Steps`]): commands of the
//! policy, as `tokenctl rotate` runs them, or calls to an issuer.
//!
//! ```text
//! claim     no other run has this slot
//! find      which tokens of the slot are live
//! create    a new one; its creation is on record before anybody gets it
//! set       where the consumer takes it from
//! test      does the consumer work with it?
//! (lock)    `current` is the new token, `previous` the old one
//! retire    after the overlap: all tokens of the slot but the new one
//! ```
//!
//! # What holds
//!
//! - A run may be killed at any point. Another run, which knows the lock of before and nothing else, finishes the work: then
//!   one token is live, the consumer uses it, and the lock names it. The plaintext of a token that a killed run made is
//!   lost, so the next run makes a successor. It ends what was left only after the successor has passed `test`.
//! - So a run never ends a token that the consumer may be using. The one exception is an issuer's limit that is
//!   reached: then `test` must say which token is in use, and another one is ended; if it does not say so, a person is needed.
//! - No more tokens than [`Rules::limit`] are live at once, as far as `find` lists them.
//! - With a claim, two runs never work on a slot at the same time. **Without one, see to it that runs come one after the next**, as
//!   pipelines can: a run that begins between another one's `create` and `set` could end the token that is about to be set.
//!   For any other overlap of two runs nobody is locked out, since a run without a claim does not end what came into existence
//!   during the run. The next one does.
//!
//! Nothing here reads a clock, starts a thread or touches a file: [`Time`] and [`Keeper`] do.

mod create;
mod finish;
mod keeper;
mod room;
mod rules;
mod run;
mod steps;
mod stopped;
mod time;

use token_policy::lock::{Entry, Handle, LockedToken, Slot};

use self::run::Run;
pub use self::{
    keeper::{Ended, Keeper, Unkept},
    rules::Rules,
    steps::{Claim, Created, Expiry, StepFailure, Steps, Tested},
    stopped::{StepName, Stopped, Why},
    time::Time,
};

/// What a finished run did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replaced {
    /// The new token, which the consumer uses.
    pub token: LockedToken,
    /// What was ended, in this order.
    pub retired: Vec<Handle>,
    /// When the old token is to be ended by the next run; `None` if it has ended.
    pub retire_after: Option<token_core::UtcDateTime>,
}

/// What a run did that ended only what earlier runs had left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Swept {
    /// What was ended, in this order.
    pub retired: Vec<Handle>,
    /// Live tokens of the slot that the lock does not name. `test` did not say that the lock's current one is in use, so one
    /// of these may be.
    pub left: Vec<Handle>,
    /// Until when the previous token stays valid; `None` if there is none.
    pub retire_after: Option<token_core::UtcDateTime>,
}

/// Replaces the token of a slot.
///
/// `slot` has the lines of the committed lock, and `line` the facts that a line of its kind states, as
/// [`Entry::new`] makes them.
///
/// # Errors
///
/// Each [`Stopped`] says what to do. Whatever it says, the old token is as valid as before, unless
/// [`Stopped::retired`] lists it.
pub fn replace(
    slot: &Slot,
    line: &Entry,
    rules: &Rules,
    steps: &mut dyn Steps,
    keeper: &mut dyn Keeper,
    time: &mut dyn Time,
) -> Result<Replaced, Stopped> {
    let mut run = Run::new(slot, line, rules, steps, keeper, time);
    run.claim()?;
    run.end_previous()?;
    let found = run.find()?;
    run.make_room(&found)?;
    let (secret, token) = run.create(&found)?;
    run.set(&secret)?;
    run.test(&secret, &token)?;
    // From here on the consumer has it, and nobody else needs it.
    drop(secret);
    run.finish(token, &found)
}

/// Ends what earlier runs have left, and makes no token.
///
/// A `previous` token whose time has come is ended; the run waits for no time. A live token that the lock does not name is ended only if `test` says that the
/// consumer uses the lock's current one: another run may have made it, and its lock is not merged yet.
///
/// # Errors
///
/// As [`replace`].
pub fn sweep(
    slot: &Slot,
    line: &Entry,
    rules: &Rules,
    steps: &mut dyn Steps,
    keeper: &mut dyn Keeper,
    time: &mut dyn Time,
) -> Result<Swept, Stopped> {
    let mut run = Run::new(slot, line, rules, steps, keeper, time);
    run.claim()?;
    let retire_after = run.end_overdue()?;
    let found = run.find()?;
    run.sweep(&found, retire_after)
}

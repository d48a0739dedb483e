//! What the placeholders of a step stand for.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Attempt, Handle};
use crate::steps::{Piece, Placeholder, Step, Template};

/// What the placeholders of a [step](crate::steps) stand for.
///
/// ```
/// # use token_policy::Policy;
/// use token_policy::lock::{Attempt, Lock, StepValues};
///
/// # let policy = Policy::parse("version = 1
/// # scopes.a = ''
/// # environments.production = {}
/// # [tokens.ci]
/// # scopes       = ['a']
/// # max_lifetime = '30d'
/// # rotate.before_expiry = '1d'
/// # rotate.overlap       = '1h'
/// # rotate.steps.create  = ['create']
/// # rotate.steps.set     = ['set']
/// # rotate.steps.test    = ['test']
/// # rotate.steps.find    = ['find']
/// # rotate.steps.retire  = ['revoke', '--id={handle}', '{slot}']
/// # ")?;
/// # let (lock, kind) = (Lock::new(&policy), policy.kind("ci").expect("declared above"));
/// # let (name, slot) = lock.slots().next().expect("the kind has a slot");
/// let attempt = Attempt::next(name, slot, kind);
/// let handle = "key-17".parse()?;
/// let values = StepValues::of(&attempt).ending(&handle);
/// let retire = kind.steps().expect("the kind has steps").retire();
/// assert_eq!(retire.argv(&values), ["revoke", "--id=key-17", "ci.production"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct StepValues<'a> {
    attempt: &'a Attempt,
    handle: Option<&'a Handle>,
    holder: Option<&'a str>,
    seconds: Option<u64>,
}

impl<'a> StepValues<'a> {
    /// Has the values that every step may use.
    pub fn of(attempt: &'a Attempt) -> StepValues<'a> {
        StepValues { attempt, handle: None, holder: None, seconds: None }
    }

    /// Has a value for `{handle}` too, which `retire` needs: that of the token that is ended.
    #[must_use]
    pub fn ending(self, handle: &'a Handle) -> StepValues<'a> {
        StepValues { handle: Some(handle), ..self }
    }

    /// Has values for `{holder}` and `{seconds}` too, which `claim` may use: who holds the claim, and for how long.
    #[must_use]
    pub fn claiming(self, holder: &'a str, seconds: u64) -> StepValues<'a> {
        StepValues { holder: Some(holder), seconds: Some(seconds), ..self }
    }

    fn of_placeholder(&self, placeholder: Placeholder) -> Option<String> {
        let slot = self.attempt.slot();
        match placeholder {
            Placeholder::Kind => Some(slot.kind().to_string()),
            Placeholder::Environment => Some(slot.environment().to_string()),
            Placeholder::Slot => Some(slot.to_string()),
            Placeholder::Attempt => Some(self.attempt.name().to_string()),
            Placeholder::IdempotencyKey => Some(self.attempt.idempotency_key().to_string()),
            Placeholder::Generation => Some(self.attempt.generation().to_string()),
            Placeholder::Handle => self.handle.map(ToString::to_string),
            Placeholder::Holder => self.holder.map(ToString::to_string),
            Placeholder::Seconds => self.seconds.map(|seconds| seconds.to_string()),
        }
    }
}

impl Step {
    /// Returns the program and its arguments, with the values in place of the placeholders.
    pub fn argv(&self, values: &StepValues<'_>) -> Vec<String> {
        self.template().iter().map(|item| item.expand(values)).collect()
    }
}

impl Template {
    /// Returns the text with the values in place of the placeholders. One that has no value stays as it is, so that no
    /// command gets an empty text in its place.
    pub fn expand(&self, values: &StepValues<'_>) -> String {
        let mut text = String::new();
        for piece in self.pieces() {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Value(placeholder) => match values.of_placeholder(*placeholder) {
                    Some(value) => text.push_str(&value),
                    None => text.extend(["{", placeholder.as_str(), "}"]),
                },
            }
        }
        text
    }
}

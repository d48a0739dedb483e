//! Limits the length of a record and of the texts in it.

use super::{
    super::{Action, Event},
    field,
};
use crate::{Error, error::FaultProblem};

/// Fails if an event is too long for a record, or if it would be read back as another event.
pub(super) fn check(event: &Event) -> Result<(), Error> {
    within("the kind's name", &event.kind, MAX_NAME)?;
    event.scopes.iter().try_for_each(|scope| within("a scope's name", scope, MAX_NAME))?;
    within("the actor", event.actor.as_deref().unwrap_or_default(), MAX_NAME)?;
    within("the reason", event.reason.as_deref().unwrap_or_default(), MAX_REASON)?;
    within("the subject", event.subject.as_deref().unwrap_or_default(), MAX_NAME)?;
    within("the origin", event.origin.as_deref().unwrap_or_default(), MAX_NAME)?;
    match &event.action {
        Action::Exposed { uses, .. } => {
            uses.iter().try_for_each(|used| within("a scope's name", &used.scope, MAX_NAME))
        }
        Action::Refused { error, .. } => within("the error's name", error, MAX_NAME),
        Action::Other { name, .. } if !matches!(field::action(name), Action::Other { .. }) => {
            Err(not_a("name for an unknown event"))
        }
        Action::Other { name, .. } => within("the event's name", name, MAX_NAME),
        // A newer token-core may have an action that this version would write without its fields.
        action if matches!(field::action(action.name()), Action::Other { .. }) => {
            Err(not_a("event that this version of the log knows"))
        }
        _ => Ok(()),
    }
}

fn within(what: &'static str, text: &str, limit: usize) -> Result<(), Error> {
    match text.len() <= limit {
        true => Ok(()),
        false => Err(too_long(what, limit)),
    }
}

#[cold]
pub(super) fn too_long(what: &'static str, limit: usize) -> Error {
    FaultProblem::TooLong { what, limit }.alone().into()
}

#[cold]
pub(super) fn not_a(what: &'static str) -> Error {
    FaultProblem::Syntax { what, line: None }.alone().into()
}

/// The most bytes of a record: an entry of a bundle holds no more (C2SP tlog-tiles).
pub(super) const MAX: usize = 65_535;

/// The most bytes of a body, which stands after the version and the index.
pub(super) const MAX_BODY: usize = MAX - MAX_PREFIX;

/// The most bytes before the body, when all numbers have their greatest length. The comma takes the place of the body's
/// opening brace.
pub(crate) const MAX_PREFIX: usize =
    r#"{"v":1,"index":18446744073709551615,"missed":18446744073709551615"#.len();

/// The most bytes of an actor or a subject, and of the name of a kind, scope, event, error or log.
const MAX_NAME: usize = 256;

/// The most bytes of a reason.
const MAX_REASON: usize = 1_024;

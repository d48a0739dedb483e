//! Limits the length of a record. [`cut`](super::cut) limits the texts in it.

use super::{
    super::{Action, Event},
    field,
};
use crate::{Error, error::FaultProblem};

/// Fails if an event would be read back as another event.
pub(super) fn check(event: &Event) -> Result<(), Error> {
    match &event.action {
        Action::Other { name, .. } if !matches!(field::action(name), Action::Other { .. }) => {
            Err(not_a("name for an unknown event"))
        }
        Action::Other { .. } => Ok(()),
        // A newer token-core may have an action that this version would write without its fields.
        action if matches!(field::action(action.name()), Action::Other { .. }) => {
            Err(not_a("event that this version of the log knows"))
        }
        _ => Ok(()),
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

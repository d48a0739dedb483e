//! How far a history of revocations has come.

/// How far a registry's history of revocations has come.
///
/// Each revocation counts one up and takes a new random mark. Two histories with the same number, such as that of a
/// registry and that of an older copy of it which went on alone, have different marks.
///
/// ```
/// use token_core::record::{Action, Epoch, Event};
///
/// let epoch = Epoch { n: 7, mark: [0x0f; 16] };
/// let event = Event::new(Action::revoked(Some(3)), "deploy").epoch(epoch);
/// assert_ne!(event.epoch, Some(Epoch { n: 7, mark: [0xf0; 16] })); // as many revocations, but others
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Epoch {
    /// How many revocations there were.
    pub n: u64,
    /// Random bytes, new for each revocation. They are no secret.
    pub mark: [u8; 16],
}

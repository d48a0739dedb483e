//! What happened to tokens: events, and where they are put on record.
//!
//! An [`Event`] says that a token was created, admitted, used, refused or destroyed. A [`Recorder`] puts it on
//! record and returns a [`Receipt`]: code that must not run without a record takes the receipt by value. Give a
//! recorder to [`Admission::recorder`](crate::Admission::recorder), and the whole life of every token is recorded.
//!
//! [`Discard`] records nothing, [`InMemory`] is for tests, and the crate `token-audit` has the tamper-evident log.

mod event;
mod recorder;

pub use event::{Action, Event, Use};
#[cfg(feature = "std")]
pub use recorder::InMemory;
pub use recorder::{Discard, Receipt, Recorder};

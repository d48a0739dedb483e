//! What happened to tokens: events, and where they are put on record.
//!
//! An [`Event`] says that a token was created, admitted, used, refused or destroyed. A [`Recorder`] puts it on
//! record and returns a [`Receipt`]: code that must not run without a record takes the receipt by value. Give a
//! recorder to [`Admission::recorder`](crate::Admission::recorder), and the whole life of every token is recorded.
//!
//! A [`Log`] is a recorder whose records can be read back, as an issuer of tokens needs it. [`Discard`] records nothing,
//! [`InMemory`] is for tests, and the crate `token-audit` has the tamper-evident log.

mod action;
mod epoch;
mod event;
mod log;
#[cfg(feature = "std")]
mod memory;
mod recorder;

pub use action::{Action, Use};
pub use epoch::Epoch;
pub use event::Event;
pub use log::{Log, Opening, Recording, Standing};
#[cfg(feature = "std")]
pub use memory::InMemory;
pub use recorder::{Discard, Receipt, Recorder};

//! What happened to tokens: events, and where they are put on record.
//!
//! An [`Event`] says that a token was created, admitted, used, refused or destroyed. A [`Recorder`] puts it on
//! record and answers with a [`Receipt`]: whatever must not happen without a record takes the receipt as a
//! value. Give one to [`Admission::recorder`](crate::Admission::recorder) and the whole life of a token is recorded.
//!
//! [`Discard`] records nothing, [`InMemory`] is for tests, and `Log` (feature `audit`) is the tamper-evident log.

#[cfg(feature = "audit")]
mod checkpoint;
#[cfg(feature = "audit")]
pub(crate) mod door;
mod event;
#[cfg(feature = "audit")]
mod filter;
#[cfg(feature = "audit")]
mod journal;
#[cfg(feature = "audit")]
mod key;
#[cfg(feature = "audit")]
mod log;
#[cfg(feature = "audit")]
mod merkle;
#[cfg(feature = "audit")]
mod open;
#[cfg(feature = "audit")]
mod proof;
#[cfg(feature = "audit")]
mod reader;
#[cfg(feature = "audit")]
mod record;
mod recorder;
#[cfg(feature = "audit")]
mod storage;
#[cfg(feature = "audit")]
mod tiles;
#[cfg(feature = "audit")]
mod usage;
#[cfg(feature = "audit")]
mod verify;

#[cfg(feature = "audit")]
pub use checkpoint::Checkpoint;
pub use event::{Action, Event, Use};
#[cfg(feature = "audit")]
pub use filter::Filter;
#[cfg(feature = "audit")]
pub use key::{SigningKey, VerifyingKey};
#[cfg(feature = "audit")]
pub use log::{Log, LogOptions, Pending};
#[cfg(feature = "audit")]
pub use open::{OpenToken, OpenTokens};
#[cfg(feature = "audit")]
pub use proof::{ConsistencyProof, InclusionProof};
#[cfg(feature = "audit")]
pub use reader::{Reader, Records};
#[cfg(feature = "audit")]
pub use record::Record;
#[cfg(feature = "std")]
pub use recorder::InMemory;
pub use recorder::{Discard, Receipt, Recorder};
#[cfg(feature = "audit")]
pub use usage::{KindUse, ScopeUse};
#[cfg(feature = "audit")]
pub use verify::{Finding, Verification, verify};

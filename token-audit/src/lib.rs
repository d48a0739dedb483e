//! Keeps a tamper-evident log of the lives of API tokens.
//!
//! [`Log`] is a [`Recorder`]: give one to
//! [`Admission::recorder`](token_core::Admission::recorder), and no token is admitted before its record is durable. Records
//! are entries of a Merkle tree (RFC 6962) in C2SP tiles on a local directory, under signed checkpoints (C2SP signed-note).
//!
//! | to | see |
//! |---|---|
//! | write a log | [`Log`], [`LogOptions`], [`SigningKey`] |
//! | read one, follow it, search it | [`Reader`], [`Filter`] |
//! | find out whether it was changed | [`verify()`], [`Verification`] |
//! | prove one record to another party | [`InclusionProof`], [`ConsistencyProof`], [`Checkpoint`], [`VerifyingKey`] |
//! | put tokens that we issue on record, and know at a start what is open | [`token_core::record::Log`], which [`Log`] is |
//! | have checkpoints cosigned, elsewhere | [`Witness`], [`WitnessKey`] |
//! | list the tokens that are still open, and the scopes that were used | [`OpenTokens`], [`ScopeUse`] |
//! | decide on an error | [`Error::kind`] |
//!
//! The vocabulary of events is token-core's: [`token_core::record`]. [`Event`] and [`Action`], which [`Log::append`] takes, are named here, too.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[cfg(feature = "__test")]
#[doc(hidden)]
pub mod __test;
mod checkpoint;
mod error;
mod filter;
mod journal;
mod key;
mod merkle;
mod open;
mod proof;
mod reader;
mod record;
mod session;
mod standing;
mod storage;
mod tiles;
mod usage;
mod verify;
mod writer;

pub use checkpoint::Checkpoint;
pub use error::{Error, ErrorKind};
pub use filter::Filter;
pub use key::{SigningKey, VerifyingKey, Witness, WitnessKey};
pub use open::{OpenToken, OpenTokens};
pub use proof::{ConsistencyProof, InclusionProof};
pub use reader::{Reader, Records};
pub use record::Record;
#[doc(no_inline)]
pub use token_core::record::{Action, Event};
pub use usage::{KindUse, ScopeUse};
pub use verify::{Finding, Verification, verify};
pub use writer::{Log, LogOptions, Pending};

use token_core::record::{Epoch, Receipt, Recorder, Use};

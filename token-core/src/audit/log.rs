//! The tamper-evident log: records in a Merkle tree, on a local directory, under signed checkpoints.

mod checkpoint;
pub(crate) mod door;
mod filter;
mod journal;
mod key;
mod merkle;
mod open;
mod proof;
mod reader;
mod record;
mod storage;
mod tiles;
mod usage;
mod verify;
mod writer;

pub use checkpoint::Checkpoint;
pub use filter::Filter;
pub use key::{SigningKey, VerifyingKey};
pub use open::{OpenToken, OpenTokens};
pub use proof::{ConsistencyProof, InclusionProof};
pub use reader::{Reader, Records};
pub use record::Record;
pub use usage::{KindUse, ScopeUse};
pub use verify::{Finding, Verification, verify};
pub use writer::{Log, LogOptions, Pending};

use super::{Action, Event, Receipt, Recorder, Use};

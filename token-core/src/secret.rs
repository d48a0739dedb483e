//! The bytes of a token: on the heap, of fixed size, unprintable, wiped.
//!
//! This is the only module with `unsafe` code. Of this crate it uses only [`Error`](crate::Error).

mod buffer;
#[cfg(all(feature = "std", target_os = "linux"))]
pub(crate) mod environment;
#[cfg(feature = "std")]
mod fence;
#[cfg(feature = "std")]
mod fork;
#[cfg_attr(not(feature = "std"), path = "secret/no_hazard.rs")]
mod hazard;
mod interop;
mod registers;
mod sync;
pub(crate) mod vault;
pub mod wipe;

pub use buffer::Secret;

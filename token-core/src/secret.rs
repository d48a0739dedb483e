//! The bytes of a token: on the heap, of fixed size, unprintable, wiped.
//!
//! This is the only room with `unsafe` code. What may import it: everything
//! above it; it imports [`error`](crate::Error) alone.

mod buffer;
#[cfg(all(feature = "std", target_os = "linux"))]
pub(crate) mod environment;
#[cfg(feature = "std")]
mod hazard;
mod interop;
mod registers;
pub(crate) mod vault;
pub mod wipe;

pub use buffer::Secret;

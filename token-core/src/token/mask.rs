//! Who masks tokens in output while they are held.

use alloc::boxed::Box;
use core::any::Any;

use crate::{Error, secret::Secret};

/// Masks tokens in output: logs, panics, the output of other programs.
/// [`Admission::masked_by`](crate::Admission::masked_by) takes one; the crate `token-redact` has it.
///
/// ```
/// # #[cfg(feature = "std")] {
/// use std::sync::{Arc, Mutex};
/// use token_core::{Error, Mask, Masked, Secret};
///
/// /// Knows of each token how long it is.
/// #[derive(Clone, Default)]
/// struct Lengths(Arc<Mutex<Vec<usize>>>);
///
/// impl Mask for Lengths {
///     fn mask(&self, kind: &'static str, secret: &Secret) -> Result<Masked, Error> {
///         let len = secret.with_bytes("a length is no secret", <[u8]>::len);
///         self.0.lock().map_err(|_| Error::not_masked(format!("{kind}: a thread panicked")))?.push(len);
///         Ok(Box::new(())) // a value whose drop forgets the token
///     }
/// }
/// # }
/// ```
pub trait Mask: Send + Sync {
    /// Masks a token of this kind from now on, until the returned value is dropped: when the token is wiped.
    ///
    /// Keeps nothing by which the bytes could be read back. The returned value is dropped by whichever thread wipes the
    /// token, so its `Drop` must neither wait for a device nor panic.
    ///
    /// # Errors
    ///
    /// [`Error::not_masked`], if the token cannot be masked. Then it is not admitted.
    fn mask(&self, kind: &'static str, secret: &Secret) -> Result<Masked, Error>;
}

/// Keeps a token masked until it is dropped. [`Mask::mask`] returns one.
pub type Masked = Box<dyn Any + Send + Sync>;

//! Wiping what [`zeroize`] cannot reach: the stack that a callee used, and the vector registers.
//!
//! zeroize wipes memory that its caller can name. A hash function copies its input into local variables that its caller
//! cannot name, and a copy of bytes goes through registers. Code that hashes, encodes, compares or copies the bytes of
//! a secret needs these functions.

use core::hint::black_box;

use super::Secret;
pub use super::registers::registers;

/// Runs `f` on `secrets`, then once more on as many zeros, and returns what the first run returned.
///
/// The second run overwrites what the first one left on the stack: it is the same code, so it uses the same places.
/// This holds only if `f` does not branch on the bytes; hash functions, ciphers and comparisons in constant time don't.
/// [`registers`] is called at the end. `f` is a function pointer, so that the compiler cannot inline it twice in two
/// ways.
///
/// ```
/// use token_core::wipe;
///
/// fn sum([bytes]: [&[u8]; 1]) -> u32 {
///     bytes.iter().map(|&byte| u32::from(byte)).sum()
/// }
///
/// assert_eq!(wipe::on_zeros([&[1, 2, 3]], sum), 6);
/// ```
pub fn on_zeros<T, const N: usize>(secrets: [&[u8]; N], f: fn([&[u8]; N]) -> T) -> T {
    let f = black_box(f); // One function is called twice, instead of being inlined in two ways.
    let value = f(secrets);
    let zeros = secrets.map(|secret| Secret::zeroed(secret.len()));
    black_box(f(zeros.each_ref().map(Secret::bytes)));
    registers();
    value
}

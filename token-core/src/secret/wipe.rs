//! Wiping what [`zeroize`] cannot reach: the stack that a callee used, and the vector registers.
//!
//! zeroize wipes memory that its caller can name. A hash function copies its input into local variables that its caller
//! cannot name, and a copy of bytes goes through registers. Code that hashes, encodes, compares or copies the bytes of
//! a secret needs these functions.

use core::hint::black_box;

use super::Secret;
pub use super::registers::registers;

/// Overwrites the part of the stack that the functions used which the caller has called, in a build with
/// `debug_assertions`: the 64 KiB below it. In other builds nothing happens.
///
/// Code that is not optimized keeps everything in memory: what the vector instructions of a checksum or a search work on
/// stands on the stack, in variables of other crates. Call it after such code has seen a secret, and call that code through
/// a function of yours that returns first, so that its frame is part of what is overwritten.
///
/// ```
/// # fn search(_: &[u8], _: &[u8]) -> bool { true }
/// #[inline(never)]
/// fn has(text: &[u8], secret: &[u8]) -> bool {
///     search(text, secret) // of another crate
/// }
///
/// let found = has(b"the text", b"the secret");
/// token_core::wipe::stack();
/// assert!(found);
/// ```
pub fn stack() {
    #[cfg(debug_assertions)]
    zeroize::zeroize_stack::<{ 64 * 1024 }>();
}

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

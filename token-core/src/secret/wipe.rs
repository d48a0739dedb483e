//! Writing zeros that the optimizer may not remove.

use alloc::vec::Vec;
use core::hint::black_box;

use super::Secret;

/// Overwrites `bytes` with zeros.
///
/// A plain `fill` before a free is a dead store, and compilers remove dead
/// stores (Yang et al., "Dead Store Elimination (Still) Considered Harmful",
/// USENIX Security 2017). The barrier makes the zeros observable at the price
/// of no instruction, so this runs at the speed of `memset`.
#[inline]
pub(crate) fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    zeroize::optimization_barrier(bytes);
}

/// Wipes a whole vector, its spare capacity included, before it is freed.
pub(crate) fn wipe_vec(mut bytes: Vec<u8>) {
    // Within the capacity `resize` never reallocates, so the zeros land on
    // whatever earlier, longer contents left behind the length.
    bytes.clear();
    bytes.resize(bytes.capacity(), 0);
    wipe(&mut bytes);
}

/// Runs `f` on `secret`, then on as many zeros.
///
/// For callees that copy their input into locals, as block-wise hash functions
/// do: what the first run leaves on the stack and in vector registers, from
/// where a later call may spill it to memory, the second run overwrites. It is
/// the same code, so it uses the same places; `f` must not branch on the bytes.
pub(crate) fn then_on_zeros<T>(secret: &[u8], f: fn(&[u8]) -> T) -> T {
    let f = black_box(f); // One function, called twice, never two inlined ones.
    let value = f(secret);
    let zeros = Secret::zeroed(secret.len());
    // The copy overwrites what copying the secret itself has left.
    let copy = Secret::copy_of(black_box(&zeros).bytes());
    black_box(f(copy.bytes()));
    value
}

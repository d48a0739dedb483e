//! Writing zeros that the optimizer may not remove.

use alloc::vec::Vec;
use core::hint::black_box;

use super::{Secret, registers::wipe_registers};

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

/// Runs `f` on `secrets`, then on as many zeros.
///
/// For callees that copy their input into locals, as block-wise hash functions
/// do: what the first run leaves on the stack, the second run overwrites. It is
/// the same code, so it uses the same places; `f` must not branch on the bytes.
pub(crate) fn then_on_zeros<T, const N: usize>(secrets: [&[u8]; N], f: fn([&[u8]; N]) -> T) -> T {
    let f = black_box(f); // One function, called twice, never two inlined ones.
    let value = f(secrets);
    let zeros = secrets.map(|secret| Secret::zeroed(secret.len()));
    black_box(f(zeros.each_ref().map(Secret::bytes)));
    wipe_registers();
    value
}

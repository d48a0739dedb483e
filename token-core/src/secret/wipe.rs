//! Writing zeros that the optimizer may not remove.

use alloc::vec::Vec;

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

/// Runs `f` on stack frames that are wiped afterwards.
///
/// For callees that keep a copy of their input in a local, as block-wise hash
/// functions do. `f` must not return secret bytes.
pub(crate) fn with_wiped_stack<T>(f: impl FnOnce() -> T) -> T {
    // Not inlined, so that the locals of `f` lie below this frame, where
    // `zeroize_stack` reaches them.
    #[inline(never)]
    fn call<T>(f: impl FnOnce() -> T) -> T {
        f()
    }
    let value = call(f);
    zeroize::zeroize_stack::<STACK_BYTES>();
    value
}

/// More than SHA-256 with its message schedule uses in a debug build.
const STACK_BYTES: usize = 4096;

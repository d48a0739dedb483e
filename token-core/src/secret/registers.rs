//! Clearing the vector registers.
//!
//! `memcpy` moves a token through these registers and leaves it there. The dynamic linker (at the
//! first panic, when it binds the unwinder) and signal delivery save them on the stack, which is
//! not wiped. The residue scan found whole tokens that came there in this way.

/// Clears the vector registers that a copy goes through.
///
/// On x86-64 these are all that the processor has; without the feature `std` only their lowest 16 bytes, in the first
/// sixteen registers. On AArch64 all but `v8` to `v15`, which no copy uses. On other processors nothing happens.
///
/// Call it after a copy of a secret's bytes. The general-purpose registers are not cleared: each holds eight bytes, and the
/// next instructions overwrite it.
///
/// ```
/// let key = [7; 32];
/// let mut copy = [0; 32];
/// copy.copy_from_slice(&key);
/// token_core::wipe::registers(); // `copy_from_slice` went through them
/// ```
#[inline(never)]
pub fn registers() {
    #[cfg(target_arch = "x86_64")]
    x86_64();
    #[cfg(target_arch = "aarch64")]
    aarch64();
}

/// One instruction for each number. They touch no memory, and all that they write is declared as clobbered.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! for_each {
    ($abi:literal, $instruction:ident, $($number:literal)*) => {
        core::arch::asm!($($instruction!($number),)* clobber_abi($abi), options(nomem, nostack))
    };
}

#[cfg(target_arch = "x86_64")]
fn x86_64() {
    #[cfg(feature = "std")]
    {
        macro_rules! vpxord {
            ($n:literal) => {
                concat!("vpxord zmm", $n, ", zmm", $n, ", zmm", $n)
            };
        }
        if std::arch::is_x86_feature_detected!("avx512f") {
            // SAFETY: the CPU has these instructions; see `for_each`.
            unsafe { for_each!("sysv64", vpxord, 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31) };
        }
        if std::arch::is_x86_feature_detected!("avx") {
            // SAFETY: the CPU has this instruction, it touches no memory, and all that it writes is
            // declared as clobbered. It clears all bits of the lower sixteen registers.
            unsafe {
                core::arch::asm!("vzeroall", clobber_abi("sysv64"), options(nomem, nostack));
            }
            return;
        }
    }
    macro_rules! pxor {
        ($n:literal) => {
            concat!("pxor xmm", $n, ", xmm", $n)
        };
    }
    // SAFETY: every x86-64 CPU has these instructions; see `for_each`.
    unsafe { for_each!("sysv64", pxor, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15) };
}

/// All but `v8` to `v15`, whose lower halves belong to the caller: a `memcpy`
/// does not use them, since it would have to save them first.
#[cfg(target_arch = "aarch64")]
fn aarch64() {
    macro_rules! movi {
        ($n:literal) => {
            concat!("movi v", $n, ".2d, #0")
        };
    }
    // SAFETY: every AArch64 CPU that Rust's standard targets know has these; see `for_each`.
    unsafe {
        for_each!("C", movi, 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31)
    };
}

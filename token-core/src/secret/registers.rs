//! Clearing the vector registers.
//!
//! `memcpy` moves a token through these registers and leaves it there. The dynamic linker (at the
//! first panic, when it binds the unwinder) and signal delivery save them on the stack, which is
//! not wiped. The residue scan found whole tokens that came there in this way.

/// Clears every vector register that a copy may have gone through, on x86-64 and AArch64; elsewhere nothing happens.
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

#[cfg(target_arch = "x86_64")]
fn x86_64() {
    use core::arch::asm;

    #[cfg(feature = "std")]
    {
        if std::arch::is_x86_feature_detected!("avx512f") {
            // SAFETY: the CPU has these instructions, they touch no memory, and
            // all that they write is declared as clobbered.
            unsafe {
                asm!(
                    "vpxord zmm16, zmm16, zmm16",
                    "vpxord zmm17, zmm17, zmm17",
                    "vpxord zmm18, zmm18, zmm18",
                    "vpxord zmm19, zmm19, zmm19",
                    "vpxord zmm20, zmm20, zmm20",
                    "vpxord zmm21, zmm21, zmm21",
                    "vpxord zmm22, zmm22, zmm22",
                    "vpxord zmm23, zmm23, zmm23",
                    "vpxord zmm24, zmm24, zmm24",
                    "vpxord zmm25, zmm25, zmm25",
                    "vpxord zmm26, zmm26, zmm26",
                    "vpxord zmm27, zmm27, zmm27",
                    "vpxord zmm28, zmm28, zmm28",
                    "vpxord zmm29, zmm29, zmm29",
                    "vpxord zmm30, zmm30, zmm30",
                    "vpxord zmm31, zmm31, zmm31",
                    clobber_abi("sysv64"),
                    options(nomem, nostack),
                );
            }
        }
        if std::arch::is_x86_feature_detected!("avx") {
            // SAFETY: the CPU has this instruction, it touches no memory, and all that it writes is
            // declared as clobbered. It clears all bits of the lower sixteen registers.
            unsafe { asm!("vzeroall", clobber_abi("sysv64"), options(nomem, nostack)) };
            return;
        }
    }
    // SAFETY: every x86-64 CPU has these instructions, they touch no memory, and all that they
    // write is declared as clobbered.
    unsafe {
        asm!(
            "pxor xmm0, xmm0",
            "pxor xmm1, xmm1",
            "pxor xmm2, xmm2",
            "pxor xmm3, xmm3",
            "pxor xmm4, xmm4",
            "pxor xmm5, xmm5",
            "pxor xmm6, xmm6",
            "pxor xmm7, xmm7",
            "pxor xmm8, xmm8",
            "pxor xmm9, xmm9",
            "pxor xmm10, xmm10",
            "pxor xmm11, xmm11",
            "pxor xmm12, xmm12",
            "pxor xmm13, xmm13",
            "pxor xmm14, xmm14",
            "pxor xmm15, xmm15",
            clobber_abi("sysv64"),
            options(nomem, nostack),
        );
    }
}

/// All but `v8` to `v15`, whose lower halves belong to the caller: a `memcpy`
/// does not use them, since it would have to save them first.
#[cfg(target_arch = "aarch64")]
fn aarch64() {
    // SAFETY: every AArch64 CPU that Rust's standard targets know has these; they touch no
    // memory, and all that they write is declared as clobbered.
    unsafe {
        core::arch::asm!(
            "movi v0.2d, #0",
            "movi v1.2d, #0",
            "movi v2.2d, #0",
            "movi v3.2d, #0",
            "movi v4.2d, #0",
            "movi v5.2d, #0",
            "movi v6.2d, #0",
            "movi v7.2d, #0",
            "movi v16.2d, #0",
            "movi v17.2d, #0",
            "movi v18.2d, #0",
            "movi v19.2d, #0",
            "movi v20.2d, #0",
            "movi v21.2d, #0",
            "movi v22.2d, #0",
            "movi v23.2d, #0",
            "movi v24.2d, #0",
            "movi v25.2d, #0",
            "movi v26.2d, #0",
            "movi v27.2d, #0",
            "movi v28.2d, #0",
            "movi v29.2d, #0",
            "movi v30.2d, #0",
            "movi v31.2d, #0",
            clobber_abi("C"),
            options(nomem, nostack),
        );
    }
}

//! Being told about a `fork`.

/// Calls `handler` in each child that this process forks from now on, on the thread that forked, which is the only
/// one there. `vfork` and `posix_spawn` don't call it: their child shares this memory until it executes a program.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "macos", target_os = "freebsd"))]
pub(super) fn in_children(handler: extern "C" fn()) {
    use core::ffi::c_int;

    type Handler = Option<extern "C" fn()>;

    unsafe extern "C" {
        /// POSIX.1-2024, `pthread_atfork`; std links the C library that has it.
        fn pthread_atfork(prepare: Handler, parent: Handler, child: Handler) -> c_int;
    }
    // SAFETY: the signature is that of POSIX, and the handlers are functions of this library, which the C library
    // forgets should the library be unloaded.
    let refused = unsafe { pthread_atfork(None, None, Some(handler)) };
    // It fails only without memory. A child then keeps what other threads were exposing until it drops the token.
    let _ = refused;
}

#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_os = "macos",
    target_os = "freebsd"
)))]
pub(super) fn in_children(_: extern "C" fn()) {}

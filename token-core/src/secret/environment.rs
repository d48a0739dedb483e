//! Taking a variable out of the process's environment block.
//!
//! `std::env::remove_var` forgets where the bytes are; it does not overwrite
//! them, and `/proc/PID/environ` goes on showing them.

use core::{
    ffi::{CStr, c_char},
    slice,
};
use std::{env, fs};

use super::Secret;

/// Why the environment was left as it is.
pub(crate) enum Untouched {
    Absent,
    OtherThreads { count: usize },
}

/// Moves the variable's value into a secret; wipes and removes the variable.
pub(crate) fn take(name: &str) -> Result<Secret, Untouched> {
    match count_threads() {
        // SAFETY: this thread is the only one of the process, and it does
        // nothing else until `take_alone` returns.
        1 => unsafe { take_alone(name) }.ok_or(Untouched::Absent),
        count => Err(Untouched::OtherThreads { count }),
    }
}

/// As the kernel sees them, so threads that C code started count too. A
/// process that cannot see its own threads counts as having many.
fn count_threads() -> usize {
    fs::read_dir("/proc/self/task").map_or(usize::MAX, Iterator::count)
}

/// # Safety
///
/// No other thread may exist: any thread may read the environment at any time.
unsafe fn take_alone(name: &str) -> Option<Secret> {
    if name.is_empty() || name.contains(['=', '\0']) {
        return None; // No variable can have this name, and `remove_var` would panic.
    }
    let mut taken = None;
    // SAFETY: no other thread exists, so nothing changes the block meanwhile.
    let mut entry = unsafe { environ };
    // SAFETY: `environ` is null or a null-terminated array of pointers.
    while !entry.is_null() && !unsafe { *entry }.is_null() {
        // SAFETY: each pointer leads to a NUL-terminated `NAME=value` that is
        // writable: the kernel's block, or a block that setenv allocated.
        let value = unsafe { value_of(*entry, name) };
        // A block may hold a name twice; all are wiped, the first one counts.
        if let Some(value) = value {
            let secret = Secret::take_from(value);
            taken.get_or_insert(secret);
        }
        // SAFETY: the array goes on up to its null pointer.
        entry = unsafe { entry.add(1) };
    }
    // SAFETY: no other thread exists.
    unsafe { env::remove_var(name) };
    taken
}

/// The bytes after `NAME=`, if the entry has this name.
///
/// # Safety
///
/// `entry` must lead to a NUL-terminated string that nobody else uses for `'e`.
unsafe fn value_of<'e>(entry: *mut c_char, name: &str) -> Option<&'e mut [u8]> {
    // SAFETY: NUL-terminated, as the caller promises.
    let text = unsafe { CStr::from_ptr(entry) }.to_bytes();
    let value = text.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
    let (offset, len) = (text.len() - value.len(), value.len());
    // SAFETY: within the string, and the shared borrow of it ends here.
    Some(unsafe { slice::from_raw_parts_mut(entry.add(offset).cast(), len) })
}

unsafe extern "C" {
    /// The block as POSIX names it (IEEE Std 1003.1, "Environment Variables").
    static mut environ: *const *mut c_char;
}

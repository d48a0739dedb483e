//! Taking a variable out of the process's environment block.
//!
//! `std::env::remove_var` forgets where the bytes are; it does not overwrite
//! them, and `/proc/PID/environ` goes on showing them.

use alloc::vec::Vec;
use core::{
    ffi::{CStr, c_char},
    ops::Range,
    ptr, slice,
};
use std::{env, fs};

use zeroize::Zeroize;

use super::Secret;

/// Why the environment was left as it is.
pub(crate) enum Untouched {
    Absent,
    OtherThreads { count: usize },
}

/// Moves the variable's value into a secret; wipes and removes the variable.
pub(crate) fn take(name: &str) -> Result<Secret, Untouched> {
    match (count_threads(), Memory::writable()) {
        // SAFETY: this thread is the only one of the process, and it does
        // nothing else until `take_alone` returns.
        (1, Some(writable)) => unsafe { take_alone(name, &writable) }.ok_or(Untouched::Absent),
        (1, None) => Err(Untouched::OtherThreads { count: usize::MAX }),
        (count, _) => Err(Untouched::OtherThreads { count }),
    }
}

/// The number of threads as the kernel sees them, so that threads which C code started count too.
/// `usize::MAX` if the process cannot see its own threads.
fn count_threads() -> usize {
    fs::read_dir("/proc/self/task").map_or(usize::MAX, Iterator::count)
}

/// # Safety
///
/// No other thread may exist: any thread may read the environment at any time.
unsafe fn take_alone(name: &str, writable: &Memory) -> Option<Secret> {
    if name.is_empty() || name.contains(['=', '\0']) {
        return None; // No variable can have this name, and `remove_var` would panic.
    }
    // SAFETY: the caller promises that no other thread exists.
    let taken = unsafe { take_entries(name, writable) };
    // If the variable was set again, its first value is still in the block that the kernel made, to
    // which no entry points any more.
    // SAFETY: the caller promises that no other thread exists.
    unsafe { wipe_first_block(name, writable) };
    // SAFETY: the caller promises that no other thread exists, so none reads the environment meanwhile.
    unsafe { env::remove_var(name) };
    taken
}

/// Takes the value of the first entry with this name, and wipes that of every one.
///
/// # Safety
///
/// No other thread may exist.
unsafe fn take_entries(name: &str, writable: &Memory) -> Option<Secret> {
    let mut taken = None;
    // SAFETY: no other thread exists, so the array and its strings stay as they are.
    let mut entry = unsafe { environ };
    // SAFETY: `environ` is null or a null-terminated array of pointers.
    while !entry.is_null() && !unsafe { *entry }.is_null() {
        // SAFETY: each pointer leads to a NUL-terminated string.
        let text = unsafe { CStr::from_ptr(*entry) }.to_bytes();
        if let Some(len) = value_len(text, name) {
            // SAFETY: the result is within the string: the value is its last `len` bytes.
            let value = unsafe { (*entry).add(text.len() - len) }.cast();
            // SAFETY: the bytes are part of a string, so they are initialized; no other thread
            // exists that could use them, and `text` is not used any more.
            let secret = unsafe { take_bytes(value, len, writable) };
            taken.get_or_insert(secret);
        }
        // SAFETY: this entry was not null, so the array has another one after it.
        entry = unsafe { entry.add(1) };
    }
    taken
}

/// Wipes every value with this name in the block that the process started with.
///
/// # Safety
///
/// No other thread may exist.
unsafe fn wipe_first_block(name: &str, writable: &Memory) {
    let Some(block) = first_block().filter(|block| writable.contains(block.clone())) else {
        return;
    };
    let start: *mut u8 = ptr::with_exposed_provenance_mut(block.start);
    // SAFETY: the kernel says that the block is there, and that it is writable; no other thread
    // exists that could use it.
    let block = unsafe { slice::from_raw_parts_mut(start, block.len()) };
    for entry in block.split_mut(|&byte| byte == 0) {
        if let Some(len) = value_len(entry, name) {
            let name_len = entry.len() - len;
            entry.get_mut(name_len..).unwrap_or_default().zeroize();
        }
    }
}

/// Copies the bytes out and wipes them. Bytes that cannot be written, such as a literal that was
/// given to putenv(3), are part of the program and stay.
///
/// # Safety
///
/// `bytes` must lead to `len` initialized bytes that nobody else uses.
unsafe fn take_bytes(bytes: *mut u8, len: usize, writable: &Memory) -> Secret {
    let start = bytes.addr();
    if writable.contains(start..start + len) {
        // SAFETY: the caller promises `len` initialized bytes that nobody else uses, and they are writable.
        return Secret::take_from(unsafe { slice::from_raw_parts_mut(bytes, len) });
    }
    // SAFETY: the caller promises `len` initialized bytes that nobody else uses.
    Secret::copy_of(unsafe { slice::from_raw_parts(bytes, len) })
}

/// The length of the value in `NAME=value`, if the entry has this name.
fn value_len(entry: &[u8], name: &str) -> Option<usize> {
    Some(entry.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?.len())
}

/// The place of the environment when the process started: `env_start` and `env_end`, fields 50 and
/// 51 of proc_pid_stat(5).
fn first_block() -> Option<Range<usize>> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The program's name, which may hold any character, stands before the last `) `.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split_ascii_whitespace().skip(50 - 3);
    let (start, end) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    (0 < start && start < end).then_some(start..end)
}

/// The ranges of this process's memory that may be written.
struct Memory(Vec<Range<usize>>);

impl Memory {
    /// `None` if the kernel does not tell them: then nothing could be wiped.
    fn writable() -> Option<Self> {
        let maps = fs::read_to_string("/proc/self/maps").ok()?;
        Some(Self(maps.lines().filter_map(writable_range).collect()))
    }

    fn contains(&self, range: Range<usize>) -> bool {
        self.0.iter().any(|map| map.start <= range.start && range.end <= map.end)
    }
}

/// The range of a line of proc_pid_maps(5), if it is writable.
fn writable_range(line: &str) -> Option<Range<usize>> {
    let (range, rest) = line.split_once(' ')?;
    let (start, end) = range.split_once('-')?;
    let parse = |hex| usize::from_str_radix(hex, 16).ok();
    rest.starts_with("rw").then_some(parse(start)?..parse(end)?)
}

unsafe extern "C" {
    /// The entries as POSIX names them (IEEE Std 1003.1, "Environment Variables").
    static mut environ: *const *mut c_char;
}

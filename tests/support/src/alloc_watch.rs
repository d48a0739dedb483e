//! An allocator that looks at blocks of one size as they are freed.
//!
//! It shows that a secret's block is zero when it goes back to the allocator.
//! Each thread watches for itself, so tests don't disturb each other.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    slice,
};

struct Watching;

#[global_allocator]
static ALLOCATOR: Watching = Watching;

thread_local! {
    static SIZE: Cell<usize> = const { Cell::new(0) };
    static SEEN: Cell<Seen> = const { Cell::new(Seen { zero: 0, dirty: 0 }) };
    static LIVE: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

/// How many blocks of the watched size were freed, all zero or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub zero: usize,
    pub dirty: usize,
}

impl Seen {
    /// For what allocates zeros of the same size beside, as hashing a token does.
    pub fn is_clean(self) -> bool {
        self.zero > 0 && self.dirty == 0
    }
}

/// Runs `f` and counts the blocks of `size` bytes that this thread frees meanwhile.
pub fn frees_of<T>(size: usize, f: impl FnOnce() -> T) -> Seen {
    SEEN.set(Seen { zero: 0, dirty: 0 });
    SIZE.set(size);
    drop(f());
    SIZE.set(0);
    SEEN.get()
}

/// Runs `f`; how many bytes this thread had at most beyond those that it has now.
pub fn peak_of<T>(f: impl FnOnce() -> T) -> (T, usize) {
    let before = LIVE.get();
    PEAK.set(before);
    let output = f();
    (output, PEAK.get() - before)
}

/// Runs `f`; how many blocks this thread took meanwhile.
pub fn count_of<T>(f: impl FnOnce() -> T) -> (T, usize) {
    let before = COUNT.get();
    let output = f();
    (output, COUNT.get() - before)
}

/// Counts bytes that this thread takes. What another thread took and this one frees counts for nothing.
fn took(bytes: usize) {
    let live = LIVE.try_with(Cell::get).unwrap_or(0) + bytes;
    let _ = LIVE.try_with(|cell| cell.set(live));
    let _ = COUNT.try_with(|count| count.set(count.get() + 1));
    let _ = PEAK.try_with(|peak| peak.set(peak.get().max(live)));
}

fn gave(bytes: usize) {
    let _ = LIVE.try_with(|live| live.set(live.get().saturating_sub(bytes)));
}

// SAFETY: everything is the system allocator's; this only reads a block before
// it is freed. `realloc` is the default one: allocate, copy, free.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        let block = unsafe { System.alloc(layout) };
        took(layout.size());
        if !block.is_null() && layout.size() == SIZE.try_with(Cell::get).unwrap_or(0) {
            // SAFETY: the block is ours and this large. Written, so that `dealloc`
            // may read all of it.
            unsafe { block.write_bytes(0x5a, layout.size()) };
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        gave(layout.size());
        if layout.size() != 0 && layout.size() == SIZE.try_with(Cell::get).unwrap_or(0) {
            // SAFETY: a live block of this size, whose bytes were all written
            // when it was allocated under watch.
            let bytes = unsafe { slice::from_raw_parts(block, layout.size()) };
            let Seen { zero, dirty } = SEEN.get();
            SEEN.set(match bytes.iter().all(|&byte| byte == 0) {
                true => Seen { zero: zero + 1, dirty },
                false => Seen { zero, dirty: dirty + 1 },
            });
        }
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(block, layout) }
    }
}

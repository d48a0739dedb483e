//! Counts how often a piece of code asks the allocator for memory.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, which also counts calls. A benchmark sets it with
/// `#[global_allocator] static COUNTING: Counting = Counting;`
pub struct Counting;

// SAFETY: every call is passed on unchanged to the system's allocator. Counting
// allocates nothing: the counter is a constant-initialized cell without a destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller keeps the contract of `GlobalAlloc`, which is the same here.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `GlobalAlloc`, which is the same here.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller keeps the contract of `GlobalAlloc`, which is the same here.
        unsafe { System.realloc(block, layout, size) }
    }
}

/// The allocations of this thread per call of `once`. One call before is not
/// counted, since a thread may allocate at its first use.
pub fn per_call(mut once: impl FnMut()) -> f64 {
    const CALLS: u32 = 1000;
    once();
    let before = COUNT.get();
    for _ in 0..CALLS {
        once();
    }
    (COUNT.get() - before) as f64 / f64::from(CALLS)
}

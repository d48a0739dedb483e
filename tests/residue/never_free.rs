//! An allocator that never frees, so that every copy that was ever left behind on the heap is still there.

use std::alloc::{GlobalAlloc, Layout, System};

struct NeverFree;

// SAFETY: allocation is the system's; not freeing is always sound. `realloc`
// keeps its default, which allocates anew and copies.
unsafe impl GlobalAlloc for NeverFree {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: NeverFree = NeverFree;

//! Hazard pointers: which vaults the threads of this process are reading.
//!
//! A reader stores the vault's tag in a slot of its own thread, then looks at the vault's state. A wiper changes the
//! state, then looks through all slots. Neither side may look before its own store is visible, which takes a full
//! fence on both sides: see `fence`.
//!
//! A tag is a number that no other vault gets. An address would not do: an exposure that was forgotten keeps its slot,
//! and another vault may come to its vault's address later.
//!
//! There is no lock, so that a child that was forked while other threads were at work finds none taken.

use alloc::boxed::Box;
use core::{cell::Cell, iter, ptr};

use super::{
    fence::{self, Reach},
    fork,
    sync::{AtomicPtr, AtomicU8, AtomicUsize, Ordering, global, thread_local},
};

/// How many hazard pointers a thread gets at a time.
const PER_NODE: usize = 4;

/// How many times a thread may get them. After that its readers are counted.
const PER_THREAD: usize = 64;

/// Hazard pointers of one thread. Only that thread stores a tag; any thread may take a tag back, since a reading can be
/// sent to another thread. Nodes are never freed.
#[derive(Default)]
#[repr(align(64))] // One cache line, so that threads don't slow each other.
struct Node {
    /// Tags of vaults; 0 is a free slot.
    slots: [AtomicUsize; PER_NODE],
    /// The node that was made before this one.
    next: AtomicPtr<Node>,
    /// The next node of the same thread.
    more: AtomicPtr<Node>,
    /// [`FREE`], [`TAKEN`] or [`FENCED`].
    state: AtomicU8,
}

/// No running thread has the node. An exposure that has outlived its thread may still have a slot.
const FREE: u8 = 0;
const TAKEN: u8 = 1;
/// The thread that has the node runs full fences.
const FENCED: u8 = 2;

global! {
    /// The node that was made last.
    static NEWEST: AtomicPtr<Node> = AtomicPtr::new(ptr::null_mut())
}

global! {
    static TAGS: AtomicUsize = AtomicUsize::new(1)
}

thread_local! {
    static MINE: Cell<Option<&'static Node>> = const { Cell::new(None) };
}

thread_local! {
    static LEASE: Lease = Lease::new();
}

/// A slot that holds the tag of a vault.
pub(super) struct Hazard(&'static AtomicUsize);

impl Hazard {
    #[inline]
    pub(super) fn withdraw(&self) {
        self.0.store(0, Ordering::Release);
        fence::light();
    }
}

/// A tag for a new vault. Where `usize` has 32 bits, a tag comes again after four billion; two vaults that share one
/// may then be wiped later, but not too early.
pub(super) fn new_tag() -> usize {
    match TAGS.fetch_add(1, Ordering::Relaxed) {
        0 => new_tag(),
        tag => tag,
    }
}

/// Protects the vault with this tag from being wiped. `None` if this thread can have no slot.
#[inline]
pub(super) fn announce(tag: usize) -> Option<Hazard> {
    let mine = match MINE.with(Cell::get) {
        Some(mine) => mine,
        None => register()?,
    };
    let free = match mine.slots.first() {
        Some(first) if is_free(first) => first,
        _ => find_free(mine)?,
    };
    free.store(tag, Ordering::Release);
    if fence::light() {
        mine.chain().for_each(|node| node.state.store(FENCED, Ordering::Release));
    }
    Some(Hazard(free))
}

/// Called rarely: only while this thread has another exposure.
#[cold]
fn find_free(mine: &'static Node) -> Option<&'static AtomicUsize> {
    let among = |node: &'static Node| node.slots.iter().find(|slot| is_free(slot));
    mine.chain().find_map(among).or_else(|| {
        let (before, last) = mine.chain().enumerate().last()?;
        if before + 1 >= PER_THREAD {
            return None;
        }
        let another = Node::take();
        last.more.store(ptr::from_ref(another).cast_mut(), Ordering::Release);
        among(another)
    })
}

#[inline]
fn is_free(slot: &AtomicUsize) -> bool {
    // Acquire: the reader that took its tag back has finished reading.
    slot.load(Ordering::Acquire) == 0
}

/// Whether any thread may be reading the vault. The caller must have changed the vault's state before.
pub(super) fn protects(tag: usize) -> bool {
    let mine = MINE.with(Cell::get);
    let is_mine = |node| mine.is_some_and(|mine| mine.chain().any(|own| ptr::eq(own, node)));
    let is_quiet = |node: &'static Node| {
        (node.state.load(Ordering::Acquire) == FREE || is_mine(node)) && !node.holds(tag)
    };
    let reach = fence::heavy(|| nodes().all(is_quiet));
    // The node's state is read before its slots: what a thread did before it told that it runs fences is visible.
    let may_hide = |node: &'static Node| {
        reach == Reach::Fenced && node.state.load(Ordering::Acquire) == TAKEN && !is_mine(node)
    };
    nodes().any(|node| may_hide(node) || node.holds(tag))
}

/// The same without the fence. If the answer is yes and an earlier wiper has run the fence, the reader will look at the
/// vault's state once more.
pub(super) fn seems_to_protect(tag: usize) -> bool {
    nodes().any(|node| node.holds(tag))
}

fn nodes() -> impl Iterator<Item = &'static Node> {
    linked(NEWEST.load(Ordering::Acquire), |node| &node.next)
}

fn linked(
    first: *mut Node,
    next: fn(&'static Node) -> &'static AtomicPtr<Node>,
) -> impl Iterator<Item = &'static Node> {
    // SAFETY: such a pointer is null or that of a node, which was whole before the pointer was stored, and is never
    // freed or borrowed exclusively.
    let node = |pointer: *mut Node| unsafe { pointer.as_ref::<'static>() };
    iter::successors(node(first), move |last| node(next(last).load(Ordering::Acquire)))
}

impl Node {
    /// This node and the others of the same thread, which is the caller's.
    fn chain(&'static self) -> impl Iterator<Item = &'static Self> {
        linked(ptr::from_ref(self).cast_mut(), |node| &node.more)
    }

    fn holds(&self, tag: usize) -> bool {
        self.slots.iter().any(|slot| slot.load(Ordering::Acquire) == tag)
    }

    /// A node for the caller's thread: of a thread that has ended, or a new one.
    fn take() -> &'static Self {
        let (set, failed) = (Ordering::AcqRel, Ordering::Relaxed);
        let take = |node: &&Self| node.state.compare_exchange(FREE, TAKEN, set, failed).is_ok();
        let node = nodes().find(take).unwrap_or_else(Self::add);
        // The fence comes after the node could be found: a wiper that did not find it is seen here.
        if fence::full() {
            node.state.store(FENCED, Ordering::Release);
        }
        node
    }

    fn add() -> &'static Self {
        let node: &'static Self = Box::leak(Box::default());
        node.state.store(TAKEN, Ordering::Relaxed);
        let mut newest = NEWEST.load(Ordering::Relaxed);
        loop {
            node.next.store(newest, Ordering::Relaxed);
            let (this, set, failed) = (ptr::from_ref(node), Ordering::AcqRel, Ordering::Relaxed);
            match NEWEST.compare_exchange(newest, this.cast_mut(), set, failed) {
                Ok(_) => return node,
                Err(newer) => newest = newer,
            }
        }
    }

    fn give_back(&self) {
        self.more.store(ptr::null_mut(), Ordering::Relaxed);
        self.state.store(FREE, Ordering::Release);
    }
}

/// Gives this thread its first node. `None` while the thread is being torn down.
#[cold]
fn register() -> Option<&'static Node> {
    LEASE.try_with(|lease| MINE.with(|mine| mine.set(Some(lease.0)))).ok()?;
    MINE.with(Cell::get)
}

/// Returns the nodes when the thread ends, so that there are as many as the threads that ran at one time ever had.
struct Lease(&'static Node);

impl Lease {
    fn new() -> Self {
        if !fence::is_decided() {
            fork::in_children(forget_other_threads);
            fence::decide();
        }
        Self(Node::take())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let _ = MINE.try_with(|mine| mine.set(None));
        // The iterator asks a node for the next one before it yields the node.
        self.0.chain().for_each(Node::give_back);
    }
}

/// In a forked child there is only the thread that forked. Nobody else will take a tag back.
///
/// The nodes of threads that had ended are left alone: a slot that is in use there belongs to a reading that was sent
/// away, or was forgotten. A reading that a thread sent which ran at the fork would not be protected any more; but what a
/// user gets, an `Exposed`, cannot be sent.
extern "C" fn forget_other_threads() {
    let mine = MINE.with(Cell::get);
    let is_mine = |node| mine.is_some_and(|mine| mine.chain().any(|own| ptr::eq(own, node)));
    let taken = nodes().filter(|node| node.state.load(Ordering::Acquire) != FREE);
    for node in taken.filter(|node| !is_mine(*node)) {
        node.slots.iter().for_each(|slot| slot.store(0, Ordering::Relaxed));
        node.give_back();
    }
}

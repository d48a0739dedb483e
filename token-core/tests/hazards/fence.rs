//! The fences of token-core as the kernel makes them up: both sides are `SeqCst`. A fault can be planted.

use std::cell::Cell;

use loom::sync::atomic::{Ordering, fence};

/// Whose fence is missing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    Readers,
    Wipers,
    Both,
}

thread_local! {
    // loom runs all threads of a model on one thread of the system.
    static PLANTED: Cell<Fault> = const { Cell::new(Fault::None) };
}

impl Fault {
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "readers" => Self::Readers,
            "wipers" => Self::Wipers,
            _ => Self::Both,
        }
    }

    pub(crate) fn plant(self) {
        PLANTED.set(self);
    }
}

#[derive(PartialEq, Eq)]
pub(super) enum Reach {
    All,
    Fenced,
}

pub(super) fn light() -> bool {
    if !matches!(PLANTED.get(), Fault::Readers | Fault::Both) {
        fence(Ordering::SeqCst);
    }
    false
}

/// Every thread is as far as after the kernel's fence, whether there are others or not.
pub(super) fn heavy(_: impl FnOnce() -> bool) -> Reach {
    if !matches!(PLANTED.get(), Fault::Wipers | Fault::Both) {
        fence(Ordering::SeqCst);
    }
    Reach::All
}

pub(super) fn full() -> bool {
    fence(Ordering::SeqCst);
    false
}

pub(super) fn is_decided() -> bool {
    true
}

pub(super) fn decide() {}

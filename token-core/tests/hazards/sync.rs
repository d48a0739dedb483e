//! loom's types in the place of the standard library's.

pub(super) use loom::sync::atomic::{AtomicPtr, AtomicU8, AtomicUsize, Ordering};

macro_rules! global {
    ($(#[$meta:meta])* static $name:ident: $type:ty = $value:expr) => {
        loom::lazy_static! {
            $(#[$meta])*
            static ref $name: $type = $value;
        }
    };
}
pub(super) use global;

macro_rules! local {
    (static $name:ident: $type:ty = const { $value:expr };) => {
        loom::thread_local! { static $name: $type = $value; }
    };
    (static $name:ident: $type:ty = $value:expr;) => {
        loom::thread_local! { static $name: $type = $value; }
    };
}
pub(super) use local as thread_local;

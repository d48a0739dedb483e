//! What the types must not be able to do: each would be a way around the one door.

use std::{borrow::Borrow, fmt, hash::Hash, ops::Deref, panic::UnwindSafe, str::FromStr};

use static_assertions::{assert_impl_all, assert_not_impl_any};
use token_core::{
    Assurance, AssuranceLevel, Attested, Error, Exposed, Grant, HardwareEvidence, ImageDigest,
    ManualClock, PlatformEvidence, ScopeSet, Secret, SystemClock, Token, TokenId,
    source::{ConfigFile, TokenResponse},
};

use crate::support::kind::{Ci, OneShot};

macro_rules! has_no_way_around {
    ($type:ty) => {
        assert_not_impl_any!($type: Clone, Copy, Default, ToOwned);
        assert_not_impl_any!($type: fmt::Display, fmt::LowerHex, fmt::UpperHex, fmt::Write);
        assert_not_impl_any!($type: serde::Serialize);
        assert_not_impl_any!($type: Deref, Borrow<str>, Borrow<[u8]>);
        assert_not_impl_any!($type: AsRef<str>, AsRef<[u8]>, AsMut<str>, AsMut<[u8]>);
        assert_not_impl_any!($type: PartialEq, Eq, Hash, PartialOrd, Ord);
        assert_not_impl_any!($type: PartialEq<str>, PartialEq<String>, PartialEq<&'static str>);
        assert_not_impl_any!($type: PartialEq<[u8]>, PartialEq<Vec<u8>>);
        assert_not_impl_any!($type: Into<String>, Into<Box<str>>, Into<Vec<u8>>, Into<Box<[u8]>>);
        assert_not_impl_any!($type: IntoIterator, std::io::Read);
    };
}

has_no_way_around!(Secret);
has_no_way_around!(Token<Ci>);
has_no_way_around!(Token<OneShot>);
has_no_way_around!(Exposed<'static>);
has_no_way_around!(ConfigFile);
has_no_way_around!(TokenResponse);

// An assurance comes from a verifier, and from nothing that a program reads.
assert_not_impl_any!(Assurance: Default, FromStr, From<AssuranceLevel>, From<u8>, From<&'static str>);
assert_not_impl_any!(Assurance: serde::Deserialize<'static>, AsMut<AssuranceLevel>, PartialOrd);
assert_not_impl_any!(PlatformEvidence: Default, Clone, From<()>, FromStr, serde::Deserialize<'static>);
assert_not_impl_any!(HardwareEvidence: Default, Clone, From<()>, FromStr, serde::Deserialize<'static>);
assert_not_impl_any!(Attested<ImageDigest>: Default, FromStr, serde::Deserialize<'static>);
assert_not_impl_any!(Attested<ImageDigest>: From<(ImageDigest, Assurance)>, From<ImageDigest>);

// A token is born by admission alone.
assert_not_impl_any!(Token<Ci>: From<Secret>, From<String>, From<&'static str>, FromStr);
assert_not_impl_any!(Token<Ci>: serde::Deserialize<'static>);
// A secret takes its source over. From a borrowed text, it would leave one behind.
assert_not_impl_any!(Secret: From<&'static str>, From<&'static [u8]>, FromStr);
assert_not_impl_any!(Exposed<'static>: From<Secret>, From<String>);

assert_impl_all!(Secret: Send, Sync, Unpin, UnwindSafe, fmt::Debug);
assert_impl_all!(Token<Ci>: Send, Sync, Unpin, fmt::Debug);
assert_impl_all!(Token<OneShot>: Send, Sync);
// No spawned future holds one, or a reference to one, across an `.await`.
assert_not_impl_any!(Exposed<'static>: Send, Sync);
assert_impl_all!(Exposed<'static>: fmt::Debug);
assert_impl_all!(Error: Send, Sync, std::error::Error);
assert_impl_all!(Grant: Send, Sync, Clone);
assert_impl_all!(ScopeSet<Ci>: Send, Sync, Copy, Eq);
assert_impl_all!(TokenId: Send, Sync, Copy, Eq, Ord, Hash, fmt::Display, serde::Serialize);
assert_impl_all!(SystemClock: Send, Sync, Copy);
assert_impl_all!(ManualClock: Send, Sync);
assert_impl_all!(ConfigFile: Send, Sync);

#[test]
fn what_moves_is_small_and_holds_no_byte_of_the_token() {
    assert!(size_of::<Token<Ci>>() <= 32);
    assert_eq!(size_of::<Token<Ci>>(), size_of::<usize>(), "one pointer, as documented");
    assert_eq!(size_of::<Option<Token<Ci>>>(), size_of::<usize>());
    assert_eq!(size_of::<Secret>(), size_of::<&[u8]>());
    assert_eq!(size_of::<Error>(), size_of::<usize>());
}

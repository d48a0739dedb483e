//! The policy, the operations and the small tools that all tests share.

use std::{any::TypeId, sync::Arc, time::Duration};

pub use test_support::{NANO, TempDir, fresh_token, in_child, secs};
use time::{UtcDateTime, macros::utc_datetime};
use token_core::{
    __test::{self, CompiledKind, CompiledScope, CompiledSource, Uses},
    Error, ErrorKind, Grant, ManualClock, RequireScopes, Secret, Token, TokenKind,
};

token_core::policy!("tokens.toml");

/// An operation that every kind of `tokens.toml` permits.
#[derive(RequireScopes)]
#[require(scope::RepoRead)]
pub struct ListRepos;

pub const TEXT: &str = "tok_wQ8zL3nVb7XkR2mTj5YcF9dHs4GpA6uE1oKi";
pub const NOW: UtcDateTime = utc_datetime!(2026-01-01 12:00);

pub fn secret() -> Secret {
    Secret::from(TEXT.to_owned())
}

pub fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(NOW))
}

/// A grant that kind `ci` admits for ten minutes.
pub fn ci_grant() -> Grant {
    Grant::new("repo:read deploy:run").expires_in(secs(600))
}

/// A token of kind `ci` that is valid for `lifetime` on `clock`.
pub fn ci_token(clock: &Arc<ManualClock>, lifetime: Duration) -> Token<kind::Ci> {
    let grant = Grant::new("repo:read deploy:run").expires_in(lifetime);
    Token::admit_with_clock(secret(), &grant, clock.clone()).unwrap()
}

pub fn kind_of<T>(result: Result<T, Error>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

/// The scopes of [`Wide`] with these numbers, as a grant lists them.
pub fn text_of(numbers: &[usize]) -> String {
    let names: Vec<&str> = numbers.iter().map(|&number| NAMES[number]).collect();
    names.join(" ")
}

/// A kind that `tokens.toml` cannot declare: its source lies in a folder that is
/// known only when the tests are compiled. Made as the macros make one.
pub const fn kind_from(name: &'static str, source: Option<CompiledSource>) -> CompiledKind {
    const READ: &[CompiledScope] = &[__test::scope("repo:read", true, &[])];
    kind_of_scopes(name, READ, &["repo:read"], source, TypeId::of::<()>)
}

const fn kind_of_scopes(
    name: &'static str,
    scopes: &'static [CompiledScope],
    known: &'static [&'static str],
    source: Option<CompiledSource>,
    ty: fn() -> TypeId,
) -> CompiledKind {
    let (hour, none) = (secs(3600), Duration::ZERO);
    __test::kind(
        name,
        None,
        scopes,
        known,
        Some(hour),
        None,
        none,
        None,
        Uses::Many,
        None,
        source,
        ty,
    )
}

/// The source that the kind [`Built`] was built from.
pub const SOURCE: &str = "git:4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// A kind of a program whose source is known, or not, as a policy declares it.
pub struct Built<const KNOWN: bool>;

impl<const KNOWN: bool> TokenKind for Built<KNOWN> {
    const COMPILED: &'static CompiledKind = &__test::declared(
        &kind_of_scopes("built", &Wide::<1>::SCOPES, &NAMES, None, TypeId::of::<Self>),
        token_core::PolicyDigest::from_bytes([1; 32]),
        token_core::PolicyDigest::from_bytes([2; 32]),
        __test::built_from(if KNOWN { Some(SOURCE) } else { None }),
    );
}

/// The kind with `N` scopes `s000`, `s001` …, for the edges of the bit set. Each
/// scope whose number is 2 modulo 5 implies the two after it.
pub struct Wide<const N: usize>;

impl<const N: usize> TokenKind for Wide<N> {
    const COMPILED: &'static CompiledKind =
        &kind_of_scopes("wide", &Self::SCOPES, &NAMES, None, TypeId::of::<Self>);
}

impl<const N: usize> Wide<N> {
    const SCOPES: [CompiledScope; N] = wide_scopes();
}

pub const fn wide_implies(number: usize, count: usize) -> &'static [u8] {
    if number % 5 != 2 {
        return &[];
    }
    let end = if number + 3 < count { number + 3 } else { count };
    INDEX.split_at(end).0.split_at(number + 1).1
}

const fn wide_scopes<const N: usize>() -> [CompiledScope; N] {
    let mut scopes = [const { __test::scope("", true, &[]) }; N];
    let mut i = 0;
    while i < N {
        scopes[i].name = NAMES[i];
        scopes[i].implies = wide_implies(i, N);
        i += 1;
    }
    scopes
}

pub const NAMES: [&str; 256] = {
    let mut names = [""; 256];
    let mut i = 0;
    while i < 256 {
        names[i] = match str::from_utf8(&SPELLED[i]) {
            Ok(name) => name,
            Err(_) => panic!(),
        };
        i += 1;
    }
    names
};

const SPELLED: &[[u8; 4]; 256] = &{
    let mut all = [*b"s000"; 256];
    let mut i = 0;
    while i < 256 {
        let digits = [b'0' + (i / 100) as u8, b'0' + (i / 10 % 10) as u8, b'0' + (i % 10) as u8];
        all[i] = [b's', digits[0], digits[1], digits[2]];
        i += 1;
    }
    all
};

const INDEX: &[u8; 256] = &{
    let mut index = [0; 256];
    let mut i = 0;
    while i < 256 {
        index[i] = i as u8;
        i += 1;
    }
    index
};

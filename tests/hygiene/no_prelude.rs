//! No prelude, and every name that generated code could lean on means something else.
#![no_implicit_prelude]
#![allow(dead_code, non_camel_case_types, unused_macros, clippy::pedantic)]

struct Option;
struct Result;
struct String;
struct Some;
struct None;
struct Ok;
struct Err;
struct Box;
struct Sized;
struct Send;
struct Sync;
struct str;
struct bool;
struct u8;
struct u64;
struct usize;
struct Scope;
struct TokenKind;
struct RequireScopes;
struct PermittedBy;
struct Grants;
struct Reusable;
struct CompiledKind;
struct Lifetime;
struct Duration;
struct __K;

mod core {}
mod std {}
mod alloc {}
mod token_core {}
mod token_derive {}
mod __private {}

macro_rules! assert {
    ($($any:tt)*) => {
        ::std::compile_error!("the user's own assert!");
    };
}
macro_rules! include_bytes {
    ($($any:tt)*) => {
        ::std::compile_error!("the user's own include_bytes!");
    };
}
macro_rules! panic {
    ($($any:tt)*) => {
        ::std::compile_error!("the user's own panic!");
    };
}

::token_core::policy!("tokens.toml");

#[derive(::token_core::Scope)]
#[scope("deploy:run")]
enum DeployRun {}

#[derive(::token_core::TokenKind)]
#[token_kind(
    name = "by-hand",
    scopes(DeployRun, scope::Str),
    max_lifetime = "1h",
    owner = "me",
    uses = "once"
)]
enum ByHand {}

#[derive(::token_core::RequireScopes)]
#[require(scope::RepoRead, scope::Option, max_lifetime = "2h")]
struct Operation<'a, T, const N: ::std::primitive::usize> {
    lent: &'a ::token_core::Token<kind::GithubCi>,
    others: [T; N],
}

#[derive(::token_core::RequireScopes)]
#[require(scope::Scope, scope::Str)]
struct Spend;

fn permitted<O: ::token_core::PermittedBy<K>, K: ::token_core::TokenKind>()
-> &'static [&'static ::std::primitive::str] {
    <O as ::token_core::RequireScopes>::SCOPES
}

#[test]
fn generated_code_leans_on_nothing() {
    ::std::assert_eq!(permitted::<Operation<'_, (), 2>, kind::GithubCi>(), ["repo:read", "option"]);
    ::std::assert_eq!(permitted::<Spend, kind::TokenKind>(), ["scope", "str"]);
    ::std::assert_eq!(
        <ByHand as ::token_core::TokenKind>::COMPILED.known_scopes,
        ["deploy:run", "str"]
    );
    ::std::assert_eq!(POLICY.kinds.len(), 2);
}

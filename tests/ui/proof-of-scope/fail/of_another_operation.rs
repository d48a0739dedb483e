//! A proof for one operation is passed as one for another, of which its type is a subtype.

#![allow(coherence_leak_check)]

use token_core::{Authorized, RequireScopes};

token_core::policy!("../../tokens.toml");

struct Call<F>(F);

// A function that takes any reference is one that takes a `'static` reference, too.
type See = Call<fn(&'static u8)>;
type Change = Call<for<'a> fn(&'a u8)>;

impl RequireScopes for See {
    type Scopes = (scope::RepoRead,);
}

impl RequireScopes for Change {
    type Scopes = (scope::DeployRun,);
}

fn change(may: Authorized<See, kind::GithubCi>) -> Authorized<Change, kind::GithubCi> {
    may
}

fn main() {}

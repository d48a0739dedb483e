//! The macros of token-core. They turn the token policy into types, so that a use of a token which the policy does not
//! permit does not compile.
//!
//! Use them through `token_core`, which re-exports the derives under feature `derive` and `policy!` under feature
//! `policy`. The code that they write calls the private module `token_core::__private` of the same version.
//!
//! | macro | makes |
//! |---|---|
//! | [`policy!`] | scopes, token kinds and `POLICY` from a policy file |
//! | [`RequireScopes`] | an operation: a struct that names the scopes it needs |
//! | [`Scope`](macro@Scope) | one scope, in a crate without a policy file |
//! | [`TokenKind`](macro@TokenKind) | one token kind, in a crate without a policy file |
//!
//! Each macro reports all mistakes at once, each at the word that causes it. It still generates its items, so that one
//! mistake gives one error.

#![cfg_attr(
    not(feature = "policy"),
    allow(rustdoc::broken_intra_doc_links, reason = "this page links to `policy!`")
)]
#![forbid(unsafe_code)]

use proc_macro::TokenStream;

mod attr;
#[cfg(feature = "policy")]
mod check;
mod expand;
mod fallback;
mod macros;
mod mistakes;
mod name;
#[cfg(feature = "policy")]
mod policy;
#[cfg(feature = "policy")]
mod warning;

/// Turns a policy file into types.
///
/// The path is relative to the source file that contains the call, as in `include_str!`. If only the policy file
/// changes, cargo still rebuilds the crate.
///
/// ```ignore (token-core, which this crate does not know, has the examples that run)
/// token_core::policy!("../tokens.toml");
///
/// fn list(token: &Token<kind::GithubCi>) -> Result<(), Error> {
///     let exposed = token.expose_for(&ListRepos { org: "rust-lang" })?;
///     // …
/// }
/// ```
///
/// With the policy
///
/// ```toml
/// version = 1
///
/// [scopes]
/// "repo:read"  = "Read repositories"
/// "repo:write" = { description = "Push", implies = ["repo:read"] }
/// "deploy:run" = { type = "deploy_sdk::scope::DeployRun" }
///
/// [tokens.github-ci]
/// scopes       = ["repo:read", "deploy:run"]
/// max_lifetime = "1h"
/// ```
///
/// it makes
///
/// - `mod scope` with a type for each scope: `scope::RepoRead`, `scope::RepoWrite`. A scope with a `type` is that type
///   under the policy's name: `scope::DeployRun`.
/// - `mod kind` with a type for each token kind: `kind::GithubCi`, which grants its scopes and all that they imply.
/// - `const POLICY`, with the digest of the policy's meaning, for `POLICY.check_file("/etc/tokens.toml")` when the
///   service starts.
///
/// A name becomes a type's name by its words: `repo:read` is `RepoRead`, `github-ci` is `GithubCi`.
/// Each mistake in the policy is an error with its line and column.
///
/// # The source of a build
///
/// If the environment variable `TOKEN_BUILD_SOURCE` is set when the crate is compiled, the program knows which source it
/// was built from: `POLICY.built_from`. Set it where releases are built, to what `tokenctl source-id` prints. Another
/// value builds the crate again; a text that is not the digest of a source is an error. Without the variable, or with
/// the text `unknown`, the source is unknown.
///
/// # In an editor
///
/// rust-analyzer does not tell a macro which source file calls it. There the macro searches the package's source files
/// for a call with this path. If several policy files fit, it prefers the one of the crate that is compiled, such as a
/// test. It reads a changed policy file once the editor has reason to run it again, for example when the line of the
/// call is edited.
///
/// # Checks
///
/// The macro runs the checks of `token_policy::checks`, which find for example a kind without an owner. A finding of
/// level `warn` is a warning, one of level `deny` is an error; the policy's table `[checks]` sets the levels. A macro
/// can warn only through the lint `deprecated`, so the compiler calls a finding a use of a deprecated constant.
///
/// # Another name for token-core
///
/// Write `policy!("../tokens.toml", crate = ::my_token_core)`, with an absolute path. The derives take the same
/// argument, also as a string.
#[cfg(feature = "policy")]
#[proc_macro]
pub fn policy(input: TokenStream) -> TokenStream {
    macros::policy(input.into()).into()
}

/// Makes a struct or enum an operation, which names the scopes it needs.
///
/// ```ignore (token-core, which this crate does not know, has the examples that run)
/// #[derive(RequireScopes)]
/// #[require(scope::RepoRead, scope::RepoWrite)]
/// struct Mirror<'a> {
///     from: &'a str,
/// }
/// ```
///
/// The macro implements `RequireScopes`, and `PermittedBy<K>` for every token kind `K` that grants all of the scopes.
///
/// # A struct that holds a token
///
/// If a field's type contains `Token<K>` (in an `Arc`, an `Option`, a reference, a tuple and so on), `K` must grant the
/// scopes, or the struct does not compile. A generic struct must say so in its bounds:
///
/// ```ignore (token-core, which this crate does not know, has the examples that run)
/// #[derive(RequireScopes)]
/// #[require(scope::DeployRun, max_lifetime = "15m")]
/// struct Deployer {
///     token: Token<kind::GithubCi>,
/// }
///
/// #[derive(RequireScopes)]
/// #[require(scope::RepoRead)]
/// struct Reader<K: Grants<scope::RepoRead>> {
///     token: Arc<Token<K>>,
/// }
/// ```
///
/// The macro sees the word `Token`, not its meaning. So a token behind a type alias is checked only when it is used.
///
/// # Arguments
///
/// - Paths of scopes, one to sixteen.
/// - `max_lifetime = "15m"`: the kinds of all held tokens must live at most this long. The kinds must be written out,
///   since the macro doesn't know the lifetime of a generic one.
/// - `crate = ::my_token_core`: token-core has another name in this crate.
#[proc_macro_derive(RequireScopes, attributes(require))]
pub fn derive_require_scopes(input: TokenStream) -> TokenStream {
    macros::require(&syn::parse_macro_input!(input)).into()
}

/// Makes a type a scope, for a crate that has no policy file: an SDK declares the scopes of its operations, and an
/// application's policy grants them.
///
/// ```ignore (token-core, which this crate does not know, has the examples that run)
/// /// Read repositories.
/// #[derive(Scope)]
/// #[scope("repo:read")]
/// pub enum RepoRead {}
/// ```
///
/// The name must be a scope token of RFC 6749, section 3.3. An application grants the scope by `"repo:read" = { type =
/// "github_sdk::scope::RepoRead" }` in its policy. There `policy!` checks that the names agree.
#[proc_macro_derive(Scope, attributes(scope))]
pub fn derive_scope(input: TokenStream) -> TokenStream {
    macros::scope(&syn::parse_macro_input!(input)).into()
}

/// Makes a type a token kind, for a crate that has no policy file.
///
/// ```ignore (token-core, which this crate does not know, has the examples that run)
/// #[derive(TokenKind)]
/// #[token_kind(name = "github-ci", scopes(RepoRead, DeployRun), max_lifetime = "1h")]
/// pub enum GithubCi {}
/// ```
///
/// # Arguments
///
/// - `name`: the name of the kind, which is lowercase words joined by hyphens.
/// - `scopes(...)`: the paths of the scopes that its tokens carry. No scope is implied by another one.
/// - `max_lifetime`: how long a token may live, such as `"1h30m"`.
/// - `leeway`: how far the issuer's clock may differ, at most `"60s"`. The default is zero.
/// - `owner`: who is responsible for the tokens.
/// - `audience`: for whom a token must be meant.
/// - `format`: the prefix of the tokens, such as `"acme_deploy"`, if they have the format of `token_policy::format`.
/// - `uses = "once"`: a token can be used only once, with `spend_for`, which takes it by value.
/// - `crate = ::my_token_core`: token-core has another name in this crate.
#[proc_macro_derive(TokenKind, attributes(token_kind))]
pub fn derive_token_kind(input: TokenStream) -> TokenStream {
    macros::token_kind(&syn::parse_macro_input!(input)).into()
}

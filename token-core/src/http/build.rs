//! The header in which a request says which build it comes from.

use alloc::string::ToString;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{SourceDigest, caller::BUILD_HEADER};

/// The name of the header in which a request says which build it comes from: `Token-Build: git:…`.
pub const TOKEN_BUILD: HeaderName = HeaderName::from_static(BUILD_HEADER);

/// Says in the headers of a request which build it comes from, for tokens that are bound to one. `None` says nothing. Whatever the header
/// said before is gone, since a request that says two builds is refused.
///
/// The build is that of the kind's program, if it was compiled with `TOKEN_BUILD_SOURCE`. It is no secret. The server takes it for
/// **asserted**: it stops mistakes and stale deployments, not a thief.
///
/// ```
/// # #[cfg(feature = "derive")] {
/// # use token_core::{Scope, TokenKind};
/// # #[derive(Scope)] #[scope("repo:read")] enum RepoRead {}
/// # #[derive(TokenKind)] #[token_kind(name = "ci", scopes(RepoRead), max_lifetime = "1h")] enum Ci {}
/// use http::HeaderMap;
/// use token_core::http::{TOKEN_BUILD, say_build};
///
/// let mut headers = HeaderMap::new();
/// say_build(&mut headers, Ci::COMPILED.built_from);
/// assert!(!headers.contains_key(TOKEN_BUILD), "this example was compiled without the variable");
///
/// let build = "git:4b825dc642cb6eb9a060e54bf8d69288fbee4904";
/// say_build(&mut headers, Some(build.parse()?));
/// assert_eq!(headers[TOKEN_BUILD], build);
/// # }
/// # Ok::<(), token_core::Error>(())
/// ```
pub fn say_build(headers: &mut HeaderMap, build: Option<SourceDigest>) {
    match build.map(|build| HeaderValue::try_from(build.to_string())) {
        Some(Ok(value)) => drop(headers.insert(TOKEN_BUILD, value)),
        // A digest is visible ASCII, so it is always a value.
        Some(Err(_)) | None => drop(headers.remove(TOKEN_BUILD)),
    }
}

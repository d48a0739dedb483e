//! The build that a request says it comes from: the header `Token-Build`.

use http::{HeaderMap, HeaderName};
use token_core::SourceDigest;

use super::{NotPresented, single};

/// `Token-Build: git:…`, as `SourceDigest` writes it.
pub(super) const TOKEN_BUILD: HeaderName =
    HeaderName::from_static(token_core::caller::BUILD_HEADER);

/// The build, if the request says one.
#[inline]
pub(super) fn find(headers: &HeaderMap) -> Result<Option<SourceDigest>, NotPresented> {
    // To hash the name takes longer than to compare it with the few that a request has.
    match headers.keys().any(|name| *name == TOKEN_BUILD) {
        true => read(headers),
        false => Ok(None),
    }
}

#[cold]
fn read(headers: &HeaderMap) -> Result<Option<SourceDigest>, NotPresented> {
    let value = single(headers, &TOKEN_BUILD).map_err(|_| NotPresented::SeveralBuilds)?;
    let build = value.map(|value| value.to_str().ok()?.parse().ok());
    build.map(|build| build.ok_or(NotPresented::MalformedBuild)).transpose()
}

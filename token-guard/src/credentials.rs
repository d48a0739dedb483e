//! Where a request carries its token.

mod error;
mod syntax;

pub use error::{NotPresented, UnfitHeader};

use http::{
    HeaderMap, HeaderName, HeaderValue, Uri,
    header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, SET_COOKIE},
};
use token_core::caller::Presented;

/// Where the token of a request is looked for: in `Authorization: Bearer …` (RFC 6750 section 2.1), and, if one is named, in
/// one other header, such as `X-Api-Key`.
///
/// It is looked for nowhere else. A **cookie** is not read: a browser sends it by itself, so another site could use the
/// token of a visitor (CSRF). The body is not read. A token in the URL is refused aloud, since URLs stand in logs
/// (RFC 6750 section 5.3).
///
/// ```
/// use http::{HeaderMap, HeaderName, Uri};
/// use token_guard::{Credentials, NotPresented};
///
/// let credentials = Credentials::bearer().or_header(HeaderName::from_static("x-api-key"))?;
/// let mut headers = HeaderMap::new();
/// let uri = Uri::from_static("/deploy/token-core");
/// assert_eq!(credentials.find(&headers, &uri).unwrap_err(), NotPresented::Missing);
///
/// headers.insert("x-api-key", "acme_deploy_01234567".parse()?);
/// assert_eq!(credentials.find(&headers, &uri)?.bytes(), b"acme_deploy_01234567");
///
/// headers.insert("authorization", "Bearer acme_deploy_01234567".parse()?);
/// assert_eq!(credentials.find(&headers, &uri).unwrap_err(), NotPresented::Several);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    header: Option<HeaderName>,
}

impl Credentials {
    /// `Authorization: Bearer …` alone.
    #[must_use]
    pub const fn bearer() -> Self {
        Self { header: None }
    }

    /// The header `name`, too. Its whole value is the token. A request with both is refused.
    ///
    /// RFC 6750 section 2.1 asks for `Authorization: Bearer` from every service, so that one stays.
    ///
    /// # Errors
    ///
    /// For a header that browsers or proxies send by themselves: cookies, `Authorization` and `Proxy-Authorization`.
    pub fn or_header(self, name: HeaderName) -> Result<Self, UnfitHeader> {
        match [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE, SET_COOKIE].contains(&name) {
            true => Err(UnfitHeader::new(name)),
            false => Ok(Self { header: Some(name) }),
        }
    }

    /// The token of a request with these headers and this URI. Nothing is copied.
    ///
    /// # Errors
    ///
    /// [`NotPresented`], which says why there is none.
    pub fn find<'r>(
        &self,
        headers: &'r HeaderMap,
        uri: &Uri,
    ) -> Result<Presented<'r>, NotPresented> {
        if uri.query().is_some_and(syntax::has_token) {
            return Err(NotPresented::InUrl);
        }
        let bearer = match single(headers, &AUTHORIZATION)? {
            Some(value) => syntax::bearer(value.as_bytes())?,
            None => None,
        };
        let other = match &self.header {
            Some(name) => single(headers, name)?,
            None => None,
        };
        let token = match (bearer, other) {
            (Some(_), Some(_)) => return Err(NotPresented::Several),
            (Some(token), None) => token,
            (None, Some(value)) => syntax::token(value.as_bytes())?,
            (None, None) => return Err(NotPresented::Missing),
        };
        Ok(Presented::new(token))
    }
}

/// The value of a header that may stand in a request once.
fn single<'r>(
    headers: &'r HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'r HeaderValue>, NotPresented> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (first, None) => Ok(first),
        (_, Some(_)) => Err(NotPresented::Several),
    }
}

//! The header `WWW-Authenticate` of RFC 6750 section 3.

use std::{error, fmt, sync::Arc};

use http::HeaderValue;

use crate::NotPresented;

/// What all challenges of a service have in common: its realm, and where its metadata is.
///
/// ```
/// use token_guard::Challenge;
///
/// let challenge = Challenge::new("deployments")?
///     .resource_metadata("https://api.example.com/.well-known/oauth-protected-resource")?;
/// # Ok::<(), token_guard::UnfitText>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge(Arc<Values>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Values {
    /// `Bearer realm="…"`, and the parameters that follow an error.
    realm: String,
    metadata: String,
    /// The challenges that are the same each time.
    bare: HeaderValue,
    invalid_token: HeaderValue,
}

impl Challenge {
    /// Challenges for `realm` (RFC 9110 section 11.5): the part of the service that one kind of credentials is for, in words for
    /// people.
    ///
    /// # Errors
    ///
    /// If it is empty, or has characters other than visible ASCII and the space.
    pub fn new(realm: &str) -> Result<Self, UnfitText> {
        let realm = format!("Bearer realm={}", quoted("realm", realm)?);
        Self::of(realm, String::new()).ok_or(UnfitText("realm"))
    }

    /// The challenges say where the metadata of this service is (RFC 9728 section 5.1), by which a client finds out who issues
    /// tokens for it.
    ///
    /// # Errors
    ///
    /// If it is not an absolute URL with `https`, or has characters other than visible ASCII.
    pub fn resource_metadata(self, url: &str) -> Result<Self, UnfitText> {
        const NAME: &str = "resource_metadata";
        let host = url.strip_prefix("https://").ok_or(UnfitText(NAME))?;
        if host.is_empty() || host.starts_with('/') || host.contains([' ', '"', '\\', '#']) {
            return Err(UnfitText(NAME));
        }
        let metadata = format!(", {NAME}={}", quoted(NAME, url)?);
        Self::of(self.0.realm.clone(), metadata).ok_or(UnfitText(NAME))
    }

    fn of(realm: String, metadata: String) -> Option<Self> {
        let bare = HeaderValue::try_from(format!("{realm}{metadata}")).ok()?;
        let invalid = format!("{realm}, error=\"invalid_token\"{metadata}");
        let invalid_token = HeaderValue::try_from(invalid).ok()?;
        Some(Self(Arc::new(Values { realm, metadata, bare, invalid_token })))
    }

    pub(super) fn bare(&self) -> HeaderValue {
        self.0.bare.clone()
    }

    pub(super) fn invalid_token(&self) -> HeaderValue {
        self.0.invalid_token.clone()
    }

    pub(super) fn invalid_request(&self, why: NotPresented) -> HeaderValue {
        self.with(&format!("error=\"invalid_request\", error_description=\"{}\"", why.text()))
    }

    /// `scope` has what the operation needs. A name that somebody wrote by hand and that is no scope is left out.
    pub(super) fn insufficient_scope(&self, needs: &[&str]) -> HeaderValue {
        let scopes: Vec<_> = needs.iter().copied().filter(|name| is_scope(name)).collect();
        self.with(&format!("error=\"insufficient_scope\", scope=\"{}\"", scopes.join(" ")))
    }

    fn with(&self, parameters: &str) -> HeaderValue {
        let Values { realm, metadata, bare, .. } = &*self.0;
        let value = HeaderValue::try_from(format!("{realm}, {parameters}{metadata}"));
        // The parts are visible ASCII, so the fallback is never taken.
        value.unwrap_or_else(|_| bare.clone())
    }
}

/// A scope-token (RFC 6749 section 3.3), which a quoted string has as it is.
fn is_scope(name: &str) -> bool {
    let is_visible = |byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    !name.is_empty() && name.bytes().all(is_visible)
}

/// A quoted string (RFC 9110 section 5.6.4) of visible ASCII and spaces.
fn quoted(parameter: &'static str, text: &str) -> Result<String, UnfitText> {
    let is_fit = |byte| matches!(byte, b' '..=b'~');
    if text.trim().is_empty() || !text.bytes().all(is_fit) {
        return Err(UnfitText(parameter));
    }
    Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// A text that a challenge cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnfitText(&'static str);

impl fmt::Display for UnfitText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "realm" => f.write_str(
                "a realm is a text of visible ASCII characters and spaces, and not empty",
            ),
            name => write!(
                f,
                "`{name}` is an absolute URL with https, in visible ASCII characters, without a fragment"
            ),
        }
    }
}

impl error::Error for UnfitText {}

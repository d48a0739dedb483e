//! How a client says who it is.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderValue;
use token_core::{Error, Secret};

use super::form::{Form, encoded, joined};
use crate::{Failure, words::Words};

/// How a client authenticates at the token endpoint (RFC 6749 section 2.3.1). Its secret is loaded for each request, and wiped after
/// it.
pub struct ClientAuth {
    id: String,
    secret: Option<Box<Load>>,
    in_body: bool,
}

type Load = dyn Fn() -> Result<Secret, Error> + Send + Sync;

impl ClientAuth {
    /// By id and secret in the header `Authorization`, which every server must take.
    pub fn basic<F>(id: impl Into<String>, secret: F) -> Self
    where
        F: Fn() -> Result<Secret, Error> + Send + Sync + 'static,
    {
        Self { id: id.into(), secret: Some(Box::new(secret)), in_body: false }
    }

    /// By id and secret in the body, for a server that takes no header.
    pub fn in_body<F>(id: impl Into<String>, secret: F) -> Self
    where
        F: Fn() -> Result<Secret, Error> + Send + Sync + 'static,
    {
        Self { id: id.into(), secret: Some(Box::new(secret)), in_body: true }
    }

    /// A public client, which has an id and no secret.
    pub fn public(id: impl Into<String>) -> Self {
        Self { id: id.into(), secret: None, in_body: true }
    }

    /// Adds it to the form, or returns the header that has it.
    pub(super) fn add_to(&self, form: &mut Form) -> Result<Option<HeaderValue>, Failure> {
        let secret = self.secret.as_ref().map(|load| load()).transpose()?;
        if !self.in_body {
            return secret.map(|secret| self.header(&secret)).transpose();
        }
        form.add("client_id", self.id.as_bytes());
        if let Some(secret) = secret {
            secret.with_bytes("the client's secret, in the form", |secret| {
                form.add("client_secret", secret);
            });
        }
        Ok(None)
    }

    fn header(&self, secret: &Secret) -> Result<HeaderValue, Failure> {
        let secret = secret.with_bytes("the client's secret, for its header", encoded);
        let pair = encoded(self.id.as_bytes()).with_bytes("the client's id", |id| {
            secret
                .with_bytes("the client's secret", |secret| joined([id, b":", secret].into_iter()))
        });
        let value = pair.with_bytes("as base64", basic)?;
        let header = HeaderValue::from_maybe_shared(value.into_body("a header"));
        let mut header = header.map_err(|_| Words::new(NO_HEADER).permanent())?;
        header.set_sensitive(true);
        Ok(header)
    }
}

fn basic(pair: &[u8]) -> Result<Secret, Failure> {
    const SCHEME: &[u8] = b"Basic ";
    let too_long = || Words::new(NO_HEADER).permanent();
    let digits = base64::encoded_len(pair.len(), true).ok_or_else(too_long)?;
    Secret::fill(SCHEME.len() + digits, |value| {
        let (scheme, digits) = value.split_at_mut(SCHEME.len());
        scheme.copy_from_slice(SCHEME);
        STANDARD.encode_slice(pair, digits).map(drop).map_err(|_| too_long())
    })
}

const NO_HEADER: &str =
    "the client's id and secret do not fit into a header; check the source of the secret";

impl fmt::Debug for ClientAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientAuth").field("id", &self.id).finish_non_exhaustive()
    }
}

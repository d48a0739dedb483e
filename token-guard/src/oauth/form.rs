//! The form that a request carries: bounded, read once, wiped.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, Uri, header::CONTENT_TYPE};
use token_core::{AnyCaller, caller::Presented, wipe::registers};
use zeroize::{Zeroize, Zeroizing};

use super::answer::{Answer, Problem, refused};
use crate::Guard;

/// Reads a body into one buffer that does not grow and is wiped. Of the pieces that the server gives, those that nobody else holds are
/// wiped, too.
pub(super) async fn read<B>(headers: &HeaderMap, body: B) -> Result<Zeroizing<Vec<u8>>, Problem>
where
    B: http_body::Body<Data = Bytes>,
{
    check_type(headers)?;
    let mut text = Zeroizing::new(Vec::with_capacity(MAX_BYTES));
    let mut body = std::pin::pin!(body);
    while let Some(frame) = std::future::poll_fn(|context| body.as_mut().poll_frame(context)).await
    {
        let frame = frame.map_err(|_| Problem::Request("the body ended early"))?;
        // Trailers have no form.
        let Ok(piece) = frame.into_data() else { continue };
        let fits = piece.len() <= MAX_BYTES - text.len();
        if fits {
            text.extend_from_slice(&piece);
        }
        wipe(piece);
        if !fits {
            return Err(Problem::TooLong);
        }
    }
    // Copies go through them.
    registers();
    Ok(text)
}

/// As [`read`], while the client's token is valid: a client that holds its body back must not be served after it was revoked.
pub(super) async fn read_from<B>(
    client: &AnyCaller,
    guard: &Guard,
    headers: &HeaderMap,
    body: B,
) -> Result<Zeroizing<Vec<u8>>, Answer>
where
    B: http_body::Body<Data = Bytes>,
{
    match guard.until_invalid(client).end(read(headers, body)).await {
        Ok(text) => text.map_err(Problem::answer),
        Err(why) => Err(refused(&guard.refuse(why))),
    }
}

/// Wipes what nobody else holds.
fn wipe(piece: Bytes) {
    if let Ok(mut piece) = piece.try_into_mut() {
        piece.as_mut().zeroize();
    }
}

fn check_type(headers: &HeaderMap) -> Result<(), Problem> {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let essence = match (types.next(), types.next()) {
        (Some(only), None) => only.as_bytes().split(|byte| *byte == b';').next(),
        _ => None,
    };
    let is_form = |essence: &[u8]| essence.trim_ascii().eq_ignore_ascii_case(FORM.as_bytes());
    match essence.is_some_and(is_form) {
        true => Ok(()),
        false => Err(Problem::Request(
            "the body is a form; say Content-Type: application/x-www-form-urlencoded",
        )),
    }
}

/// Refuses a token in the URL, which stands in logs.
pub(super) fn check_url(uri: &Uri) -> Result<(), Problem> {
    let query = uri.query().unwrap_or_default().as_bytes();
    let has_token = form_urlencoded::parse(query).any(|(name, _)| TOKENS.contains(&&*name));
    match has_token {
        true => Err(Problem::Request(
            "the URL has a token, and URLs stand in logs; replace the token, and send it in the body",
        )),
        false => Ok(()),
    }
}

/// The parameters of a form.
pub(super) struct Form<'t>(Vec<(Cow<'t, str>, Cow<'t, str>)>);

impl<'t> Form<'t> {
    pub(super) fn parse(text: &'t [u8]) -> Self {
        Self(form_urlencoded::parse(text).collect())
    }

    /// The value of a parameter that may stand in the form once (RFC 6749 section 3.2). One without a value counts as left out.
    pub(super) fn get(&self, name: &str) -> Result<Option<&str>, Problem> {
        let mut values = self.0.iter().filter(|(own, _)| own == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Ok(Some(&**value).filter(|value| !value.is_empty())),
            (None, _) => Ok(None),
            (Some(_), Some(_)) => Err(Problem::Request("a parameter stands in the form twice")),
        }
    }

    /// The values of a parameter that may stand there several times.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.0.iter().filter(move |(own, _)| own == name);
        named.map(|(_, value)| &**value).filter(|value| !value.is_empty())
    }

    /// A token, and the parameter that says by which build it was presented: an extension (RFC 7662 section 2.1).
    pub(super) fn presented<'p>(
        &'p self,
        token: &'p str,
        build: &str,
    ) -> Result<Presented<'p>, Problem> {
        let presented = Presented::new(token.as_bytes());
        match self.get(build)? {
            Some(text) => text.parse().map(|build| presented.by_build(build)).map_err(|_| NO_BUILD),
            None => Ok(presented),
        }
    }

    /// The parameter `token` of introspection and revocation. A hint about its type is ignored, as both allow: we find a token of
    /// whatever type by itself.
    pub(super) fn token(&self) -> Result<&str, Problem> {
        self.get("token_type_hint")?;
        self.get("token")?.ok_or(Problem::Request("the parameter token is missing"))
    }
}

impl Drop for Form<'_> {
    /// What was decoded into texts of its own, and what reading has left in registers.
    fn drop(&mut self) {
        registers();
        for (name, value) in &mut self.0 {
            for text in [name, value] {
                if let Cow::Owned(text) = text {
                    text.zeroize();
                }
            }
        }
    }
}

const NO_BUILD: Problem = Problem::Request(
    "a build is git: and 40 or 64 lowercase hexadecimal digits, or sha256: and 64",
);
const MAX_BYTES: usize = 8 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";
const TOKENS: [&str; 4] = ["token", "subject_token", "actor_token", "access_token"];

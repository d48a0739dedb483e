//! What may stand before a proof of scope.

use axum::extract::{RawQuery, State};
use http::{Extensions, HeaderMap, Method, Uri, Version, request::Parts};

/// An argument that may stand before the [`Proof`](super::Proof): one whose extraction **cannot fail**.
///
/// axum extracts arguments in their order, and the first that fails answers. If a `Path` or a `Json` stood first, a caller
/// without a token would be told what is wrong with his request (400, 422), and not that he may not make it (401).
///
/// Implement it for an extractor of yours if its `Rejection` is [`Infallible`](std::convert::Infallible), and it neither waits
/// for the caller nor costs much: it runs for everybody.
#[diagnostic::on_unimplemented(
    message = "`{Self}` stands before the proof of scope and may fail",
    label = "the handler's argument `{Self}` is extracted before the proof",
    note = "make the proof the first argument: then a caller without a token gets 401, and not what is wrong with the request",
    note = "if `{Self}` is an extractor of yours that cannot fail: implement `token_guard::axum::BeforeProof` for it"
)]
pub trait BeforeProof {}

impl<S> BeforeProof for State<S> {}
impl BeforeProof for Method {}
impl BeforeProof for Uri {}
impl BeforeProof for Version {}
impl BeforeProof for HeaderMap {}
impl BeforeProof for Extensions {}
impl BeforeProof for Parts {}
impl BeforeProof for RawQuery {}

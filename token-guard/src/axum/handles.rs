//! Handlers, with words of ours for what is none.

use axum::handler::Handler;

/// A handler of axum. `get`, `post`, … ask for this trait, so that the message for a function that is no handler speaks of
/// proofs, too.
///
/// Implemented for every [`Handler`], and for nothing else.
#[diagnostic::on_unimplemented(
    message = "this is no handler",
    label = "an argument is no extractor, or it returns no response, or it is not `async`",
    note = "the proof of scope is an argument `Proof<Operation, kind::Kind>`; `Authorized` is for the functions that the handler calls",
    note = "an operation is a struct with `#[derive(RequireScopes)]`, and a kind is made by `policy!`: in `Proof` the operation comes first",
    note = "the router's state is a `Guard`, or has one: `impl FromRef<YourState> for Guard`",
    note = "what reads the body, such as `Json` or `Bytes`, is the last argument",
    note = "`#[axum::debug_handler]` above the function says which argument it is"
)]
pub trait Handles<T, S>: Handler<T, S> {}

#[diagnostic::do_not_recommend]
impl<T, S, H: Handler<T, S>> Handles<T, S> for H {}

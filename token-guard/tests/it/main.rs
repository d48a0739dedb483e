//! What a guard finds in a request, and what it answers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod credentials;
mod refusal;

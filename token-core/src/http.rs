//! Carrying a token in an HTTP header or body.

mod body;
mod header;

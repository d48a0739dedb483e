//! Carrying a token in an HTTP header.

mod header;

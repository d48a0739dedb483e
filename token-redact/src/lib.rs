//! Masks tokens in text that is printed, logged or passed on.
//!
//! A [`Redaction`] knows the tokens of our own [format](token_policy::format) by their prefixes, and the values that
//! were [registered](Redaction::register). In text that goes through it, each token is replaced by the name of its kind
//! and its [`TokenId`](token_core::TokenId): `[token:github-ci#5ff32b5d86ee47b6d26d2b9f5ed3ba2c]`. The id is the one in
//! the audit log. A token that could be guessed has no id, and its label shows nothing of it: `[token:database]`. All
//! other bytes stay as they are.
//!
//! | where the text goes | see |
//! |---|---|
//! | a file, a pipe, standard output, `log`'s `env_logger` | [`Redaction::writer`], an [`io::Write`](std::io::Write) |
//! | `tracing-subscriber` | `Redaction::make_writer` (feature `tracing`), or a closure that calls [`Redaction::writer`] |
//! | a formatter, a string, an error message | [`Redaction::display`], [`Redaction::error`] |
//! | standard error, by a panic | [`Redaction::set_panic_hook`] |
//! | a buffer | [`Redaction::redact`] |
//!
//! # What is found
//!
//! A token is found raw, in base64 (RFC 4648, at each of three offsets, both alphabets), in hexadecimal digits (of
//! either case), percent-encoded (RFC 3986), in a JSON string or a `{:?}` with escapes, and in UTF-16, wherever it
//! stands: beside other text, inside another token, overlapping one. Overlapping finds are replaced as one, under the
//! name of the first. A token is not found if it was encoded twice, compressed or encrypted, has a line break inside,
//! is written as a list of numbers (`{:?}` of bytes), or was cut off: half of a token is not recognized.
//!
//! The hexadecimal digits of a token of our own format have to be of one case; those of a registered value may be
//! mixed.
//!
//! If a character of base64 carries bits of a registered value and of its neighbour, it is replaced too. If the first
//! character of a token of our own format is shared like this, it stays, since the organization's name is public.
//!
//! ```
//! use std::io::Write;
//! use token_redact::Redaction;
//!
//! let redaction = Redaction::new([]);
//! let registered = redaction.register("github-ci", b"tok_wQ8zL3nVb7XkR2mTj5YcF9dHs4GpA6uE1oKi")?;
//!
//! let mut log = redaction.writer(Vec::new());
//! log.write_all(b"GET / with tok_wQ8zL3nVb7XkR2mTj5")?;
//! log.write_all(b"YcF9dHs4GpA6uE1oKi\n")?;
//! assert_eq!(log.get_ref(), b"GET / with [token:github-ci#a54abca3d22e87c1cf46abb11b9b4267]\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is kept of a registered value
//!
//! A `Redaction` keeps the value's length and kind, its token id if it has one, a digest under a key that is random in
//! each `Redaction`, and a fingerprint: 24 bits of 16 of its bytes, under the same key. These 16 bytes are the last ones that do not repeat a short sequence; their
//! place in the value is kept too. An attacker who reads the memory finds the key there too and has to guess the whole
//! value, which is hard for a random one and easy for a password. Text that is held back, since it may be the beginning of a token, is wiped when
//! it is passed on.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod buffer;
mod display;
mod engine;
mod error;
mod escape;
mod forbid;
mod foreign;
mod label;
mod own;
mod panic;
mod redaction;
mod register;
mod shared;
#[cfg(feature = "tracing")]
mod tracing;
mod writer;

pub use display::{Redacted, RedactedError};
pub use error::{Error, ErrorKind};
pub use forbid::Forbidden;
pub use redaction::Redaction;
pub use register::Registered;
pub use token_policy::format::{Prefix, PrefixError};
#[cfg(feature = "tracing")]
pub use tracing::MakeRedactor;
pub use writer::Redactor;

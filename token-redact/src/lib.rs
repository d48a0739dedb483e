//! Masks tokens in text that is printed, logged or passed on.
//!
//! A [`Redaction`] knows the tokens of our own [format](token_policy::format) by their prefixes, and the values that
//! were [registered](Redaction::register). In text that goes through it, each token is replaced by the name of its kind
//! and the beginning of its [`TokenId`](token_core::TokenId): `[token:github-ci#4f2a]`. All other bytes stay as they
//! are.
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
//! let registered = redaction.register("github-ci", b"ghp_0123456789abcdefghijklmnopqrstuvwxyz")?;
//!
//! let mut log = redaction.writer(Vec::new());
//! log.write_all(b"GET / with ghp_0123456789abcdefgh")?;
//! log.write_all(b"ijklmnopqrstuvwxyz\n")?;
//! assert_eq!(log.get_ref(), b"GET / with [token:github-ci#1508]\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is kept of a registered value
//!
//! A `Redaction` keeps the value's length, kind and token id, and a fingerprint: 24 bits of 16 of its bytes, under a
//! key that is random in each `Redaction`. These 16 bytes are the last ones that do not repeat a short sequence; their
//! place in the value is kept too. An attacker who reads the memory has to guess all other bytes, so only values that
//! cannot be guessed may be registered. Text that is held back, since it may be the beginning of a token, is wiped when
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

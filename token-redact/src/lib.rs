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
//! either case, also mixed), percent-encoded (RFC 3986), in a JSON string or a `{:?}` with escapes, and in UTF-16, wherever
//! it stands: beside other text, inside another token, overlapping one. Overlapping finds are replaced as one, under the
//! name of the first.
//!
//! Colours and other control sequences of a terminal may stand inside a token that is raw, in base64 or in hexadecimal
//! digits (ECMA-48: `ESC [`, up to 48 bytes of parameters, a letter; and `ESC ( B`, which `tput sgr0` writes), up to 64 bytes
//! between two characters. They are replaced with it.
//!
//! A token is **not** found if it
//!
//! - was encoded twice, compressed or encrypted;
//! - is written as a list of numbers, such as `[103, 104, 112]`: that is `{:?}` of a `Vec<u8>` or a `&[u8]`. Print bytes as
//!   [`escape_ascii`](slice::escape_ascii), or as `bytes::Bytes`;
//! - has a line break, a tab, a space or another control character inside, or a control sequence and escapes, or a control
//!   sequence that a JSON string or a `{:?}` has escaped (`\u001b[31m`);
//! - was cut off: half of a token is not recognized.
//!
//! Three characters beside a token are special:
//!
//! - If a character of base64 carries bits of a registered value and of its neighbour, it is replaced too. The exception is a
//!   first character with two bits of the value, which are the same for all letters.
//! - If the first character of a token of our own format is shared like this, it stays, since the organization's name is
//!   public.
//! - If a letter, a digit or one of `-._~` is written as an escape at the beginning of a token, the mark of that escape
//!   stays: `%78…` becomes `%[token:…]`. No encoder has to write so. This is why a `%` at the end of a prompt need not wait.
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
//! each `Redaction`, and a fingerprint: 24 bits of 16 of its bytes, under the same key. These 16 bytes are the last ones
//! that do not repeat a short sequence; their place in the value is kept too. To know which text may be its beginning, it
//! keeps the value's first byte, and under the same key eight bits each of its first two and four bytes; of a value of 32
//! bytes or more also eight bits each of its first 8 and 16 bytes. The first bytes of most tokens are public: `ghp_`,
//! `eyJhbGci`. An attacker who reads the memory finds the key there too and has to guess the whole value, which is hard for
//! a random one and easy for a password. Text that is held back, since it may be the beginning of a token, is wiped when it
//! is passed on.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod buffer;
mod control;
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

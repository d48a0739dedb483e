//! The build note: what a program's file says about the program, for who does not run it.
//!
//! `token_core::policy!` puts one into the program for each call, and `tokenctl show` reads them. A note is asserted by
//! whoever built the program, as every byte of the file is. It holds no secret.
//!
//! ```
//! # #[cfg(feature = "json")] {
//! use token_policy::note::{self, BuildNote, Note};
//!
//! // The macro writes the text, by `note::text`. The compiler adds the source that the program is built from.
//! const TEXT: &str = r#"{"version":1,"package":"service","file":"../tokens.toml",
//!     "policy":"a7e15c6de6b3b9f0e0c8f0f8d4d9aab13c1f0a2f9d0f6e4f7b1f4c6f1a2b3c4d","kinds":{}"#;
//! const SOURCE: Option<&str> = Some("git:4b825dc642cb6eb9a060e54bf8d69288fbee4904");
//! static NOTE: Note<{ note::length(TEXT, SOURCE) }> = Note::new(TEXT, SOURCE);
//!
//! let read = BuildNote::parse(NOTE.content()).unwrap();
//! assert_eq!(read.package, "service");
//! assert_eq!(read.source, SOURCE.and_then(|source| source.parse().ok()));
//! # }
//! ```
//!
//! # The format
//!
//! The section is a row of notes as ELF has them (System V ABI, "Note Section"), in files of every format: the lengths
//! of the owner and of the content, the type 1, each four bytes as the processor has them; the [owner](OWNER)
//! `token-core` with its final zero; the content. Each part is filled up to a multiple of four bytes.
//!
//! The content is JSON (RFC 8259), filled up with spaces:
//!
//! | key | value |
//! |---|---|
//! | `version` | 1 |
//! | `package` | the package whose code calls `policy!` |
//! | `file` | the policy file as the call names it |
//! | `policy` | the [digest](crate::PolicyDigest) of the policy |
//! | `kinds` | an object: the name of each kind, and the digest of the kind's own rules |
//! | `source` | the [source](SourceDigest) that the program was built from; empty if it is unknown |

#[cfg(feature = "parse")]
use alloc::{format, string::String};
#[cfg(feature = "parse")]
use core::fmt::Write as _;

use crate::SourceDigest;

#[cfg(feature = "json")]
mod read;

#[cfg(feature = "json")]
pub use self::read::{BuildNote, NoteError};
#[cfg(feature = "parse")]
use crate::Policy;

/// The owner of the notes.
pub const OWNER: &str = "token-core";

/// The type of a note whose content is JSON.
pub const TYPE: u32 = 1;

/// The section of ELF files. Linkers keep sections of this type, used or not.
pub const ELF_SECTION: &str = ".note.token-core";

/// The segment and the section of Mach-O files.
pub const MACH_O_SECTION: (&str, &str) = ("__DATA", "__token_core");

/// The section of PE files, whose names have eight characters at most.
pub const PE_SECTION: &str = ".tokcore";

/// A note as it lies in the section. `policy!` writes one.
#[derive(Debug)]
#[repr(C, align(4))]
pub struct Note<const N: usize> {
    owner_length: u32,
    content_length: u32,
    kind: u32,
    owner: [u8; 12],
    content: [u8; N],
}

impl<const N: usize> Note<N> {
    /// Makes a note of [`N` bytes](length) of content: the text, and the source that the variable names.
    pub const fn new(text: &str, variable: Option<&str>) -> Note<N> {
        let mut content = [b' '; N];
        let mut free: &mut [u8] = &mut content;
        let parts = [text.as_bytes(), SOURCE, source(variable).as_bytes(), END];
        let mut rest: &[&[u8]] = &parts;
        while let [part, more @ ..] = rest {
            let (here, after) = free.split_at_mut(part.len());
            here.copy_from_slice(part);
            (free, rest) = (after, more);
        }
        #[allow(clippy::cast_possible_truncation, reason = "a policy has 256 KiB at most")]
        let content_length = N as u32;
        Note { owner_length: 11, content_length, kind: TYPE, owner: *b"token-core\0\0", content }
    }

    /// Returns the content.
    pub const fn content(&self) -> &[u8] {
        &self.content
    }
}

/// Returns the length of a note's content.
pub const fn length(text: &str, variable: Option<&str>) -> usize {
    let length = text.len() + SOURCE.len() + source(variable).len() + END.len();
    length.next_multiple_of(4)
}

const SOURCE: &[u8] = b",\"source\":\"";
const END: &[u8] = b"\"}";

/// What the variable says, if it is the digest of a source. The compiler refuses any other text elsewhere.
const fn source(variable: Option<&str>) -> &str {
    match variable {
        Some(text) if SourceDigest::parse(text).is_ok() => text,
        _ => "",
    }
}

/// Writes the content of a note up to its source, which the compiler adds.
#[cfg(feature = "parse")]
pub fn text(package: &str, file: &str, policy: &Policy) -> String {
    let (package, file, digest) = (escaped(package), escaped(file), policy.digest());
    let head = format!("\"version\":1,\"package\":\"{package}\",\"file\":\"{file}\"");
    let mut text = format!("{{{head},\"policy\":\"{digest}\",\"kinds\":{{");
    for (number, kind) in policy.kinds().iter().enumerate() {
        let comma = if number == 0 { "" } else { "," };
        // Writing to a string cannot fail. A kind's name has nothing to escape.
        let _ = write!(text, "{comma}\"{}\":\"{}\"", kind.name(), kind.digest());
    }
    text.push('}');
    text
}

/// Writes a text as it stands between the quotes of a JSON string (RFC 8259 section 7).
#[cfg(feature = "parse")]
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' | '\\' => escaped.extend(['\\', letter]),
            '\0'..='\x1f' => {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "\\u{:04x}", u32::from(letter));
            }
            _ => escaped.push(letter),
        }
    }
    escaped
}

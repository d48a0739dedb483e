//! Lives of values that the redactor looks for.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    panic,
    path::Path,
};

use token_core::Secret;
use token_redact::{Redaction, Registered};

use super::{Kept, text};

/// The token, turned by so many characters.
fn turned(token: &str, by: usize) -> String {
    let (head, tail) = token.split_at(by % token.len());
    let mut turned = String::with_capacity(token.len());
    turned.push_str(tail);
    turned.push_str(head);
    turned
}

fn wiped(text: String) {
    drop(Secret::from(text));
}

fn register(redaction: &Redaction, token: &str, count: usize) -> Vec<Registered> {
    let one = |by| {
        let value = turned(token, by);
        let registered = redaction.register("github-ci", value.as_bytes()).unwrap();
        wiped(value);
        registered
    };
    (0..count).map(one).collect()
}

pub(super) fn registered(dir: &Path) -> Kept {
    let (redaction, token) = (Redaction::new([]), text(dir, "token"));
    let handles = register(&redaction, &token, 1);
    wiped(token);
    Box::new((redaction, handles))
}

pub(super) fn a_thousand(dir: &Path) -> Kept {
    let (redaction, token) = (Redaction::new([]), text(dir, "token"));
    let handles = register(&redaction, &token, 1000);
    wiped(token);
    Box::new((redaction, handles))
}

/// And each is then seen in an output, in pieces, raw and in base64's alphabet.
pub(super) fn a_thousand_found(dir: &Path) -> Kept {
    let (redaction, token) = (Redaction::new([]), text(dir, "token"));
    let handles = register(&redaction, &token, 1000);
    let mut writer = redaction.writer(io::sink());
    for by in 0..64 {
        let value = turned(&token, by);
        for piece in value.as_bytes().chunks(13) {
            writer.write_all(piece).unwrap();
        }
        writer.write_all(b" ").unwrap();
        wiped(value);
    }
    wiped(token);
    assert!(redaction.count() >= 64, "they were found");
    Box::new((redaction, handles, writer))
}

/// It is seen in an output with escapes, which are read in memory of the writer's own; the writer stays.
pub(super) fn escaped_found(dir: &Path) -> Kept {
    let (redaction, token) = (Redaction::new([]), text(dir, "token"));
    let handles = register(&redaction, &token, 1);
    let mut escaped = String::with_capacity(3 * token.len());
    token.bytes().for_each(|byte| write!(escaped, "%{byte:02x}").unwrap());
    let mut writer = redaction.writer(io::sink());
    writer.write_all(escaped.as_bytes()).unwrap();
    writer.write_all(b" ").unwrap();
    wiped(escaped);
    wiped(token);
    assert_eq!((redaction.count(), writer.held()), (1, 0));
    Box::new((redaction, handles, writer))
}

/// Half of a value waits, and goes with its writer.
pub(super) fn half_held(dir: &Path) -> Kept {
    let (redaction, token) = (Redaction::new([]), text(dir, "token"));
    let handles = register(&redaction, &token, 1);
    let mut writer = redaction.writer(io::sink());
    writer.write_all(&token.as_bytes()[..40]).unwrap();
    assert_eq!(writer.held(), 40);
    drop(writer);
    wiped(token);
    Box::new((redaction, handles))
}

/// The message of a panic is masked by the hook; who caught the panic wipes the payload.
pub(super) fn panicked(dir: &Path) -> Kept {
    let (redaction, token) = (Redaction::new([]), text(dir, "token"));
    let handles = register(&redaction, &token, 1);
    redaction.set_panic_hook();
    let unwound = panic::catch_unwind(|| panic::panic_any(token)).unwrap_err();
    wiped(*unwound.downcast::<String>().unwrap());
    assert_eq!(redaction.count(), 1);
    Box::new((redaction, handles))
}

/// Leaks every form, to show that the scan would find it.
pub(super) fn encoded(dir: &Path) -> Kept {
    use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine};
    let token = text(dir, "token").repeat(3);
    let mut hex = String::new();
    token.bytes().for_each(|byte| write!(hex, "{byte:02x}").unwrap());
    let base64 = [0, 1, 2].map(|before| BASE64_STANDARD_NO_PAD.encode(&token[before..]));
    Box::new((hex.to_uppercase(), hex, base64, token))
}

//! Checkpoints: an accepted one is signed, and has only one spelling, but for its line ends.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use signed_note::{Note, StandardSigner, StandardVerifier, VerifierList};
use token_audit::{Checkpoint, ErrorKind, VerifyingKey};

/// From the documentation of Go's `golang.org/x/mod/sumdb/note`.
const SECRET: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const PUBLIC: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

static KEY: LazyLock<VerifyingKey> = LazyLock::new(|| PUBLIC.parse().unwrap());
static SIGNER: LazyLock<StandardSigner> = LazyLock::new(|| StandardSigner::new(SECRET).unwrap());
static KNOWN: LazyLock<StandardVerifier> = LazyLock::new(|| StandardVerifier::new(PUBLIC).unwrap());

fuzz_target!(|input: &[u8]| {
    let text = with_signature(input);
    match Checkpoint::parse(&text, &KEY) {
        Ok(checkpoint) => check(&checkpoint, &with_line_ends(&text)),
        Err(error) => assert!(
            matches!(error.kind(), ErrorKind::Syntax | ErrorKind::InvalidSignature),
            "{error}"
        ),
    }
});

/// Replaces the first `$` of the input by the log's signature of the text before it.
fn with_signature(input: &[u8]) -> Vec<u8> {
    let Some(at) = input.iter().position(|byte| *byte == b'$') else { return input.to_vec() };
    let (before, after) = (&input[..at], &input[at + 1..]);
    let Some(text) = before.strip_suffix(b"\n") else { return input.to_vec() };
    let Ok(mut note) = Note::new(text, &[]) else { return input.to_vec() };
    note.add_sigs(&[&*SIGNER]).unwrap();
    [&note.to_bytes(), after].concat()
}

/// The text with LF for CRLF, and one at its end.
fn with_line_ends(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(text.to_vec()).unwrap().replace("\r\n", "\n");
    format!("{}\n", text.trim_end_matches('\n')).into_bytes()
}

fn check(checkpoint: &Checkpoint, text: &[u8]) {
    assert_eq!(checkpoint.as_str().as_bytes(), text);
    assert_eq!(checkpoint.origin(), "PeterNeumann");
    assert!(checkpoint.size() <= 1 << 48);
    let start = format!("PeterNeumann\n{}\n", checkpoint.size());
    assert!(text.starts_with(start.as_bytes()));
    let note = Note::from_bytes(text).unwrap();
    note.verify(&VerifierList::new(vec![Box::new(KNOWN.clone())])).unwrap();
    assert_eq!(&Checkpoint::parse(checkpoint.as_str(), &KEY).unwrap(), checkpoint);
}

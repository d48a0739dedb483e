//! A file that is decoded as a whole is searched as it is too, and what is not decoded is told.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod support;

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use support::{git, places, scan, token, write};
use token_policy::format::Prefix;
use token_scan::{Scan, Why};

#[test]
fn bytes_that_make_a_file_another_hide_nothing() {
    let text = format!("first\nkey = {}\n", token(1));
    for head in [
        &b"\xff\xfe"[..],
        b"\xfe\xff",
        b"\xff\xfe\0",
        b"\x1f\x8b\x08",
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
        b"\0\0",
    ] {
        let report = scan().bytes("a.txt", &[head, text.as_bytes()].concat());
        assert_eq!(report.findings().len(), 1, "{head:?}");
        assert_eq!(report.findings()[0].place().unwrap().line(), 2, "{head:?}");
    }
}

/// What the change did not touch does not count, whatever the file is read as.
#[test]
fn the_lines_of_the_bytes_are_those_of_git() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    git(root, &["init", "-q"]);
    let old = [b"\xff\xfe\n", token(1).as_bytes(), b"\nmore\n"].concat();
    write(root, "a.txt", &old);
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "one"]);
    write(root, "a.txt", [&old, token(2).as_bytes(), b"\n"].concat());
    git(root, &["add", "."]);
    assert_eq!(places(&scan().staged(root).unwrap()), ["a.txt:4:1 own-token"]);
}

/// git counts lines in the bytes. In a text that is decoded line by line they are the same, in a compressed one not.
#[test]
fn new_lines_are_those_of_the_text_where_git_knows_them() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    git(root, &["init", "-q"]);
    let utf16 = |text: &str| -> Vec<u8> {
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    let gzip = |text: &str| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(text.as_bytes()).unwrap();
        gzip.finish().unwrap()
    };
    let old = format!("one\n{}\nthree\n", token(1));
    write(root, "a.txt", utf16(&old));
    let lines = "the same line again\n".repeat(3000);
    write(root, "b.gz", gzip(&lines));
    // Each of these letters has two bytes that are line feeds for git.
    let letters = "\u{0a0a}\n".repeat(20);
    write(root, "c.txt", utf16(&letters));
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "one"]);
    // The token is not new, but the line behind it is.
    write(root, "a.txt", utf16(&format!("{old}four\n")));
    // The token stands in a line that the bytes do not have.
    write(root, "b.gz", gzip(&format!("{lines}{}\n", token(2))));
    write(root, "c.txt", utf16(&format!("{letters}{}\n", token(3))));
    git(root, &["add", "."]);
    let expected = ["b.gz:3001:1 own-token", "c.txt:21:1 own-token"];
    assert_eq!(places(&scan().staged(root).unwrap()), expected);
    git(root, &["commit", "-qm", "two"]);
    assert_eq!(places(&scan().history(root, "HEAD~1").unwrap()), expected);
}

#[test]
fn the_head_of_a_compressed_file_is_searched() {
    let comment = format!("made with {}", token(1));
    let mut gzip = GzBuilder::new().comment(comment).write(Vec::new(), Compression::default());
    gzip.write_all(b"nothing\n").unwrap();
    let report = scan().bytes("a.gz", &gzip.finish().unwrap());
    assert_eq!((report.findings().len(), report.skipped().len()), (1, 0));
}

/// What both readings have is told once.
#[test]
fn one_token_is_one_finding() {
    let mut stored = GzEncoder::new(Vec::new(), Compression::none());
    write!(stored, "a\n{}\n", token(1)).unwrap();
    assert_eq!(places(&scan().bytes("a.gz", &stored.finish().unwrap())), ["a.gz:2:1 own-token"]);
    let utf16: Vec<u8> =
        format!("\u{feff}a\n{}\n", token(2)).encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(places(&scan().bytes("a.txt", &utf16)), ["a.txt:2:1 own-token"]);
}

/// Without binary files, a zero byte at the beginning decides, in each reading for itself.
#[test]
fn without_binary_files_the_bytes_of_text_are_searched() {
    let prefix: Prefix = support::PREFIX.parse().unwrap();
    let scanner = Scan::new().prefix(prefix).binary(false).build().unwrap();
    let found = |head: &[u8]| {
        let bytes = [head, format!("\nkey = {}\n", token(1)).as_bytes()].concat();
        scanner.bytes("a.txt", &bytes).findings().len()
    };
    assert_eq!((found(b"a"), found(b"a\0"), found(b"\0")), (1, 0, 0));
    assert_eq!((found(b"\xff\xfe"), found(b"\xff\xfea\0")), (1, 0));
    assert_eq!((found(b"\x1f\x8b\x08"), found(b"\x1f\x8b\x08\0")), (1, 0));
    let far = [&[b'a'; 8000][..], b"\0"].concat();
    assert_eq!((found(&far), found(&far[1..])), (1, 0));
}

/// In what is no text, only what is certain counts, and no line is shown.
#[test]
fn a_binary_file_has_no_guess_and_no_line() {
    let secret = token(2)[16..40].to_owned();
    let text = format!("\npassword = \"{secret}\"\nkey = {}\n", token(1));
    assert_eq!(scan().bytes("a.txt", text.as_bytes()).findings().len(), 2);
    for head in [&b"\0"[..], b"\xff\xfe", b"\x1f\x8b\x08"] {
        let report = scan().bytes("a.txt", &[head, text.as_bytes()].concat());
        assert_eq!(places(&report), ["a.txt:3:7 own-token"], "{head:?}");
        let mut shown = String::new();
        token_policy::report::text(report.findings(), &mut shown).unwrap();
        assert!(!shown.contains("key =") && !shown.contains(&secret), "{shown}");
    }
}

/// What Rust joins, it joins in a source of Rust alone.
#[test]
fn literals_are_those_of_a_source() {
    let text = format!("concat!(\"{}\", \"{}\")", &token(1)[..20], &token(1)[20..]);
    let found = |path: &str| scan().bytes(path, text.as_bytes()).findings().len();
    assert_eq!((found("a.rs"), found("a.rsx")), (1, 0));
}

fn nested(text: &str, depth: usize) -> String {
    (0..depth).fold(text.to_owned(), |text, _| STANDARD.encode(text))
}

fn is_told(text: &str) -> bool {
    let report = scan().bytes("a.txt", text.as_bytes());
    let whys: Vec<Why> = report.skipped().iter().map(|skipped| skipped.why).collect();
    assert!(whys.is_empty() || whys == [Why::Undecoded], "{whys:?}");
    !whys.is_empty()
}

#[test]
fn what_is_too_deep_is_told() {
    let text = format!("the token is here: {} and more", token(1));
    for depth in 1..=4 {
        let report = scan().bytes("a.txt", nested(&text, depth).as_bytes());
        assert_eq!((report.findings().len(), report.skipped().len()), (1, 0), "{depth}");
    }
    assert!(is_told(&nested("a text that nobody reads, and that is long enough", 6)));
}

#[test]
fn what_is_too_much_is_told() {
    let mut zeros = GzEncoder::new(Vec::new(), Compression::default());
    zeros.write_all(&vec![0; 12 << 20]).unwrap();
    let blob = STANDARD.encode(zeros.finish().unwrap());
    let text = |blobs: usize| format!("{blob}\n\nx y z\n").repeat(blobs);
    assert!(!is_told(&text(2)));
    assert!(is_told(&text(3)));
    // Another file is another file.
    let scanner = scan();
    assert_eq!(scanner.bytes("a.txt", text(3).as_bytes()).skipped().len(), 1);
    assert_eq!(scanner.bytes("b.txt", b"nothing").skipped().len(), 0);
}

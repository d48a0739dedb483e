//! One token in each hiding place that the crate's documentation names.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    reason = "tests; support has more than these need"
)]

mod support;

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use support::{github, scan, token};

/// A hiding place: what it is, the file's name, and how the token is written.
type Place = (&'static str, &'static str, fn(&str) -> Vec<u8>);

const PLACES: &[Place] = &[
    ("as it is", "a.txt", |t| t.into()),
    ("base64, offset 0", "a.txt", |t| STANDARD.encode(t).into()),
    ("base64, offset 1", "a.txt", |t| STANDARD.encode(format!("\n{t}")).into()),
    ("base64, offset 2", "a.txt", |t| STANDARD.encode(format!(": {t}")).into()),
    ("base64 behind bytes that are no text, offset 0", "a.txt", |t| behind_binary(t, 2)),
    ("base64 behind bytes that are no text, offset 1", "a.txt", |t| behind_binary(t, 3)),
    ("base64 behind bytes that are no text, offset 2", "a.txt", |t| behind_binary(t, 4)),
    ("base64, the other alphabet", "a.txt", |t| {
        URL_SAFE_NO_PAD.encode(format!("~~~???>>> {t} ~~~???")).into()
    }),
    ("base64, wrapped", "a.txt", |t| {
        wrapped(&STANDARD.encode(format!("{}{t}{}", "- ".repeat(30), " -".repeat(60))), "\n").into()
    }),
    ("base64, wrapped and indented", "a.yml", |t| {
        format!(
            "data: |\n  {}\n",
            wrapped(&STANDARD.encode(format!("{} {t}\n", "- ".repeat(30))), "\n  ")
        )
        .into()
    }),
    ("base64, wrapped as a sum of strings", "a.js", |t| {
        format!(
            "x = \"{}\";",
            wrapped(&STANDARD.encode(format!("{} {t}\n", "- ".repeat(30))), "\" +\n  \"")
        )
        .into()
    }),
    ("base64 in base64", "a.txt", |t| STANDARD.encode(STANDARD.encode(format!("t: {t}\n"))).into()),
    ("hexadecimal digits", "a.txt", |t| each(t, |b| format!("{b:02x}")).into()),
    ("hexadecimal digits, upper case", "a.txt", |t| each(t, |b| format!("{b:02X}")).into()),
    ("percent-encoding of some", "a.txt", |t| {
        format!("https://h/?t={}&x=1", t.replace('_', "%5F")).into()
    }),
    ("percent-encoding of all", "a.txt", |t| each(t, |b| format!("%{b:02x}")).into()),
    ("escapes of JSON", "a.json", |t| {
        format!("{{\"t\": \"{}\"}}", each(t, |b| format!("\\u{b:04x}"))).into()
    }),
    ("JSON in JSON", "a.json", |t| format!("{{\"t\": \"{{\\\"t\\\":\\\"{t}\\\"}}\"}}").into()),
    ("references of HTML", "a.html", |t| each(t, |b| format!("&#{b};")).into()),
    ("UTF-16, little endian", "a.txt", |t| utf16(t, u16::to_le_bytes)),
    ("UTF-16, big endian", "a.txt", |t| utf16(t, u16::to_be_bytes)),
    ("UTF-16, with a mark", "a.txt", |t| utf16(&format!("\u{feff}{t}"), u16::to_le_bytes)),
    ("gzip", "a.gz", |t| gzip(t)),
    ("gzip in base64", "a.txt", |t| STANDARD.encode(gzip(t)).into()),
    ("concat!", "a.rs", |t| {
        format!("const T: &str = concat!(\"{}\", \"{}\");", &t[..9], &t[9..]).into()
    }),
    ("a sum", "a.rs", |t| format!("let t = \"{}\".to_owned() + \"{}\";", &t[..9], &t[9..]).into()),
    ("line continuation", "a.rs", |t| {
        format!("let t = \"{}\\\n    {}\";", &t[..9], &t[9..]).into()
    }),
    ("escapes of Rust", "a.rs", |t| {
        format!("let t = \"{}\";", each(t, |b| format!("\\x{b:02x}"))).into()
    }),
    ("Unicode escapes of Rust", "a.rs", |t| {
        format!("let t = \"{}\";", each(t, |b| format!("\\u{{{b:x}}}"))).into()
    }),
    ("a byte string", "a.rs", |t| {
        format!("let t = b\"{}\";", each(t, |b| format!("\\x{b:02x}"))).into()
    }),
    ("a byte array", "a.rs", |t| format!("let t = {:?};", t.as_bytes()).into()),
    ("a byte array in hexadecimal", "a.rs", |t| {
        format!("let t = [{}];", each(t, |b| format!("0x{b:02x}, "))).into()
    }),
    ("an array of characters", "a.rs", |t| {
        format!("let t = [{}];", each(t, |b| format!("'{}', ", char::from(b)))).into()
    }),
];

/// Tokens that are certain: ours, and such of issuers with a checksum.
#[test]
fn a_certain_token_is_found_in_each() {
    let scanner = scan();
    let mut missed = Vec::new();
    for (seed, (what, path, write)) in (1..).zip(PLACES) {
        for (code, token) in [("own-token", token(seed)), ("github-token", github(seed))] {
            let report = scanner.bytes(path, &write(&token));
            let mut codes: Vec<&str> =
                report.findings().iter().map(token_scan::Finding::code).collect();
            // What gzip stores as it is can be seen in its base64 too.
            codes.dedup();
            if codes != [code] {
                missed.push(format!("{code} in {what}: {codes:?}"));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

/// And with one character changed in none of them.
#[test]
fn a_wrong_checksum_is_found_in_none() {
    let scanner = scan();
    let mut wrong = Vec::new();
    for (seed, (what, path, write)) in (1..).zip(PLACES) {
        for token in [token(seed), github(seed)] {
            let changed = if token.as_bytes()[22] == b'7' { "8" } else { "7" };
            let token = format!("{}{changed}{}", &token[..22], &token[23..]);
            if !scanner.bytes(path, &write(&token)).findings().is_empty() {
                wrong.push(*what);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn each(token: &str, form: fn(u8) -> String) -> String {
    token.bytes().map(form).collect()
}

fn behind_binary(token: &str, bytes: usize) -> Vec<u8> {
    let head = [0x81, 0xfe, 0x00, 0xc3, 0x9f];
    STANDARD.encode([&head[..bytes], b"\0", token.as_bytes(), b"\0\xff"].concat()).into()
}

fn wrapped(digits: &str, between: &str) -> String {
    let lines = digits.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap());
    lines.collect::<Vec<_>>().join(between)
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    format!("{text}\r\n").encode_utf16().flat_map(bytes).collect()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap()
}

//! The scanner: no panic, whatever it reads; no output has 8 bytes of a token; and a token that stands in a text is found.
//!
//! The first byte of the input says what sort of file the rest is. In the rest a `$` stands for a token of token-core's
//! format, written as the byte after it says.
#![no_main]

use std::{fmt, sync::LazyLock};

use libfuzzer_sys::fuzz_target;
use token_policy::{format, report};
use token_scan::{Report, Scan, Scanner};

fuzz_target!(|input: &[u8]| {
    let Some((sort, input)) = input.split_first() else { return };
    // libFuzzer learns the token from comparisons, and could put a part of it where the output shows it.
    if repeats_token(input) {
        return;
    }
    let path = ["a.rs", "a.txt", ".env", "a.json"][usize::from(sort % 4)];
    let (text, raw) = with_tokens(input);
    let report = ALL.bytes(path, &text);
    let shown = shown(&report);
    assert!(!repeats_token(shown.as_bytes()), "part of a token is in: {shown}");
    // UTF-16 and gzip are decoded, so a plain token between their bytes is not found.
    if raw && !is_encoded(&text) {
        assert!(OWN.bytes(path, &text).has_denied(), "a token was not found");
        assert!(report.has_denied(), "a token was not found beside the rules");
    }
});

/// Everything that can be shown of a report.
fn shown(report: &Report) -> String {
    let mut shown = format!("{:?}{:?}{report:?}", report.findings(), report.entries());
    for write in [report::text, report::json, sarif] {
        write(report.findings(), &mut shown).expect("a string takes all");
    }
    report::json_notices(&report.notices(), &mut shown).expect("a string takes all");
    shown
}

fn sarif(findings: &[report::Finding], out: &mut dyn fmt::Write) -> fmt::Result {
    let tool = report::Tool { name: "scan", version: "0", uri: "https://example.com", category: "scan", about: "x", rules: &[] };
    report::sarif(&tool, findings, &[], out)
}

/// Replaces every `$` of the input by a token. Also returns whether one of them is plain, with spaces around it.
fn with_tokens(input: &[u8]) -> (Vec<u8>, bool) {
    let (mut text, mut raw) = (Vec::new(), false);
    let mut rest = input.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'$' => {
                let how = rest.next().copied().unwrap_or_default() % 5;
                raw |= how == 0;
                write_as(how, &mut text);
            }
            byte => text.push(*byte),
        }
    }
    (text, raw)
}

fn write_as(how: u8, text: &mut Vec<u8>) {
    let each = |form: fn(u8) -> String| TOKEN.bytes().map(form).collect::<String>();
    match how {
        0 => text.extend([b" ", TOKEN.as_bytes(), b" "].concat()),
        1 => text.extend(each(|byte| format!("{byte:02x}")).bytes()),
        2 => text.extend(each(|byte| format!("%{byte:02X}")).bytes()),
        3 => text.extend(TOKEN.bytes().flat_map(|byte| [byte, 0])),
        _ => text.extend(format!("concat!(\"{}\", \"{}\")", &TOKEN[..20], &TOKEN[20..]).bytes()),
    }
}

fn is_encoded(text: &[u8]) -> bool {
    let zeros = text.iter().take(256).any(|byte| *byte == 0);
    zeros
        || [&b"\xff\xfe"[..], b"\xfe\xff", b"\x1f\x8b\x08"]
            .iter()
            .any(|mark| text.starts_with(mark))
}

fn repeats_token(text: &[u8]) -> bool {
    // The prefix is no secret.
    let secret = TOKEN.as_bytes().get(12..).unwrap_or_default();
    secret.windows(8).any(|part| text.windows(8).any(|window| window == part))
}

static ALL: LazyLock<Scanner> = LazyLock::new(|| scanner(Scan::new()));
static OWN: LazyLock<Scanner> = LazyLock::new(|| scanner(Scan::bare()));

fn scanner(scan: Scan) -> Scanner {
    scan.prefix(prefix()).build().expect("rules that are right")
}

fn prefix() -> format::Prefix {
    format::Prefix::parse("acme_deploy").expect("a prefix")
}

static TOKEN: LazyLock<String> = LazyLock::new(|| {
    let mut token = vec![0; prefix().token_bytes()];
    let entropy: Vec<u8> = (0_u32..64).map(|number| (number * 37 % 248) as u8).collect();
    format::compose(&prefix(), &entropy, &mut token).expect("enough entropy");
    String::from_utf8(token).expect("ASCII")
});

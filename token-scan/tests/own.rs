//! A token of our own format is found wherever it hides, and nothing that only looks like one.

#![allow(
    clippy::indexing_slicing,
    clippy::redundant_closure_for_method_calls,
    clippy::unwrap_used,
    reason = "tests"
)]

mod support;

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use support::{PREFIX, rust_scan, scan, token};
use token_policy::format::Form;
use token_scan::{Level, Scan, TOKEN_ID};

/// Scans a text, and expects just the one token of ours.
#[track_caller]
fn found(name: &str, text: impl AsRef<[u8]>) {
    let report = scan().bytes(name, text.as_ref());
    let codes: Vec<&str> = report.findings().iter().map(|finding| finding.code()).collect();
    assert!(codes.contains(&"own-token"), "{codes:?}");
    assert!(report.has_denied());
}

#[test]
fn raw() {
    found("a.txt", format!("TOKEN={}", token(1)));
    found("a.txt", token(2));
    found("a.json", format!("{{\"a\":\"line\\n{}\"}}", token(3)));
}

#[test]
fn base64_at_three_offsets_in_both_alphabets_and_over_lines() {
    for before in 0..3 {
        let plain = format!("{}{}??>>", &"~~~"[..before], token(4));
        found("a.txt", STANDARD.encode(&plain));
        found("a.txt", URL_SAFE_NO_PAD.encode(&plain));
    }
    for before in (0..40).step_by(3) {
        let plain = format!("{}{}{}", "\u{7f}".repeat(before), token(5), "~".repeat(90));
        let encoded = STANDARD.encode(&plain);
        for width in [60, 64, 76] {
            for ends in ["\n", "\r\n", "\n    ", "\\n", "\\\n", "\" +\n  \""] {
                let lines: Vec<&str> = encoded
                    .as_bytes()
                    .chunks(width)
                    .map(|l| std::str::from_utf8(l).unwrap())
                    .collect();
                found("a.txt", format!("x: \"{}\"\n", lines.join(ends)));
            }
        }
    }
}

#[test]
fn hexadecimal_digits_of_either_case() {
    let lower: String = token(6).bytes().map(|byte| format!("{byte:02x}")).collect();
    found("a.txt", &lower);
    found("a.txt", lower.to_uppercase());
    found("a.txt", format!("00ff{lower}00"));
}

#[test]
fn percent_and_other_escapes() {
    let token = token(7);
    found("a.txt", format!("https://h/?t={}", token.replace('_', "%5F")));
    let all = |escape: fn(u8) -> String| token.bytes().map(escape).collect::<String>();
    found("a.txt", all(|byte| format!("%{byte:02x}")));
    found("a.json", format!("\"{}\"", all(|byte| format!("\\u{byte:04x}"))));
    found("a.js", format!("'{}'", all(|byte| format!("\\x{byte:02X}"))));
    found("a.html", all(|byte| format!("&#{byte};")));
    found("a.html", all(|byte| format!("&#x{byte:x};")));
}

#[test]
fn utf_16_with_and_without_a_mark() {
    let text = format!("key = {}\r\n", token(8));
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    found("a.txt", &little);
    found("a.txt", &big);
    found("a.txt", [b"\xff\xfe".as_slice(), &little].concat());
    found("a.txt", [b"\xfe\xff".as_slice(), &big].concat());
    found("a.bin", [b"\0\0\x01".as_slice(), &little].concat());
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

#[test]
fn gzip_by_itself_in_base64_and_with_base64_inside() {
    found("a.gz", gzip(token(9).as_bytes()));
    found("a.txt", STANDARD.encode(gzip(token(9).as_bytes())));
    let inner = STANDARD.encode(format!("{{\"a\": \"{}\"}}", token(9)));
    found("a.txt", STANDARD.encode(gzip(format!("data: {inner}").as_bytes())));
}

#[test]
fn a_gzip_bomb_ends() {
    let bomb = gzip(&vec![b'A'; 80 << 20]);
    assert!(scan().bytes("bomb.gz", &bomb).findings().is_empty());
}

#[test]
fn rust_literals_as_the_compiler_reads_them() {
    let token = token(10);
    let (a, b) = token.split_at(17);
    let (b, c) = b.split_at(9);
    let bytes: Vec<String> = token.bytes().map(|byte| format!("b'{}'", char::from(byte))).collect();
    let numbers: Vec<String> = token.bytes().map(|byte| byte.to_string()).collect();
    let hex: Vec<String> = token.bytes().map(|byte| format!("{byte:#04x}u8")).collect();
    let chars: Vec<String> = token.chars().map(|c| format!("'{c}'")).collect();
    let escaped: String = token.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
    let unicode: String = token.chars().map(|c| format!("\\u{{{:x}}}", u32::from(c))).collect();
    for source in [
        format!("const T: &str = concat!(\"{a}\", \"{b}\", \"{c}\");"),
        format!("const T: &str = concat!(\"{a}\", concat!(\"{b}\", /* x */ \"{c}\"),\n);"),
        format!("let t = \"{a}\".to_string() + \"{b}\" + // and\n \"{c}\";"),
        format!("let t = String::from(\"{a}\") + &String::from(\"{b}{c}\");"),
        format!("let t = \"{a}\\\n       {b}\\\n\t{c}\";"),
        format!("let t = \"{escaped}\";"),
        format!("let t = b\"{escaped}\";"),
        format!("let t = c\"{escaped}\";"),
        format!("let t = \"{unicode}\";"),
        format!("let t = \"{a}\\x{:02x}{}\";", b.as_bytes()[0], &format!("{b}{c}")[1..]),
        format!("let t = [{}];", bytes.join(", ")),
        format!("let t = [{}];", numbers.join(", ")),
        format!("let t: &[u8] = &[\n    {},\n];", hex.join(",\n    ")),
        format!("let t = ['x', {}];", chars.join(",")),
        format!("let t = r#\"{token}\"#;"),
        format!("let t = concat!(\"{}\", {}, \"{}\");", &token[..20], 'Q', "")
            .replace(", Q, \"\"", &format!(", '{}', \"{}\"", &token[20..21], &token[21..])),
    ] {
        let report = rust_scan(&source);
        let codes: Vec<&str> = report.findings().iter().map(|finding| finding.code()).collect();
        assert_eq!(codes, ["own-token"], "{source}");
    }
}

#[test]
fn base64_inside_of_joined_literals() {
    let encoded = STANDARD.encode(token(11));
    let (a, b) = encoded.split_at(30);
    found("a.rs", format!("const T: &str = concat!(\"{a}\", \"{b}\");"));
}

#[test]
fn arguments_are_not_joined() {
    let token = token(12);
    let (a, b) = token.split_at(20);
    for source in [
        format!("f(\"{a}\", \"{b}\");"),
        format!("let a = \"{a}\"; let b = \"{b}\";"),
        format!("[\"{a}\", \"{b}\"]"),
    ] {
        assert!(rust_scan(&source).findings().is_empty(), "{source}");
    }
}

/// A token is found wherever a border of a buffer, run or window could be.
#[test]
fn at_every_place_of_a_long_line() {
    let token = token(13);
    let encoded = STANDARD.encode(&token);
    let hex = Form::HexLower;
    let hex_text: String = token.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex.encoded_bytes(&PREFIX.parse().unwrap()), hex_text.len());
    let scanner = Scan::bare().prefix(PREFIX.parse().unwrap()).build().unwrap();
    for at in (0..100).chain(8180..8195).chain(65_530..65_540) {
        let filler = "ab ".repeat(at / 3 + 1);
        for form in [&token, &encoded, &hex_text] {
            let text = format!("{} {form}", &filler[..at]);
            let report = scanner.bytes("a.txt", text.as_bytes());
            let place = report.findings()[0].place().unwrap().clone();
            assert_eq!((place.line(), place.column()), (1, u32::try_from(at).unwrap() + 2), "{at}");
        }
    }
}

#[test]
fn several_in_one_line() {
    let tokens: Vec<String> = (20..40).map(token).collect();
    let report = scan().bytes("a.txt", tokens.join(",").as_bytes());
    assert_eq!(report.findings().len(), 20);
}

/// However many there are, and in one line, the work grows with the file and no faster.
#[test]
fn thousands_in_one_line() {
    let tokens: Vec<String> = (0..20_000).map(token).collect();
    let scanner = Scan::bare().prefix(PREFIX.parse().unwrap()).build().unwrap();
    let started = std::time::Instant::now();
    assert_eq!(scanner.bytes("a.txt", tokens.join(" ").as_bytes()).findings().len(), 20_000);
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn kind_and_owner_are_told() {
    let policy = support::policy();
    let report = Scan::new().policy(&policy).build().unwrap().bytes("a.txt", token(1).as_bytes());
    let finding = &report.findings()[0];
    assert_eq!(finding.level(), Level::Deny);
    let facts: Vec<(&str, &str)> = finding.facts().collect();
    assert!(
        facts.contains(&("kind", "deploy")) && facts.contains(&("owner", "platform-team")),
        "{facts:?}"
    );
}

/// As `TokenId::of` in token-core.
fn id(token: &str) -> [u8; 16] {
    let mut hash = hmac_sha256::Hash::new();
    hash.update(b"token-core/id/v1\0");
    hash.update(token);
    *hash.finalize().first_chunk::<16>().unwrap()
}

/// Whoever can write a file must not be able to have somebody else's token revoked: an id comes from all bytes of a token alone.
#[test]
fn only_a_whole_token_has_an_id() {
    let secret = token(1);
    let digits: String = id(&secret).iter().map(|byte| format!("{byte:02x}")).collect();
    let ids = |scanner: &token_scan::Scanner, text: &str| -> Vec<String> {
        let report = scanner.bytes("a.txt", text.as_bytes());
        let facts = report.findings().iter().flat_map(|finding| finding.facts());
        facts.filter(|(name, _)| *name == TOKEN_ID).map(|(_, id)| id.to_owned()).collect()
    };
    let scanner = scan();
    for text in
        [secret.clone(), STANDARD.encode(format!("login: {secret} \n")), format!("a{secret}9")]
    {
        assert_eq!(ids(&scanner, &text), [digits.as_str()], "{text}");
    }
    let in_name = scanner.bytes(&format!("dir/{secret}.txt"), b"nothing");
    assert!(in_name.findings()[0].facts().any(|fact| fact == (TOKEN_ID, digits.as_str())));

    let last = secret.as_bytes()[secret.len() - 1];
    let other = if last == b'0' { '1' } else { '0' };
    for text in [
        digits.clone(),
        format!("{}{other}", &secret[..secret.len() - 1]),
        secret[..secret.len() - 1].to_owned(),
        format!("id = \"{digits}\" token = \"{}\"", &secret[8..]),
        support::github(1),
        format!("password = \"{}\"", &secret[20..44]),
    ] {
        assert_eq!(ids(&scanner, &text), Vec::<String>::new(), "{text}");
    }
    // A rule that calls itself as we do finds something else.
    let named = "[[rules]]\nid = \"own-token\"\nregex = \"id=[0-9a-f]{32}\"\n";
    let scanner = Scan::new().rules_file(named).unwrap().build().unwrap();
    let text = format!("id={digits}");
    assert_eq!(scanner.bytes("a.txt", text.as_bytes()).findings()[0].code(), "own-token");
    assert_eq!(ids(&scanner, &text), Vec::<String>::new());
    // A known token of another form is somebody else's; one of ours is ours.
    let foreign = ["Zx81", "spectrum", "QL48"].join("-");
    let scanner = Scan::bare().known(id(&foreign)).known(id(&secret)).build().unwrap();
    assert_eq!(ids(&scanner, &foreign), Vec::<String>::new());
    assert_eq!(ids(&scanner, &secret), [digits.as_str()]);
}

#[test]
fn a_known_token_is_found_by_its_id() {
    let secret = ["Zx81", "spectrum", "QL48"].join("-");
    let id = id(&secret);
    let scanner = Scan::bare().known(id).build().unwrap();
    for text in [
        secret.clone(),
        format!("x = \"{secret}\";"),
        STANDARD.encode(format!("login: {secret} \n")),
    ] {
        let report = scanner.bytes("a.txt", text.as_bytes());
        assert_eq!(report.findings()[0].code(), "known-token", "{text}");
    }
    assert!(scanner.bytes("a.txt", b"Zx81-spectrum-QL49").findings().is_empty());
}

/// Ten million texts with our prefix, the right length and alphabet, and another checksum.
#[test]
fn ten_million_lookalikes_are_no_finding() {
    let scanner = Scan::new().prefix(PREFIX.parse().unwrap()).decode(false).build().unwrap();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut buffer = Vec::new();
    let count = if cfg!(debug_assertions) { 1_000_000 } else { 10_000_000 };
    let mut wrong = 0;
    for done in 1..=count {
        buffer.extend_from_slice(PREFIX.as_bytes());
        buffer.push(b'_');
        for _ in 0..6 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let mut bits = state;
            for _ in 0..6 {
                buffer.push(support::DIGITS[usize::try_from(bits % 62).unwrap()]);
                bits /= 62;
            }
        }
        buffer.push(b'\n');
        if done % 100_000 == 0 {
            let report = scanner.bytes("a.txt", &buffer);
            wrong += report.findings().len();
            buffer.clear();
        }
    }
    // By chance one in 2^32 has the right one; with this seed none has.
    assert_eq!(wrong, 0);
}

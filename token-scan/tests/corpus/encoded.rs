//! Tokens in another encoding, and in literals of Rust.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::Sample;
use crate::random::Random;

/// Tokens whose prefix makes them known wherever they stand.
const TOKENS: &[&str] = &[
    "ghp_{b30}{crc}",
    "AKIA{T16}",
    "xoxb-{d12}-{d13}-{b24}",
    "sk_live_{b24}",
    "glpat-{u20}",
    "SG.{u22}.{u43}",
    "npm_{b30}{crc}",
    "dop_v1_{h64}",
    "AIza{u35}",
    "sk-ant-api03-{u93}AA",
];

type Way = (&'static str, fn(&str) -> Vec<u8>);

/// How a token is hidden.
const WAYS: &[Way] = &[
    ("base64.yml", |token| format!("token: {}\n", STANDARD.encode(token)).into()),
    ("base64-of-line.yml", |token| {
        format!("data: {}\n", STANDARD.encode(format!("TOKEN={token}\n"))).into()
    }),
    ("base64-offset-1.txt", |token| format!("{}\n", STANDARD.encode(format!("a{token}"))).into()),
    ("base64-offset-2.txt", |token| format!("{}\n", STANDARD.encode(format!("ab{token}"))).into()),
    ("base64-of-basic.http", |token| {
        format!("Authorization: Basic {}\n", STANDARD.encode(format!("ci:{token}"))).into()
    }),
    ("base64-after-binary.txt", |token| {
        format!(
            "{}\n",
            STANDARD.encode([&[0x80, 1, 0xff, 0xfe, 0, 9][..], b" ", token.as_bytes()].concat())
        )
        .into()
    }),
    ("base64-url-safe.txt", |token| {
        format!("x={}\n", URL_SAFE_NO_PAD.encode(format!("?>{token}?"))).into()
    }),
    ("base64-wrapped.txt", |token| {
        let encoded = STANDARD.encode(format!(
            "{{\"user\": \"ci\", \"note\": \"a long line before it\", \"token\": \"{token}\"}}"
        ));
        lines(&encoded, 64).into()
    }),
    ("docker-config.json", |token| {
        format!(
            "{{\"auths\": {{\"r.io\": {{\"auth\": \"{}\"}}}}}}",
            STANDARD.encode(format!("ci:{token}"))
        )
        .into()
    }),
    ("base64-twice.txt", |token| STANDARD.encode(STANDARD.encode(format!("token={token}"))).into()),
    ("hex.txt", |token| format!("{}\n", hex(token)).into()),
    ("hex-upper.txt", |token| format!("{}\n", hex(token).to_uppercase()).into()),
    ("percent-all.txt", |token| {
        token.bytes().map(|b| format!("%{b:02X}")).collect::<String>().into()
    }),
    ("percent-some.txt", |token| {
        format!(
            "https://h.io/?t={}&n=1\n",
            token.replace('_', "%5F").replace('-', "%2D").replace('.', "%2E")
        )
        .into()
    }),
    ("json-unicode.json", |token| {
        format!(
            "{{\"t\": \"{}\"}}",
            token.bytes().map(|b| format!("\\u{b:04x}")).collect::<String>()
        )
        .into()
    }),
    ("utf16le.txt", |token| {
        format!("key = {token}\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect()
    }),
    ("utf16be-bom.txt", |token| {
        format!("\u{feff}key = {token}\r\n").encode_utf16().flat_map(u16::to_be_bytes).collect()
    }),
    ("a.gz", |token| gzip(format!("token={token}\n").as_bytes())),
    ("gzip-base64.txt", |token| {
        STANDARD.encode(gzip(format!("{{\"token\": \"{token}\"}}").as_bytes())).into()
    }),
    ("concat.rs", |token| {
        format!("const T: &str = concat!(\"{}\", \"{}\");\n", &token[..9], &token[9..]).into()
    }),
    ("sum.rs", |token| {
        format!("let t = \"{}\".to_owned() + \"{}\";\n", &token[..9], &token[9..]).into()
    }),
    ("continued.rs", |token| {
        format!("let t = \"{}\\\n         {}\";\n", &token[..9], &token[9..]).into()
    }),
    ("escaped.rs", |token| {
        format!(
            "let t = \"{}\";\n",
            token.bytes().map(|b| format!("\\x{b:02x}")).collect::<String>()
        )
        .into()
    }),
    ("unicode.rs", |token| {
        format!(
            "let t = \"{}\";\n",
            token.bytes().map(|b| format!("\\u{{{b:x}}}")).collect::<String>()
        )
        .into()
    }),
    ("bytes.rs", |token| format!("let t = {:?};\n", token.as_bytes()).into()),
    ("hex-bytes.rs", |token| {
        format!("let t = [{}];\n", list(token, |b| format!("0x{b:02x}"))).into()
    }),
    ("quoted-bytes.rs", |token| {
        format!("let t = [{}];\n", list(token, |b| format!("b'{}'", char::from(b)))).into()
    }),
    ("byte-string.rs", |token| format!("let t = b\"{token}\";\n").into()),
    ("raw.rs", |token| format!("let t = br#\"{token}\"#;\n").into()),
    ("doc.rs", |token| format!("/// Use {token} here.\nfn f() {{}}\n").into()),
];

pub(crate) fn samples(seed: u64) -> Vec<Sample> {
    let mut random = Random::new(seed);
    let mut samples = Vec::new();
    for (path, write) in WAYS {
        for form in TOKENS {
            // What is not certain is not looked for in bytes that are no text.
            if path.contains("binary") && !form.ends_with("{crc}") {
                continue;
            }
            let token = random.fill(form);
            samples.push(Sample::whole("an encoded token", path, write(&token)));
        }
    }
    samples
}

fn hex(token: &str) -> String {
    token.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn list(token: &str, item: fn(u8) -> String) -> String {
    token.bytes().map(item).collect::<Vec<_>>().join(", ")
}

fn lines(text: &str, width: usize) -> String {
    let lines: Vec<&str> =
        text.as_bytes().chunks(width).map(|l| std::str::from_utf8(l).unwrap()).collect();
    lines.join("\n") + "\n"
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

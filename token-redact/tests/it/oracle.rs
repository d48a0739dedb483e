//! What is masked, beside a reading of each place of a text by itself.

use std::io::Write;

use proptest::{collection::vec, prelude::*, sample::select};
use token_policy::format;
use token_redact::{Prefix, Redaction};

use crate::support::{KIND, label, own};

/// Some that begin like an escape does behind its mark.
const PREFIXES: [&str; 4] = ["acme_deploy", "xacme_deploy", "6acme_deploy", "u0061_deploy"];

/// The character that stands at a place, and in how many bytes.
fn character(text: &[u8], mark: &str) -> Option<(u8, usize)> {
    let len = mark.len();
    match text.strip_prefix(mark.as_bytes()).and_then(|rest| rest.first_chunk::<2>()) {
        Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => {
            let digits = std::str::from_utf8(digits).unwrap();
            Some((u8::from_str_radix(digits, 16).unwrap(), len + 2))
        }
        _ => Some((*text.first()?, 1)),
    }
}

/// The token at the beginning of a text, and in how many bytes.
fn token(text: &[u8], prefix: &str, mark: &str) -> Option<(String, usize)> {
    let (mut token, mut at) = (Vec::new(), 0);
    while token.len() < Prefix::parse(prefix).unwrap().token_bytes() {
        let (byte, len) = character(&text[at..], mark)?;
        token.push(byte);
        at += len;
    }
    let parts = format::check(&token).ok()?;
    (parts.prefix().strip_suffix('_') == Some(prefix)).then_some(())?;
    Some((String::from_utf8(token).unwrap(), at))
}

/// The text with each token replaced, and those that overlap as one. The mark of an escape for a token's first character
/// stays.
fn masked(text: &[u8]) -> Vec<u8> {
    let mut found: Vec<(usize, usize, String)> = Vec::new();
    for at in 0..text.len() {
        for (prefix, mark) in
            PREFIXES.iter().flat_map(|prefix| ["%", "\\u00"].map(|mark| (prefix, mark)))
        {
            if let Some((token, len)) = token(&text[at..], prefix, mark) {
                let start = at + usize::from(b"%\\".contains(&text[at]));
                found.push((start, at + len, token));
            }
        }
    }
    found.sort_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
    let (mut out, mut done) = (Vec::new(), 0);
    for (start, end, token) in found {
        if start >= done {
            out.extend_from_slice(&text[done..start]);
            out.extend_from_slice(label(KIND, &token).as_bytes());
        }
        done = done.max(end);
    }
    out.extend_from_slice(&text[done..]);
    out
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    let part = select(vec![
        "%",
        "%6",
        "%6a",
        "%61",
        "%5F",
        "\\",
        "\\u",
        "\\u00",
        "\\u006",
        "\\u0061",
        "\\u005f",
        "a",
        "acme",
        "_",
        "acme_deploy_",
        "6",
        "u0061",
        "x",
        " ",
        "%zz",
        "\\\\",
        "\\n",
    ]);
    let token = (select(PREFIXES.to_vec()), 1_u8..60, vec(0_u8..6, 50), any::<bool>());
    let token = token.prop_map(|(prefix, seed, how, percent)| {
        let token = own(prefix, &[seed; 64]);
        let spell = |(character, how): (char, &u8)| match (how, percent) {
            (0, true) => format!("%{:02x}", u32::from(character)),
            (0, false) => format!("\\u00{:02X}", u32::from(character)),
            _ => String::from(character),
        };
        token.chars().zip(&how).map(spell).collect::<String>().into_bytes()
    });
    prop_oneof![2 => part.prop_map(|part| part.as_bytes().to_vec()), 1 => token]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn escapes_are_read_from_wherever_one_begins(
        pieces in vec(piece(), 1..14),
        size in 1..60_usize,
    ) {
        let redaction = Redaction::new(PREFIXES.map(|text| (KIND, Prefix::parse(text).unwrap())));
        let text = pieces.concat();
        let expected = masked(&text);
        prop_assert_eq!(redaction.redact(&text), expected.clone());
        let mut writer = redaction.writer(Vec::new());
        text.chunks(size).try_for_each(|piece| writer.write_all(piece)).unwrap();
        writer.finish().unwrap();
        prop_assert_eq!(writer.get_ref(), &expected);
    }
}

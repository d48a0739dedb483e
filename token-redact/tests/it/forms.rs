//! Tokens in every form in which they may be written.

use std::io::Write;

use base64::prelude::*;
use proptest::prelude::*;
use test_support::forms::{FORMS, encode, leaks_form};
use token_redact::{Prefix, Redaction};

use crate::support::{KIND, entropy, label, leaks, own, redact, redaction, register, value};

/// Of each character: as it is, or as an escape with digits of either case.
fn spelt(token: &str, how: &[u8], percent: bool) -> String {
    let mark = if percent { "%" } else { "\\u00" };
    let spell = |(character, how): (char, &u8)| match how {
        0 | 1 => String::from(character),
        2 => format!("{mark}{:02x}", u32::from(character)),
        _ => format!("{mark}{:02X}", u32::from(character)),
    };
    token.chars().zip(how).map(spell).collect()
}

proptest! {
    #[test]
    fn own_tokens_are_masked_in_every_form(entropy in entropy(), form in 0..FORMS) {
        let (redaction, token) = (redaction(), own("acme_deploy", &entropy));
        let written = encode(form, &token);
        let text = [b"before ".as_slice(), &written, b"\nafter"].concat();
        let masked = redaction.redact(&text);
        prop_assert_eq!(redaction.count(), 1);
        prop_assert!(!leaks(&masked, &token) && !leaks_form(&masked, &written));
        prop_assert!(masked.starts_with(b"before ") && masked.ends_with(b"\nafter"));
    }

    /// No encoder has to write a token so, but a reader understands it.
    #[test]
    fn own_tokens_are_masked_whichever_characters_are_escapes(
        entropy in entropy(),
        how in proptest::collection::vec(0_u8..4, 48),
        percent in any::<bool>(),
        size in 1..20_usize,
    ) {
        let (redaction, token) = (redaction(), own("acme_deploy", &entropy));
        let written = spelt(&token, &how, percent);
        let text = format!("before acme_{written}\nafter");
        let masked = redact(&redaction, &text);
        let mark = written.strip_suffix(written.trim_start_matches(['%', '\\'])).unwrap();
        prop_assert_eq!(&masked, &format!("before acme_{mark}{}\nafter", label(KIND, &token)));

        let mut writer = redaction.writer(Vec::new());
        text.as_bytes().chunks(size).try_for_each(|piece| writer.write_all(piece)).unwrap();
        writer.finish().unwrap();
        prop_assert_eq!(writer.get_ref(), masked.as_bytes());
    }

    #[test]
    fn registered_values_are_masked_in_every_form(value in value(), form in 0..FORMS) {
        let redaction = redaction();
        let _registered = register(&redaction, "github-ci", &value);
        let written = encode(form, &value);
        let text = [b"before ".as_slice(), &written, b"\nafter"].concat();
        let masked = redaction.redact(&text);
        prop_assert!(redaction.count() >= 1, "{}", form);
        prop_assert!(!leaks(&masked, &value) && !leaks_form(&masked, &written));
        prop_assert!(masked.starts_with(b"before ") && masked.ends_with(b"\nafter"));
    }

    #[test]
    fn a_mistyped_token_stays(entropy in entropy(), at in 0_usize..48, other in 0_usize..62) {
        let other = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[other];
        let mut token = own("acme_deploy", &entropy).into_bytes();
        prop_assume!(token[at] != other);
        token[at] = other;
        prop_assert_eq!(redaction().redact(&token), token);
    }
}

/// Of the prefix and of what follows, in each place at which a text may be cut.
#[test]
fn own_tokens_in_hexadecimal_digits_of_mixed_case_are_masked() {
    // The first has no letter in its first digits, the last only letters in every second one.
    for prefix in ["ap0q_deploy", "acme_deploy", "jklmno_jklmno"] {
        let redaction = Redaction::new([(KIND, Prefix::parse(prefix).unwrap())]);
        for seed in 1..20_u8 {
            let token = own(prefix, &[seed; 64]);
            let mut bits = u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let digits = token.bytes().flat_map(|byte| format!("{byte:02x}").into_bytes());
            let mixed = digits.map(|digit| {
                bits = bits.rotate_left(1);
                if bits & 1 == 1 { digit.to_ascii_uppercase() } else { digit }
            });
            let text = [b"a 6", mixed.collect::<Vec<u8>>().as_slice(), b"6 b"].concat();
            let masked = format!("a 6{}6 b", label(KIND, &token));
            assert_eq!(redact(&redaction, &text), masked);
            let mut writer = redaction.writer(Vec::new());
            for piece in text.chunks(usize::from(seed)) {
                writer.write_all(piece).unwrap();
                writer.flush().unwrap();
            }
            assert_eq!(writer.get_ref(), masked.as_bytes());
        }
        let prefix: String = prefix.bytes().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(redact(&redaction, &prefix), prefix);
    }
}

#[test]
fn an_encoding_with_a_wrong_digit_stays() {
    let redaction = redaction();
    let _registered = register(&redaction, "github-ci", "0123456789?>?>?>?>~~");
    for (form, wrong) in [(1, "/"), (6, "0"), (7, "0"), (10, "0")] {
        let text = String::from_utf8(encode(form, "0123456789?>?>?>?>~~")).unwrap();
        assert_ne!(redact(&redaction, &text), text);
        for other in ["g", ":", "=", "{"].into_iter().filter(|other| (form, *other) != (1, "g")) {
            let text = text.replacen(wrong, other, 1);
            assert_eq!(redact(&redaction, &text), text);
        }
    }
}

#[test]
fn every_other_byte_stays() {
    let redaction = redaction();
    let all: Vec<u8> = (0..=255).collect();
    let token = own("acme_deploy", &all);
    let text = [&all, token.as_bytes(), &all].concat();
    let masked = [&all, label(KIND, &token).as_bytes(), &all].concat();
    assert_eq!(redaction.redact(&text), masked);
}

#[test]
fn a_label_in_utf16_is_utf16() {
    let redaction = redaction();
    let token = own("acme_deploy", &[9; 64]);
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let masked = redaction.redact(&utf16(&format!("a {token} b")));
    assert_eq!(masked, utf16(&format!("a {} b", label(KIND, &token))));
    let big = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let masked = redaction.redact(&big(&format!("a {token} b")));
    assert_eq!(masked, big(&format!("a {} b", label(KIND, &token))));
}

#[test]
fn escapes_of_other_encoders() {
    let redaction = redaction();
    let value = r#"key/with+"odd"\bytes=%41"#;
    let _registered = register(&redaction, "github-ci", value);
    let masked = label("github-ci", value);
    let php = value.replace('\\', "\\\\").replace('"', "\\\"").replace('/', "\\/");
    assert_eq!(redact(&redaction, php), masked);
    assert_eq!(redact(&redaction, format!("{value:?}")), format!("\"{masked}\""));
    let all: String = value.bytes().map(|byte| format!("\\u00{byte:02x}")).collect();
    // The mark of an escape that its character does not need stays.
    assert_eq!(redact(&redaction, all), format!("\\{masked}"));
    let upper: String = value.bytes().map(|byte| format!("\\u00{byte:02X}")).collect();
    assert_eq!(redact(&redaction, upper), format!("\\{masked}"));
    let lower: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
    assert_eq!(redact(&redaction, lower), format!("%{masked}"));

    let token = own("acme_deploy", &[3; 64]);
    let (prefix, tail) = token.split_at(12);
    let some = |spell: fn(u8) -> String| {
        let spell = |(at, byte)| if at % 3 == 0 { spell(byte) } else { char::from(byte).into() };
        tail.bytes().enumerate().map(spell).collect::<String>()
    };
    for written in [
        token.replace('_', "%5f"),
        token.replace('_', "\\u005F"),
        format!("{prefix}{}", some(|byte| format!("%{byte:02X}"))),
        format!("{prefix}{}", some(|byte| format!("\\u00{byte:02x}"))),
    ] {
        assert_eq!(redact(&redaction, written), label(KIND, &token));
    }
}

/// What stands before a value decides how its digits are grouped, and a short value fills no group.
#[test]
fn nothing_beside_a_registered_value_is_masked() {
    for len in 16..24 {
        let (redaction, value) = (redaction(), &"0123456789?>?>?>?>~~ABCD"[..len]);
        let _registered = register(&redaction, "github-ci", value);
        let base64 = BASE64_URL_SAFE_NO_PAD.encode(value).into_bytes();
        let forms = [0, 6, 7, 10].map(|form| encode(form, value));
        for (written, before) in
            forms.iter().chain([&base64]).flat_map(|form| ["", "a", "ab", "abc"].map(|b| (form, b)))
        {
            let text = [before.as_bytes(), written, b" after"].concat();
            let mark = if written[0] == b'%' { "%" } else { "" };
            let masked = format!("{before}{mark}{} after", label("github-ci", value));
            assert_eq!(redact(&redaction, &text), masked, "{}", text.escape_ascii());
        }
    }
}

#[test]
fn nothing_beside_a_registered_value_in_utf16_is_masked() {
    let (redaction, value) = (redaction(), "0123456789abcdef");
    let _registered = register(&redaction, "github-ci", value);
    let masked = label("github-ci", value);
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        // In the last two UTF-16 ends before the value, and begins again.
        for before in [&b""[..], b"a", b"ab", b"x\0y\0ab", b"\0x\0yab"] {
            let text = |text: &str| {
                let utf16 = format!("<{text}>").encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
                [before, &utf16].concat()
            };
            assert_eq!(redaction.redact(&text(value)), text(&masked), "{}", before.escape_ascii());
        }
    }
}

/// To the digit, wherever the value stands in the encoding, and whatever stands before it there.
#[test]
fn only_the_digits_of_a_value_are_masked() {
    let (redaction, value) = (redaction(), "0123456789?>?>?>~");
    let _registered = register(&redaction, "github-ci", value);
    let masked = label("github-ci", value);
    for count in 0..70 {
        let text = "b".repeat(count);
        for before in [&text, &format!("{}\n{text}", "A".repeat(20)), &"\n".repeat(count)] {
            for after in ["", "~", "\n\n"] {
                let bytes = [before, value, after].concat();
                let (at, end) = (before.len(), before.len() + value.len());
                let hex: String = bytes.bytes().map(|byte| format!("{byte:02x}")).collect();
                let expected = ["a :", &hex[..2 * at], &masked, &hex[2 * end..]].concat();
                assert_eq!(redact(&redaction, format!("a :{hex}")), expected);
                // A first digit that has only two bits of the value stays.
                let first = 8 * at / 6 + usize::from(at % 3 == 2);
                let base64 = BASE64_STANDARD_NO_PAD.encode(&bytes);
                let last = (8 * end).div_ceil(6);
                let expected = ["a :", &base64[..first], &masked, &base64[last..]].concat();
                assert_eq!(redact(&redaction, format!("a :{base64}")), expected);
            }
        }
    }
}

/// The mark of an escape stays if its character needs none, and goes with the value otherwise.
#[test]
fn the_mark_of_an_escape_before_a_value() {
    for first in "-._~azAZ09!\"$&'()*+,/:;<=>?@[]^`{|}".chars() {
        let (redaction, value) = (redaction(), format!("{first}bcdefgh01234567"));
        let _registered = register(&redaction, "github-ci", &value);
        let mark = if first.is_ascii_alphanumeric() || "-._~".contains(first) { "%" } else { "" };
        for written in [10, 9].map(|form| encode(form, &value)) {
            let mark = if written[0] == b'%' { mark } else { "" };
            let masked = format!("a x{mark}{}", label("github-ci", &value));
            assert_eq!(redact(&redaction, [b"a x", written.as_slice()].concat()), masked);
        }
    }
}

/// What stands beside a token in the same group of base64 keeps its other characters.
#[test]
fn base64_of_more_than_the_token() {
    let redaction = redaction();
    let token = own("acme_deploy", &[5; 64]);
    let credentials = BASE64_STANDARD.encode(format!("user:{token}:more"));
    let masked = redact(&redaction, format!("Authorization: Basic {credentials}\n"));
    assert_eq!(masked, format!("Authorization: Basic dXNlcjp{}6bW9yZQ==\n", label(KIND, &token)));
}

/// What is masked must not decide what the output says.
#[test]
fn a_kind_without_a_name_is_shown_by_its_prefix() {
    let prefix = Prefix::parse("acme_deploy").unwrap();
    let token = own("acme_deploy", &[9; 64]);
    for name in ["ci]\n2026-01-01 INFO all is well [token:ci", "\u{1b}[2J", ""] {
        let redaction = Redaction::new([(name, prefix)]);
        assert_eq!(redact(&redaction, &token), label("acme_deploy", &token));
    }
}

/// Of base64 within a group only a part of the first character is known: of these, the three have the same.
#[test]
fn kinds_that_begin_alike() {
    let prefixes = ["acme_deploy", "qcme_deploy", "1cme_deploy", "xacme_deploy", "acme_deploy1"];
    let prefix = |text| Prefix::parse(text).unwrap();
    let redaction = Redaction::new(prefixes.map(|text| (text, prefix(text))));
    for kind in prefixes {
        let token = own(kind, &[6; 64]);
        for form in 0..FORMS {
            let (written, before) = (encode(form, &token), redaction.count());
            let masked = redaction.redact(&[b" ".as_slice(), &written, b" "].concat());
            assert_eq!(redaction.count(), before + 1, "{kind} in form {form}");
            assert!(!leaks_form(&masked, &written), "{kind} in form {form}");
        }
        assert_eq!(redact(&redaction, &token), label(kind, &token));
    }
}

/// The first of several kinds with one prefix gives the name.
#[test]
fn kinds_with_one_prefix() {
    let prefix = Prefix::parse("acme_deploy").unwrap();
    let redaction = Redaction::new(["first", "second", "third"].map(|kind| (kind, prefix)));
    let token = own("acme_deploy", &[8; 64]);
    assert_eq!(redact(&redaction, &token), label("first", &token));
    let escaped = token.replacen('_', "%5f", 1);
    assert_eq!(redact(&redaction, escaped), label("first", &token));
}

/// What looks like an escape and is none ends a word; the next escape begins another.
#[test]
fn escapes_beside_what_looks_like_one() {
    let redaction = redaction();
    let token = own("acme_deploy", &[3; 64]);
    let (percent, json) = (token.replace('_', "%5F"), token.replace('e', "\\u0065"));
    let masked = label(KIND, &token);
    for before in ["%", "%%", "%4", "\\", "\\\\", "\\u00", "\\u", "a%6", "x\\u006"] {
        for written in [&percent, &json] {
            for after in ["", "%", "\\", "%4", "\\u00", "%61", "\\u0061", "acme_"] {
                let expected = format!("{before} {masked}{after}");
                assert_eq!(redact(&redaction, format!("{before} {written}{after}")), expected);
            }
        }
        let expected = format!("{before}{masked}");
        if !before.starts_with('\\') {
            assert_eq!(redact(&redaction, format!("{before}{json}")), expected);
        }
    }
}

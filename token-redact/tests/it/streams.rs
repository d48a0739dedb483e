//! However a text is cut into writes, the output is the same.

use std::io::Write;

use proptest::{collection::vec, prelude::*};
use test_support::forms::{FORMS, encode, leaks_form};
use token_redact::{Prefix, Redaction};

use crate::support::{KIND, entropy, label, leaks, own, redact, redaction, register, value};

/// A piece of a text.
#[derive(Clone, Debug)]
enum Piece {
    Bytes(Vec<u8>),
    /// The number of a token, how it is written, and how many bytes of it are cut off at its end.
    Token(usize, usize, usize),
}

fn piece() -> impl Strategy<Value = Piece> {
    let near = "[ -~]{0,12}|(acme_|acme_deploy_|YWNtZV9kZXBsb3lf|61636d65|a\u{0}c\u{0}|%61|\\\\u00|\\\\|%){0,3}";
    prop_oneof![
        vec(any::<u8>(), 0..40).prop_map(Piece::Bytes),
        near.prop_map(|text: String| Piece::Bytes(text.into_bytes())),
        vec(0_u8..3, 0..100).prop_map(|bytes| Piece::Bytes(
            bytes.iter().map(|byte| b"\0\\%"[usize::from(*byte)]).collect()
        )),
        (0..4_usize, 0..FORMS, prop_oneof![4 => Just(0), 1 => 0..60_usize])
            .prop_map(|(token, form, cut)| Piece::Token(token, form, cut)),
    ]
}

fn written(redaction: &Redaction, text: &[u8], sizes: &[usize]) -> Vec<u8> {
    let mut writer = redaction.writer(Vec::new());
    let mut rest = text;
    for size in sizes.iter().cycle() {
        let (head, tail) = rest.split_at(*size.min(&rest.len()));
        writer.write_all(head).unwrap();
        if *size % 3 == 0 {
            writer.flush().unwrap();
        }
        rest = tail;
        if rest.is_empty() {
            break;
        }
    }
    writer.finish().unwrap();
    writer.get_ref().clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn streamed_is_as_one_shot(
        entropy in vec(entropy(), 2),
        values in vec(value(), 2),
        pieces in vec(piece(), 0..12),
        sizes in vec(prop_oneof![Just(1_usize), 1..80_usize, 1..1000_usize], 1..8),
        registers in any::<bool>(),
    ) {
        let redaction = redaction();
        let tokens = [
            own("acme_deploy", &entropy[0]),
            own("acme_readonly", &entropy[1]),
            values[0].clone(),
            values[1].clone(),
        ];
        let _handles: Vec<_> = values
            .iter()
            .filter(|_| registers)
            .map(|value| register(&redaction, "github-ci", value))
            .collect();
        let mut text = Vec::new();
        for piece in &pieces {
            match piece {
                Piece::Bytes(bytes) => text.extend_from_slice(bytes),
                Piece::Token(token, form, cut) => {
                    let form = encode(*form, &tokens[*token]);
                    text.extend_from_slice(&form[..form.len().saturating_sub(*cut)]);
                }
            }
        }
        let whole = redaction.redact(&text);
        prop_assert_eq!(&written(&redaction, &text, &sizes), &whole);
        prop_assert_eq!(&written(&redaction, &text, &[1]), &whole);
        for piece in &pieces {
            // Escapes of what stands before may take in the beginning of a registered value.
            if let Piece::Token(token, form @ 0..8, 0) = piece
                && (registers || *token < 2)
                && !pieces.iter().any(|piece| matches!(piece, Piece::Token(other, _, 1..) if other == token))
            {
                let form = encode(*form, &tokens[*token]);
                prop_assert!(!leaks_form(&whole, &form), "{:?}", piece);
            }
        }
    }

    /// Raw tokens, without anything that could pass for a beginning of one: the rest is known byte by byte.
    #[test]
    fn every_other_byte_is_unchanged(
        entropy in vec(entropy(), 1..6),
        texts in vec(vec(any::<u8>(), 0..50), 6),
        sizes in vec(1..100_usize, 1..8),
    ) {
        let redaction = redaction();
        let tokens: Vec<String> = entropy.iter().map(|entropy| own("acme_deploy", entropy)).collect();
        let (mut text, mut masked) = (Vec::new(), Vec::new());
        for (token, between) in tokens.iter().zip(&texts) {
            text.extend_from_slice(between);
            text.extend_from_slice(token.as_bytes());
            masked.extend_from_slice(between);
            masked.extend_from_slice(label(KIND, token).as_bytes());
        }
        let output = written(&redaction, &text, &sizes);
        prop_assert_eq!(&output, &masked);
        prop_assert!(tokens.iter().all(|token| !leaks(&output, token)));
    }

    /// A value within a value, and values that share bytes.
    #[test]
    fn nested_and_overlapping(value in value(), a in 0..30_usize, b in 0..30_usize, size in 1..40_usize) {
        let value = format!("{value}0123456789abcdef{value}ABCDEFGHIJKLMNOP");
        let redaction = redaction();
        let inner = &value[a..a + 20];
        let first = &value[..value.len() - b];
        let last = &value[b..];
        let parts = [&value[..], inner, first, last];
        let handles: Vec<_> = parts.iter().map(|part| redaction.register("github-ci", part.as_bytes())).collect();
        prop_assume!(handles.iter().all(Result::is_ok));
        let text = format!("<{value}> {first} {last} {inner}");
        let output = String::from_utf8(written(&redaction, text.as_bytes(), &[size])).unwrap();
        let name = |part: &str| label("github-ci", part);
        prop_assert!(output.starts_with(&format!("<{}> {} ", name(&value), name(first))), "{}", output);
        prop_assert!(!leaks(output.as_bytes(), &value));
    }
}

#[test]
fn tokens_side_by_side_are_two() {
    let redaction = redaction();
    let [one, two] = [[1; 64], [2; 64]].map(|entropy| own("acme_deploy", &entropy));
    let masked = [&one, &two].map(|token| label(KIND, token)).concat();
    assert_eq!(redact(&redaction, format!("{one}{two}")), masked);
}

#[test]
fn overlapping_tokens_are_one_under_the_name_of_the_first() {
    let redaction = redaction();
    let (one, two) = ("ABCDbcdeCDEFdefgEFGHfghi", "EFGHfghiGHIJhijkIJKLjklm");
    let _handles = [one, two].map(|value| register(&redaction, "github-ci", value));
    let masked = redact(&redaction, "<ABCDbcdeCDEFdefgEFGHfghiGHIJhijkIJKLjklm>");
    assert_eq!(masked, format!("<{}>", label("github-ci", one)));
}

/// A chain of overlapping tokens, far longer than what is held back.
#[test]
fn a_chain_without_end() {
    let redaction = redaction();
    let half = ["ABCDEFGHijklmnop", "QRSTUVWXyz012345"];
    let (one, two) = (half.concat(), [half[1], half[0]].concat());
    let _handles = [&one, &two].map(|value| register(&redaction, "github-ci", value));
    let text = format!("<{}>", one.repeat(300));
    for sizes in [&[1][..], &[100], &[5000]] {
        let output = written(&redaction, text.as_bytes(), sizes);
        assert_eq!(output, format!("<{}>", label("github-ci", &one)).as_bytes());
    }
}

/// A token begins inside what reads as an escape, and has escapes itself; it comes in pieces.
#[test]
fn a_token_that_begins_inside_an_escape() {
    for (prefix, mark, escape) in
        [("6acme_deploy", "%", "%5f"), ("u0061_deploy", "\\", "\\u005f"), ("61_deploy", "%", "%5F")]
    {
        let redaction = Redaction::new([(KIND, Prefix::parse(prefix).unwrap())]);
        let token = own(prefix, &[7; 64]);
        let text = format!("a {mark}{} b", token.replace('_', escape));
        let masked = format!("a {mark}{} b", label(KIND, &token));
        assert_eq!(redact(&redaction, &text), masked);
        for cut in 0..text.len() {
            let mut writer = redaction.writer(Vec::new());
            for piece in [&text[..cut], &text[cut..]] {
                writer.write_all(piece.as_bytes()).unwrap();
                writer.flush().unwrap();
            }
            writer.finish().unwrap();
            assert_eq!(String::from_utf8_lossy(writer.get_ref()), masked, "cut at {cut}");
        }
    }
}

/// Where a long word is passed on in part, the cut may fall into an escape, or between two backslashes that are one.
#[test]
fn a_word_is_cut_within_an_escape() {
    let redaction = redaction();
    let longest = "u0041\"bcdefghijklmn";
    let values = [longest, "\\value/of\"letters", "1\"23456789abcdefgh"];
    let _handles = values.map(|value| register(&redaction, "github-ci", value));
    let escaped: String = longest.bytes().map(|byte| format!("\\u00{byte:02x}")).collect();
    for (before, written, is_found) in [
        ("\\\\", "u0041\\\"bcdefghijklmn", true),
        ("\\\\", "\\\\value/of\\\"letters", true),
        ("\\\\", "\\u0041\\\"bcdefghijklmn", false),
        ("\\u0041", "\\u0041\\\"23456789abcdefgh", false),
        ("\\u0041", escaped.as_str(), true),
        ("%41", "%41%2223456789abcdefgh", false),
        ("%5c", "1%2223456789abcdefgh", true),
    ] {
        for times in [200, 201] {
            let text = format!("some words {}{written}", before.repeat(times));
            let whole = redaction.redact(text.as_bytes());
            assert_eq!(whole != text.as_bytes(), is_found, "{text}");
            for size in (1..20).chain([64, 255, 256]) {
                let output = self::written(&redaction, text.as_bytes(), &[size]);
                assert_eq!(output, whole, "{size} bytes at a time");
            }
        }
    }
}

/// The same, where the word has only begun: before it no escape goes on.
#[test]
fn a_word_is_cut_where_it_begins() {
    let redaction = redaction();
    let values = ["1\"23456789abcdefgh", "u0041\"0123456789"];
    let _handles = values.map(|value| register(&redaction, "github-ci", value));
    let masked = format!("\\\\{}", label("github-ci", values[1]));
    for (word, masked) in [
        ("%41%41%2223456789abcdefgh", "%41%41%2223456789abcdefgh"),
        ("\\\\u0041\\\"0123456789", &masked),
    ] {
        for len in 1..150 {
            let [text, masked] =
                [word, masked].map(|word| format!("some words {word}{}", "x".repeat(len)));
            assert_eq!(redact(&redaction, &text), masked);
        }
    }
}

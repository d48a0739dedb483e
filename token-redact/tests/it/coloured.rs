//! Tokens with control sequences of a terminal between their characters.

use std::io::Write;

use proptest::{collection::vec, prelude::*, sample::select};
use test_support::forms::{FORMS, encode};
use token_redact::Redaction;

use crate::support::{fresh, label, leaks, own, redact, redaction, register};

const VALUE: &str = concat!("xq7ZpT9vLk3m", "Wb2Rn8sYc4Ud");

/// What `grep --color`, `tput sgr0`, a highlighter of syntax and a terminal of 24 bits write. Some libraries set the colours
/// of text and background, and the style, in one sequence.
const SEQUENCES: [&str; 10] = [
    "\x1b[m",
    "\x1b[K",
    "\x1b[01;31m\x1b[K",
    "\x1b[0m",
    "\x1b(B\x1b[m",
    "\x1b[38;2;255;128;0m",
    "\x1b[38:2::255:128:0m",
    "\x1b[1m\x1b[31m\x1b[48;5;214m",
    "\x1b[0m\x1b[1;38;2;255;255;255;48;2;128;128;128m",
    "\x1b[0;1;3;4;38;2;255;255;255;48;2;255;255;255m",
];

fn coloured(text: &[u8], sequence: &str, from: usize, to: usize) -> Vec<u8> {
    let (head, rest) = text.split_at(from);
    let (middle, tail) = rest.split_at(to - from);
    [head, sequence.as_bytes(), middle, b"\x1b[0m", tail].concat()
}

#[test]
fn a_coloured_token_is_masked() {
    let redaction = redaction();
    let _registered = register(&redaction, "ci", VALUE);
    let token = fresh();
    for sequence in SEQUENCES {
        for (from, to) in [(1, 2), (8, 14), (5, 23)] {
            for (kind, token) in [("ci", VALUE), ("ci-writer", &token)] {
                let text = coloured(token.as_bytes(), sequence, from, to);
                let text = [b"a ".as_slice(), &text, b" b"].concat();
                let masked = redaction.redact(&text);
                assert_eq!(
                    masked,
                    format!("a {} b", label(kind, token)).as_bytes(),
                    "{sequence:?}"
                );
            }
        }
    }
}

/// What is coloured as a whole keeps its colour.
#[test]
fn colours_around_a_token_stay() {
    let redaction = redaction();
    let _registered = register(&redaction, "ci", VALUE);
    for (kind, token) in [("ci", VALUE), ("ci-writer", &fresh())] {
        let text = format!("\x1b[1;31mx {token}\x1b[0m \x1b[2m{token}\x1b[K\n");
        let label = label(kind, token);
        assert_eq!(
            redact(&redaction, text),
            format!("\x1b[1;31mx {label}\x1b[0m \x1b[2m{label}\x1b[K\n")
        );
    }
}

#[test]
fn a_coloured_encoding_is_masked() {
    let redaction = redaction();
    let _registered = register(&redaction, "ci", VALUE);
    for token in [VALUE, &fresh()] {
        for form in [1, 2, 3, 6, 7] {
            let written = encode(form, token);
            let text = coloured(&written, "\x1b[31m", written.len() / 3, written.len() / 2);
            let before = redaction.count();
            let masked = redaction.redact(&[b" ", text.as_slice(), b" "].concat());
            assert_eq!(redaction.count(), before + 1, "form {form}");
            assert!(!leaks(&masked, std::str::from_utf8(&written).unwrap()), "form {form}");
        }
    }
}

/// At each place, also before the last digit and in the midst of a sequence.
#[test]
fn a_coloured_token_is_masked_wherever_it_is_cut() {
    let redaction = redaction();
    let _registered = register(&redaction, "ci", VALUE);
    for token in [VALUE, &fresh()] {
        for form in 0..FORMS {
            let written = encode(form, token);
            let text = coloured(&written, "\x1b[31m", written.len() / 3, written.len() / 2);
            let expected = redaction.redact(&text);
            for (cut, flushes) in (0..text.len()).flat_map(|cut| [(cut, false), (cut, true)]) {
                let (head, tail) = text.split_at(cut);
                let mut writer = redaction.writer(Vec::new());
                writer.write_all(head).unwrap();
                if flushes {
                    writer.flush().unwrap();
                }
                writer.write_all(tail).unwrap();
                writer.finish().unwrap();
                assert_eq!(
                    *writer.get_ref(),
                    expected,
                    "form {form} cut at {cut}, flushed: {flushes}"
                );
            }
        }
    }
}

/// Each character in a colour of its own, as `lolcat` writes.
#[test]
fn a_rainbow_is_masked() {
    let redaction = redaction();
    let long = "0123456789abcdef".repeat(30);
    let _registered = [VALUE, &long].map(|value| register(&redaction, "ci", value));
    for value in [VALUE, &long] {
        let text: String =
            value.chars().map(|c| format!("\x1b[38;2;255;128;0m{c}\x1b[39m")).collect();
        let mut writer = redaction.writer(Vec::new());
        text.as_bytes().chunks(7).try_for_each(|piece| writer.write_all(piece)).unwrap();
        writer.write_all(b"\n").unwrap();
        let expected = format!("\x1b[38;2;255;128;0m{}\x1b[39m\n", label("ci", value));
        assert_eq!(String::from_utf8_lossy(writer.get_ref()), expected);
    }
}

/// These are no control sequences, or so many that the word ends.
#[test]
fn what_is_no_colour_parts_a_token() {
    let redaction = redaction();
    let _registered = register(&redaction, "ci", VALUE);
    let (head, tail) = VALUE.split_at(9);
    let many = "\x1b[0m".repeat(17);
    let long = format!("\x1b[{}m", "1;".repeat(40));
    for between in ["\x1b", "\x1b]", "\x1b[ m", "\x1b[1\nm", "\n", &many, &long] {
        let text = format!("{head}{between}{tail}");
        assert_eq!(redact(&redaction, &text), text);
    }
}

/// The first and the last byte that each part of a sequence may have, and the longest sequences.
#[test]
fn the_edges_of_a_sequence() {
    let redaction = redaction();
    let _registered = register(&redaction, "ci", VALUE);
    let (head, tail) = VALUE.split_at(9);
    let parameters = |count| format!("\x1b[{}m", "1".repeat(count));
    let full = "\x1b[0m".repeat(16);
    for (between, is_sequence) in [
        ("\x1b[@", true),
        ("\x1b[~", true),
        ("\x1b[\x7f", false),
        ("\x1b[/m", false),
        ("\x1b[0m", true),
        ("\x1b[?25h", true),
        ("\x1b(0", true),
        ("\x1b(~", true),
        ("\x1b(/", false),
        ("\x1b(\x7f", false),
        (&parameters(48), true),
        (&parameters(49), false),
        (&full, true),
        (&full.replacen('0', "00", 1), false),
    ] {
        let text = format!("a {head}{between}{tail} b");
        let expected =
            if is_sequence { format!("a {} b", label("ci", VALUE)) } else { text.clone() };
        assert_eq!(redact(&redaction, &text), expected, "{between:?}");
        let mut writer = redaction.writer(Vec::new());
        text.as_bytes().chunks(1).try_for_each(|byte| writer.write_all(byte)).unwrap();
        writer.finish().unwrap();
        assert_eq!(String::from_utf8_lossy(writer.get_ref()), expected, "{between:?}");
    }
}

/// An endless word of colours does not wait for ever.
#[test]
fn what_waits_among_colours_is_bounded() {
    let redaction = redaction();
    let _registered = register(&redaction, "ci", VALUE);
    let mut writer = redaction.writer(Vec::new());
    for text in ["x\x1b[31m", "\x1b[0m"] {
        for _ in 0..20_000 {
            writer.write_all(text.as_bytes()).unwrap();
            assert!(writer.held() < 8 * 1024, "{} bytes wait", writer.held());
        }
    }
}

fn piece() -> impl Strategy<Value = String> {
    let near = select(vec![
        "\x1b", "\x1b[", "\x1b[3", "[31m", "m", "x", "\\", "%", " ", "xq7Z", "acme_", "é",
    ]);
    prop_oneof![select(SEQUENCES.to_vec()), near].prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn streamed_is_as_one_shot(
        entropy in crate::support::entropy(),
        words in vec((any::<bool>(), vec((1..40_usize, piece()), 0..5)), 1..5),
        between in vec(vec(piece(), 0..5), 5),
        size in 1..30_usize,
    ) {
        let redaction: Redaction = redaction();
        let _registered = register(&redaction, "ci", VALUE);
        let token = own("acme_deploy", &entropy);
        let mut text = String::new();
        for ((is_own, cuts), between) in words.iter().zip(&between) {
            text.extend(between.iter().map(String::as_str));
            let mut rest: &str = if *is_own { &token } else { VALUE };
            for (at, piece) in cuts {
                let (head, tail) = rest.split_at((*at).min(rest.len()));
                text.extend([head, piece]);
                rest = tail;
            }
            text.push_str(rest);
        }
        let whole = redaction.redact(text.as_bytes());
        for size in [1, size] {
            let mut writer = redaction.writer(Vec::new());
            text.as_bytes().chunks(size).try_for_each(|piece| writer.write_all(piece)).unwrap();
            writer.finish().unwrap();
            prop_assert_eq!(writer.get_ref(), &whole);
        }
    }
}

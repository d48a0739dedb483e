//! What was flushed is shown, unless a token may begin with it.

use std::io::Write;

use proptest::{collection::vec, prelude::*, sample::select};
use test_support::{
    forms::{FORMS, encode, leaks_form},
    fresh_token,
};
use token_redact::{Redaction, Redactor};

use crate::support::{entropy, fresh, label, own, redaction, register, value};

/// Writes a text byte by byte, and flushes after each.
fn typed(writer: &mut Redactor<Vec<u8>>, text: &str) {
    for byte in text.bytes() {
        writer.write_all(&[byte]).unwrap();
        writer.flush().unwrap();
    }
}

fn shown(redaction: &Redaction, text: &str) -> String {
    let mut writer = redaction.writer(Vec::new());
    typed(&mut writer, text);
    String::from_utf8(writer.get_ref().clone()).unwrap()
}

const VALUE: &str = concat!("xq7ZpT9vLk3m", "Wb2Rn8sYc4Ud");

const PROMPTS: [&str; 16] = [
    "....",
    "Password:",
    "Continue? [y/N]",
    "42%",
    "100%",
    "[#####.....]",
    "[=====>    ]",
    ">",
    "$",
    "Username for 'https://github.com':",
    "|/-\\",
    "\r|\r/\r-\r\\",
    "⠋⠙⠹",
    "...done.",
    "\x1b[32m42%\x1b[0m",
    "a\tb:",
];

/// The values are of such sorts as issuers mint; one is as long as a large JWT.
#[test]
fn prompts_and_progress_are_shown() {
    let long = "q7Zp".repeat(1000);
    for value in [VALUE, "zhp_0123456789abcdefghij", &format!("Zy{long}0123")] {
        let redaction = redaction();
        let _registered = register(&redaction, "github-ci", value);
        for prompt in PROMPTS {
            assert_eq!(shown(&redaction, prompt), prompt, "beside {}", &value[..4]);
        }
    }
    let redaction = redaction();
    for prompt in PROMPTS {
        assert_eq!(shown(&redaction, prompt), prompt, "beside our own tokens");
    }
}

/// Where an ESC begins no control sequence, the word ends: it is too short for the value.
#[test]
fn the_beginning_of_a_value_that_an_esc_ends_is_shown() {
    let redaction = redaction();
    let _registered = register(&redaction, "github-ci", VALUE);
    for text in ["xq7ZpT9v\x1b.", "7871375a\x1b.", "x\0q\0\x1b."] {
        assert_eq!(shown(&redaction, text), text);
    }
}

/// It waits as long as the value may go on, in each form, and is shown when it does not.
/// What another process shows after a flush must not become a part of the sequence.
#[test]
fn half_a_control_sequence_waits() {
    let redaction = redaction();
    let _registered = register(&redaction, "github-ci", VALUE);
    let mut writer = redaction.writer(Vec::new());
    for (text, shown) in
        [("...\x1b[3", "..."), ("2m42%", "...\x1b[32m42%"), ("\x1b", "...\x1b[32m42%")]
    {
        writer.write_all(text.as_bytes()).unwrap();
        writer.flush().unwrap();
        assert_eq!(String::from_utf8_lossy(writer.get_ref()), shown);
    }
}

#[test]
fn the_beginning_of_a_token_waits() {
    let registered = redaction();
    let _registered = register(&registered, "github-ci", VALUE);
    let (ours, token) = (redaction(), fresh());
    for (redaction, token) in [(&registered, VALUE), (&ours, &token)] {
        for form in 0..FORMS {
            let written = encode(form, token);
            let Ok(text) = std::str::from_utf8(&written) else { continue };
            let mut writer = redaction.writer(Vec::new());
            typed(&mut writer, &text[..text.len() / 2]);
            let begun = writer.get_ref().len();
            assert!(begun <= 6, "form {form}: {begun} bytes of {text:?} are shown");
            typed(&mut writer, "\u{7f} ");
            let expected = format!("{}\u{7f} ", &text[..text.len() / 2]);
            assert_eq!(writer.get_ref(), expected.as_bytes(), "form {form}");
        }
    }
}

/// One byte less than a whole token, with a flush after each byte.
#[test]
fn a_token_that_is_typed_is_masked() {
    let redaction = redaction();
    let value = fresh_token();
    let _registered = register(&redaction, "github-ci", &value);
    for token in [value.clone(), fresh()] {
        let label = label(if token == value { "github-ci" } else { "ci-writer" }, &token);
        let mut writer = redaction.writer(Vec::new());
        typed(&mut writer, &format!("with {}", &token[..token.len() - 1]));
        assert_eq!(writer.get_ref(), b"with ");
        typed(&mut writer, &format!("{}\n", &token[token.len() - 1..]));
        assert_eq!(writer.get_ref(), format!("with {label}\n").as_bytes());
    }
}

/// A value whose first character is written as an escape by every encoder.
#[test]
fn a_mark_waits_if_a_value_needs_it() {
    let redaction = redaction();
    let value = format!("/{VALUE}");
    let _registered = register(&redaction, "github-ci", &value);
    assert_eq!((shown(&redaction, "42%"), shown(&redaction, "C:\\")), ("42".into(), "C:".into()));
    let mut writer = redaction.writer(Vec::new());
    typed(&mut writer, &format!("42%2F{VALUE} "));
    assert_eq!(writer.get_ref(), format!("42{} ", label("github-ci", &value)).as_bytes());
}

/// Text that is written when a value is registered is masked, also if the value leaves before the text is passed on.
#[test]
fn what_waits_is_masked_after_its_value_left() {
    let (redaction, value) = (redaction(), fresh_token());
    let registered = register(&redaction, "github-ci", &value);
    let mut writer = redaction.writer(Vec::new());
    write!(writer, "with {value}").unwrap();
    drop(registered);
    let other = fresh_token();
    let later = register(&redaction, "github-ci", &other);
    write!(writer, ",{other}").unwrap();
    drop(later);
    writer.finish().unwrap();
    let labels = [&value, &other].map(|value| label("github-ci", value)).join(",");
    assert_eq!(writer.get_ref(), format!("with {labels}").as_bytes());
    // In the text that follows nothing is registered any more.
    write!(writer, "{value}").unwrap();
    writer.finish().unwrap();
    assert_eq!(writer.get_ref(), format!("with {labels}{value}").as_bytes());
}

/// The same, of text that was too little to be looked at before its value left: beside a long value more text waits, and a
/// formatter collects small pieces.
#[test]
fn what_was_not_looked_at_is_masked_after_its_value_left() {
    let redaction = redaction();
    let _long = register(&redaction, "github-ci", &fresh_token().repeat(10));
    for len in [0, 1, 40, 400, 4000] {
        let (before, value) = ("x".repeat(len), fresh_token());
        let expected = format!("{before}{}", label("ci", &value));
        let mut writer = redaction.writer(Vec::new());
        writer.write_all(before.as_bytes()).unwrap();
        let registered = register(&redaction, "ci", &value);
        write!(writer, "{value}").unwrap();
        drop(registered);
        writer.finish().unwrap();
        assert_eq!(String::from_utf8_lossy(writer.get_ref()), expected, "in a writer");

        let text = std::fmt::from_fn(|f| {
            f.write_str(&before)?;
            let _registered = register(&redaction, "ci", &value);
            f.write_str(&value)
        });
        assert_eq!(redaction.display(&text).to_string(), expected, "in a formatter");
    }
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    let near = select(vec![
        "%",
        "\\",
        "\\u",
        "%4",
        "\x1b[1;31m",
        "\x1b[K",
        "\x1b",
        "\x1b[",
        "\x1b(B",
        " ",
        "\n",
        "x",
        "ab",
        "QUJD",
        "6",
        "A",
        "\0",
    ]);
    prop_oneof![
        near.prop_map(|text| text.as_bytes().to_vec()),
        vec(any::<u8>(), 0..20),
        "[ -~]{0,10}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Wherever it is flushed, the output is that of one call, and no half of a token gets out.
    #[test]
    fn flushed_is_as_one_shot(
        value in value(),
        entropy in entropy(),
        forms in vec((0..FORMS, any::<bool>(), prop_oneof![3 => Just(0), 1 => 0..60_usize]), 1..4),
        pieces in vec(piece(), 4),
        colour in prop_oneof![2 => Just(0), 1 => 1..20_usize],
        size in 1..7_usize,
    ) {
        let redaction = redaction();
        let _registered = register(&redaction, "github-ci", &value);
        let token = own("acme_deploy", &entropy);
        let mut text = Vec::new();
        let mut whole = Vec::new();
        for ((form, is_own, cut), piece) in forms.iter().zip(&pieces) {
            let written = encode(*form, if *is_own { &token } else { &value });
            let written = &written[..written.len().saturating_sub(*cut)];
            text.extend_from_slice(piece);
            match colour {
                0 => text.extend_from_slice(written),
                // Colours within a token; in its escapes they are not read.
                size => {
                    text.push(b' ');
                    let parts = written.chunks(size);
                    parts.for_each(|part| text.extend([part, b"\x1b[1;31m"].concat()));
                }
            }
            if *cut == 0 && *form < 8 {
                whole.push(written.to_vec());
            }
        }
        text.extend_from_slice(&pieces[3]);
        let expected = redaction.redact(&text);
        for size in [1, size] {
            let mut writer = redaction.writer(Vec::new());
            for piece in text.chunks(size) {
                writer.write_all(piece).unwrap();
                writer.flush().unwrap();
            }
            writer.finish().unwrap();
            prop_assert_eq!(writer.get_ref(), &expected);
        }
        if forms.iter().all(|(form, _, cut)| *cut == 0 && (colour == 0 || *form < 8)) {
            for written in whole {
                prop_assert!(!leaks_form(&expected, &written), "{}", expected.escape_ascii());
            }
        }
    }
}

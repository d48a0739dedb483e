//! The redactor: the output doesn't depend on how a text is cut, has no token, and is otherwise the input.
//!
//! The first eight bytes of the input say how it is cut and what is registered. In the rest a `$` stands for a token, written
//! as the byte after it says.
#![no_main]

use std::{io::Write, sync::LazyLock};

use fuzz::MARKER;
use libfuzzer_sys::fuzz_target;
use token_redact::{Prefix, Redaction};
use token_policy::format;

fuzz_target!(|input: &[u8]| {
    let Some((control, input)) = input.split_first_chunk::<8>() else { return };
    if fuzz::repeats_marker(input) {
        return;
    }
    let redaction = Redaction::new([("ci-writer", prefix())]);
    let value = MARKER.as_bytes();
    let _registered = [value, value.get(5..29).unwrap_or_default(), b"a\\b/c\"d+e%f=0123456789"]
        .into_iter()
        .enumerate()
        .filter(|(number, _)| control[0] >> number & 1 == 1)
        .map(|(_, value)| redaction.register("github-ci", value).expect("a value to hide"))
        .collect::<Vec<_>>();
    let text = with_tokens(input);
    let whole = redaction.redact(&text);
    assert_eq!(streamed(&redaction, &text, &control[1..]), whole);
    if control[0] & 1 == 1 {
        assert!(!fuzz::repeats_marker(&whole), "a registered value is in the output");
    }
    let own = OWN.get(12..).unwrap_or_default();
    assert!(
        !own.windows(8).any(|part| whole.windows(8).any(|w| w == part)) || text_has_part(input)
    );
    if redaction.count() == 0 {
        assert_eq!(whole, text);
    }
});

/// Whether the input itself contains a part of the token.
fn text_has_part(input: &[u8]) -> bool {
    OWN.windows(4).any(|part| input.windows(4).any(|window| window == part))
}

fn streamed(redaction: &Redaction, text: &[u8], control: &[u8]) -> Vec<u8> {
    let mut writer = redaction.writer(Vec::new());
    let mut rest = text;
    for control in control.iter().cycle() {
        let (head, tail) = rest.split_at(rest.len().min(1 + usize::from(*control)));
        writer.write_all(head).expect("a vector takes all");
        if control % 2 == 1 {
            writer.flush().expect("a vector takes all");
        }
        rest = tail;
        if rest.is_empty() {
            break;
        }
    }
    writer.finish().expect("a vector takes all");
    writer.get_ref().clone()
}

/// Replaces every `$` of the input by a token.
fn with_tokens(input: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut rest = input.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'$' => {
                let how = rest.next().copied().unwrap_or_default();
                let token = if how & 1 == 1 { &OWN } else { MARKER.as_bytes() };
                write_as(how >> 1, token, &mut text);
            }
            byte => text.push(*byte),
        }
    }
    text
}

fn write_as(how: u8, token: &[u8], text: &mut Vec<u8>) {
    match how % 5 {
        0 => text.extend_from_slice(token),
        1 => token.iter().for_each(|byte| text.extend(format!("{byte:02x}").bytes())),
        2 => token.iter().for_each(|byte| text.extend(format!("%{byte:02X}").bytes())),
        3 => token.iter().for_each(|byte| text.extend([*byte, 0])),
        _ => token.iter().for_each(|byte| text.extend(format!("\\u00{byte:02x}").bytes())),
    }
}

fn prefix() -> Prefix {
    Prefix::parse("acme_deploy").expect("a prefix")
}

static OWN: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut token = vec![0; prefix().token_bytes()];
    let entropy: Vec<u8> = (0_u32..64).map(|number| (number * 37 % 248) as u8).collect();
    format::compose(&prefix(), &entropy, &mut token).expect("enough entropy");
    token
});

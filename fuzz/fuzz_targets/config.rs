//! Config files: a token that was taken is gone from the rest, and nothing
//! else of the text has changed.
#![no_main]

use fuzz::{MARKER, PLACE, assert_error_silent, assert_silent, repeats_marker, with_markers};
use libfuzzer_sys::fuzz_target;
use token_core::{Error, ErrorKind, Secret, source::ConfigFile};

fuzz_target!(|input: &[u8]| {
    let Some(text) = with_markers(input) else { return };
    let Ok(text) = String::from_utf8(text) else { return };
    let markers = input.iter().filter(|&&byte| byte == PLACE as u8).count();
    check(&text, markers, ConfigFile::from_toml, |written| {
        let document: toml::Table = format!("a = \"{written}\"").parse().ok()?;
        Some(document.get("a")?.as_str()?.to_owned())
    });
    check(&text, markers, ConfigFile::from_json, |written| {
        serde_json::from_str(&format!("\"{written}\"")).ok()
    });
});

/// `decode` decodes the escapes of a string, given without its quotes.
fn check(
    text: &str,
    markers: usize,
    open: fn(String) -> Result<ConfigFile, Error>,
    decode: fn(&str) -> Option<String>,
) {
    let taken = open(text.to_owned()).and_then(|mut config| {
        assert_silent(&format!("{config:?}"));
        let secret = config.take("a.b")?;
        Ok((config, secret))
    });
    match taken {
        // A byte order mark is no part of the text, so the rest is without it.
        Ok((config, secret)) => {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            check_taken(text.as_bytes(), markers, config, &secret, decode);
        }
        Err(error) => assert_error_silent(&error),
    }
}

fn check_taken(
    text: &[u8],
    markers: usize,
    mut config: ConfigFile,
    secret: &Secret,
    decode: fn(&str) -> Option<String>,
) {
    let rest = config.rest().as_bytes();
    assert_eq!(rest.len(), text.len());
    assert!(is_masked(text, rest, secret, decode), "{}", config.rest());
    if markers == 1 && secret.constant_time_eq(MARKER.as_bytes()) {
        assert!(!repeats_marker(rest), "{}", config.rest());
    }
    let again = config.take("a.b").expect_err("stars are no token");
    assert_eq!(again.kind(), ErrorKind::MissingField);
}

/// Whether `rest` is `text` with `*` in one place, where the secret stood.
fn is_masked(
    text: &[u8],
    rest: &[u8],
    secret: &Secret,
    decode: fn(&str) -> Option<String>,
) -> bool {
    let differs = |at: &usize| text[*at] != rest[*at];
    let Some(first) = (0..text.len()).find(differs) else {
        return is_stars(rest, secret);
    };
    let last = (0..text.len()).rfind(differs).unwrap_or(first);
    // A token may begin or end with `*`, so its place may be larger than the difference.
    let starts = (0..=first).rev().take_while(|&at| rest[at] == b'*');
    starts.into_iter().any(|start| {
        let ends = (first..rest.len()).take_while(|&at| rest[at] == b'*');
        ends.into_iter().any(|end| end >= last && is_written(&text[start..=end], secret, decode))
    })
}

/// Whether the secret consists of `*` alone, as some part of `rest` does.
fn is_stars(rest: &[u8], secret: &Secret) -> bool {
    let runs = rest.split(|&byte| byte != b'*');
    runs.into_iter().any(|run| (1..=run.len()).any(|len| secret.constant_time_eq(&run[..len])))
}

/// Whether `written` is the secret as it stands in the file, perhaps with escapes.
fn is_written(written: &[u8], secret: &Secret, decode: fn(&str) -> Option<String>) -> bool {
    let decoded = core::str::from_utf8(written).ok().and_then(decode);
    secret.constant_time_eq(written)
        || decoded.is_some_and(|text| secret.constant_time_eq(text.as_bytes()))
}

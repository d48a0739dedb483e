//! What an error repeats of a helper's standard error: enough to act on, and no piece of a token.

use proptest::prelude::*;
use token_core::{
    Error, ErrorKind,
    source::{HEARD, command, said},
};

use crate::support::{TempDir, secs};

/// The error of a helper that says `said`, prints `output` and fails.
fn failed(said: impl AsRef<[u8]>, output: &str) -> Error {
    let dir = TempDir::new();
    let (said, output) = (dir.file("said", said, 0o600), dir.file("output", output, 0o600));
    let script = "cat \"$0\" >&2; cat \"$1\"; exit 2";
    let argv = ["sh", "-c", script, said.to_str().unwrap(), output.to_str().unwrap()];
    let error = command(argv, secs(30)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HelperFailed);
    error
}

/// What the error says that the helper said.
fn shown(error: &Error) -> Option<String> {
    let text = error.to_string();
    assert_eq!(format!("{error:?}"), text, "one is as good as the other");
    assert_eq!(format!("{error:#}"), text);
    let (_, rest) = text.split_once(" and said `")?;
    let (said, _) = rest.rsplit_once("`; run it").unwrap();
    Some(said.to_owned())
}

#[test]
fn the_first_line_is_repeated() {
    let long = "word ".repeat(100);
    let cut = ["word"; 40].join(" ");
    let table: &[(&[u8], Option<&str>)] = &[
        (
            b"permission denied: run vault login first\n",
            Some("permission denied: run vault login first"),
        ),
        (b"no line ending", Some("no line ending")),
        (b"\n  \r\n\tfirst\n second\n", Some("first")),
        (b"first\rsecond", Some("first")),
        (b"a  b\t c", Some("a b c")),
        (b"\x1b[1;31merror:\x1b[0m not logged in\x1b[K\n", Some("error: not logged in")),
        (
            b"\x1b]0;title of the window\x07locked\x1b]0;title\x1b\\ keyring\n",
            Some("locked keyring"),
        ),
        (b"\x1b(Bplain \x1bcreset", Some("Bplain reset")),
        (
            b"An error occurred (AccessDenied) when calling GetSecret: UNAUTHENTICATED\n",
            Some("An error occurred (AccessDenied) when calling GetSecret: UNAUTHENTICATED"),
        ),
        (
            b"connection to /run/vault failed, is it up? (try --help)",
            Some("connection to /run/vault failed, is it up? (try --help)"),
        ),
        (
            "Schl\u{fc}ssel \u{202e}gesperrt\u{200b}\u{feff} \u{2028}hier".as_bytes(),
            Some("Schlssel gesperrt hier"),
        ),
        (b"not \xff\xfe UTF-8\0!", Some("not UTF-8!")),
        (b"status 403", Some("status 403")),
        (long.as_bytes(), Some(&cut)),
        (b"", None),
        (b"\n \n\t\n", None),
        (b"\xff\x07\x1b[0m", None),
        (b"\x1b]never ended, so it may be anything", None),
    ];
    for (said, expected) in table {
        let error = failed(said, "");
        assert_eq!(shown(&error).as_deref(), *expected, "{:?}", String::from_utf8_lossy(said));
    }
}

#[test]
fn what_may_be_a_token_is_masked() {
    let table = [
        ("token ghp_0123456789abcdefghijklmnopqrstuvwxyz is expired", "token [masked] is expired"),
        ("token=ghp_abcdefghijkl rejected", "[masked] rejected"),
        ("abcdefghijklmnop qrstuvwxyzabcdef end", "[masked] end"),
        ("short: a1b2c3d4 pin 1234567 code 12345678", "short: [masked] pin 1234567 code [masked]"),
        (
            "mixed: aBcDeFgH Abcdefgh ABCDEFGH abcdefgH",
            "mixed: [masked] Abcdefgh ABCDEFGH [masked]",
        ),
        ("tok\u{200b}en\u{7}_of\u{1b}[0m_pieces\u{ad}_put_together", "[masked]"),
        ("tok\u{1b}[1men_\u{1b}]8;;\u{7}of_some_pieces\u{e9}", "[masked]"),
        ("no\u{a0}space\u{3000}of\u{2003}others\u{85}either", "[masked]"),
        ("ab12 cd34 ef56 gh78", "ab12 cd34 ef56 gh78"),
    ];
    for (said, expected) in table {
        assert_eq!(shown(&failed(said, "")).as_deref(), Some(expected), "{said:?}");
    }
}

/// Letters alone look like a word, but the helper printed them as the token.
#[test]
fn the_output_is_not_repeated() {
    for output in ["correcthorse", "correcthorse\n", "correcthorse\r\n", "xx-correcthorse-xx"] {
        let error = failed("rejected: 'correcthorse', or correct horse", output);
        assert_eq!(
            shown(&error).as_deref(),
            Some("rejected: [masked] or correct horse"),
            "{output:?}"
        );
    }
    // Words that are printed to both are no token.
    let error = failed("permission denied", "permission denied");
    assert_eq!(shown(&error).as_deref(), Some("permission denied"));
}

/// Of a word that goes on behind what is kept, only the beginning is known.
#[test]
fn a_word_at_the_end_of_what_is_kept_is_masked() {
    for visible in 1..16 {
        let before = " ".repeat(2048 - visible - 6) + "token ";
        let error = failed(format!("{before}abcdefghijklmnopqrstuvwxyz"), "");
        assert_eq!(shown(&error).as_deref(), Some("token [masked]"), "{visible}");
    }
    // Where a line ends before, its last word is whole.
    let error = failed(format!("all of it\n{}", "x".repeat(100_000)), "");
    assert_eq!(shown(&error).as_deref(), Some("all of it"));
}

#[test]
fn a_timeout_repeats_it_too() {
    let script = "echo 'waiting for the browser' >&2; sleep 60";
    let error = command(["sh", "-c", script], std::time::Duration::from_millis(300)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("waiting for the browser"), "{error}");
}

#[test]
fn a_helper_that_says_a_lot_is_not_held_up() {
    let script = "head -c 1000000 /dev/zero | tr '\\0' '\\n' >&2; echo abc";
    assert!(command(["sh", "-c", script], secs(30)).unwrap().constant_time_eq(b"abc"));
}

/// What may stand inside a token without parting it, and what may stand before and behind it.
const INSIDE: &str = "(\\x1b\\[[0-9;]{0,5}[a-zA-Z]|\\x1b\\][a-z]{0,5}\\x07|[\\x00-\\x08\\x0e-\\x1a\\x7f]|[\u{80}-\u{ffff}]){0,2}";
const AROUND: &str = "([a-z ,.:=\"'\n\r\t\u{1b}\u{80}-\u{ffff}]|\\x1b\\[1m){0,40}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_eight_bytes_of_a_token_come_through(
        token in "[A-Za-z0-9_.~+/=-]{16,60}|[A-Za-z0-9]{4,7}[0-9][A-Za-z0-9]{4,7}",
        inside in prop::collection::vec(INSIDE, 60),
        (before, behind) in (AROUND, AROUND),
        padding in prop_oneof![Just(0), 1980_usize..2048],
    ) {
        let disguised: String =
            token.chars().zip(&inside).flat_map(|(letter, inside)| [letter.to_string(), inside.clone()]).collect();
        let error = failed(format!("{}{before}{disguised}{behind}", " ".repeat(padding)), "");
        let said = shown(&error).unwrap_or_default();
        prop_assert!(said.len() <= 200 && said.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{said:?}");
        let lower = said.to_lowercase();
        for window in token.to_lowercase().as_bytes().windows(8) {
            prop_assert!(!lower.contains(core::str::from_utf8(window).unwrap()), "{said:?} of {token}");
        }
    }
}

/// Who runs a program himself gets the same words, and may name the token that he gave to the program.
#[test]
fn others_who_run_a_program_get_the_same_words() {
    let word = "correcthorse";
    let heard = format!("\x1b[31mcannot store {word} here\x1b[0m\nmore");
    assert_eq!(said(heard.as_bytes(), b"").unwrap(), format!("cannot store {word} here"));
    let token = format!("xx{word}xx");
    assert_eq!(said(heard.as_bytes(), token.as_bytes()).unwrap(), "cannot store [masked] here");
    assert_eq!(said(b"", b""), None);
    assert_eq!(said(b" \n\t\n", b""), None);
    // Of a long speech the last word may be the beginning of a token.
    let long = "a ".repeat(HEARD);
    assert!(said(long.as_bytes(), b"").unwrap().len() <= 200);
    let cut = [vec![b'\n'; HEARD - 7], b"abc defghijklmn".to_vec()].concat();
    assert_eq!(said(&cut, b"").unwrap(), "abc [masked]");
}

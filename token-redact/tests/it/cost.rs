//! What a text costs does not depend on how it came to be written, nor on how often a token is in it.

use std::{fmt, io::Write, time::Duration};

use rustix::time::{ClockId, clock_gettime};
use token_redact::{Prefix, Redaction};

use crate::support::{KIND, redact, redaction, register};

/// The best of some runs, in time of this thread alone, since others use the machine too.
fn time(mut work: impl FnMut()) -> Duration {
    let run = |_| {
        let start = clock_gettime(ClockId::ThreadCPUTime);
        work();
        let took = clock_gettime(ClockId::ThreadCPUTime) - start;
        Duration::try_from(took).unwrap()
    };
    (0..3).map(run).min().unwrap()
}

#[test]
fn a_value_repeated_among_escapes_costs_in_proportion() {
    let redaction = redaction();
    let value = "0123456789abcdef";
    let _registered = register(&redaction, "github-ci", value);
    let cost = |count: usize| {
        let text = format!("%{}", value.repeat(count));
        time(|| assert!(redact(&redaction, &text).starts_with("%[token:")))
    };
    let (few, many) = (cost(500), cost(4000));
    assert!(many < 30 * few, "{few:?} for 500, {many:?} for 4000");
}

/// `{:?}` writes each of these characters in two pieces, and all that may be a token is looked at again with each.
#[test]
fn formatting_in_small_pieces_costs_like_one() {
    let redaction = redaction();
    let value: String = (0..30).map(|number| format!("{number:016x}{:032x}", number * 7)).collect();
    let _registered = register(&redaction, "github-ci", &value);
    let quotes = "\"".repeat(2000);
    let text = format!("{quotes:?}");
    let whole = time(|| assert_eq!(redact(&redaction, &text), text));
    let pieces = time(|| assert_eq!(format!("{:?}", redaction.display(&quotes)), text));
    assert!(pieces < 30 * whole, "{whole:?} at once, {pieces:?} in pieces");
}

/// What attackers send, byte by byte, as a formatter or a program without a buffer writes it; flushed, too.
#[test]
fn small_pieces_cost_like_large_ones_however_long_the_values_are() {
    let value = |len: usize| -> String {
        let numbers =
            (0..).map(|number: u32| format!("{:08x}", number.wrapping_mul(2_654_435_761)));
        numbers.flat_map(String::into_bytes).map(char::from).take(len).collect()
    };
    let cost = |len: usize, text: &str, size: usize, flushes: bool| {
        let redaction = redaction();
        let _registered = register(&redaction, "github-ci", &value(len));
        time(|| {
            let mut writer = redaction.writer(std::io::sink());
            for piece in text.as_bytes().chunks(size) {
                writer.write_all(piece).unwrap();
                if flushes {
                    writer.flush().unwrap();
                }
            }
            writer.finish().unwrap();
        })
    };
    let begun = &value(4000)[..17];
    let letters = cost(4000, &"a".repeat(4096), 4096, false);
    for text in ["\"", "a", "\\", "%4", "\x1b[1m", "\\u0061", "acme_deploy_", "a\0", begun] {
        let text = text.repeat(4096 / text.len());
        // Text without a word costs next to nothing in large pieces, so no call for each byte costs as little.
        let whole = cost(4000, &text, 4096, false).max(letters);
        // A flush looks at what waits, and calls the inner writer.
        for (flushes, times) in [(false, 20), (true, 100)] {
            let (short, long) = (cost(40, &text, 1, flushes), cost(4000, &text, 1, flushes));
            let beginning = &text[..17];
            assert!(long < times * whole, "{beginning:?}: {whole:?} in 4 KiB, {long:?} in bytes");
            assert!(
                long < 5 * short,
                "{beginning:?}: {short:?} beside 40 bytes, {long:?} beside 4000"
            );
        }
    }
}

/// Somebody writes nothing but the beginnings of tokens, as they are and in escapes.
#[test]
fn a_hundred_kinds_cost_like_one() {
    let names: Vec<String> = (0..100).map(|number| format!("acme_deploy{number}")).collect();
    let kinds = |count: usize| {
        let kinds = names.iter().take(count);
        Redaction::new(kinds.map(|name| (KIND, Prefix::parse(name).unwrap())))
    };
    let (one, hundred) = (kinds(1), kinds(100));
    let cost = |redaction, text: &str| time(|| assert_eq!(redact(redaction, text), text));
    for text in ["acme_deploy0_", "%61%63%6d%65_", "%61", "\\u0061", "\\\"acme_deploy0"] {
        let text = text.repeat(2000);
        let (few, many) = (cost(&one, &text), cost(&hundred, &text));
        assert!(many < 10 * few, "{few:?} for one, {many:?} for a hundred");
    }
}

/// Somebody guesses how values end, and writes nothing else.
#[test]
fn the_end_of_a_value_over_and_over_costs_like_other_text() {
    let redaction = redaction();
    let values = [100, 200, 3000].map(|len| String::from("0123456789abcdef") + &"x".repeat(len));
    let _handles = values.map(|value| register(&redaction, "github-ci", &value));
    let cost = |text: &str| time(|| assert_eq!(redact(&redaction, text), text));
    let (guessed, other) = (cost(&"x".repeat(40_000)), cost(&"xyzXYZ01".repeat(5000)));
    assert!(guessed < 10 * other, "{other:?} for other text, {guessed:?} for the end of a value");
}

/// A long text is passed on while it is formatted, not kept whole.
#[test]
fn formatting_keeps_a_part_only() {
    struct Longest(usize);
    impl fmt::Write for Longest {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0 = self.0.max(text.len());
            Ok(())
        }
    }
    let redaction = redaction();
    let text = fmt::from_fn(|f| (0..10_000).try_for_each(|_| f.write_str("some words ")));
    let mut longest = Longest(0);
    fmt::Write::write_fmt(&mut longest, format_args!("{}", redaction.display(&text))).unwrap();
    assert!(longest.0 < 10_000, "{} bytes at once", longest.0);
}

//! Readers: however the bytes arrive, the token is the same.

use std::io::{self, Cursor, ErrorKind::*, Read};

use proptest::{collection::vec, prelude::*};
use token_core::{ErrorKind, source::reader};

use crate::support::{TEXT, fresh_token, kind_of};

const LIMIT: usize = 64 * 1024;

/// Gives at most so many bytes at a time, and is interrupted in between.
struct Slow<'a> {
    rest: &'a [u8],
    at_a_time: usize,
    interrupted: bool,
}

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(Interrupted.into());
        }
        let count = self.at_a_time.min(buffer.len());
        (&mut self.rest).take(count as u64).read(buffer)
    }
}

#[test]
fn the_size_of_the_reads_does_not_matter() {
    for at_a_time in [1, 2, 3, 7, 1000, 1024, 1025, LIMIT] {
        for len in [1, 39, 1023, 1024, 1025, 2049, 5000, LIMIT - 1, LIMIT] {
            if at_a_time < 3 && len > 5000 {
                continue;
            }
            let text: Vec<u8> = (0..len).map(|i| b'!' + (i % 94) as u8).collect();
            let slow = Slow { rest: &text, at_a_time, interrupted: false };
            let secret = reader(slow).unwrap();
            assert!(secret.constant_time_eq(&text), "{len} bytes, {at_a_time} at a time");
        }
    }
}

#[test]
fn the_limit_holds_for_readers() {
    let text = vec![b'x'; LIMIT + 1];
    assert!(reader(&text[..LIMIT]).is_ok());
    assert_eq!(kind_of(reader(&text[..])), Some(ErrorKind::TooLong));
    let slow = Slow { rest: &text, at_a_time: 1000, interrupted: false };
    assert_eq!(kind_of(reader(slow)), Some(ErrorKind::TooLong));
    assert_eq!(kind_of(reader(io::repeat(b'x'))), Some(ErrorKind::TooLong), "an endless one ends");
}

#[test]
fn an_error_in_the_middle_is_reported_without_its_text() {
    struct Fails(String);
    impl Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::new(ConnectionReset, format!("after {}", self.0)))
        }
    }
    let token = fresh_token();
    let failing = Cursor::new(token.clone()).chain(Fails(token.clone()));
    let error = reader(failing).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    let text = format!("{error} {error:?}");
    assert!(text.contains("connection reset"), "{text}");
    assert!(!text.contains(&token[..8]), "{text}");
}

#[test]
fn a_reader_is_read_to_its_first_end() {
    /// Ends once, then would go on.
    struct Resumes(u8);
    impl Read for Resumes {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            match self.0 {
                2 => Ok(0),
                _ => (&b"abc"[..]).read(buffer),
            }
        }
    }
    assert!(reader(Resumes(0)).unwrap().constant_time_eq(b"abc"));
}

#[test]
fn line_endings_are_as_in_files() {
    for (text, expected) in [
        (format!("{TEXT}\n"), None),
        (format!("{TEXT}\r\n"), None),
        (format!("{TEXT}\n\n"), Some(ErrorKind::Malformed)),
        (String::new(), Some(ErrorKind::Malformed)),
        ("\n".into(), Some(ErrorKind::Malformed)),
    ] {
        assert_eq!(kind_of(reader(text.as_bytes())), expected, "{text:?}");
    }
}

proptest! {
    #[test]
    fn what_is_loaded_is_what_was_written(
        text in "[!-~]{1,3000}",
        ending in prop::sample::select(vec!["", "\n", "\r\n"]),
        at_a_time in 1_usize..2000,
    ) {
        let written = format!("{text}{ending}");
        let slow = Slow { rest: written.as_bytes(), at_a_time, interrupted: true };
        prop_assert!(reader(slow).unwrap().constant_time_eq(text.as_bytes()));
    }

    /// Any bytes: a token of visible ASCII, or refused. Never a panic.
    #[test]
    fn only_visible_ascii_is_loaded(bytes in vec(any::<u8>(), 0..20)) {
        let unended = bytes.strip_suffix(b"\n").map_or(&bytes[..], |b| b.strip_suffix(b"\r").unwrap_or(b));
        let visible = !unended.is_empty() && unended.iter().all(u8::is_ascii_graphic);
        prop_assume!(!bytes.ends_with(b"\r"));
        prop_assert_eq!(reader(&bytes[..]).is_ok(), visible);
    }
}

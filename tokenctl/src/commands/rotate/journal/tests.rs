//! Lines that are whole, torn, damaged and foreign.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;

const ATTEMPT: &str = "ci.production.00112233445566778899aabbccddeeff";

fn whole(event: Event, handle: Option<&str>) -> String {
    let handle = handle.map(|text| text.parse().unwrap());
    line("ci.production", ATTEMPT, StepName::Retire, event, handle.as_ref())
}

#[test]
fn what_is_written_is_read() {
    for event in Event::ALL {
        for handle in [None, Some("key-17")] {
            let line = whole(event, handle);
            let read = read(line.trim_end().as_bytes());
            let expected = Line { slot: "ci.production", attempt: ATTEMPT, step: "retire", event };
            assert_eq!(read, Some(expected), "{line}");
        }
    }
}

#[test]
fn a_line_that_is_torn_or_changed_anywhere_is_no_line() {
    let line = whole(Event::Done, Some("key-17"));
    let line = line.trim_end().as_bytes();
    for end in 0..line.len() {
        assert_eq!(read(&line[..end]), None, "the first {end} bytes");
    }
    for at in 0..line.len() {
        for other in [b'0', b' ', b'~', 0xff, line[at] ^ 1] {
            let mut changed = line.to_vec();
            changed[at] = other;
            assert!(other == line[at] || read(&changed).is_none(), "byte {at} is {other}");
        }
    }
}

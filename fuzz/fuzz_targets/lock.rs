//! Any text is read as a lock or refused. A lock that was read is written as the same text, so what is reviewed is what is
//! read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use token_policy::lock::{Lock, diff};
use token_policy::Position;

fuzz_target!(|text: &str| {
    match Lock::parse(text) {
        Ok(lock) => {
            assert_eq!(lock.to_string(), text.replace("\r\n", "\n"));
            assert!(diff(&lock, &lock).is_empty());
            for (name, slot) in lock.slots() {
                assert!(slot.position().is_some_and(|position| is_within(text, position)));
                assert_eq!(lock.slot(name.kind(), name.environment()), Some(slot));
            }
        }
        Err(error) => {
            assert!(is_within(&text.replace("\r\n", "\n"), error.position()), "{error}");
            assert!(!error.to_string().contains(char::is_control), "{error:?}");
        }
    }
});

/// Whether a place is in the text. The end of a line counts, since something may be missing there.
fn is_within(text: &str, position: Position) -> bool {
    let (line, column) = (position.line as usize, position.column as usize);
    let found = text.split('\n').nth(line.wrapping_sub(1));
    found.is_some_and(|found| (1..=found.chars().count() + 1).contains(&column))
}

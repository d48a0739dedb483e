//! The content of a build note, from a file that anybody may have made.
#![no_main]

use fuzz::{assert_error_silent, with_markers};
use libfuzzer_sys::fuzz_target;
use token_policy::{kind_name, limits::MAX_KINDS, note::BuildNote};

fuzz_target!(|input: &[u8]| {
    let Some(content) = with_markers(input) else { return };
    match BuildNote::parse(&content) {
        Ok(note) => {
            assert!(note.kinds.len() <= MAX_KINDS);
            assert!(note.kinds.iter().all(|(name, _)| kind_name::is_valid(name)));
        }
        Err(error) => assert_error_silent(&error),
    }
});

//! A stand-in for a token, and checks that no output contains a part of it.

pub mod memory;

/// Stands for a token in the input, of the fuzzer or of a seed.
pub const PLACE: char = '$';

/// A token of 40 bytes that no library would print by chance.
pub const MARKER: &str = "q7Vx0ZkR3nWm9TfYb2LcJ8sHd5GpA1eUo6XiNw4K";

/// No output may contain this many consecutive bytes of a token.
const FRAGMENT: usize = 8;

/// Replaces every [`PLACE`] of the input by the [`MARKER`].
///
/// `None` for input that already contains part of the marker: libFuzzer watches
/// comparisons and learns their operands, so it would find the marker and put
/// it where the program may print it.
pub fn with_markers(input: &[u8]) -> Option<Vec<u8>> {
    if repeats_marker(input) {
        return None;
    }
    let mut text = Vec::with_capacity(input.len());
    for &byte in input {
        match byte == PLACE as u8 {
            true => text.extend_from_slice(MARKER.as_bytes()),
            false => text.push(byte),
        }
    }
    Some(text)
}

/// Whether any fragment of the marker is in `text`.
///
/// No character occurs twice in the marker, so the first byte of a window says
/// which fragment it could be.
pub fn repeats_marker(text: &[u8]) -> bool {
    text.windows(FRAGMENT).any(|window| {
        let place = PLACES[usize::from(window[0])];
        MARKER.as_bytes().get(place..place + FRAGMENT) == Some(window)
    })
}

/// Panics if `shown` contains a fragment of the marker.
pub fn assert_silent(shown: &str) {
    assert!(!repeats_marker(shown.as_bytes()), "part of a token is in: {shown}");
}

/// Panics if an error, or anything in its chain of sources, shows a fragment of the marker.
pub fn assert_error_silent(error: &dyn std::error::Error) {
    let mut next = Some(error);
    while let Some(error) = next {
        assert_silent(&format!("{error}\n{error:?}\n{error:#?}"));
        next = error.source();
    }
}

/// Where in the marker each byte stands; the marker's length for bytes that it lacks.
const PLACES: [usize; 256] = {
    let mut places = [MARKER.len(); 256];
    let mut place = 0;
    while place < MARKER.len() {
        let byte = MARKER.as_bytes()[place] as usize;
        assert!(places[byte] == MARKER.len(), "a character occurs twice");
        places[byte] = place;
        place += 1;
    }
    places
};

//! Turns the bytes that a source holds into the text of one token.

use crate::{
    Error, Secret,
    error::{Place, Problem},
};

/// Leaves out one trailing line ending, and refuses bytes that no token has.
pub(super) fn token(read: Secret, place: Place) -> Result<Secret, Error> {
    let text = without_line_ending(read.bytes());
    check(text, place)?;
    match text.len() == read.bytes().len() {
        true => Ok(read),
        false => Ok(Secret::copy_of(text)),
    }
}

/// Refuses bytes that no token has. See [`Token::admit`](crate::Token::admit).
pub(super) fn check(text: &[u8], place: Place) -> Result<(), Error> {
    match crate::token::first_malformed(text) {
        Some(offset) => Err(place.problem(Problem::Malformed { offset }).into()),
        None => Ok(()),
    }
}

/// The token in what a source holds, if it is one.
#[cfg(unix)]
pub(super) fn as_token(read: &[u8]) -> Option<&[u8]> {
    let text = without_line_ending(read);
    crate::token::first_malformed(text).is_none().then_some(text)
}

fn without_line_ending(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

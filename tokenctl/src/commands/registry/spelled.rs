//! Reads arguments, and repeats none of them that may be a token.

use std::time::Duration;

use token_core::TokenId;
use token_policy::Lifetime;

use crate::failure::Failure;
use crate::output::Veil;

/// Reads the id of a token. Somebody may write the token instead, so nothing of it is repeated.
pub(super) fn id(text: &str) -> Result<TokenId, Failure> {
    text.parse().map_err(|_| {
        Failure::usage("an argument is not the id of a token, which has 32 hexadecimal digits").help(
            "a token is never an argument, since others see those: `tokenctl scan --revoke -` reads it from standard input",
        )
    })
}

/// Fails if there is a token in a text that goes into the registry and on record.
pub(super) fn without_token(option: &str, text: Option<&str>) -> Result<(), Failure> {
    match text.is_some_and(|text| Veil::new(text).mask(text) != text) {
        true => Err(Failure::usage(format!(
            "there is a token in `{option}`, which would be written down"
        ))
        .help("say it without the token, and revoke the token: others have seen it")),
        false => Ok(()),
    }
}

/// Reads a time as the policy has it.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    text.parse().map(Lifetime::as_duration).map_err(|error| error.to_string())
}

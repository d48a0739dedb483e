//! The forms in which a redactor could keep the values it looks for.

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine};

/// The token three times in a row, whose windows are those of the token turned by each number of characters.
pub(crate) fn forms(token: &str) -> [Vec<u8>; 6] {
    let text = token.repeat(3);
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let base64 = |before: usize| BASE64_STANDARD_NO_PAD.encode(&text[before..]).into_bytes();
    let capital = hex.to_uppercase();
    [text.clone().into(), base64(0), base64(1), base64(2), hex.into(), capital.into()]
}

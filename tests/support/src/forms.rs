//! Every way in which a token may be written.

use base64::prelude::*;

/// How many ways there are.
pub const FORMS: usize = 13;

/// A token in one of the ways, some with what stands before it and after it in the same encoding.
pub fn encode(form: usize, token: &str) -> Vec<u8> {
    let bytes = token.as_bytes();
    let after = |before: &str| [before.as_bytes(), bytes, b"~/?"].concat();
    match form {
        0 => bytes.to_vec(),
        1 => BASE64_STANDARD.encode(bytes).into_bytes(),
        2 => BASE64_STANDARD.encode(after("x")).into_bytes(),
        3 => BASE64_STANDARD.encode(after("x:")).into_bytes(),
        4 => BASE64_URL_SAFE_NO_PAD.encode(after("xyz")).into_bytes(),
        5 => BASE64_URL_SAFE_NO_PAD.encode(after("?>>?")).into_bytes(),
        6 => bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect(),
        7 => bytes.iter().flat_map(|byte| format!("{byte:02X}").into_bytes()).collect(),
        8 => percent(bytes, |byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)),
        9 => percent(bytes, |byte| byte.is_ascii_alphanumeric()),
        10 => percent(bytes, |_| false),
        11 => serde_json::to_string(token).unwrap().into_bytes(),
        _ => token.encode_utf16().flat_map(u16::to_le_bytes).collect(),
    }
}

fn percent(bytes: &[u8], keep: fn(u8) -> bool) -> Vec<u8> {
    let spell = |byte: &u8| match keep(*byte) {
        true => vec![*byte],
        false => format!("%{byte:02X}").into_bytes(),
    };
    bytes.iter().flat_map(spell).collect()
}

/// Whether eight characters in a row of a form's second half are in `text`. The first half has the prefix, which is public;
/// at the end a few bits are shared with what comes after.
pub fn leaks_form(text: &[u8], form: &[u8]) -> bool {
    let inner = form.get(form.len() / 2..form.len() - 6).unwrap_or_default();
    inner.windows(8).any(|window| text.windows(8).any(|other| other == window))
}

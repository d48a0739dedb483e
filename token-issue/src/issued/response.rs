//! Writes a token response (RFC 6749 section 5.1) around a token, in one buffer that is wiped.

use std::convert::Infallible;

use token_core::Secret;

/// The body. A token has letters, digits and `_` only, and the name of a scope neither a quote nor a backslash (RFC 6749
/// section 3.3), so nothing needs an escape. `more` has members, each with a comma behind it.
pub(super) fn body(
    token: &Secret,
    left: i64,
    scopes: impl Iterator<Item = &'static str>,
    more: &'static str,
) -> Secret {
    let scopes: Vec<&str> = scopes.collect();
    let rest = format!(
        r#"",{more}"token_type":"Bearer","expires_in":{left},"scope":"{}"}}"#,
        scopes.join(" ")
    );
    token.with_bytes("goes into the body of a response", |token| {
        filled(&[br#"{"access_token":""#, token, rest.as_bytes()])
    })
}

fn filled(parts: &[&[u8]]) -> Secret {
    let len = parts.iter().map(|part| part.len()).sum();
    let written = Secret::fill(len, |buffer| {
        let mut places = buffer.iter_mut();
        for (to, from) in
            parts.iter().copied().flatten().zip(&mut places).map(|(from, to)| (to, from))
        {
            *to = *from;
        }
        Ok::<_, Infallible>(())
    });
    match written {
        Ok(body) => body,
        Err(never) => match never {},
    }
}

//! Decides whether an assigned value looks like a secret.

use crate::checksum::from_base64;
use crate::judge;
use crate::text::slice;

/// The most bytes of a value.
pub(super) const LONGEST: usize = 512;
/// The least bytes of a value.
const LEAST: usize = 8;
/// The least bytes of a value without quotes.
const BARE_LEAST: usize = 12;
/// The least bytes of a password whose letters look drawn by chance.
const DRAWN_PASSWORD: usize = 6;
/// The least bytes of a value without quotes whose letters look drawn by chance. With quotes, [`LEAST`] are enough.
const DRAWN_BARE: usize = 10;
/// The least entropy of a UUID, in bits per character. One that people write, such as `00000000-0000-...`, has less.
const UUID: f64 = 2.8;

/// Holds what the name and the place of a value say about it.
#[derive(Clone, Copy)]
pub(super) struct About {
    /// The least entropy of a value, in bits per character. For hexadecimal digits, or fewer than 16 bytes, less is
    /// enough.
    pub(super) entropy: f64,
    pub(super) quoted: bool,
    /// Whether the value is a password. People make passwords up, so they look less random than generated values.
    pub(super) password: bool,
    /// Whether the value is only the next item after its name in a list. Then its letters alone don't make it a secret.
    pub(super) listed: bool,
}

pub(super) fn is_secret(value: &[u8], about: About) -> bool {
    let drawn =
        !about.listed && judge::is_drawn(value) && (about.password || !judge::is_snake(value));
    if value.len() < least(about, drawn)
        || value.len() >= LONGEST
        || !value.iter().all(u8::is_ascii_graphic)
    {
        return false;
    }
    let number = about.password && judge::is_word_with_number(value);
    let identifier = !number && !drawn && !ends_in_digits(value) && judge::is_identifier(value);
    if judge::is_uuid(value) {
        // With a name before it a UUID says which thing is meant.
        let is_whole = value.len() == 36;
        return is_whole && judge::entropy(value) >= UUID && !judge::is_placeholder(value);
    }
    if is_something_else(value, about.quoted) || identifier {
        return false;
    }
    (!judge::is_name(value) && is_random(value, about.entropy))
        || (drawn && !judge::is_weak(value))
        || (about.password && judge::is_made_up(value))
}

/// Returns the least length of a value, in bytes.
fn least(about: About, drawn: bool) -> usize {
    match (drawn, about.password, about.quoted) {
        (true, true, _) => DRAWN_PASSWORD,
        (true, false, false) => DRAWN_BARE,
        (false, false, false) => BARE_LEAST,
        _ => LEAST,
    }
}

/// Returns whether a value is as long as a key of a cipher, and has letters and digits.
pub(super) fn is_long(value: &[u8]) -> bool {
    let has = |wanted: fn(&u8) -> bool| value.iter().any(wanted);
    value.len() >= 16 && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
}

fn is_something_else(value: &[u8], quoted: bool) -> bool {
    judge::is_placeholder(value)
        || judge::is_template(value)
        || judge::is_location(value)
        || is_code(value, quoted)
        || is_labelled_hash(value)
        || is_public(value)
        || is_account(value)
        || is_encoded_word(value)
        || judge::is_percent_encoded(value)
}

/// Returns whether the characters look drawn by chance: digits and letters in disorder.
fn is_random(value: &[u8], least: f64) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let (unrest, entropy) = (judge::unrest(value), judge::entropy(value));
    if digits == 0 {
        let disorder = unrest > 0.3 || judge::is_scrambled(value, 6);
        return letters >= 16 && disorder && entropy >= 3.5;
    }
    // A random text has less entropy if it has few characters, or few kinds of characters.
    let (least, restless) = match value.len() {
        24.. if value.iter().all(u8::is_ascii_hexdigit) => (least - 0.4, 0.1),
        0..12 => (least - 0.5, 0.4),
        12..16 => (least - 0.2, 0.3),
        _ => (least, 0.25),
    };
    // A date may also have letters, but only few.
    let disorder =
        unrest.max(judge::unrest(behind_name(value))) >= restless || judge::is_scrambled(value, 5);
    letters * 6 >= value.len() && entropy >= least && disorder
}

/// The least bytes behind a name in a value that are judged without the name.
const BEHIND_NAME: usize = 12;

/// Returns what stands behind a name in a value, such as the digits in `agent-671796973c3f`. A name says whose the value
/// is; it must not have the rest look as orderly as itself. If there is no name, or little behind it, returns nothing.
fn behind_name(value: &[u8]) -> &[u8] {
    let at = value.iter().rposition(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(0);
    let (name, rest) = (slice(value, 0, at), slice(value, at + 1, value.len()));
    let is_named = !name.is_empty() && judge::is_name(name);
    if is_named && rest.len() >= BEHIND_NAME { rest } else { b"" }
}

/// Returns whether hexadecimal digits in disorder stand behind a name. Identifiers do not end so.
fn ends_in_digits(value: &[u8]) -> bool {
    let rest = behind_name(value);
    rest.iter().all(u8::is_ascii_hexdigit) && judge::unrest(rest) >= 0.25
}

/// Returns whether a value is an expression rather than a literal.
fn is_code(value: &[u8], quoted: bool) -> bool {
    let has = |wanted: &[u8]| value.iter().any(|byte| wanted.contains(byte));
    if quoted {
        return value.starts_with(b"{") || (is_call(value) && has(b")")) || is_variable(value);
    }
    // `*alias` is YAML; `*module.Type` and `&value` occur in programming languages.
    matches!(value, [b'*' | b'&', ..])
        || (value.starts_with(b"0x") && !is_wallet_key(value))
        || has(b"()[]{}<>?")
        || memchr::memmem::find(value, b"::").is_some()
        || is_member(value)
        || is_constant(value)
}

/// Returns whether a value has the form of a private key of a wallet: 32 bytes in hexadecimal.
fn is_wallet_key(value: &[u8]) -> bool {
    value.len() == 66 && slice(value, 2, 66).iter().all(u8::is_ascii_hexdigit)
}

/// Returns whether a value has the form of an account's or a contract's address: 20 bytes in hexadecimal.
fn is_account(value: &[u8]) -> bool {
    value.len() == 42
        && value.starts_with(b"0x")
        && slice(value, 2, 42).iter().all(u8::is_ascii_hexdigit)
}

/// Returns whether a value is itself the name of a variable that holds a secret, such as `SERVICE_TOKEN`.
fn is_variable(value: &[u8]) -> bool {
    const LAST: [&[u8]; 7] =
        [b"_AUTH", b"_TOKEN", b"_KEY", b"_SECRET", b"_PASSWORD", b"_PASS", b"_PWD"];
    value.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
        && LAST.iter().any(|last| value.ends_with(last))
}

/// Returns whether a value without quotes is the name of a constant, such as `ERROR_CODE46`: words in capitals with `_`
/// between them.
fn is_constant(value: &[u8]) -> bool {
    let parts = || value.split(|byte| *byte == b'_');
    parts().count() > 1
        && value
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
        && parts().all(|part| part.is_empty() || is_word(part))
}

/// Returns whether a value is a call such as `name(`. If no name stands before the bracket, a generator may have drawn
/// it. But it is a call in any case if the brackets reach to the end of the value, as in `WinDLL(...)`.
fn is_call(value: &[u8]) -> bool {
    let Some(at) = memchr::memchr(b'(', value) else { return false };
    let head = slice(value, 0, at);
    let whole =
        value.ends_with(b")") && head.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
    whole || (judge::is_name(head) && !judge::is_drawn(head))
}

/// Returns whether a value is names with dots between them, such as `object.member`, and not a random text that happens
/// to have a dot.
fn is_member(value: &[u8]) -> bool {
    let parts = || value.split(|byte| *byte == b'.');
    let named = |part: &[u8]| is_word(part) || judge::is_identifier(part);
    let object = |first: &[u8]| named(first) || judge::is_name(first) || first.starts_with(b"_");
    parts().next().is_some_and(object) && parts().skip(1).any(named)
}

/// Returns whether a part may be the name of a member: letters, and perhaps digits after them.
fn is_word(part: &[u8]) -> bool {
    let letters =
        part.iter().take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'_').count();
    letters > 0 && slice(part, letters, part.len()).iter().all(u8::is_ascii_digit)
}

/// Returns whether a value is a hash that says so, such as `sha256-...`, `sha512:...` or `$2b$...`.
fn is_labelled_hash(value: &[u8]) -> bool {
    let lower = slice(value, 0, 8).to_ascii_lowercase();
    let labels =
        ["sha1", "sha2", "sha3", "sha5", "md5", "blake", "$2", "$argon", "pbkdf2", "h1:", "{ssha"];
    labels.iter().any(|label| lower.starts_with(label.as_bytes()))
}

/// Returns whether a value is a public key: a publishable key of Stripe and the like, of Mapbox, or of a project of
/// PostHog.
fn is_public(value: &[u8]) -> bool {
    // Whether a key of Google's is public is known by its own rule.
    let google = value.len() == 39 && value.starts_with(b"AIza");
    google
        || [&b"pk_"[..], b"pk.", b"phc_", b"sb_publishable_"]
            .iter()
            .any(|start| value.starts_with(start))
}

/// Returns whether a value is base64 of a word or of a placeholder, as in the examples of Kubernetes' secrets.
fn is_encoded_word(value: &[u8]) -> bool {
    let is_text = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
    let decoded = from_base64(value).filter(|decoded| decoded.iter().all(is_text));
    decoded.is_some_and(|decoded| {
        judge::is_placeholder(&decoded)
            || judge::is_template(&decoded)
            || judge::is_name(&decoded)
            || (decoded.len() < 16 && judge::is_weak(&decoded))
    })
}

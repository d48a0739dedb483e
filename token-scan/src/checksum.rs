//! Checks what issuers publish about their tokens beyond a prefix: a checksum, or a structure that no random text has.

mod base62;
mod bech32;
mod key;
mod macaroon;
mod nkey;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::judge;
use crate::text::slice;

/// Says how a token is checked offline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checksum {
    /// The last six characters are the CRC-32 of the characters between the last `_` and them, in base62 (GitHub, npm).
    Base62,
    /// The text is a user and a password in base64 (RFC 7617), and the password is neither a placeholder nor weak. A
    /// text that doesn't decode to such a pair passes too.
    Credentials,
    /// As `Credentials`, but a text that doesn't decode to such a pair fails, since nothing around it says that it is
    /// an authorization.
    StrictCredentials,
    /// The text is Bech32 (BIP 173), as age and Nostr write keys.
    Bech32,
    /// The last eight characters are the CRC-32 of those before the last `_`, in hexadecimal, lowest byte first (Grafana).
    Grafana,
    /// The last seven characters are the CRC-32 of the characters before them, in base36 (GitLab). The two before these
    /// seven are a length, which is not checked.
    Gitlab,
    /// The text is a JSON Web Token: its header names an algorithm that is not `none` (RFC 7515).
    Jwt,
    /// The text is a whole private key in PEM that is not encrypted: it is as long as its first bytes say.
    Key,
    /// The text is a private key in PEM, or at least half of one. That alone proves nothing.
    KeyPart,
    /// The text is an encrypted private key in PEM.
    EncryptedKey,
    /// The text is a private key as DER in base64.
    BareKey,
    /// The text is a macaroon with its signature (PyPI).
    Macaroon,
    /// The last two bytes are the CRC-16 of the bytes before them, in base32 (NATS).
    Nkey,
}

impl Checksum {
    pub(crate) fn named(name: &str) -> Option<Checksum> {
        Some(match name {
            "base62" => Checksum::Base62,
            "bech32" => Checksum::Bech32,
            "credentials" => Checksum::Credentials,
            "strict-credentials" => Checksum::StrictCredentials,
            "grafana" => Checksum::Grafana,
            "gitlab" => Checksum::Gitlab,
            "jwt" => Checksum::Jwt,
            "key" => Checksum::Key,
            "key-part" => Checksum::KeyPart,
            "encrypted-key" => Checksum::EncryptedKey,
            "bare-key" => Checksum::BareKey,
            "macaroon" => Checksum::Macaroon,
            "nkey" => Checksum::Nkey,
            _ => return None,
        })
    }

    /// Returns whether a text passes the check by chance so rarely that a token is certain even in the middle of a word.
    pub(crate) fn is_enough(self) -> bool {
        match self {
            Checksum::Base62
            | Checksum::Bech32
            | Checksum::Grafana
            | Checksum::Gitlab
            | Checksum::Macaroon
            | Checksum::Nkey => true,
            Checksum::Credentials
            | Checksum::StrictCredentials
            | Checksum::Jwt
            | Checksum::Key
            | Checksum::KeyPart
            | Checksum::EncryptedKey
            | Checksum::BareKey => false,
        }
    }

    /// Returns the check that a file as a whole passes as a private key, or `None` if it is no such file.
    pub(crate) fn of_file(file: &[u8]) -> Option<Checksum> {
        key::of_file(file)
    }

    /// Returns whether the token passes the check.
    pub(crate) fn holds(self, token: &[u8]) -> bool {
        match self {
            Checksum::Base62 => base62_holds(token).unwrap_or(false),
            Checksum::Bech32 => bech32::holds(token),
            Checksum::Credentials => password_of(token).is_none_or(|password| protects(&password)),
            Checksum::StrictCredentials => {
                password_of(token).is_some_and(|password| protects(&password))
            }
            Checksum::Grafana => grafana_holds(token).unwrap_or(false),
            Checksum::Gitlab => gitlab_holds(token).unwrap_or(false),
            Checksum::Jwt => jwt_holds(token).unwrap_or(false),
            Checksum::Key => key::is_private(token),
            Checksum::KeyPart => key::is_not_cut(token),
            Checksum::EncryptedKey => key::is_encrypted(token),
            Checksum::BareKey => key::is_bare(token),
            Checksum::Macaroon => macaroon::holds(token).unwrap_or(false),
            Checksum::Nkey => nkey::holds(token).unwrap_or(false),
        }
    }
}

/// Checks as <https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/> describes.
fn base62_holds(token: &[u8]) -> Option<bool> {
    let body = token.rsplit(|byte| *byte == b'_').next()?;
    let (random, checksum) = body.split_last_chunk::<6>()?;
    Some(base62::number(checksum)? == u64::from(crc32fast::hash(random)))
}

/// Checks as the package `satokengen` in Grafana's sources does.
fn grafana_holds(token: &[u8]) -> Option<bool> {
    let (rest, checksum) = token.split_last_chunk::<8>()?;
    let crc = crc32fast::hash(rest.strip_suffix(b"_")?).to_le_bytes();
    let hex: String = crc.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(hex.as_bytes() == checksum)
}

/// Checks as <https://handbook.gitlab.com/handbook/engineering/architecture/design-documents/cells/routable_tokens/>
/// describes.
fn gitlab_holds(token: &[u8]) -> Option<bool> {
    let (rest, checksum) = token.split_last_chunk::<7>()?;
    let number = u64::from_str_radix(std::str::from_utf8(checksum).ok()?, 36).ok()?;
    Some(number == u64::from(crc32fast::hash(rest)))
}

/// Returns the password after the first colon of the decoded text, or `None` if the text is not all printable ASCII. If it
/// is empty, a long name is the secret, as some services want it.
fn password_of(token: &[u8]) -> Option<Vec<u8>> {
    let decoded = from_base64(token)?;
    let colon = memchr::memchr(b':', &decoded)?;
    let readable = decoded.iter().all(u8::is_ascii_graphic);
    let (user, password) = (slice(&decoded, 0, colon), slice(&decoded, colon + 1, decoded.len()));
    let secret = if password.is_empty() && user.len() >= LONG { user } else { password };
    readable.then(|| secret.to_vec())
}

fn protects(password: &[u8]) -> bool {
    password.len() >= 6
        && !judge::is_placeholder(password)
        && !judge::is_template(password)
        && (password.len() >= LONG || !judge::is_weak(password))
}

/// The least bytes of a password that may have a word in it by chance, and of a name that is a secret.
const LONG: usize = 16;

fn jwt_holds(token: &[u8]) -> Option<bool> {
    let header = from_base64(token.split(|byte| *byte == b'.').next()?)?;
    let has = |needle: &[u8]| memchr::memmem::find(&header, needle).is_some();
    Some(has(b"\"alg\"") && !has(b"\"none\"") && header.trim_ascii_end().ends_with(b"}"))
}

/// Decodes base64 of both alphabets, with or without padding. Bits left over at the end are ignored. Returns `None` if
/// a byte is no digit.
pub(crate) fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.iter().map(|byte| url_safe(*byte)).filter(|b| *b != b'=').collect();
    // A single digit that is left over has too few bits for a byte.
    let whole = if digits.len() % 4 == 1 { digits.len() - 1 } else { digits.len() };
    LENIENT.decode(digits.get(..whole)?).ok()
}

fn url_safe(byte: u8) -> u8 {
    match byte {
        b'+' => b'-',
        b'/' => b'_',
        other => other,
    }
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

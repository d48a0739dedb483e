//! Finds live tokens by their ids, so that a leak is found without the token being stored.

/// The bytes that are hashed before the token to make its id. They are those of `TokenId` in token-core.
const DOMAIN: &[u8] = b"token-core/id/v1\0";

/// The length of the shortest text that is looked up, in bytes.
const LEAST: usize = 16;
/// The length of the longest text that is looked up, in bytes.
const MOST: usize = 4096;

/// The ids of known tokens.
#[derive(Debug, Default)]
pub(crate) struct Known {
    ids: Vec<[u8; 16]>,
}

impl Known {
    pub(crate) fn add(&mut self, id: [u8; 16]) {
        self.ids.push(id);
        self.ids.sort_unstable();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Calls `found` with the range of every word of a text that is a known token.
    pub(crate) fn find(&self, bytes: &[u8], mut found: impl FnMut(usize, usize)) {
        let mut start = 0;
        for (at, byte) in bytes.iter().chain(b" ").enumerate() {
            if is_token_byte(*byte) {
                continue;
            }
            let word = bytes.get(start..at).unwrap_or_default();
            if (LEAST..=MOST).contains(&word.len()) && self.has(word) {
                found(start, at);
            }
            start = at + 1;
        }
    }

    fn has(&self, word: &[u8]) -> bool {
        word.iter().any(u8::is_ascii_alphanumeric) && self.ids.binary_search(&id(word)).is_ok()
    }
}

/// Returns the id of a token, which is the same as that of `TokenId::of` in token-core.
pub(crate) fn id(token: &[u8]) -> [u8; 16] {
    let mut hash = hmac_sha256::Hash::new();
    hash.update(DOMAIN);
    hash.update(token);
    let mut id = [0; 16];
    id.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    id
}

/// Writes bytes as hexadecimal digits.
pub(crate) fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns whether a byte may be a part of a token. Quotes, brackets, `,`, `;`, `=` and spaces are no part, since they
/// usually end a token.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'_' | b'-' | b'.' | b'~' | b'+' | b'/' | b':' | b'!' | b'$' | b'%' | b'@'
        )
}

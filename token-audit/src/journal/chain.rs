//! Authenticates the frames of the journal, together with all that the log has before them.

use constant_time_eq::constant_time_eq;
use token_core::{Secret, wipe};

use super::Read;
use crate::{
    Checkpoint, SigningKey,
    merkle::{Hash, leaf_hash},
};

/// Makes the codes of frames. Each code covers the code of the frame before, and that of the first frame covers the
/// checkpoint that the frame continues: the log, its root, and the session with its random mark. So a frame fits in one place
/// of one log, in one session.
pub(crate) struct Chain {
    /// Derived from the log's signing key, and wiped like it.
    key: Secret,
    /// What the next frame continues: the hash of a checkpoint's signed text, or the code of a frame.
    before: Hash,
}

/// The code of a frame, by HMAC-SHA-256 (RFC 2104).
#[derive(Clone, Copy)]
pub(crate) struct Code(Hash);

impl Code {
    /// Returns the part of the code that is written.
    pub(crate) fn short(self) -> [u8; 16] {
        self.0.first_chunk().copied().unwrap_or_default()
    }
}

impl Chain {
    /// Starts behind a checkpoint.
    pub(crate) fn after(checkpoint: &Checkpoint, key: &SigningKey) -> Self {
        let key = key.derive(b"token-audit/journal/v1");
        Self { key, before: hash(checkpoint) }
    }

    /// Starts again behind a newer checkpoint.
    pub(crate) fn restart(&mut self, checkpoint: &Checkpoint) {
        self.before = hash(checkpoint);
    }

    /// Goes on behind a frame that has this code.
    pub(crate) fn advance(&mut self, code: Code) {
        self.before = code.0;
    }

    /// Returns the code of the frame if the log's key wrote it, here and in this session; otherwise `None`.
    pub(crate) fn check(&self, frame: &Read<'_>) -> Option<Code> {
        let code = self.code(frame.index, frame.entries);
        constant_time_eq(&code.short(), frame.code).then_some(code)
    }

    pub(crate) fn code(&self, index: u64, entries: &[u8]) -> Code {
        // The entries are hashed with the processor's own instructions, which `hmac_sha256` does not use. The code is
        // over their hash.
        let mut message = [0; 72];
        let (start, rest) = message.split_at_mut(8);
        let (before, end) = rest.split_at_mut(32);
        start.copy_from_slice(&index.to_be_bytes());
        before.copy_from_slice(&self.before);
        end.copy_from_slice(&leaf_hash(entries));
        Code(self.key.with_bytes("the key of the journal's frames", |key| {
            wipe::on_zeros([key, &message], |[key, message]| hmac_sha256::HMAC::mac(message, key))
        }))
    }
}

fn hash(checkpoint: &Checkpoint) -> Hash {
    leaf_hash(checkpoint.signed_text().as_bytes())
}

//! Proves that a record is in the log.

use core::{fmt, str::FromStr};

use base64::prelude::{BASE64_STANDARD, Engine};

use super::{Lines, invalid, write_rest};
use crate::{
    Error,
    checkpoint::{Checkpoint, Claim, number},
    key::VerifyingKey,
    merkle::{Hash, check_inclusion, leaf_hash},
};

const WHAT: &str = "proof of inclusion";
const VERSION: &str = "c2sp.org/tlog-proof@v1";

/// The proof that a record is in the log. It contains the record and the checkpoint.
///
/// Its text is a C2SP tlog-proof: a file `<name>.tlog-proof` that is verified with the log's verifying key
/// alone. The record stands in the line `extra`.
///
/// ```no_run
/// use token_audit::{InclusionProof, VerifyingKey};
///
/// let key: VerifyingKey = std::fs::read_to_string("log.vkey")?.trim_end().parse()?;
/// let proof: InclusionProof = std::fs::read_to_string("created.tlog-proof")?.parse()?;
/// let record = proof.verify(&key)?;
/// println!("record {}: {}", proof.index(), String::from_utf8_lossy(record));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct InclusionProof {
    record: Option<Vec<u8>>,
    index: u64,
    hashes: Vec<Hash>,
    checkpoint: Claim,
}

impl InclusionProof {
    pub(crate) fn new(
        record: Option<Vec<u8>>,
        index: u64,
        hashes: Vec<Hash>,
        checkpoint: &Checkpoint,
    ) -> Self {
        Self { record, index, hashes, checkpoint: checkpoint.claim().clone() }
    }

    /// Returns the index of the record in the log, as the proof states it. It is true only once the proof is verified.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Checks the proof. Returns the bytes of the record that is proven to be in the log.
    ///
    /// # Errors
    ///
    /// Fails with [`InvalidSignature`](crate::ErrorKind::InvalidSignature) if `key` did not sign the checkpoint; with
    /// [`InvalidProof`](crate::ErrorKind::InvalidProof) if the record is not under the checkpoint's root, or if the
    /// proof does not contain the record.
    pub fn verify(&self, key: &VerifyingKey) -> Result<&[u8], Error> {
        let missing = "the record itself is not in it (its line `extra`)";
        let record = self.record.as_deref().ok_or_else(|| invalid(missing))?;
        self.verify_record(record, key)?;
        Ok(record)
    }

    /// Checks the proof for a record that is known from elsewhere. Returns the checkpoint that covers it.
    ///
    /// # Errors
    ///
    /// Fails as [`verify`](Self::verify) does.
    pub fn verify_record(&self, record: &[u8], key: &VerifyingKey) -> Result<Checkpoint, Error> {
        let checkpoint = self.checkpoint.clone().verify(key)?;
        let (size, root) = (checkpoint.size(), checkpoint.root());
        if self.index >= size {
            return Err(invalid("its checkpoint covers fewer records"));
        }
        match check_inclusion(&self.hashes, size, root, self.index, &leaf_hash(record)) {
            true => Ok(checkpoint),
            false => {
                Err(invalid("its hashes do not lead from the record to the checkpoint's root"))
            }
        }
    }
}

impl fmt::Display for InclusionProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{VERSION}")?;
        if let Some(record) = &self.record {
            writeln!(f, "extra {}", BASE64_STANDARD.encode(record))?;
        }
        writeln!(f, "index {}", self.index)?;
        write_rest(f, &self.hashes, &self.checkpoint)
    }
}

impl fmt::Debug for InclusionProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InclusionProof({} in ", self.index)?;
        self.checkpoint.fmt_as("Checkpoint", f)?;
        f.write_str(")")
    }
}

impl FromStr for InclusionProof {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut lines = Lines::of(text, WHAT)?;
        lines.next(|line| (line == VERSION).then_some(()))?;
        let record = lines.next_if("extra ", |base64| BASE64_STANDARD.decode(base64).ok())?;
        let index = lines.next(|line| number(line.strip_prefix("index ")?))?;
        let (hashes, checkpoint) = lines.rest()?;
        Ok(Self { record, index, hashes, checkpoint })
    }
}

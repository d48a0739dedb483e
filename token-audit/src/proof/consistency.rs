//! Proves that a log was only appended to.

use core::{fmt, str::FromStr};

use super::{Lines, invalid, write_rest};
use crate::{
    Error,
    checkpoint::{Checkpoint, Claim, number},
    error::FaultProblem,
    key::VerifyingKey,
    merkle::{Hash, MAX_SIZE, check_consistency},
};

const WHAT: &str = "proof of consistency";

/// The proof that a newer checkpoint covers all records that an older one covers, unchanged.
///
/// Its text is the body of an `add-checkpoint` request (C2SP tlog-witness), so it can be sent to a witness as it is.
///
/// ```no_run
/// use token_audit::{Checkpoint, ConsistencyProof, VerifyingKey};
///
/// let key: VerifyingKey = std::fs::read_to_string("log.vkey")?.trim_end().parse()?;
/// let known = Checkpoint::parse(std::fs::read("checkpoint")?, &key)?;
/// let proof: ConsistencyProof = std::fs::read_to_string("proof")?.parse()?;
/// let newer = proof.verify(&known, &key)?;
/// std::fs::write("checkpoint", newer.as_str())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    old_size: u64,
    hashes: Vec<Hash>,
    checkpoint: Claim,
}

impl ConsistencyProof {
    pub(crate) fn new(old_size: u64, hashes: Vec<Hash>, checkpoint: &Checkpoint) -> Self {
        Self { old_size, hashes, checkpoint: checkpoint.claim().clone() }
    }

    /// Returns how many records the older checkpoint covers.
    #[must_use]
    pub fn old_size(&self) -> u64 {
        self.old_size
    }

    /// Checks the proof against the checkpoint that is known. Returns the newer checkpoint, which is the known one from
    /// now on.
    ///
    /// # Errors
    ///
    /// Fails with [`InvalidSignature`](crate::ErrorKind::InvalidSignature) if `key` did not sign the newer checkpoint;
    /// with [`LogForked`](crate::ErrorKind::LogForked) if both checkpoints cover as many records under different roots, or
    /// were signed by writers of which neither went on where the other was, so that the two texts prove that the key signed
    /// two histories; with
    /// [`InvalidProof`](crate::ErrorKind::InvalidProof) if the proof does not lead from the known checkpoint to the
    /// newer one.
    pub fn verify(&self, old: &Checkpoint, key: &VerifyingKey) -> Result<Checkpoint, Error> {
        let new = self.checkpoint.clone().verify(key)?;
        if old.origin() != new.origin() {
            return Err(invalid("its checkpoint and the known one are of different logs"));
        }
        let sessions = new.session().zip(old.session());
        if let Some(what) = sessions.and_then(|(new, old)| new.does_not_continue(&old)) {
            let (ours, theirs) = (new.size(), old.size());
            return Err(FaultProblem::Forked { what, ours, theirs }.alone().into());
        }
        if old.size() == new.size() && old.root() != new.root() {
            return Err(forked(old.size()));
        }
        if old.size() != self.old_size {
            return Err(invalid("it starts from another size than the known checkpoint's"));
        }
        if old.size() > new.size() {
            return Err(invalid("its checkpoint covers fewer records than the known one"));
        }
        match check_consistency(&self.hashes, old.size(), old.root(), new.size(), new.root()) {
            true => Ok(new),
            false => Err(invalid("its hashes do not lead from the known root to the newer one")),
        }
    }
}

impl fmt::Display for ConsistencyProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        write_rest(f, &self.hashes, &self.checkpoint)
    }
}

impl fmt::Debug for ConsistencyProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConsistencyProof({} in ", self.old_size)?;
        self.checkpoint.fmt_as("Checkpoint", f)?;
        f.write_str(")")
    }
}

impl FromStr for ConsistencyProof {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut lines = Lines::of(text, WHAT)?;
        let old_size = |line: &str| number(line.strip_prefix("old ")?);
        let old_size = lines.next(|line| old_size(line).filter(|size| *size <= MAX_SIZE))?;
        let (hashes, checkpoint) = lines.rest()?;
        Ok(Self { old_size, hashes, checkpoint })
    }
}

#[cold]
fn forked(size: u64) -> Error {
    let what = "two signed checkpoints of the same size have different roots";
    FaultProblem::Forked { what, ours: size, theirs: size }.alone().into()
}

//! Cosigns the checkpoints of a log: C2SP tlog-cosignature, `cosignature/v1` with Ed25519.

use core::{fmt, str::FromStr};

use signed_note::Signature;
use time::UtcDateTime;

use super::{
    SigningKey, malformed,
    public::{Public, Sort},
};
use crate::{Checkpoint, Error, Reader, error::FaultProblem};

/// Cosigns the checkpoints of a log, as a party that keeps them elsewhere.
///
/// A cosignature says: at this time, this was the newest checkpoint of the log that I have seen, and it continues all those
/// that I have seen before. So a log that was rewritten or set back gets none. What a witness has cosigned last must be
/// kept, on another machine than the log's, and given to [`cosign`](Self::cosign) the next time.
///
/// ```
/// # fn main() -> Result<(), token_audit::Error> {
/// # let directory = std::env::temp_dir().join(format!("token-audit-witness-{}", std::process::id()));
/// # let log_key = token_audit::SigningKey::generate("example.com/tokens")?;
/// # let verifying = log_key.verifying_key().clone();
/// # token_audit::Log::open(&directory, log_key)?.close()?;
/// use token_audit::{Reader, SigningKey, Witness};
/// use token_core::UtcDateTime;
///
/// let witness = Witness::new(SigningKey::generate("witness.example.com/w1")?)?;
/// let reader = Reader::open(&directory, &verifying)?;
/// let now = UtcDateTime::now();
/// let first = witness.cosign(&reader, None, now)?;
/// let next = witness.cosign(&reader, Some(&first), now)?;
/// assert!(next.cosigned_at(witness.verifying_key()).is_some());
/// # let _ = std::fs::remove_dir_all(&directory);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Witness {
    key: SigningKey,
    public: WitnessKey,
}

impl Witness {
    /// Makes the witness whose key this is. It must be a key of its own, and not that of a log.
    ///
    /// # Errors
    ///
    /// Does not fail for a key of this crate.
    pub fn new(key: SigningKey) -> Result<Self, Error> {
        let public = WitnessKey(key.verifying_key().for_witness()?);
        Ok(Self { key, public })
    }

    /// Returns the public half of the key, which verifies cosignatures.
    #[must_use]
    pub fn verifying_key(&self) -> &WitnessKey {
        &self.public
    }

    /// Cosigns the checkpoint that `reader` has, if it continues `last`: the checkpoint of this log that this witness
    /// has cosigned last, or `None` if it has cosigned none. The result has the log's signature and the cosignature. Keep it
    /// before anybody else gets it, and never cosign the same log twice at the same time.
    ///
    /// # Errors
    ///
    /// Fails with [`LogForked`](crate::ErrorKind::LogForked) if the log does not continue `last`: it was set back, or
    /// rewritten, or is another log with the same key; with [`InvalidProof`](crate::ErrorKind::InvalidProof) if the proof of
    /// that does not hold; with [`MalformedKey`](crate::ErrorKind::MalformedKey) if this witness has the key of the log;
    /// otherwise as [`Reader::prove_since`].
    pub fn cosign(
        &self,
        reader: &Reader,
        last: Option<&Checkpoint>,
        at: UtcDateTime,
    ) -> Result<Checkpoint, Error> {
        if self.key.verifying_key().is_same_point(reader.key()) {
            return Err(malformed("a witness needs a key of its own, and this is the log's"));
        }
        let newest = match last {
            None => reader.checkpoint().clone(),
            // What is cosigned was proven by the proof that anybody could check, and not by the reader alone.
            Some(last) => reader.prove_since(last)?.verify(last, reader.key())?,
        };
        let time = u64::try_from(at.unix_timestamp()).ok().filter(|time| *time > 0);
        let time = time.ok_or_else(|| FaultProblem::NoTime.alone())?;
        let signature = self.key.sign(&message(time, newest.signed_text()));
        let signature = [&time.to_be_bytes()[..], &signature].concat();
        newest.with_signature(&self.public.0.name, self.public.0.id, signature)
    }
}

/// The public half of a witness's key. It shows whether, and when, the witness has cosigned a checkpoint.
///
/// Its text is a C2SP signed-note verifier key of the type for cosignatures, `<name>+<id>+<base64>`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct WitnessKey(Public);

impl WitnessKey {
    /// Returns the witness's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns the time that a valid cosignature of `text` states; `None` if it is not valid.
    fn time_of(&self, text: &str, signature: &Signature) -> Option<UtcDateTime> {
        if signature.name() != self.0.name || signature.id() != self.0.id {
            return None;
        }
        let (time, signature) = signature.signature().split_first_chunk()?;
        let time = u64::from_be_bytes(*time);
        let is_valid = self.0.verify(&message(time, text), signature);
        let time = i64::try_from(time).ok().filter(|_| is_valid)?;
        UtcDateTime::from_unix_timestamp(time).ok()
    }
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text())
    }
}

impl fmt::Debug for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WitnessKey({self})")
    }
}

impl FromStr for WitnessKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Public::parse(Sort::Witness, text).map(Self)
    }
}

impl Checkpoint {
    /// Returns the newest time at which the witness cosigned this checkpoint; `None` if it did not. A time may be in the
    /// future: it is that of the witness's clock.
    #[must_use]
    pub fn cosigned_at(&self, witness: &WitnessKey) -> Option<UtcDateTime> {
        let times = self.signatures().filter_map(|it| witness.time_of(self.signed_text(), &it));
        times.max()
    }
}

/// Returns what a witness signs.
fn message(time: u64, text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{text}").into_bytes()
}

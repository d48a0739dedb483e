//! Defines proofs that are checked with the log's verifying key, without the log.

mod consistency;
mod inclusion;

use core::{fmt, iter::Enumerate, str::Split};

use base64::prelude::{BASE64_STANDARD, Engine};

pub use consistency::ConsistencyProof;
pub use inclusion::InclusionProof;

use super::{
    checkpoint::{Claim, Format, hash},
    merkle::Hash,
};
use crate::{Error, error::FaultProblem};

/// The most hashes that a proof may have (C2SP tlog-witness).
const MAX_HASHES: usize = 63;

/// Reads a proof: the lines up to the empty one, and the checkpoint after it.
struct Lines<'t> {
    what: &'static str,
    head: Enumerate<Split<'t, char>>,
    count: usize,
    checkpoint: &'t str,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str, what: &'static str) -> Result<Self, Error> {
        let whole = text.split_once("\n\n").ok_or_else(|| error(what, None));
        let (head, checkpoint) = whole?;
        let lines = head.split('\n');
        Ok(Self { what, count: lines.clone().count(), head: lines.enumerate(), checkpoint })
    }

    /// Reads the next line by `read`. Fails if there is no line or `read` returns `None`.
    fn next<T>(&mut self, read: impl FnOnce(&'t str) -> Option<T>) -> Result<T, Error> {
        let (number, line) = self.head.next().unwrap_or((self.count, ""));
        read(line).ok_or_else(|| error(self.what, Some(number + 1)))
    }

    /// Reads the next line by `read`, without `prefix`. Returns `None` if the line does not begin with `prefix`.
    fn next_if<T>(
        &mut self,
        prefix: &str,
        read: impl FnOnce(&'t str) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let rest = self.head.clone().next().and_then(|(_, line)| line.strip_prefix(prefix));
        let Some(rest) = rest else { return Ok(None) };
        self.next(|_| read(rest)).map(Some)
    }

    /// Reads the remaining lines, which are hashes, and then the checkpoint.
    fn rest(mut self) -> Result<(Vec<Hash>, Claim), Error> {
        let mut hashes = Vec::new();
        while self.head.clone().next().is_some() {
            hashes.push(self.next(|line| hash(line).filter(|_| hashes.len() < MAX_HASHES))?);
        }
        let format = Format { what: self.what, read: self.count + 1 };
        Ok((hashes, Claim::read(self.checkpoint, format)?))
    }
}

/// Writes the end of a proof, which both kinds have in common: the hashes and the checkpoint.
fn write_rest(f: &mut fmt::Formatter<'_>, hashes: &[Hash], checkpoint: &Claim) -> fmt::Result {
    for hash in hashes {
        writeln!(f, "{}", BASE64_STANDARD.encode(hash))?;
    }
    write!(f, "\n{}", checkpoint.note())
}

#[cold]
fn error(what: &'static str, line: Option<usize>) -> Error {
    Format { what, read: 0 }.error(line)
}

#[cold]
fn invalid(what: &'static str) -> Error {
    FaultProblem::InvalidProof { what }.alone().into()
}

//! Reads and writes checkpoints: signed statements of how many records a log has, and of the root over them.
//!
//! The format is C2SP tlog-checkpoint in a C2SP signed-note. Only this module and [`key`](super::key) use the crate
//! `signed_note`.

use core::fmt;
use std::{borrow::ToOwned, format, string::String};

use base64::prelude::{BASE64_STANDARD, Engine};
use signed_note::{Note, Signature};

use super::{
    key::{SigningKey, VerifyingKey},
    merkle::{EMPTY_ROOT, Hash, MAX_SIZE},
    session::{OLDER, Session},
};
use crate::{Error, error::FaultProblem};

/// A log's signed statement that it has so many records, under this root.
///
/// The signature of every `Checkpoint` was checked. Witnesses' cosignatures and unknown extension lines
/// (C2SP tlog-checkpoint) are kept, but not checked. One extension line is the log's own: it says in which session the
/// checkpoint was signed, that is, how often a writer has opened the log, with a random mark of the log and one of the
/// session.
///
/// ```
/// use token_audit::{Checkpoint, VerifyingKey};
///
/// // The first checkpoint of the test log of transparency-dev/tessera, which is empty.
/// let key: VerifyingKey =
///     "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx".parse()?;
/// let text = "example.com/log/testdata
/// 0
/// 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
///
/// — example.com/log/testdata M9e0lhxJACzE1KoUdqKuPa+9p6R7dSW8BlEvrg/noo8FkGg6PbJoRNOcdjqjOq89wVvTA60eubCc4oufo5BvIVEgtQc=
/// ";
/// let checkpoint = Checkpoint::parse(text, &key)?;
/// assert_eq!(checkpoint.size(), 0);
/// # Ok::<(), token_audit::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Checkpoint(Claim);

impl Checkpoint {
    /// Reads a checkpoint and checks that `key` signed it.
    ///
    /// A text that was printed, or was sent by mail, may have come back with other line ends: with CRLF, with more line ends
    /// behind the last line, or with none. That is no other checkpoint.
    ///
    /// # Errors
    ///
    /// Fails with [`Syntax`](crate::ErrorKind::Syntax) if the text is no checkpoint, or is one of more than 2^48
    /// records; with [`InvalidSignature`](crate::ErrorKind::InvalidSignature) if it is the checkpoint of another log,
    /// or its signature is wrong.
    pub fn parse(text: impl AsRef<[u8]>, key: &VerifyingKey) -> Result<Self, Error> {
        // What is signed has LF. A text that had something else there has another signature.
        let lines = text_of(text.as_ref())?.replace("\r\n", "\n");
        let note = format!("{}\n", lines.trim_end_matches('\n'));
        Claim::read(&note, FORMAT)?.verify(key)
    }

    /// The same for a file of the log itself, of which no byte may have changed.
    pub(super) fn parse_exactly(text: &[u8], key: &VerifyingKey) -> Result<Self, Error> {
        Claim::read(text_of(text)?, FORMAT)?.verify(key)
    }

    /// Returns the log's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.0.origin()
    }

    /// Returns how many records the checkpoint covers.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.0.size
    }

    /// Returns the root of the Merkle tree over these records (RFC 6962 section 2.1).
    #[must_use]
    pub fn root(&self) -> &[u8; 32] {
        &self.0.root
    }

    /// Returns the whole note, signatures included.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.note
    }

    /// Signs that the log has `size` records under `root`. The caller must have made sure that this agrees with
    /// everything that the key has signed before.
    pub(super) fn sign(
        key: &SigningKey,
        size: u64,
        root: &Hash,
        session: Option<Session>,
    ) -> Result<Self, Error> {
        let extension = session.map(|session| format!("{session}\n")).unwrap_or_default();
        let root_text = BASE64_STANDARD.encode(root);
        let text = format!("{}\n{size}\n{root_text}\n{extension}", key.name());
        let signature = key.sign(text.as_bytes()).to_vec();
        let (name, id) = (key.name().to_owned(), key.verifying_key().id());
        // The key's name was checked when the key was made, so neither of these steps fails.
        let note = Signature::new(name, id, signature)
            .and_then(|signature| Note::new(text.as_bytes(), &[signature]))
            .map_err(|_| FORMAT.error(None))?;
        let note = String::from_utf8(note.to_bytes()).map_err(|_| FORMAT.error(None))?;
        Ok(Self(Claim { note, size, root: *root, session }))
    }

    /// Returns the session in which the checkpoint was signed; `None` if it does not say so, as that of another program.
    pub(super) fn session(&self) -> Option<Session> {
        self.0.session
    }

    /// Says why a log with this newest checkpoint is not one that had the checkpoint `theirs` before. Returns `None` if
    /// neither their sizes nor their sessions show it; then their roots must be compared.
    pub(super) fn does_not_continue(&self, theirs: &Self) -> Option<&'static str> {
        let sessions = self.session().zip(theirs.session());
        let by_session = sessions.and_then(|(ours, theirs)| ours.does_not_continue(&theirs));
        by_session.or_else(|| (theirs.size() > self.size()).then_some(OLDER))
    }

    /// Returns what the log signed: the note without its signatures.
    pub(super) fn signed_text(&self) -> &str {
        self.0.signed_text()
    }

    /// Iterates over all signatures, of which those of other keys were not checked.
    pub(super) fn signatures(&self) -> impl Iterator<Item = Signature> {
        self.0.signatures()
    }

    /// Adds another party's signature. The caller must have made it.
    pub(super) fn with_signature(
        self,
        name: &str,
        id: u32,
        signature: Vec<u8>,
    ) -> Result<Self, Error> {
        let line =
            Signature::new(name.to_owned(), id, signature).map_err(|_| FORMAT.error(None))?;
        let line = String::from_utf8(line.to_bytes()).map_err(|_| FORMAT.error(None))?;
        let Claim { note, size, .. } = &self.0;
        let claim = Claim::read(&format!("{note}{}\n", line.trim_end()), FORMAT)?;
        debug_assert_eq!(claim.size, *size, "a signature changes nothing");
        Ok(Self(claim))
    }

    pub(super) fn claim(&self) -> &Claim {
        &self.0
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_as("Checkpoint", f)
    }
}

/// The content of a checkpoint whose signature was not checked yet.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Claim {
    note: String,
    size: u64,
    root: Hash,
    session: Option<Session>,
}

impl Claim {
    /// Reads a note. It is what is left of a text in `format` after the lines that `format` counts as read.
    pub(super) fn read(note: &str, format: Format) -> Result<Self, Error> {
        let (body, _) = note.rsplit_once("\n\n").ok_or_else(|| format.error(None))?;
        let mut lines = body.split('\n');
        let mut next = || lines.next().filter(|line| !line.is_empty());
        next().ok_or_else(|| format.error(Some(1)))?;
        let size = next().and_then(number).filter(|size| *size <= MAX_SIZE);
        let size = size.ok_or_else(|| format.error(Some(2)))?;
        let root = next().and_then(hash).filter(|root| size > 0 || *root == EMPTY_ROOT);
        let root = root.ok_or_else(|| format.error(Some(3)))?;
        let extensions = lines.clone();
        if let Some(extension) = lines.position(str::is_empty) {
            return Err(format.error(Some(4 + extension)));
        }
        Note::from_bytes(note.as_bytes()).map_err(|_| format.error(None))?;
        let session = extensions.into_iter().find_map(Session::parse);
        Ok(Self { note: note.to_owned(), size, root, session })
    }

    pub(super) fn verify(self, key: &VerifyingKey) -> Result<Checkpoint, Error> {
        if self.origin() != key.name() {
            return Err(unsigned("it is the checkpoint of another log"));
        }
        let mut signatures = self.signatures_by(key).peekable();
        if signatures.peek().is_none() {
            return Err(unsigned("it has no signature by this key"));
        }
        // All signatures by this key are checked, since a second one that is wrong shows that the text was changed.
        let text = self.signed_text().as_bytes();
        if !signatures.all(|signature| key.verify(text, signature.signature())) {
            return Err(unsigned("its signature is another text's"));
        }
        drop(signatures);
        Ok(Checkpoint(self))
    }

    pub(super) fn note(&self) -> &str {
        &self.note
    }

    pub(super) fn fmt_as(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = BASE64_STANDARD.encode(self.root);
        write!(f, "{name}({} {} {root})", self.origin(), self.size)
    }

    fn origin(&self) -> &str {
        self.note.split('\n').next().unwrap_or_default()
    }

    /// Returns the signed text: everything before the empty line, with its line break.
    fn signed_text(&self) -> &str {
        let body = self.note.rsplit_once("\n\n").map_or(0, |(body, _)| body.len());
        self.note.get(..=body).unwrap_or_default()
    }

    fn signatures(&self) -> impl Iterator<Item = Signature> {
        let lines = self.note.rsplit_once("\n\n").map_or("", |(_, lines)| lines);
        lines.lines().filter_map(|line| Signature::from_bytes(line.as_bytes()).ok())
    }

    fn signatures_by(&self, key: &VerifyingKey) -> impl Iterator<Item = Signature> {
        self.signatures()
            .filter(|signature| signature.name() == key.name() && signature.id() == key.id())
    }
}

/// Says, for errors, what a text is meant to be, and how many of its lines were read already.
#[derive(Clone, Copy)]
pub(super) struct Format {
    pub(super) what: &'static str,
    pub(super) read: usize,
}

fn text_of(bytes: &[u8]) -> Result<&str, Error> {
    core::str::from_utf8(bytes).map_err(|_| FORMAT.error(None))
}

const FORMAT: Format = Format { what: "checkpoint", read: 0 };

impl Format {
    /// Makes the error about a text that is wrong. `line` is the number of the wrong line, counted from the first line
    /// that was not read already; `None` if no single line is wrong.
    #[cold]
    pub(super) fn error(self, line: Option<usize>) -> Error {
        let line = line.map(|line| self.read + line);
        FaultProblem::Syntax { what: self.what, line }.alone().into()
    }
}

/// Reads a decimal number in its one spelling: only digits, and no leading zero. Returns `None` for any other text.
pub(super) fn number(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| canonical && digits)
}

/// Reads a hash in base64 (RFC 4648 section 4), in its one spelling. Returns `None` for any other text.
pub(super) fn hash(text: &str) -> Option<Hash> {
    let mut bytes = [0; 33]; // The decoder needs room for three bytes per four characters.
    let len = BASE64_STANDARD.decode_slice(text, &mut bytes).ok()?;
    bytes.first_chunk().copied().filter(|hash: &Hash| len == hash.len())
}

#[cold]
fn unsigned(what: &'static str) -> Error {
    FaultProblem::InvalidSignature { what }.alone().into()
}

//! Reads the content of a build note. It comes from a file that anybody may have made.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde_json::{Map, Value};

use crate::limits::MAX_KINDS;
use crate::{PolicyDigest, SourceDigest, kind_name};

/// What a program's file says about one of its policies.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BuildNote {
    /// The package whose code calls `policy!`.
    pub package: String,
    /// The policy file as the call names it.
    pub file: String,
    /// The digest of the policy.
    pub policy: PolicyDigest,
    /// The name of each kind, and the digest of its own rules.
    pub kinds: Vec<(String, PolicyDigest)>,
    /// The source that the program was built from. `None` if it is unknown.
    pub source: Option<SourceDigest>,
}

impl BuildNote {
    /// Reads the content of a note. Keys that this version does not know are left out.
    ///
    /// # Errors
    ///
    /// Fails if the content is no JSON, if it has another version, or if a value is not what the
    /// [format](super#the-format) says. The error never repeats the content.
    pub fn parse(content: &[u8]) -> Result<BuildNote, NoteError> {
        if content.len() > MOST {
            return Err(NoteError(Problem::TooLong));
        }
        let value = serde_json::from_slice(content).map_err(|_| NoteError(Problem::NotJson))?;
        let Value::Object(note) = value else { return Err(NoteError(Problem::NotJson)) };
        match note.get("version").and_then(Value::as_u64) {
            Some(1) => {}
            Some(other) => return Err(NoteError(Problem::Version(other))),
            None => return Err(wrong("version")),
        }
        Ok(BuildNote {
            package: text(&note, "package")?.into(),
            file: text(&note, "file")?.into(),
            policy: digest(text(&note, "policy")?).ok_or(wrong("policy"))?,
            kinds: kinds(&note).ok_or(wrong("kinds"))?,
            source: source(text(&note, "source")?).ok_or(wrong("source"))?,
        })
    }
}

fn text<'n>(note: &'n Map<String, Value>, key: &'static str) -> Result<&'n str, NoteError> {
    note.get(key).and_then(Value::as_str).ok_or(wrong(key))
}

fn digest(text: &str) -> Option<PolicyDigest> {
    text.parse().ok()
}

fn kinds(note: &Map<String, Value>) -> Option<Vec<(String, PolicyDigest)>> {
    let kinds = note.get("kinds")?.as_object().filter(|kinds| kinds.len() <= MAX_KINDS)?;
    let kind = |(name, own): (&String, &Value)| {
        kind_name::check(name).ok()?;
        Some((name.clone(), digest(own.as_str()?)?))
    };
    kinds.iter().map(kind).collect()
}

fn source(text: &str) -> Option<Option<SourceDigest>> {
    match text {
        "" => Some(None),
        text => SourceDigest::parse(text).ok().map(Some),
    }
}

/// The error for a content that is not that of a build note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoteError(Problem);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Problem {
    NotJson,
    TooLong,
    Value(&'static str),
    Version(u64),
}

const fn wrong(key: &'static str) -> NoteError {
    NoteError(Problem::Value(key))
}

impl fmt::Display for NoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Problem::NotJson => f.write_str("the build note is not an object of JSON"),
            Problem::TooLong => write!(f, "the build note is longer than {} KiB", MOST >> 10),
            Problem::Value(key) => {
                write!(f, "the build note has no `{key}`, or it is not what it should be")
            }
            Problem::Version(version) => {
                write!(f, "the build note has version {version}, and only version 1 is known here")
            }
        }
    }
}

impl core::error::Error for NoteError {}

/// The longest content, in bytes. The names of 1,024 kinds and their digests are far shorter.
const MOST: usize = 1 << 20;

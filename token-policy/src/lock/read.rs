//! Reads a lock.

use alloc::format;
use alloc::string::{String, ToString};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::LockErrorKind as Kind;
use super::line::{self, Key};
use super::{Lock, LockError, MAX_LOCK_BYTES, Slot, SlotName};
use crate::Position;
use crate::position::Lines;

/// Reads a lock that is written as locks are.
pub(super) fn read(text: &str) -> Result<Lock, LockError> {
    let (lock, source) = (facts(text)?, text.replace("\r\n", "\n"));
    Source { text: &source, lines: Lines::of(&source) }.check_spelling(&lock)?;
    Ok(lock)
}

/// Reads the facts of a lock, in whatever order, and with whatever comments, they stand.
pub(super) fn facts(text: &str) -> Result<Lock, LockError> {
    if text.len() > MAX_LOCK_BYTES {
        let message =
            format!("the lock has {} bytes, which is more than {MAX_LOCK_BYTES}", text.len());
        return Err(LockError { position: Position::START, kind: Kind::TooLarge, message });
    }
    // Git may have been told to write the line ends of Windows.
    let text = &text.replace("\r\n", "\n");
    let source = Source { text, lines: Lines::of(text) };
    source.check_merged()?;
    let root = DeTable::parse(text).map_err(|error| source.syntax(&error))?;
    let mut lock = Lock::default();
    let root = root.get_ref();
    source.check_version(root)?;
    for (kind, environments) in root.iter().filter(|(key, _)| key.get_ref() != "version") {
        let at = kind.span().start;
        let Some(environments) = environments.get_ref().as_table() else {
            return Err(source.error(at, Kind::UnknownKey, NOT_A_SLOT));
        };
        for (environment, slot) in environments {
            let Some(name) = SlotName::new(kind.get_ref(), environment.get_ref()) else {
                return Err(source.error(at, Kind::InvalidName, NOT_A_SLOT));
            };
            let slot = source.slot(environment.span().start, slot)?;
            lock.slots.insert(name, slot);
        }
    }
    Ok(lock)
}

/// The text that is read, for places.
struct Source<'t> {
    text: &'t str,
    lines: Lines<'t>,
}

impl Source<'_> {
    fn slot(&self, at: usize, value: &Spanned<DeValue<'_>>) -> Result<Slot, LockError> {
        let Some(lines) = value.get_ref().as_table() else {
            return Err(self.error(at, Kind::WrongType, NOT_A_SLOT));
        };
        let mut slot = Slot { position: Some(self.position(at)), ..Slot::default() };
        for (name, value) in lines {
            let key = match name.get_ref().as_ref() {
                "current" => Key::Current,
                "previous" => Key::Previous,
                _ => {
                    let message = "a slot has the lines `current` and `previous`, and no other";
                    return Err(self.error(name.span().start, Kind::UnknownKey, message));
                }
            };
            let at = value.span().start;
            let Some(text) = value.get_ref().as_str() else {
                let message =
                    "a line of a lock is a string, such as `current = \"scopes=… policy=…\"`";
                return Err(self.error(at, Kind::WrongType, message));
            };
            let entry = line::read(key, text).map_err(|(kind, message)| {
                self.error(at, kind, format!("{message}; write the lock with `tokenctl lock`"))
            })?;
            match key {
                Key::Current => slot.current = Some(entry),
                Key::Previous => slot.previous = Some(entry),
            }
        }
        Ok(slot)
    }

    fn check_version(&self, root: &DeTable<'_>) -> Result<(), LockError> {
        let version = root.get("version");
        let at = version.map_or(0, |version| version.span().start);
        match version.map(Spanned::get_ref) {
            Some(DeValue::Integer(number)) if number.as_str() == "1" => Ok(()),
            Some(DeValue::Integer(_)) => {
                let message = "the lock has a version that is not known here; use the `tokenctl` that wrote it";
                Err(self.error(at, Kind::UnknownVersion, message))
            }
            Some(_) => Err(self.error(
                at,
                Kind::WrongType,
                "the version of a lock is a number: `version = 1`",
            )),
            None => Err(self.error(
                at,
                Kind::UnknownVersion,
                "a lock begins with a comment and `version = 1`",
            )),
        }
    }

    /// Refuses the marks of a conflict before anything else, so that the message is about the merge and not about TOML.
    fn check_merged(&self) -> Result<(), LockError> {
        let mut at = 0;
        for line in self.text.split_inclusive('\n') {
            if MARKS.iter().any(|mark| line.starts_with(mark)) {
                let message = "git left a conflict here: two branches changed one slot; keep the lines of one of them, and let \
                               `tokenctl lock verify` say which tokens are live";
                return Err(self.error(at, Kind::Conflict, message));
            }
            at += line.len();
        }
        Ok(())
    }

    fn syntax(&self, error: &toml::de::Error) -> LockError {
        let at = error.span().unwrap_or_default().start;
        match error.message() {
            "duplicate key" => {
                let message = "the slot or the line is there twice: a merge of two rotations of one slot leaves it so; keep one, \
                               and let `tokenctl lock verify` say which token is live";
                self.error(at, Kind::Repeated, message)
            }
            message => self.error(at, Kind::Syntax, format!("invalid TOML: {message}")),
        }
    }

    /// Refuses a text that states the facts in another way: out of order, with a comment, or quoted differently. What is
    /// reviewed is the text, and what git merges is its lines.
    fn check_spelling(&self, lock: &Lock) -> Result<(), LockError> {
        let written = lock.to_string();
        if written == self.text {
            return Ok(());
        }
        let mut at = 0;
        for (found, wanted) in self.text.split_inclusive('\n').zip(written.split_inclusive('\n')) {
            if found != wanted {
                break;
            }
            at += found.len();
        }
        let message = "from here on the lock is not written as `tokenctl lock` writes it: its order, comments, spaces and \
                       quotes are fixed, so that it can be reviewed and merged line by line; run `tokenctl lock`";
        Err(self.error(at, Kind::NotAsWritten, message))
    }

    fn error(&self, at: usize, kind: Kind, message: impl Into<String>) -> LockError {
        LockError { position: self.position(at), kind, message: message.into() }
    }

    fn position(&self, at: usize) -> Position {
        self.lines.position(at)
    }
}

const NOT_A_SLOT: &str = "a lock has `version` and slots, each under the header `[kind.environment]` with names as in a policy";

/// How the lines begin that git writes where a merge conflicts.
const MARKS: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];

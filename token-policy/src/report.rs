//! Holds the findings of a check or a scan, and writes them to a [`fmt::Write`](core::fmt::Write). It does no I/O.
//!
//! ```
//! use token_policy::Level;
//! use token_policy::report::{self, Finding, Place};
//!
//! let finding = Finding::new("no-owner", Level::Warn, "token kind `ci` has no owner")
//!     .at(Place::new("tokens.toml", 4, 9).length(2))
//!     .excerpt("[tokens.ci]")
//!     .fix("say who answers for its tokens, such as `owner = \"platform-team\"`")
//!     .fact("kind", "ci");
//! let mut text = String::new();
//! report::text(&[finding], &mut text)?;
//! assert_eq!(text, "\
//! warning[no-owner]: token kind `ci` has no owner
//!  --> tokens.toml:4:9
//!   |
//! 4 | [tokens.ci]
//!   |         ^^
//!   = kind: ci
//!   = help: say who answers for its tokens, such as `owner = \"platform-team\"`
//!
//! ");
//! # Ok::<(), std::fmt::Error>(())
//! ```
//!
//! A finding is shown as it is, so the code that makes one must mask secrets. In text, control characters, direction
//! marks and invisible characters are written as escapes, so that they can't change what a terminal shows.

mod notice;
mod text;

#[cfg(feature = "json")]
mod json;
mod path;
#[cfg(feature = "json")]
mod sarif;

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::Level;

pub use self::notice::Notice;
pub use self::path::{path_bytes, path_text};
pub use self::text::{text, visible, wrap};

#[cfg(feature = "json")]
pub use self::json::{json, json_notices, plain};
#[cfg(feature = "json")]
pub use self::sarif::{Rule, Tool, sarif};

/// One result of a check or a scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    code: Cow<'static, str>,
    level: Level,
    message: String,
    fix: Option<String>,
    place: Option<Place>,
    excerpt: Option<String>,
    fingerprint: Option<String>,
    facts: Vec<(&'static str, String)>,
    accepted: Option<Accepted>,
}

/// Why a finding is accepted, and where that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Whether it is written in the file of the finding, as a comment, or else in another file.
    pub in_source: bool,
    /// The reason.
    pub reason: String,
}

impl Finding {
    /// Makes a finding with a stable code, such as `no-owner`, and one sentence without a full stop.
    pub fn new(
        code: impl Into<Cow<'static, str>>,
        level: Level,
        message: impl Into<String>,
    ) -> Finding {
        Finding {
            code: code.into(),
            level,
            message: message.into(),
            fix: None,
            place: None,
            excerpt: None,
            fingerprint: None,
            facts: Vec::new(),
            accepted: None,
        }
    }

    /// Sets where the finding is.
    pub fn at(mut self, place: Place) -> Finding {
        self.place = Some(place);
        self
    }

    /// Sets the advice on what to do.
    pub fn fix(mut self, fix: impl Into<String>) -> Finding {
        self.fix = Some(fix.into());
        self
    }

    /// Sets the line of the file that text shows. JSON and SARIF don't show it.
    pub fn excerpt(mut self, line: impl Into<String>) -> Finding {
        self.excerpt = Some(line.into());
        self
    }

    /// Sets the excerpt to the finding's line of `file`, the text of the file. Does nothing if the text has no such
    /// line.
    pub fn excerpt_of(self, file: &str) -> Finding {
        let number = self.place.as_ref().and_then(|place| usize::try_from(place.line).ok());
        let line = number.and_then(|number| file.lines().nth(number.checked_sub(1)?));
        match line {
            Some(line) => self.excerpt(line.trim_start_matches('\u{FEFF}')),
            None => self,
        }
    }

    /// Adds a fact about the finding, such as the token kind. In text, facts keep their order.
    pub fn fact(mut self, name: &'static str, value: impl Into<String>) -> Finding {
        self.facts.push((name, value.into()));
        self
    }

    /// Sets a text that identifies the finding even when its place changes. The text must not be secret.
    pub fn fingerprint(mut self, fingerprint: impl Into<String>) -> Finding {
        self.fingerprint = Some(fingerprint.into());
        self
    }

    /// Marks the finding as accepted. SARIF tells that; text and JSON don't, so leave such findings out there.
    pub fn accepted(mut self, accepted: Accepted) -> Finding {
        self.accepted = Some(accepted);
        self
    }

    /// Returns whether the finding is marked as [accepted](Finding::accepted).
    pub fn is_accepted(&self) -> bool {
        self.accepted.is_some()
    }

    /// Returns the finding with each of its texts replaced: its code, sentence, fix, path, excerpt, facts and the reason
    /// why it is accepted. So tokens can be masked in whatever shows it.
    pub fn map(self, mut with: impl FnMut(&str) -> String) -> Finding {
        let code = match with(&self.code) {
            same if same == self.code => self.code,
            other => Cow::Owned(other),
        };
        let accepted = self.accepted.map(|accepted| {
            let reason = with(&accepted.reason);
            Accepted { reason, ..accepted }
        });
        Finding {
            code,
            message: with(&self.message),
            fix: self.fix.map(|fix| with(&fix)),
            place: self.place.map(|place| Place { file: with(&place.file), ..place }),
            excerpt: self.excerpt.map(|excerpt| with(&excerpt)),
            facts: self.facts.into_iter().map(|(name, value)| (name, with(&value))).collect(),
            accepted,
            ..self
        }
    }

    /// Returns the finding's stable code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Returns the finding's level.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Returns the finding's sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns where the finding is, or `None` if it has no place.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// Returns what to do about the finding, or `None` if there is no advice.
    pub fn help(&self) -> Option<&str> {
        self.fix.as_deref()
    }

    /// Iterates over the facts, in the order in which they were added.
    pub fn facts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.facts.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

/// The place of a finding in a file. Line and column count from 1, and columns count characters, as editors do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    file: String,
    line: u32,
    column: u32,
    length: Option<u32>,
}

impl Place {
    /// Makes a place in a file, whose path is shown as given. Line and column count from 1; 0 counts as 1. For a path that
    /// may have bytes that are no UTF-8, see [`path_text`].
    pub fn new(file: impl Into<String>, line: u32, column: u32) -> Place {
        Place { file: file.into(), line: line.max(1), column: column.max(1), length: None }
    }

    /// Sets how many characters of the line the place covers.
    pub fn length(mut self, characters: u32) -> Place {
        self.length = Some(characters);
        self
    }

    /// Returns the file's path.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Returns the number of the line, from 1.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// Returns the number of the character in the line, from 1.
    pub fn column(&self) -> u32 {
        self.column
    }

    /// Returns how many characters of the line the place covers, or `None` if that is unknown.
    pub fn characters(&self) -> Option<u32> {
        self.length
    }
}

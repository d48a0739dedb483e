//! Defines notices, by which a run reports about itself.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

use super::visible;
use crate::Level;

/// Something that a run reports about itself, such as a file that it could not read. It is no finding; but the file may
/// contain tokens that are not reported.
///
/// ```
/// use token_policy::Level;
/// use token_policy::report::Notice;
///
/// let notice = Notice::new("file-unreadable", Level::Deny, "not searched: unreadable").about("a.txt");
/// assert_eq!(notice.to_string(), "a.txt: not searched: unreadable");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub(super) code: Cow<'static, str>,
    pub(super) level: Level,
    pub(super) message: String,
    pub(super) file: Option<String>,
}

impl Notice {
    /// Makes a notice with a stable code and one sentence without a full stop.
    pub fn new(
        code: impl Into<Cow<'static, str>>,
        level: Level,
        message: impl Into<String>,
    ) -> Notice {
        Notice { code: code.into(), level, message: message.into(), file: None }
    }

    /// Sets the path of the file that the notice is about. It is shown as given.
    pub fn about(mut self, file: impl Into<String>) -> Notice {
        self.file = Some(file.into());
        self
    }

    /// Returns the notice with each of its texts replaced: its code, sentence and path.
    pub fn map(self, mut with: impl FnMut(&str) -> String) -> Notice {
        Notice {
            code: Cow::Owned(with(&self.code)),
            level: self.level,
            message: with(&self.message),
            file: self.file.map(|file| with(&file)),
        }
    }

    /// Returns the notice's stable code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Returns the notice's level.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Returns the notice's sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the path of the file that the notice is about, or `None` if it is about no file.
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }
}

/// Writes the file, if there is one, and the message.
impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}: ", visible(file))?;
        }
        f.write_str(&visible(&self.message))
    }
}

//! Decides which records a reader returns.

use time::UtcDateTime;

use super::Record;
use token_core::TokenId;

/// Decides which records a reader returns: by default all. If a method is called twice, the last call counts.
///
/// ```
/// use token_audit::{Filter, Record};
///
/// let line = br#"{"v":1,"index":3,"time":"2026-11-22T06:45:01.000000Z","event":"created","kind":"github-ci"}"#;
/// let record = Record::parse(line)?;
///
/// assert!(Filter::default().matches(&record));
/// assert!(Filter::default().events(["created", "narrowed"]).kind("github-ci").matches(&record));
/// assert!(!Filter::default().from_index(4).matches(&record));
/// # Ok::<(), token_audit::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a filter does nothing until it is asked"]
pub struct Filter {
    events: Option<Vec<String>>,
    kind: Option<String>,
    token: Option<TokenId>,
    since: Option<UtcDateTime>,
    until: Option<UtcDateTime>,
    pub(super) from_index: u64,
}

impl Filter {
    /// Lets only events with these names through, such as `created`. Without names, it lets no event through.
    pub fn events<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.events = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Lets only events about this kind of token through.
    pub fn kind(mut self, name: impl Into<String>) -> Self {
        self.kind = Some(name.into());
        self
    }

    /// Lets only events about this token through. Its successor after a rotation is another token.
    pub fn token(mut self, id: TokenId) -> Self {
        self.token = Some(id);
        self
    }

    /// Lets only records from this time on through.
    pub fn since(mut self, time: UtcDateTime) -> Self {
        self.since = Some(time);
        self
    }

    /// Lets only records before this time through.
    pub fn until(mut self, time: UtcDateTime) -> Self {
        self.until = Some(time);
        self
    }

    /// Lets only records from this index on through.
    pub fn from_index(mut self, index: u64) -> Self {
        self.from_index = index;
        self
    }

    /// Returns whether the filter lets the record through.
    #[must_use]
    pub fn matches(&self, record: &Record) -> bool {
        let event = &record.event;
        let named = |names: &Vec<String>| names.iter().any(|name| name == event.action.name());
        record.index >= self.from_index
            && self.since.is_none_or(|since| record.time >= since)
            && self.until.is_none_or(|until| record.time < until)
            && self.token.is_none_or(|id| event.token == Some(id))
            && self.kind.as_ref().is_none_or(|kind| *kind == event.kind)
            && self.events.as_ref().is_none_or(named)
    }
}

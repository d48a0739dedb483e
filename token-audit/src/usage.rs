//! Computes which scopes were granted and which were used.

use std::collections::BTreeMap;

use time::UtcDateTime;

use super::{Action, OpenTokens, Record};

/// Says which scopes of each kind were granted and which were used in a period. Those that were granted and not used
/// were not needed.
///
/// The granted scopes are those of every token that was open at some time of the period: opened before the period's
/// end, and neither closed nor expired before its beginning (by the rules of [`OpenTokens`]). The used scopes are those
/// of the `exposed` records within the period.
///
/// A use counts for exactly the scopes that the operation requires. If `repo:write` implies `repo:read`, an operation
/// that requires `repo:read` is a use of `repo:read` alone, even if the token got that scope through `repo:write`.
///
/// Uses are put on record several at a time: at a use, if the last such record is more than an hour old, and when the
/// token ends. So uses of a token that is still held may be missing, and a use shortly before the period may count
/// within it. Uses that were not on record when a process was killed are lost. Choose periods of days that are longer
/// than tokens live.
///
/// [Apply](Self::apply) all records of the log in order, also those from before the period, since they say which tokens
/// are open.
///
/// ```
/// use token_audit::{Record, ScopeUse};
/// use token_core::{UtcDateTime, record::{Action, Event, Use}};
///
/// let now = UtcDateTime::UNIX_EPOCH;
/// let mut all = ScopeUse::between(UtcDateTime::MIN, UtcDateTime::MAX);
///
/// let created = Event::new(Action::Created, "ci").scopes(["repo:read", "repo:write"]);
/// all.apply(&Record::new(0, now, created));
/// let uses = vec![Use::new("repo:read", 12)];
/// all.apply(&Record::new(1, now, Event::new(Action::exposed(Some(0), uses), "ci")));
///
/// let (kind, scopes) = all.kinds().next().expect("there is one");
/// assert_eq!(kind, "ci");
/// assert_eq!(scopes.unused().collect::<Vec<_>>(), ["repo:write"]);
/// ```
#[derive(Clone, Debug)]
pub struct ScopeUse {
    since: UtcDateTime,
    until: UtcDateTime,
    /// The tokens that were opened before the period. If one is closed before the period, its scopes are taken from
    /// `kinds` again.
    before: OpenTokens,
    kinds: BTreeMap<String, KindUse>,
}

/// The scopes of one kind. All lists that it returns are sorted by the scope's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindUse {
    /// For each granted scope, by how many openings it is granted. A closing before the period takes one away; a scope
    /// without openings is removed.
    granted: BTreeMap<String, u64>,
    used: BTreeMap<String, u64>,
}

impl ScopeUse {
    /// Starts a period from `since` until right before `until`.
    #[must_use]
    pub const fn between(since: UtcDateTime, until: UtcDateTime) -> Self {
        Self { since, until, before: OpenTokens::new(), kinds: BTreeMap::new() }
    }

    /// Takes the next record of the log.
    pub fn apply(&mut self, record: &Record) {
        let event = &record.event;
        match &event.action {
            action if action.is_opening() => self.open(record),
            action if action.is_closing() => self.close(record),
            Action::Exposed { uses, .. } if self.is_within(record.time) => {
                let kind = self.kind(&event.kind);
                uses.iter().for_each(|used| add(&mut kind.used, &used.scope, used.times));
            }
            _ => {}
        }
    }

    /// Iterates over the kinds of which a scope was granted or used, sorted by name.
    pub fn kinds(&self) -> impl Iterator<Item = (&str, &KindUse)> {
        let kinds = self.kinds.iter().map(|(kind, scopes)| (&**kind, scopes));
        kinds.filter(|(_, scopes)| !scopes.granted.is_empty() || !scopes.used.is_empty())
    }

    fn is_within(&self, time: UtcDateTime) -> bool {
        self.since <= time && time < self.until
    }

    fn open(&mut self, record: &Record) {
        // A token that had expired when the period began was not open in it, also if no record closed it.
        if record.time >= self.until || record.event.is_expired_at(self.since) {
            return;
        }
        if record.time < self.since {
            self.before.apply(record);
        }
        let kind = self.kind(&record.event.kind);
        record.event.scopes.iter().for_each(|scope| add(&mut kind.granted, scope, 1));
    }

    /// Applies a closing. If it is within or after the period, it takes no scopes away: the token was open in the
    /// period. But the opening is then no longer waiting for a closing before the period.
    fn close(&mut self, record: &Record) {
        let closed = self.before.close(&record.event);
        if record.time >= self.since {
            return;
        }
        for token in closed {
            let kind = self.kind(&token.event.kind);
            token.event.scopes.iter().for_each(|scope| kind.withdraw(scope));
        }
    }

    fn kind(&mut self, name: &str) -> &mut KindUse {
        self.kinds.entry(name.to_owned()).or_default()
    }
}

impl KindUse {
    /// Iterates over the scopes that a token of the kind had in the period.
    pub fn granted(&self) -> impl Iterator<Item = &str> {
        self.granted.keys().map(String::as_str)
    }

    /// Iterates over the scopes that were used. The second element says how often each was used.
    pub fn used(&self) -> impl Iterator<Item = (&str, u64)> {
        self.used.iter().map(|(scope, times)| (&**scope, *times))
    }

    /// Iterates over the scopes that were granted and not used. They are candidates for the next narrowing of the
    /// policy.
    pub fn unused(&self) -> impl Iterator<Item = &str> {
        self.granted().filter(|scope| !self.used.contains_key(*scope))
    }

    fn withdraw(&mut self, scope: &str) {
        if let Some(openings) = self.granted.get_mut(scope) {
            *openings -= 1;
            if *openings == 0 {
                self.granted.remove(scope);
            }
        }
    }
}

fn add(counts: &mut BTreeMap<String, u64>, scope: &str, more: u64) {
    let count = counts.entry(scope.to_owned()).or_default();
    *count = count.saturating_add(more);
}

//! Compares a lock with the policy.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use ::time::UtcDateTime;

use super::time::Shown;
use super::{Entry, Lock, LockedToken, ScopesDigest, Slot, SlotName};
use crate::report::{Finding, Place};
use crate::{Level, Policy, Position, SlotRule};

impl Lock {
    /// Compares the lock with its policy. Returns what does not fit, slot by slot; nothing if all is well.
    ///
    /// `now` is the time at which an expired token is a problem.
    pub fn check(&self, policy: &Policy, now: UtcDateTime) -> Vec<Problem> {
        let mut problems = Problems { found: Vec::new(), now };
        let declared: BTreeMap<SlotName, SlotRule<'_>> =
            policy.slots().map(|rule| (SlotName::of(&rule), rule)).collect();
        for (name, rule) in &declared {
            match self.slots.get(name) {
                Some(slot) => problems.slot(name, slot, rule),
                None => problems.add(name, None, ProblemKind::SlotMissing, "the lock has no slot"),
            }
        }
        for (name, slot) in self.slots().filter(|(name, _)| !declared.contains_key(name)) {
            let text = "the policy declares no such slot";
            problems.add(name, slot.position, ProblemKind::SlotUndeclared, text);
        }
        self.find_repeated(&mut problems);
        problems.found.sort_by(|a, b| (&a.slot, a.kind as u8).cmp(&(&b.slot, b.kind as u8)));
        problems.found
    }

    /// Finds tokens that stand in two lines: a token of two slots would be revoked in one and used in the other. In one slot, who
    /// ends the previous token by its handle would end the current one.
    fn find_repeated(&self, problems: &mut Problems) {
        let mut seen: BTreeMap<[u8; 16], &SlotName> = BTreeMap::new();
        for (name, slot) in self.slots() {
            for token in slot.entries().filter_map(|entry| entry.token.as_ref()) {
                if let Some(first) = seen.insert(token.id, name) {
                    let text =
                        format!("its token {} stands in slot `{first}` too", token.short_id());
                    problems.add(name, slot.position, ProblemKind::RepeatedToken, text);
                }
            }
            if let Some(handle) = slot.shared_handle() {
                let text = format!("its tokens have the same handle, {handle}");
                problems.add(name, slot.position, ProblemKind::RepeatedToken, text);
            }
        }
    }
}

struct Problems {
    found: Vec<Problem>,
    now: UtcDateTime,
}

impl Problems {
    fn add(
        &mut self,
        slot: &SlotName,
        position: Option<Position>,
        kind: ProblemKind,
        text: impl Into<Cow<'static, str>>,
    ) {
        self.found.push(Problem { slot: slot.clone(), position, kind, text: text.into() });
    }

    fn slot(&mut self, name: &SlotName, slot: &Slot, rule: &SlotRule<'_>) {
        let mut add = |kind, text: String| self.add(name, slot.position, kind, text);
        let is_listed = |entry: &Entry| entry.token.is_some();
        if rule.kind().is_ephemeral() && slot.entries().any(is_listed) {
            add(ProblemKind::Listed, "it lists a token, though its kind is ephemeral".into());
        }
        match &slot.current {
            Some(entry) => bindings(entry, rule, &mut add),
            None if rule.kind().is_ephemeral() => {
                add(
                    ProblemKind::LineMissing,
                    "it has no line, though its kind is ephemeral".into(),
                );
            }
            None => {}
        }
        let current = slot.current.as_ref().and_then(|entry| entry.token.as_ref());
        let previous = slot.previous.as_ref().and_then(|entry| entry.token.as_ref());
        if let Some(previous) = previous
            && !rule.kind().is_ephemeral()
            && current.is_none_or(|current| previous.generation >= current.generation)
        {
            let text = "its previous token is not older than the current one";
            add(ProblemKind::Generation, text.into());
        }
        let ends = rule.kind().max_lifetime().is_some();
        for token in current.into_iter().chain(previous) {
            if ends && token.expires.is_none() {
                let text =
                    format!("its token {} never expires, but its kind does", token.short_id());
                self.add(name, slot.position, ProblemKind::NeverExpires, text);
            }
            self.times(name, slot.position, token);
        }
    }

    fn times(&mut self, name: &SlotName, position: Option<Position>, token: &LockedToken) {
        let id = token.short_id();
        if let Some(end) = token.expires.filter(|end| *end <= self.now) {
            let text = format!("its token {id} has expired at {}", Shown(end));
            self.add(name, position, ProblemKind::Expired, text);
        } else if let Some(end) = token.retire_after.filter(|end| *end <= self.now) {
            let text = format!("its token {id} was to be ended at {}", Shown(end));
            self.add(name, position, ProblemKind::Overdue, text);
        }
    }
}

/// Compares what a line says its kind is with what the policy says.
fn bindings(entry: &Entry, rule: &SlotRule<'_>, add: &mut impl FnMut(ProblemKind, String)) {
    let (kind, environment) = (rule.kind(), rule.environment());
    if entry.token.is_none() && !kind.is_ephemeral() {
        let text = "its line names no token, though its kind is not ephemeral";
        add(ProblemKind::Unlisted, text.into());
    }
    if entry.policy != kind.digest() {
        let (locked, wanted) = (entry.policy, kind.digest());
        let text = format!(
            "its `policy` is {locked:.12}, but the policy says {wanted:.12} about the kind"
        );
        add(ProblemKind::Policy, text);
    }
    let scopes = ScopesDigest::of(kind.closure());
    if entry.scopes != scopes {
        let locked = entry.scopes;
        add(
            ProblemKind::Scopes,
            format!("its `scopes` is {locked:.12}, but the kind's are {scopes:.12}"),
        );
    }
    if environment.is_release() && entry.source.is_none() {
        add(ProblemKind::Source, "it has no `source`, though only releases run there".into());
    }
    let demanded = environment.assurance();
    if let Some(image) = entry.image.filter(|image| image.assurance < demanded) {
        let text = format!(
            "its `assurance` is {}, but the environment demands {demanded}",
            image.assurance
        );
        add(ProblemKind::Assurance, text);
    }
}

/// Something in a lock that does not fit the policy.
///
/// `Display` writes it on one line: ``slot `kind.environment`: problem``.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    slot: SlotName,
    position: Option<Position>,
    kind: ProblemKind,
    text: Cow<'static, str>,
}

impl Problem {
    /// Returns the slot that the problem is about.
    pub fn slot(&self) -> &SlotName {
        &self.slot
    }

    /// Returns what sort of problem it is.
    pub fn kind(&self) -> ProblemKind {
        self.kind
    }

    /// Returns where the slot stands in the lock, or `None` if it is not there or the lock was not read from text.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// Returns the problem as a finding, whose code and level are those of its [kind](Problem::kind). `file` is the lock's
    /// file name.
    pub fn finding(&self, file: &str) -> Finding {
        let finding = Finding::new(self.kind.code(), self.kind.level(), self.to_string())
            .fact("kind", self.slot.kind())
            .fact("environment", self.slot.environment())
            .fix(self.kind.help());
        match self.position {
            Some(at) => finding.at(Place::new(file, at.line, at.column)),
            None => finding,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "slot `{}`: {}", self.slot, self.text)
    }
}

/// The sorts of [`Problem`], in the order in which those of a slot are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The policy declares a slot that the lock has not.
    SlotMissing,
    /// The lock has a slot that the policy does not declare.
    SlotUndeclared,
    /// The slot of an ephemeral kind has no line.
    LineMissing,
    /// A line lists a token of an ephemeral kind.
    Listed,
    /// A line names no token, though its kind is not ephemeral.
    Unlisted,
    /// A line has another digest of its kind than the policy.
    Policy,
    /// A line has another digest of its kind's scopes than the policy.
    Scopes,
    /// A line binds to no source, though only releases run in its environment.
    Source,
    /// The image of a line was known less well than its environment demands.
    Assurance,
    /// A previous token is not older than the current one.
    Generation,
    /// A token never expires, though its kind does.
    NeverExpires,
    /// A token has expired.
    Expired,
    /// A previous token was to be ended before now.
    Overdue,
    /// A token stands in two lines, or both tokens of a slot have one handle.
    RepeatedToken,
}

impl ProblemKind {
    /// All sorts, in that order.
    pub const ALL: [ProblemKind; 14] = [
        ProblemKind::SlotMissing,
        ProblemKind::SlotUndeclared,
        ProblemKind::LineMissing,
        ProblemKind::Listed,
        ProblemKind::Unlisted,
        ProblemKind::Policy,
        ProblemKind::Scopes,
        ProblemKind::Source,
        ProblemKind::Assurance,
        ProblemKind::Generation,
        ProblemKind::NeverExpires,
        ProblemKind::Expired,
        ProblemKind::Overdue,
        ProblemKind::RepeatedToken,
    ];

    /// Returns the code of its findings, such as `lock-expired`.
    pub const fn code(self) -> &'static str {
        match self {
            ProblemKind::SlotMissing => "lock-slot-missing",
            ProblemKind::SlotUndeclared => "lock-slot-undeclared",
            ProblemKind::LineMissing => "lock-line-missing",
            ProblemKind::Listed => "lock-listed",
            ProblemKind::Unlisted => "lock-unlisted",
            ProblemKind::Policy => "lock-policy",
            ProblemKind::Scopes => "lock-scopes",
            ProblemKind::Source => "lock-source",
            ProblemKind::Assurance => "lock-assurance",
            ProblemKind::Generation => "lock-generation",
            ProblemKind::NeverExpires => "lock-never-expires",
            ProblemKind::Expired => "lock-expired",
            ProblemKind::Overdue => "lock-overdue",
            ProblemKind::RepeatedToken => "lock-repeated-token",
        }
    }

    /// Returns the level of its findings: `deny`, but for [`Overdue`](ProblemKind::Overdue). That comes by itself, from one hour
    /// to the next, and is the work of a run that nobody who changes something else can do.
    pub const fn level(self) -> Level {
        match self {
            ProblemKind::Overdue => Level::Warn,
            ProblemKind::SlotMissing
            | ProblemKind::SlotUndeclared
            | ProblemKind::LineMissing
            | ProblemKind::Listed
            | ProblemKind::Unlisted
            | ProblemKind::Policy
            | ProblemKind::Scopes
            | ProblemKind::Source
            | ProblemKind::Assurance
            | ProblemKind::Generation
            | ProblemKind::NeverExpires
            | ProblemKind::Expired
            | ProblemKind::RepeatedToken => Level::Deny,
        }
    }

    const fn help(self) -> &'static str {
        match self {
            ProblemKind::SlotMissing
            | ProblemKind::SlotUndeclared
            | ProblemKind::LineMissing
            | ProblemKind::Listed
            | ProblemKind::Unlisted
            | ProblemKind::Policy
            | ProblemKind::Scopes => {
                "run `tokenctl lock`, and have its change reviewed with that of the policy"
            }
            ProblemKind::Source => {
                "run `tokenctl lock --environment NAME --source auto` in the repository of the program"
            }
            ProblemKind::Assurance => {
                "let an attestor tell the image, or demand less in `[environments]`"
            }
            ProblemKind::Generation | ProblemKind::RepeatedToken => {
                "keep the line of the token that is in use; `tokenctl lock verify` says which tokens are live"
            }
            ProblemKind::NeverExpires => "replace the token by one that expires",
            ProblemKind::Expired => {
                "replace the token; if it was not in use any more, run `tokenctl lock`"
            }
            ProblemKind::Overdue => {
                "where the kind has steps, `tokenctl rotate KIND --sweep` ends it; otherwise end it at its issuer, then run `tokenctl lock`"
            }
        }
    }
}

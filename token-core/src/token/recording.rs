//! Puts the life of one token on record.

use alloc::{borrow::Cow, sync::Arc};
use core::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use super::{
    closing::{Closing, End},
    use_counts::UseCounts,
};
use crate::{
    Error,
    clock::AtomicU64,
    error::ErrorKind,
    id::TokenId,
    record::{Action, Event, Receipt, Recorder},
    scope::CompiledKind,
};

/// The parts that all events about one token have in common, and the recorder that takes the events.
pub(super) struct Subject {
    pub(super) recorder: Arc<dyn Recorder>,
    pub(super) kind: &'static CompiledKind,
    pub(super) token: Option<TokenId>,
    pub(super) actor: Option<Cow<'static, str>>,
    pub(super) reason: Option<Cow<'static, str>>,
}

impl Subject {
    /// Returns when the admission is on record.
    pub(super) fn admitted(&self) -> Result<Receipt, Error> {
        let mut event = self.event(Event::new(Action::Admitted, self.kind.name));
        event.policy = self.kind.policy;
        self.recorder.record(event.scopes(self.kind.listed()))
    }

    pub(super) fn refused(&self, error: ErrorKind) {
        let mut event = self.event(Event::refused(error.name(), self.kind.name));
        event.policy = self.kind.policy;
        self.recorder.note(event);
    }

    fn note(&self, action: Action) {
        self.recorder.note(self.event(Event::new(action, self.kind.name)));
    }

    fn event(&self, event: Event) -> Event {
        let (actor, reason) = (self.actor.clone(), self.reason.clone());
        Event { token: self.token, actor, reason, ..event }
    }
}

/// Reports the uses and the end of one token. Dropping it notes the end, so its owner must drop the
/// secret before it.
pub(super) struct Recording {
    subject: Subject,
    opening: Receipt,
    uses: UseCounts,
    /// The time of the last report of uses, by the monotonic clock, in nanoseconds.
    reported: AtomicU64,
    /// Whether it was noted that the token is overdue.
    overdue: AtomicBool,
    closing: Closing,
}

impl Recording {
    /// Takes the receipt of the admission: no record, no token.
    pub(super) fn new(subject: Subject, opening: Receipt, now: Duration) -> Self {
        Self {
            uses: UseCounts::new(subject.kind.scopes),
            subject,
            opening,
            reported: AtomicU64::new(nanos(now)),
            overdue: AtomicBool::new(false),
            closing: Closing::new(),
        }
    }

    /// Counts one use, and reports the counts if the last report is more than an hour old.
    pub(super) fn used(&self, scopes: &[&str], now: Duration) {
        self.uses.count(scopes);
        let (last, now) = (self.reported.load(Ordering::Relaxed), nanos(now));
        if now.saturating_sub(last) > REPORT_EVERY_NANOS {
            self.report_again(last, now);
        }
    }

    /// Only the thread whose `compare_exchange` succeeds reports.
    #[cold]
    fn report_again(&self, last: u64, now: u64) {
        let (set, failed) = (Ordering::Relaxed, Ordering::Relaxed);
        if !self.uses.is_empty() && self.reported.compare_exchange(last, now, set, failed).is_ok() {
            self.report();
        }
    }

    /// Notes the uses that were not reported yet, if there are any.
    pub(super) fn report(&self) {
        let uses = self.uses.take();
        if !uses.is_empty() {
            self.subject.note(Action::Exposed { opened: self.opening.index(), uses });
        }
    }

    /// Notes, at the first call, that the token is in use beyond the age at which the policy has it replaced.
    #[cold]
    pub(super) fn overdue(&self) {
        if !self.overdue.swap(true, Ordering::Relaxed) {
            self.subject.note(Action::Overdue { opened: self.opening.index() });
        }
    }

    /// Notes that the token is newer than the deployed lock.
    #[cold]
    pub(super) fn behind(&self) {
        self.subject.note(Action::Behind { opened: self.opening.index() });
    }

    /// Notes that the token was found expired and is wiped.
    pub(super) fn expired(&self) {
        self.close(|closes| Action::Expired { closes });
    }

    /// Notes that the holder ended the token, and it is wiped.
    pub(super) fn ended(&self) {
        self.close(|closes| Action::Destroyed { closes });
    }

    /// The closing event will say that the token was replaced, whatever ends it.
    pub(super) fn replaced_by(&self, successor: Option<TokenId>) {
        self.closing.replaced_by(successor);
    }

    /// Every caller reports the uses that are not reported yet. Only the first caller notes its closing event.
    fn close(&self, plain: fn(Option<u64>) -> Action) {
        let (end, closes) = (self.closing.close(), self.opening.index());
        self.report();
        match end {
            End::Noted => {}
            End::Plain => self.subject.note(plain(closes)),
            End::Replaced(successor) => self.subject.note(Action::Rotated { closes, successor }),
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.ended();
    }
}

/// One hour. Uses of a token that lives for weeks come on record while it lives.
const REPORT_EVERY_NANOS: u64 = 3_600_000_000_000;

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

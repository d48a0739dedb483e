//! Runs the steps of one slot.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::time::Duration;

use time::UtcDateTime;
use token_policy::Policy;
use token_policy::lock::{Attempt, Entry, Handle, Slot};
use token_rotate::replace::{self, Rules, Steps as _};

use super::arguments::{Arguments, Mode};
use super::claim::Claimer;
use super::clock::Clock;
use super::commands::Commands;
use super::journal::{Journal, Journaled};
use super::keeper::{Facts, Locked};
use super::log::Recorder;
use super::outcome::{Did, Outcome};
use super::plan::Planned;
use crate::output::Output;

/// What all slots of a run have in common.
pub(super) struct Setting<'s> {
    pub(super) arguments: &'s Arguments,
    pub(super) policy: &'s Policy,
    pub(super) folder: &'s Path,
    pub(super) holder: &'s str,
    pub(super) journal: &'s RefCell<Journal>,
    pub(super) recorder: Option<&'s Recorder>,
    pub(super) output: &'s Output,
}

impl Setting<'_> {
    /// Replaces the token of a slot, or ends what was left in it. Another slot is none the worse if that fails.
    pub(super) fn slot(&self, planned: &Planned<'_>, locked: &mut Locked) -> Outcome {
        let Planned { name, kind, steps: rules } = planned;
        let slot = locked.lock.slot(name.kind(), name.environment()).cloned().unwrap_or_default();
        let attempt = Attempt::next(name, &slot, kind);
        let before = Attempt::before(name, &slot, kind);
        let shown = name.to_string();
        let claimer = Claimer::new(rules, &attempt, self.folder, self.holder);
        let claimer = claimer.as_ref();
        let steps = Commands {
            policy: self.policy,
            rules,
            attempt: &attempt,
            before: &before,
            folder: self.folder,
            claimer,
            expected: Cell::new(current(&slot)),
            output: self.output,
        };
        let mut steps = Journaled { steps, journal: self.journal, attempt: &attempt };
        let mut time = Clock { claimer, slot: &shown, output: self.output };
        let mut facts = Facts {
            locked,
            attempt: &attempt,
            kind,
            recorder: self.recorder,
            journal: self.journal,
            reason: self.arguments.because.as_deref(),
        };
        let (line, limits) = (Entry::new(kind), self.limits(planned));
        let did = match self.arguments.mode() {
            Mode::Sweep => replace::sweep(&slot, &line, &limits, &mut steps, &mut facts, &mut time)
                .map(Did::Swept),
            Mode::DryRun => Ok(Did::Nothing(looked(&slot, &mut steps))),
            Mode::Replace | Mode::Print => {
                replace::replace(&slot, &line, &limits, &mut steps, &mut facts, &mut time)
                    .map(Did::Replaced)
            }
        };
        Outcome { attempt, did }
    }

    fn limits(&self, planned: &Planned<'_>) -> Rules {
        let (kind, steps) = (planned.kind, planned.steps);
        let overlap = match (&self.arguments.because, kind.rotate()) {
            (None, Some(rotate)) => rotate.overlap().as_duration(),
            (Some(_), _) | (None, None) => Duration::ZERO,
        };
        let limit = steps.limit().and_then(|limit| usize::try_from(limit).ok());
        Rules {
            limit: limit.unwrap_or(Rules::LIMIT),
            settle: steps.settle().as_duration(),
            overlap,
            wait: self.arguments.wait,
            longest: kind.max_lifetime().map(token_policy::Lifetime::as_duration),
            leeway: kind.leeway().as_duration(),
        }
    }
}

/// The handle of the current token, if that has not expired.
fn current(slot: &Slot) -> Option<Handle> {
    let token = slot.current.as_ref()?.token.as_ref()?;
    let is_live = token.expires.is_none_or(|end| end > UtcDateTime::now());
    token.handle.clone().filter(|_| is_live)
}

/// What a dry run sees: which tokens `find` lists, or why it lists none.
fn looked(
    slot: &Slot,
    steps: &mut Journaled<'_, Commands<'_>>,
) -> Result<super::outcome::Seen, String> {
    let found = steps.find().map_err(|failure| failure.to_string())?;
    let locked: Vec<_> =
        slot.entries().filter_map(|entry| entry.token.as_ref()?.handle.clone()).collect();
    let left = found.iter().filter(|handle| !locked.contains(handle)).cloned().collect();
    Ok(super::outcome::Seen { found: found.len(), left })
}

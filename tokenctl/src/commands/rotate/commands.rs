//! The steps of the policy, as the engine calls them: each runs a program.

use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

use token_core::Secret;
use token_policy::Policy;
use token_policy::lock::{Attempt, Handle, StepValues};
use token_policy::steps::{Step, Steps as Rules};
use token_rotate::replace::{Claim, Created, StepFailure, StepName, Steps, Tested};

use super::{claim::Claimer, reply};
use crate::handles;
use crate::output::Output;
use crate::step::{self, Ended, Program};

/// The steps of a slot.
pub(super) struct Commands<'c> {
    pub(super) policy: &'c Policy,
    pub(super) rules: &'c Rules,
    pub(super) attempt: &'c Attempt,
    /// The attempts that made the current token, while the one before it has its line.
    pub(super) before: &'c [Attempt],
    /// The folder of the policy.
    pub(super) folder: &'c Path,
    pub(super) claimer: Option<&'c Claimer<'c>>,
    /// The handle that the first look should list: that of the current token.
    pub(super) expected: Cell<Option<Handle>>,
    pub(super) output: &'c Output,
}

impl Commands<'_> {
    fn values(&self) -> StepValues<'_> {
        StepValues::of(self.attempt)
    }

    fn run(
        &self,
        name: StepName,
        step: &Step,
        values: &StepValues<'_>,
        input: Option<&Secret>,
        keep: usize,
    ) -> Ended {
        let (argv, timeout) = (step.argv(values), self.rules.timeout().as_duration());
        let begun = Instant::now();
        let ended = step::run(&Program { argv: &argv, folder: self.folder, input, keep, timeout });
        let slot = self.attempt.slot();
        self.output.note(&format!("{slot}: {name}, {}", took(begun.elapsed())));
        ended
    }

    /// Runs a step that must succeed.
    fn must(
        &self,
        name: StepName,
        step: &Step,
        values: &StepValues<'_>,
        input: Option<&Secret>,
        keep: usize,
    ) -> Result<Ended, StepFailure> {
        let ended = self.run(name, step, values, input, keep);
        match ended.is_success() {
            true => Ok(ended),
            false => Err(failure(step, &ended)),
        }
    }

    fn find_of(&self, step: &Step, attempt: &Attempt) -> Result<Vec<Handle>, StepFailure> {
        let values = StepValues::of(attempt);
        let ended = self.must(StepName::Find, step, &values, None, step::MOST)?;
        let handles = ended.with_output(|printed| handles::read(printed, self.policy));
        let handles = handles.map_err(|failure| StepFailure::new(failure.message))?;
        let handles = handles.map_err(|wrong| words(step, &wrong.to_string()))?;
        Ok(handles.into_iter().collect())
    }
}

impl Steps for Commands<'_> {
    fn claim(&mut self) -> Result<Claim, StepFailure> {
        match self.claimer {
            Some(claimer) => claimer.ask(),
            None => Ok(Claim::NotAsked),
        }
    }

    fn find(&mut self) -> Result<Vec<Handle>, StepFailure> {
        let Some(step) = self.rules.find() else { return Ok(Vec::new()) };
        let mut found = self.find_of(step, self.attempt)?;
        // Where the step lists what one attempt made, the one that made the current token is asked for too.
        if step.names_attempt() {
            for attempt in self.before {
                found.extend(self.find_of(step, attempt)?);
            }
        }
        found.sort();
        found.dedup();
        if let Some(current) = self.expected.take().filter(|current| !found.contains(current)) {
            let slot = self.attempt.slot();
            self.output.note(&format!(
                "note: {slot}: `find` does not list the current token of the lock, {current}: it has ended, or the step does not list all"
            ));
        }
        Ok(found)
    }

    fn create(&mut self) -> Result<Created, StepFailure> {
        let (step, values) = (self.rules.create(), self.values());
        let ended = self.must(StepName::Create, step, &values, None, step::MOST)?;
        let created = reply::read(&ended, self.rules.reply(), &values);
        let created = created.map_err(|wrong| words(step, &wrong))?;
        if created.handle.as_ref().is_some_and(|handle| self.is_token(handle)) {
            return Err(words(step, "printed a token as the handle: name another one in `reply`"));
        }
        Ok(created)
    }

    fn set(&mut self, token: &Secret) -> Result<(), StepFailure> {
        self.must(StepName::Set, self.rules.set(), &self.values(), Some(token), 0).map(drop)
    }

    fn test(&mut self, token: Option<&Secret>) -> Result<Tested, StepFailure> {
        let step = self.rules.test();
        let ended = self.run(StepName::Test, step, &self.values(), token, step::MOST);
        let in_use = ended.with_output(in_use).map_err(|wrong| words(step, wrong))?;
        let has_ended = matches!(ended.end, step::End::Status(_));
        // Whoever asks which token is in use wants to know nothing else.
        match ended.is_success() || token.is_none() && has_ended {
            true => Ok(Tested {
                passed: ended.is_success(),
                in_use: in_use.filter(|handle| !self.is_token(handle)),
            }),
            false => Err(failure(step, &ended)),
        }
    }

    fn retire(&mut self, handle: &Handle) -> Result<(), StepFailure> {
        let values = self.values().ending(handle);
        self.must(StepName::Retire, self.rules.retire(), &values, None, 0).map(drop)
    }
}

impl Commands<'_> {
    /// Whether a handle is certainly a token. Where that cannot be said, it is taken for one.
    fn is_token(&self, handle: &Handle) -> bool {
        let scanner = crate::lock::scanner(self.policy, handle.as_str());
        scanner.map_or(true, |it| it.bytes("handle", handle.as_str().as_bytes()).has_denied())
    }
}

/// Returns the handle in the line `in-use HANDLE`, if there is one. A line without a handle is no answer: what should have
/// filled it in has failed.
fn in_use(printed: &[u8]) -> Result<Option<Handle>, &'static str> {
    let lines = printed.split(|&byte| byte == b'\n');
    let mut lines = lines.filter_map(|line| std::str::from_utf8(line).ok()).map(str::trim);
    let named = lines.find_map(|line| match line.strip_prefix("in-use")? {
        "" => Some(""),
        rest => rest.strip_prefix([' ', '\t']),
    });
    let handle = named.map(|name| name.trim().parse());
    handle.transpose().map_err(|_| "printed a line `in-use` without a handle")
}

pub(super) fn failure(step: &Step, ended: &Ended) -> StepFailure {
    words(step, &ended.to_string())
}

/// The words about a step: which program it is, and what happened. Its arguments are in the policy.
fn words(step: &Step, what: &str) -> StepFailure {
    let program = step.template().first().map(ToString::to_string).unwrap_or_default();
    StepFailure::new(format!("`{program}` {what}"))
}

/// How long something took, for reading.
fn took(time: Duration) -> String {
    format!("{}.{} s", time.as_secs(), time.subsec_millis() / 100)
}

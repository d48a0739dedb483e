//! Implements `lock verify`, which compares the lock with what is live.

mod find;
mod log;
#[cfg(feature = "registry")]
mod registry;
mod steps;

use std::collections::BTreeMap;

use clap::Args;
use time::UtcDateTime;
use token_policy::lock::{Entry, Lock, LockedToken, ScopesDigest, Slot, SlotName};
use token_policy::report::{Finding, Place};
use token_policy::{KindRule, Level};

use self::find::FindArguments;
use super::arguments::{PolicyArgument, check_environment, ids};
use super::kinds::Kinds;
use super::live::{Id, digits};
use super::log::LogArguments;
#[cfg(feature = "registry")]
use super::registry::RegistryArguments;
use crate::commands::explain::topics::{self, NOT_LIVE, NOT_LOCKED, OTHER_FACTS};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::options::Format;
use crate::output::{Found, Output, counted, judged};
use crate::project::Project;

/// Compares the lock with what is live, by the log, the registry or an issuer.
///
/// Findings are tokens that are live and not locked, tokens that are locked and not live, and tokens of which the lock says
/// something else: another expiry, other scopes, the record of another token. Kinds that are ephemeral have no lines, so
/// nothing is said of their tokens; nor of tokens that were narrowed from another one.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    policy: PolicyArgument,
    /// The environment to look at
    #[arg(long, value_name = "NAME")]
    environment: String,
    /// Look only at this kind; can be given several times
    #[arg(long, value_name = "KIND")]
    kind: Vec<String>,
    #[command(flatten)]
    log: LogArguments,
    #[cfg(feature = "registry")]
    #[command(flatten)]
    registry: RegistryArguments,
    /// Ask the step `find` of each kind that has steps (`tokenctl rotate`) what is live and not locked
    #[arg(long, conflicts_with = "find")]
    steps: bool,
    #[command(flatten)]
    find: FindArguments,
    /// How findings are shown
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let project = Project::find()?;
    let (policy, file) = arguments.policy.read(&project)?;
    check_environment(&policy, &arguments.environment)?;
    let mut kinds = Kinds::of(&policy, &arguments.environment);
    if !arguments.kind.is_empty() {
        kinds.keep(&arguments.kind)?;
    }
    let lock = file.valid(&policy)?;
    let locked = Locked::of(&lock, &kinds);
    let (now, mut against) = (UtcDateTime::now(), Comparison::new(&file.name, &kinds, &locked));
    let ids = ids(&lock, &arguments.environment);
    let mut asked = false;
    if let Some(heard) = arguments.log.read(&ids, now, output)? {
        log::compare(&heard, &mut against, output)?;
        asked = true;
    }
    #[cfg(feature = "registry")]
    if let Some(rows) = arguments.registry.read(&kinds)? {
        registry::compare(&rows, now, &mut against);
        asked = true;
    }
    if let Some(handles) = arguments.find.ask(&policy, &project.here)? {
        find::compare(&handles, &mut against, output);
        asked = true;
    }
    if arguments.steps {
        let folder = file.path.parent().unwrap_or(&project.here);
        steps::compare(&policy, &lock, folder, &mut against, output)?;
        asked = true;
    }
    if !asked {
        return Err(Failure::usage("nothing was given to compare the lock with")
            .help("give `--log` and `--key`, `--registry`, `--steps` or `--find`"));
    }
    let topics = topics::of_lock();
    let found = Found {
        command: "lock-verify",
        about: &file.name,
        findings: &against.findings,
        rules: &topics::rules(&topics),
        ..Found::default()
    };
    output.report(arguments.format, &found)?;
    output.note(&format!("{}: {}", file.name, counted(&against.findings)));
    Ok(judged(&against.findings, false))
}

/// The tokens of the lock in an environment, by their ids.
struct Locked<'l> {
    slots: BTreeMap<&'l SlotName, &'l Slot>,
    tokens: BTreeMap<Id, (&'l SlotName, &'l Entry, &'l LockedToken)>,
}

impl<'l> Locked<'l> {
    fn of(lock: &'l Lock, kinds: &Kinds<'_>) -> Locked<'l> {
        let is_asked =
            |name: &SlotName| kinds.listed(name.kind()).is_some_and(|(it, _)| it == name);
        let slots: BTreeMap<_, _> = lock.slots().filter(|(name, _)| is_asked(name)).collect();
        let lines = slots.iter().flat_map(|(name, slot)| slot.entries().map(move |it| (*name, it)));
        let tokens = lines.filter_map(|(name, entry)| {
            let token = entry.token.as_ref()?;
            Some((token.id, (name, entry, token)))
        });
        Locked { tokens: tokens.collect(), slots }
    }
}

/// A lock, what it is compared with, and what was found.
struct Comparison<'c> {
    file: &'c str,
    kinds: &'c Kinds<'c>,
    locked: &'c Locked<'c>,
    findings: Vec<Finding>,
}

/// A token that is live, as somebody says it.
struct Told<'t> {
    id: Id,
    kind: &'t str,
    /// Who says so, such as `the log`.
    by: &'t str,
    /// When it expires, if that was told.
    expires: Option<UtcDateTime>,
    scopes: Vec<String>,
}

impl<'c> Comparison<'c> {
    fn new(file: &'c str, kinds: &'c Kinds<'c>, locked: &'c Locked<'c>) -> Comparison<'c> {
        Comparison { file, kinds, locked, findings: Vec::new() }
    }

    /// Compares a live token with the lock.
    fn live(&mut self, told: &Told<'_>) {
        let (id, by) = (digits(&told.id), told.by);
        let Some((slot, kind)) = self.kinds.listed(told.kind) else {
            if self.kinds.is_elsewhere(told.kind) {
                let text = format!(
                    "a token {id} of kind `{}` is live by {by}, and the kind has no slot here",
                    told.kind
                );
                self.add(NOT_LOCKED, None, text);
            }
            return;
        };
        let Some((name, entry, token)) = self.locked.tokens.get(&told.id) else {
            let text = format!("the token {id} is live by {by}, and not locked");
            return self.add(NOT_LOCKED, Some(slot), text);
        };
        if *name != slot {
            let text = format!("its token {id} is of kind `{}` by {by}", told.kind);
            return self.add(OTHER_FACTS, Some(name), text);
        }
        self.facts(told, entry, token, slot, kind);
    }

    fn facts(
        &mut self,
        told: &Told<'_>,
        entry: &Entry,
        token: &LockedToken,
        slot: &SlotName,
        kind: &KindRule,
    ) {
        let (id, by) = (digits(&told.id), told.by);
        let expires = told.expires.map(|end| LockedToken::new(told.id, 1, Some(end)).expires);
        if let Some(end) = expires.filter(|end| *end != token.expires) {
            let [is, says] = [token.expires, end].map(shown);
            let text = format!("its token {id} expires at {says} by {by}, and at {is} by the lock");
            self.add(OTHER_FACTS, Some(slot), text);
        }
        if !told.scopes.is_empty() && !carries(&told.scopes, entry, kind) {
            let text = format!("its token {id} carries other scopes by {by} than its line states");
            self.add(OTHER_FACTS, Some(slot), text);
        }
    }

    /// Notes that a token of the lock is not live.
    fn not_live(&mut self, id: &Id, why: &str) {
        if let Some((slot, ..)) = self.locked.tokens.get(id) {
            self.add(NOT_LIVE, Some(slot), format!("its token {} is not live: {why}", digits(id)));
        }
    }

    fn add(&mut self, code: &'static str, slot: Option<&SlotName>, text: String) {
        let Some(slot) = slot else {
            self.findings.push(Finding::new(code, Level::Deny, text).fix(help(code)));
            return;
        };
        let message = format!("slot `{slot}`: {text}");
        let finding = Finding::new(code, Level::Deny, message)
            .fact("kind", slot.kind())
            .fact("environment", slot.environment())
            .fix(help(code));
        let position = self.locked.slots.get(slot).and_then(|slot| slot.position());
        self.findings.push(match position {
            Some(at) => finding.at(Place::new(self.file, at.line, at.column)),
            None => finding,
        });
    }
}

/// Returns whether these are the scopes that a line states, or fewer: whoever mints a token may give it less.
fn carries(scopes: &[String], entry: &Entry, kind: &KindRule) -> bool {
    let mut sorted = scopes.to_vec();
    sorted.sort();
    let is_less = || {
        entry.scopes == ScopesDigest::of(kind.closure())
            && sorted.iter().all(|scope| kind.closure().contains(scope))
    };
    entry.scopes == ScopesDigest::of(&sorted) || is_less()
}

fn shown(end: Option<UtcDateTime>) -> String {
    let text = |end: UtcDateTime| end.format(&time::format_description::well_known::Rfc3339);
    end.map_or_else(|| "never".to_owned(), |end| text(end).unwrap_or_default())
}

fn help(code: &str) -> &'static str {
    match code {
        NOT_LOCKED => {
            "if it is right, run `tokenctl lock` with the same and have the change reviewed; if not, revoke it"
        }
        NOT_LIVE => {
            "run `tokenctl lock` with the same; if it was to be live, find out who has ended it"
        }
        _ => "find out which is right; `tokenctl lock` with the same writes what that says",
    }
}

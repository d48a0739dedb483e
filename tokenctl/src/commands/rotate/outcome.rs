//! Says what a run has done, and how it ends.

use serde_json::{Value, json};
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;
use token_core::TokenId;
use token_policy::lock::{Attempt, Handle, LockedToken};
use token_rotate::replace::{Replaced, Stopped, Swept, Why};

use super::arguments::OutcomeFormat;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, number};

/// How the run of one slot has ended.
pub(super) struct Outcome {
    pub(super) attempt: Attempt,
    pub(super) did: Result<Did, Stopped>,
}

/// What a run has done that came to its end.
pub(super) enum Did {
    Replaced(Replaced),
    Swept(Swept),
    /// A dry run: what it saw, or why it saw nothing.
    Nothing(Result<Seen, String>),
}

/// What a dry run saw.
pub(super) struct Seen {
    /// How many tokens are live.
    pub(super) found: usize,
    /// Those that the lock does not name.
    pub(super) left: Vec<Handle>,
}

/// Returns how the whole run ends: in the worst way of its slots.
pub(super) fn exit(outcomes: &[Outcome]) -> Exit {
    let order = [Exit::NeedsPerson, Exit::Unfinished, Exit::Failed];
    let ends: Vec<Exit> = outcomes.iter().map(Outcome::exit).collect();
    order.into_iter().find(|end| ends.contains(end)).unwrap_or(Exit::Clean)
}

/// Writes the outcomes. In text, those of slots that are not done go to standard error.
pub(super) fn tell(
    outcomes: &[Outcome],
    format: OutcomeFormat,
    output: &Output,
) -> Result<(), Failure> {
    for outcome in outcomes {
        if let Some(failure) = outcome.failure() {
            output.fail(&failure);
        }
    }
    match format {
        OutcomeFormat::Text => {
            output.answer(&outcomes.iter().filter_map(Outcome::line).collect::<String>())
        }
        OutcomeFormat::Json => {
            let slots: Vec<Value> = outcomes.iter().map(Outcome::json).collect();
            output.answer(&format!("{}\n", json!({ "version": 1, "slots": slots })))
        }
    }
}

impl Outcome {
    fn exit(&self) -> Exit {
        match &self.did {
            Ok(Did::Replaced(_) | Did::Swept(_) | Did::Nothing(Ok(_))) => Exit::Clean,
            Ok(Did::Nothing(Err(_))) => Exit::Failed,
            Err(stopped) => match stopped.why {
                Why::NoAnswer => Exit::Failed,
                Why::Unfinished => Exit::Unfinished,
                Why::NeedsPerson => Exit::NeedsPerson,
            },
        }
    }

    fn failure(&self) -> Option<Failure> {
        let slot = self.attempt.slot();
        let said = |message: &str| Failure::new(format!("{slot}: {message}"));
        match &self.did {
            Ok(Did::Nothing(Err(words))) => Some(said(&format!("find: {words}"))),
            Ok(Did::Replaced(_) | Did::Swept(_) | Did::Nothing(Ok(_))) => None,
            Err(stopped) => Some(said(&stopped.to_string()).help(stopped.help.clone())),
        }
    }

    /// The line of a slot that is done.
    fn line(&self) -> Option<String> {
        let slot = self.attempt.slot();
        match self.did.as_ref().ok()? {
            Did::Replaced(Replaced { token, retired, retire_after, .. }) => {
                let (id, generation) = (TokenId::from_bytes(token.id), token.generation);
                let handle =
                    token.handle.as_ref().map(|it| format!(", handle {it}")).unwrap_or_default();
                let (ended, later) = (ended(retired), later(*retire_after));
                Some(format!(
                    "{slot}: generation {generation} is current, token {id}{handle}{ended}{later}\n"
                ))
            }
            Did::Swept(Swept { retired, left, retire_after, .. }) => {
                let nothing = if retired.is_empty() { ", nothing to end" } else { "" };
                let (ended, later) = (ended(retired), later(*retire_after));
                let left = match &left[..] {
                    [] => String::new(),
                    _ => format!(
                        "{}, and the consumer does not say that it uses the locked one: rotate, or end them at the issuer",
                        not_locked(left)
                    ),
                };
                Some(format!("{slot}: swept{nothing}{ended}{later}{left}\n"))
            }
            Did::Nothing(seen) => {
                let Seen { found, left } = seen.as_ref().ok()?;
                let (found, left) = (number(*found, "live token"), not_locked(left));
                let attempt = &self.attempt;
                Some(format!(
                    "{slot}: would make {attempt}, generation {}; {found}{left}\n",
                    attempt.generation()
                ))
            }
        }
    }

    fn json(&self) -> Value {
        let slot = self.attempt.slot();
        let mut facts = json!({
            "kind": slot.kind(),
            "environment": slot.environment(),
            "attempt": self.attempt.name(),
            "outcome": self.word(),
            "generation": null, "id": null, "handle": null, "expires_at": null,
            "retired": [], "left": [], "retire_after": null,
            "step": null, "message": null, "help": null,
        });
        let mut put = |name: &str, value: Value| {
            if let Some(fact) = facts.get_mut(name) {
                *fact = value;
            }
        };
        match &self.did {
            Ok(Did::Replaced(Replaced { token, retired, retire_after, .. })) => {
                of_token(token, &mut put);
                put("retired", handles(retired));
                put("retire_after", json!(retire_after.map(shown)));
            }
            Ok(Did::Swept(Swept { retired, left, retire_after, .. })) => {
                put("retire_after", json!(retire_after.map(shown)));
                put("retired", handles(retired));
                put("left", handles(left));
            }
            Ok(Did::Nothing(Ok(seen))) => put("left", handles(&seen.left)),
            Ok(Did::Nothing(Err(words))) => {
                put("step", json!("find"));
                put("message", json!(words));
            }
            Err(stopped) => {
                put("retired", handles(&stopped.retired));
                put("step", json!(stopped.step.as_str()));
                put("message", json!(stopped.message));
                put("help", json!(stopped.help));
            }
        }
        facts
    }

    fn word(&self) -> &'static str {
        match &self.did {
            Ok(Did::Replaced(_)) => "rotated",
            Ok(Did::Swept(_)) => "swept",
            Ok(Did::Nothing(Ok(_))) => "dry-run",
            Ok(Did::Nothing(Err(_))) => "no-answer",
            Err(stopped) => match stopped.why {
                Why::NoAnswer => "no-answer",
                Why::Unfinished => "unfinished",
                Why::NeedsPerson => "needs-person",
            },
        }
    }
}

fn of_token(token: &LockedToken, put: &mut impl FnMut(&str, Value)) {
    put("generation", json!(token.generation));
    put("id", json!(TokenId::from_bytes(token.id).to_string()));
    put("handle", json!(token.handle.as_ref().map(Handle::as_str)));
    put("expires_at", json!(token.expires.map(shown)));
}

fn handles(handles: &[Handle]) -> Value {
    json!(handles.iter().map(Handle::as_str).collect::<Vec<_>>())
}

fn listed(handles: &[Handle]) -> String {
    handles.iter().map(Handle::as_str).collect::<Vec<_>>().join(", ")
}

fn ended(retired: &[Handle]) -> String {
    match retired {
        [] => String::new(),
        some => format!("; ended {}", listed(some)),
    }
}

fn later(retire_after: Option<UtcDateTime>) -> String {
    retire_after.map(|at| format!("; the old token ends after {}", shown(at))).unwrap_or_default()
}

fn not_locked(left: &[Handle]) -> String {
    match left {
        [] => String::new(),
        some => format!("; live and not locked: {}", listed(some)),
    }
}

fn shown(at: UtcDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

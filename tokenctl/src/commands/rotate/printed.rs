//! Prints what a run would run, and how many tokens are live at most.

use token_policy::lock::{Attempt, Handle, Lock, StepValues};
use token_policy::steps::Steps;
use token_rotate::replace::Rules;

use super::plan::{Planned, named};

/// Returns the steps of slots with the values of the next attempt. What only a run knows stands as its placeholder.
pub(super) fn slots(planned: &[Planned<'_>], lock: &Lock) -> String {
    planned.iter().map(|planned| slot(planned, lock)).collect::<Vec<_>>().join("\n")
}

fn slot(planned: &Planned<'_>, lock: &Lock) -> String {
    let Planned { name, kind, steps } = planned;
    let slot = lock.slot(name.kind(), name.environment()).cloned().unwrap_or_default();
    let attempt = Attempt::next(name, &slot, kind);
    let values = StepValues::of(&attempt);
    let mut text = format!("{name}: attempt {attempt}, generation {}\n", attempt.generation());
    for (name, step) in named(steps) {
        text.push_str(&format!("  {name:7} {}\n", serde_json::json!(step.argv(&values))));
    }
    let ended = slot.entries().filter_map(|entry| entry.token.as_ref()?.handle.as_ref());
    let ended: Vec<&str> = ended.map(Handle::as_str).collect();
    if !ended.is_empty() {
        text.push_str(&format!("  locked: {}\n", ended.join(", ")));
    }
    text.push_str(&format!("  {}\n", bound(steps)));
    text
}

/// Says how many tokens of the slot are live at most.
fn bound(steps: &Steps) -> String {
    let limit = steps.limit().map_or(Rules::LIMIT.to_string(), |limit| limit.to_string());
    let none = steps.find().is_none();
    match (steps.claim(), steps.is_idempotent() && none) {
        (Some(_), _) => "two runs at once: the claim lets one work, so there are never more than two live tokens; one more \
                         while a token that a killed run has left waits for its successor"
            .to_owned(),
        (None, true) => "without a claim: the same attempt makes no second token, so two runs at once make one".to_owned(),
        (None, false) => format!(
            "without a claim: two runs at once may each make a token, so there are up to {limit} live ones, one after the next"
        ),
    }
}

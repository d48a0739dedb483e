//! Any text is read as a policy or refused, and every mistake has a place in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use token_policy::lock::{Attempt, Slot, SlotName, StepValues};
use token_policy::steps::Steps;
use token_policy::{KindRule, Policy, PolicyErrors, Position};

fuzz_target!(|text: &str| {
    match Policy::parse(text) {
        Ok(policy) => check_policy(text, &policy),
        Err(errors) => check_errors(text, &errors),
    }
});

/// The meaning depends on the text alone, and all names in it are declared.
fn check_policy(text: &str, policy: &Policy) {
    let again = Policy::parse(text).expect("the same text was accepted before");
    assert_eq!(policy.digest(), again.digest());
    for kind in policy.kinds() {
        assert!(kind.closure().iter().all(|name| policy.scope(name).is_some()));
        assert!(kind.scopes().iter().all(|name| kind.closure().contains(name)));
        assert!(is_within(text, kind.position()));
        if let Some(steps) = kind.steps() {
            check_steps(kind, steps);
        }
    }
}

/// A token can be replaced by the steps: the kind has a slot with lines, and each step has a program.
fn check_steps(kind: &KindRule, steps: &Steps) {
    assert!(kind.rotate().is_some() && !kind.is_ephemeral());
    let environment = kind.environments().first().expect("a kind with steps has an environment");
    let Some(name) = SlotName::new(kind.name(), environment) else { return };
    let attempt = Attempt::next(&name, &Slot::default(), kind);
    let handle = "h".parse().expect("it is a handle");
    let values = StepValues::of(&attempt).ending(&handle).claiming("holder", 1);
    let required = [steps.create(), steps.set(), steps.test(), steps.retire()];
    for step in required.into_iter().chain(steps.claim()).chain(steps.find()) {
        let argv = step.argv(&values);
        assert_eq!(argv.len(), step.template().len());
        assert!(!argv[0].is_empty());
    }
}

/// There is at least one mistake. Each has a place in the text, in order, and a message without control characters.
fn check_errors(text: &str, errors: &PolicyErrors) {
    assert!(errors.iter().next().is_some());
    assert!(errors.iter().map(|error| error.position()).is_sorted());
    for error in errors.iter() {
        let shown = error.to_string();
        assert!(is_within(text, error.position()), "{shown}");
        assert!(!shown.contains(char::is_control), "{shown:?}");
    }
}

/// Whether a place is in the text. The end of a line counts, since something may be missing there.
fn is_within(text: &str, position: Position) -> bool {
    let (line, column) = (position.line as usize, position.column as usize);
    let found = text.split('\n').nth(line.wrapping_sub(1));
    found.is_some_and(|found| (1..=found.chars().count() + 1).contains(&column))
}

//! Any text is read as a policy or refused, and every mistake has a place in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use token_policy::{Policy, PolicyErrors, Position};

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

//! Environments and slots: which there are, in which order, and how many there may be.
#![cfg(feature = "parse")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fmt::Write as _;

use token_policy::limits::{MAX_ENVIRONMENTS, MAX_SLOTS};
use token_policy::{Policy, PolicyErrorKind};

#[test]
fn slots_are_sorted_by_kind_and_then_by_environment() {
    let policy = Policy::parse(
        "version = 1
scopes.a = ''
[environments.staging]
description = 'One machine'
[environments.production]
description = ''
[tokens.z]
scopes = ['a']
max_lifetime = '1h'
environments = ['staging', 'production']
[tokens.b]
scopes = ['a']
max_lifetime = '61m'
[tokens.c]
scopes = ['a']
max_lifetime = '1h'
ephemeral = false
environments = ['production']
",
    )
    .unwrap();
    let slots = policy.slots().map(|slot| {
        let ephemeral = if slot.kind().is_ephemeral() { "" } else { "!" };
        format!("{}.{}{ephemeral}", slot.kind().name(), slot.environment().name())
    });
    assert_eq!(
        slots.collect::<Vec<_>>(),
        ["b.production!", "b.staging!", "c.production!", "z.production", "z.staging"]
    );
    let described = |name: &str| policy.environment(name).unwrap().description().map(str::to_owned);
    assert_eq!(described("staging").as_deref(), Some("One machine"));
    assert_eq!(described("production"), None);
    assert!(policy.environment("test").is_none());
}

fn policy(environments: usize, kinds: usize) -> String {
    let mut text = "version = 1\nscopes.a = ''\n".to_owned();
    for number in 0..environments {
        writeln!(text, "[environments.e{number}]").unwrap();
    }
    for number in 0..kinds {
        writeln!(text, "[tokens.k{number}]\nscopes = ['a']\nmax_lifetime = '1h'").unwrap();
    }
    text
}

#[test]
fn there_are_at_most_so_many_environments_and_slots() {
    let kinds = MAX_SLOTS / MAX_ENVIRONMENTS;
    Policy::parse(&policy(MAX_ENVIRONMENTS, kinds)).unwrap();
    for (environments, kinds) in [(MAX_ENVIRONMENTS + 1, 0), (MAX_ENVIRONMENTS, kinds + 1)] {
        let errors = Policy::parse(&policy(environments, kinds)).unwrap_err();
        let kinds: Vec<_> = errors.iter().map(token_policy::PolicyError::kind).collect();
        assert_eq!(kinds, [PolicyErrorKind::TooMany], "{errors}");
    }
}

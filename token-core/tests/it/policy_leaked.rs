//! A policy that is read when the program runs says what `policy!` makes of the same file.

use token_core::{
    AnyScopeSet, ErrorKind, TokenKind,
    policy::CompiledPolicy,
    scope::{CompiledKind, Kinds},
};

use crate::support::kind_of;

mod everything {
    token_core::policy!("leaked.toml");
}

mod locked {
    token_core::policy!("lock.toml");
}

const EVERYTHING: &str = include_str!("leaked.toml");

/// All that a kind says of itself, but for its type and for the build of the program.
fn facts(kind: &CompiledKind) -> String {
    let shown = format!("{kind:#?}");
    let line = |line: &&str| !line.starts_with("    ty: ");
    let lines: Vec<&str> = shown.lines().filter(line).collect();
    assert_eq!(lines.len() + 1, shown.lines().count(), "{shown}");
    lines.join("\n")
}

fn same(compiled: &CompiledPolicy, text: &str) {
    let leaked = CompiledPolicy::leaked(compiled.file, text).unwrap();
    assert_eq!((leaked.file, leaked.digest), (compiled.file, compiled.digest));
    assert!(leaked.built_from.is_none());
    assert_eq!(leaked.kinds.len(), compiled.kinds.len());
    for (ours, theirs) in leaked.kinds.iter().zip(compiled.kinds) {
        assert_eq!(facts(ours), facts(theirs));
        assert_eq!(
            AnyScopeSet::of_kind(ours).names().collect::<Vec<_>>(),
            AnyScopeSet::of_kind(theirs).names().collect::<Vec<_>>()
        );
    }
    assert_eq!(leaked.environments.len(), compiled.environments.len());
    for (ours, theirs) in leaked.environments.iter().zip(compiled.environments) {
        assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
        for (ours, theirs) in ours.slots.iter().zip(theirs.slots) {
            assert_eq!((ours.kind.name, ours.scopes), (theirs.kind.name, theirs.scopes));
        }
    }
}

#[test]
fn it_says_what_the_macro_makes_of_the_same_file() {
    same(&everything::POLICY, EVERYTHING);
    same(&locked::POLICY, include_str!("lock.toml"));
    same(&crate::support::POLICY, include_str!("tokens.toml"));
}

#[test]
fn implied_scopes_are_granted_and_others_refused() {
    let policy = CompiledPolicy::leaked("leaked.toml", EVERYTHING).unwrap();
    let kind = |name| policy.kinds.iter().find(|kind| kind.name == name).copied().unwrap();
    let set = AnyScopeSet::from_names(kind("admin"), ["repo:write"]).unwrap();
    assert_eq!(set.names().collect::<Vec<_>>(), ["repo:read", "repo:write"]);
    let excess = AnyScopeSet::from_names(kind("ticket"), ["repo:write"]);
    assert_eq!(kind_of(excess), Some(ErrorKind::ExcessScope));
}

/// All of them have one type, which no kind has.
#[test]
fn its_kinds_are_told_apart_and_are_no_types() {
    let policy = CompiledPolicy::leaked("leaked.toml", EVERYTHING).unwrap();
    for (number, kind) in policy.kinds.iter().enumerate() {
        for (other_number, other) in policy.kinds.iter().enumerate() {
            let (ours, theirs) = (AnyScopeSet::of_kind(kind), AnyScopeSet::of_kind(other));
            let is_same = number == other_number;
            assert_eq!(ours == theirs, is_same && ours.names().eq(theirs.names()));
            assert_eq!(ours.is_superset(&theirs), is_same, "{} {}", kind.name, other.name);
        }
    }
    let [ticket] = <everything::kind::Ticket as Kinds>::ALL else { panic!("one kind") };
    let named = policy.kinds.iter().find(|kind| kind.name == "ticket").unwrap();
    assert_ne!(AnyScopeSet::of_kind(named), AnyScopeSet::of_kind(ticket));
    assert_eq!(<everything::kind::Ticket as TokenKind>::COMPILED.digest, named.digest);
}

#[test]
fn a_mistake_is_told_by_its_place_and_without_the_text() {
    let text = EVERYTHING.replace("uses         = \"once\"", "uses = \"sk_live_nonsense\"");
    let error = CompiledPolicy::leaked("other.toml", &text).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPolicy);
    let said = format!("{error:#} {error:?}");
    assert!(said.contains("other.toml") && !said.contains("nonsense"), "{said}");
}

//! Scope lists from outside: refused, or within the kind.
#![no_main]

use fuzz::{assert_error_silent, with_markers};
use libfuzzer_sys::fuzz_target;
use token_core::{ScopeSet, TokenKind};
use token_policy::scope_name;

fuzz_target!(|input: &[u8]| {
    let Some(text) = with_markers(input) else { return };
    let Ok(text) = str::from_utf8(&text) else { return };
    check_name(text);
    match ScopeSet::<kind::Ci>::parse(text) {
        Ok(set) => check_set(text, set),
        Err(error) => assert_error_silent(&error),
    }
});

/// The two functions that check a name agree, and no error quotes it.
fn check_name(name: &str) {
    let checked = scope_name::check(name);
    assert_eq!(scope_name::is_valid(name), checked.is_ok());
    if let Err(error) = checked {
        assert_error_silent(&error);
    }
}

/// Every name in the text is one of the kind's, the set has all that it implies,
/// and the set's `Debug` shows only names of the kind.
fn check_set(text: &str, set: ScopeSet<kind::Ci>) {
    let names: Vec<&str> = text.split(' ').filter(|_| !text.is_empty()).collect();
    for name in &names {
        let scope = kind::Ci::COMPILED.scopes.iter().find(|scope| scope.name == *name);
        let scope = scope.expect("an accepted name is the kind's");
        let implied = scope.implies.iter().map(|&at| kind::Ci::COMPILED.scopes[usize::from(at)].name);
        let implied = ScopeSet::<kind::Ci>::from_names(implied).expect("the kind's own names");
        assert!(set.is_superset(&implied));
    }
    assert!(ScopeSet::of_kind().is_superset(&set));
    assert_eq!(set, ScopeSet::from_names(names.into_iter().rev()).expect("the same names"));
    let shown = format!("{set:?}");
    let shown = shown.trim_matches(['{', '}']).split(", ").filter(|name| !name.is_empty());
    assert!(
        shown
            .into_iter()
            .all(|name| kind::Ci::COMPILED.scopes.iter().any(|scope| name.trim_matches('"') == scope.name))
    );
}

token_core::policy!("../scopes.toml");

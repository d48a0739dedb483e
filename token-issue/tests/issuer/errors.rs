//! What errors say: the place, the next step, no text of a caller.

use pollster::block_on;
use token_issue::{ErrorKind, Issuer, Mint};

use crate::{
    desk::{Desk, seconds},
    kind,
};

fn said<K: token_core::TokenKind>(issuer: &Issuer, mint: Mint<K>) -> String {
    let error = block_on(issuer.mint(mint)).unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
    error.to_string()
}

#[test]
fn an_error_names_what_the_policy_says_and_the_next_step() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let deploy = Mint::<kind::Deploy>::new;
    assert_eq!(
        said(&issuer, deploy().lifetime(seconds(3600))),
        "a token of kind `deploy` may live 900 seconds at most, by the token policy; ask for a shorter lifetime"
    );
    assert_eq!(
        said(&issuer, Mint::<kind::Reader>::new().scope_names(["deploy:read", "deploy:run"])),
        "token kind `reader` does not carry scope `deploy:run`; leave the scope out, or add it to the kind in the \
         token policy"
    );
    assert_eq!(
        said(&issuer, Mint::<kind::Reader>::new().audience("https://elsewhere")),
        "the token policy gives kind `reader` the audience `https://deploy.example.com`, and another one was asked for; \
         leave the audience out"
    );
    assert_eq!(
        said(&issuer, Mint::<kind::Endless>::new()),
        "token kind `endless`: the token policy gives it no maximum lifetime, so say how long the token is to live"
    );
}

/// A token in the wrong argument is not repeated.
#[test]
fn an_error_repeats_nothing_of_a_caller() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let token = crate::desk::text(&token_issue::generate::<kind::Deploy>().unwrap());
    let token = token.as_str();
    let mints = [
        Mint::<kind::Reader>::new().scope_names([token.to_owned()]),
        Mint::new().scope_names(["deploy:read".to_owned(), token.to_owned()]),
        Mint::new().audience(token),
        Mint::new().subject(token.repeat(9)),
    ];
    for mint in mints {
        let said = said(&issuer, mint);
        assert!(!said.contains(&token[..8]) && !said.contains(&token[12..20]), "{said}");
    }
}

#[test]
fn the_names_of_kinds_are_those_of_their_variants() {
    for kind in [ErrorKind::ExcessScope, ErrorKind::OtherHistory, ErrorKind::Timeout] {
        assert_eq!(kind.name(), format!("{kind:?}"));
    }
}

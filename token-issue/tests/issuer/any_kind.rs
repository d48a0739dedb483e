//! Kinds that are known at run time only, and an issuer that only revokes.

use std::sync::Arc;

use pollster::block_on;
use token_core::{
    Clock, Secret, TokenId, Verify,
    caller::Presented,
    policy::CompiledPolicy,
    record::{Action, Log},
};
use token_issue::{
    AnyKind, ErrorKind, Issued, Issuer, IssuerOptions, Mint, Pepper, Peppers, Verifier,
};

use crate::{
    POLICY,
    desk::{Desk, seconds, text},
    kind,
};

fn policy() -> &'static CompiledPolicy {
    CompiledPolicy::leaked("tokens.toml", include_str!("tokens.toml")).unwrap()
}

fn options(desk: &Desk, policy: &'static CompiledPolicy) -> IssuerOptions {
    let log = Arc::clone(&desk.log) as Arc<dyn Log>;
    let options = Issuer::options(policy, Arc::clone(&desk.registry), log);
    options.clock(Arc::clone(&desk.clock) as Arc<dyn Clock>)
}

#[test]
fn a_kind_is_minted_by_its_name_as_by_its_type() {
    let desk = Desk::new();
    let policy = policy();
    let issuer = options(&desk, policy).start().unwrap();
    let mint = || Mint::named(policy, "deploy").unwrap().subject("job-17").lifetime(seconds(60));
    let named: Issued<AnyKind> = block_on(issuer.mint(mint())).unwrap();
    assert_eq!(named.kind(), "deploy");
    let scopes: Vec<&str> = named.scopes().names().collect();
    assert_eq!(scopes, ["deploy:purge", "deploy:read", "deploy:run"]);

    let typed = desk.issuer();
    let mint = Mint::<kind::Deploy>::new().subject("job-17").lifetime(seconds(60));
    let typed = block_on(typed.mint(mint)).unwrap();
    let (mut ours, theirs) = (desk.row(named.id()), desk.row(typed.id()));
    (ours.token, ours.origin, ours.actor) =
        (theirs.token, theirs.origin.clone(), theirs.actor.clone());
    assert_eq!(ours, theirs);
    assert!(text(&named.release()).starts_with("acme_deploy_"));
    let _ = typed.release();

    let digests: Vec<_> = desk.events().into_iter().map(|event| event.policy).collect();
    assert_eq!(digests, [Some(POLICY.digest); 2]);
}

/// A service with the types takes what a tool has minted, and what the tool vouches for is of no type.
#[test]
fn what_it_minted_is_of_the_type_for_a_service_alone() {
    let desk = Desk::new();
    let policy = policy();
    let issuer = options(&desk, policy).start().unwrap();
    let issued = block_on(issuer.mint(Mint::named(policy, "deploy").unwrap())).unwrap();
    let token = text(&issued.release());
    for (policy, is_typed) in [(&POLICY, true), (policy, false)] {
        let options = Verifier::options(policy, Arc::clone(&desk.registry));
        let options = options.clock(Arc::clone(&desk.clock) as Arc<dyn Clock>);
        let verifier = block_on(options.start()).unwrap();
        let caller = block_on(verifier.miss(Presented::new(token.as_bytes()))).unwrap();
        assert_eq!(caller.kind().name, "deploy");
        assert_eq!(caller.of_kind::<kind::Deploy>().is_ok(), is_typed);
    }
}

#[test]
fn a_kind_that_is_not_there_or_not_ours_is_refused_with_the_names_of_those_that_are() {
    let unknown = Mint::named(policy(), "sk_live_1234567890").unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::UnknownKind);
    assert_eq!(
        unknown.to_string(),
        "the token policy `tokens.toml` has no such kind; those whose tokens are minted are `deploy`, `endless`, `reader`, `ticket`"
    );
    let foreign = Mint::named(policy(), "foreign").unwrap_err();
    assert_eq!(foreign.kind(), ErrorKind::NoFormat);
    assert!(foreign.to_string().contains("`foreign`"), "{foreign}");

    let empty = CompiledPolicy::leaked("none.toml", "version = 1\n").unwrap();
    let none = Mint::named(empty, "deploy").unwrap_err().to_string();
    assert!(none.contains("gives no kind a `format`"), "{none}");
}

#[test]
fn limits_are_those_of_the_policy_and_another_policy_is_refused() {
    let desk = Desk::new();
    let policy = policy();
    let issuer = options(&desk, policy).start().unwrap();
    let refused = |mint: Mint<AnyKind>| block_on(issuer.mint(mint)).unwrap_err().kind();
    let named = |name| Mint::named(policy, name).unwrap();
    assert_eq!(refused(named("deploy").lifetime(seconds(3600))), ErrorKind::LifetimeTooLong);
    assert_eq!(refused(named("reader").scope_names(["deploy:run"])), ErrorKind::ExcessScope);
    assert_eq!(refused(named("reader").audience("https://other")), ErrorKind::WrongAudience);

    let other = include_str!("tokens.toml").replace("\"15m\"", "\"14m\"");
    let other = CompiledPolicy::leaked("tokens.toml", &other).unwrap();
    assert_eq!(refused(Mint::named(other, "deploy").unwrap()), ErrorKind::UnknownKind);
    assert!(desk.rows().is_empty() && desk.events().is_empty());
}

/// Whoever ends a token that has leaked has no pepper, and changes none.
#[test]
fn an_issuer_that_only_revokes_needs_no_pepper_and_mints_nothing() {
    let desk = Desk::new();
    let pepper = || Peppers::of(Pepper::new(Secret::from(vec![7; 32])).unwrap());
    let minted = {
        let issuer = desk.options().peppers(pepper()).start().unwrap();
        let issued = block_on(issuer.mint(Mint::<kind::Deploy>::new())).unwrap();
        let id = issued.id();
        let _ = issued.release();
        id
    };
    // With no pepper at all it would be the third one.
    assert_eq!(desk.options().start().unwrap_err().kind(), ErrorKind::PepperInUse);

    let issuer = desk.options().only_revokes().start().unwrap();
    let refused = block_on(issuer.mint(Mint::<kind::Deploy>::new())).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::OnlyRevokes);
    let presented = text(&token_issue::generate::<kind::Deploy>().unwrap());
    let inspected = block_on(issuer.inspect(Presented::new(presented.as_bytes()))).unwrap_err();
    assert_eq!(inspected.kind(), ErrorKind::OnlyRevokes);

    let revocation = block_on(issuer.revoke(minted, "leaked")).unwrap();
    assert_eq!((revocation.tokens, revocation.is_recorded()), (1, true));
    let last = desk.events().pop().unwrap();
    assert_eq!((last.action, last.token), (Action::revoked(Some(0)), Some(minted)));
    assert_eq!(block_on(issuer.show(TokenId::from_bytes([1; 16]))).unwrap(), None);
    drop(issuer);
    desk.options().peppers(pepper()).start().unwrap();
}

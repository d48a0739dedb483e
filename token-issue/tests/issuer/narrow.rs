//! Narrowing: a child is never more than its parent, whatever the caller believes.

use pollster::block_on;
use token_core::{Caller, TokenId, record::Action};
use token_issue::{ErrorKind, Issuer, MAX_DEPTH, Mint, Narrow, Unfit, registry::Rule};

use crate::{
    desk::{Desk, seconds, start},
    kind, scope,
};

fn minted(desk: &Desk, issuer: &Issuer, mint: Mint<kind::Deploy>) -> Caller<kind::Deploy> {
    let issued = block_on(issuer.mint(mint)).unwrap();
    let id = issued.id();
    let _ = issued.release();
    desk.caller(id)
}

fn unfit(issuer: &Issuer, caller: &Caller<kind::Deploy>, narrow: Narrow<kind::Deploy>) -> Unfit {
    let error = block_on(issuer.narrow(caller, narrow)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unfit, "{error}");
    error.unfit().unwrap()
}

#[test]
fn a_child_is_like_its_parent_if_nothing_is_asked_for() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let mint = Mint::new().lifetime(seconds(600)).subject("job-17").audience("https://a");
    let caller = minted(&desk, &issuer, mint);
    desk.clock.advance(seconds(100));
    let child = block_on(issuer.narrow(&caller, Narrow::new())).unwrap();

    let (parent, row) = (desk.row(caller.token()), desk.row(child.id()));
    assert_eq!((row.parent, row.depth), (Some(caller.token()), 1));
    assert_eq!((&row.kind, &row.scopes), (&parent.kind, &parent.scopes));
    assert_eq!((&row.subject, &row.audience), (&parent.subject, &parent.audience));
    assert_eq!((row.minted_at, row.expires_at), (parent.minted_at, parent.expires_at));
    assert_eq!(child.parent(), Some(caller.token()));

    let event = desk.events().pop().unwrap();
    assert_eq!(event.action, Action::narrowed(Some(0)));
    assert_eq!((event.parent, event.token), (Some(caller.token()), Some(child.id())));
    assert_eq!((event.origin, event.subject.as_deref()), (None, Some("job-17")));
    assert_eq!(event.expires_at, Some(row.expires_at));
}

#[test]
fn a_child_is_what_is_asked_for() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let caller = minted(&desk, &issuer, Mint::new());
    desk.clock.advance(seconds(100));
    let narrow = Narrow::new()
        .scopes::<(scope::DeployRead,)>()
        .lifetime(seconds(60))
        .audience("https://a")
        .actor("bob")
        .reason("build");
    let child = block_on(issuer.narrow(&caller, narrow)).unwrap();
    assert_eq!(child.scopes().names().collect::<Vec<_>>(), ["deploy:read"]);
    assert_eq!(child.expires_at(), start().truncate_to_second() + seconds(160));
    assert_eq!(child.audience(), Some("https://a"));
    let row = desk.row(child.id());
    assert_eq!((row.actor.as_deref(), row.reason.as_deref()), (Some("bob"), Some("build")));
}

#[test]
fn a_child_is_not_more_than_its_parent() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let mint =
        Mint::new().scopes::<(scope::DeployRead,)>().lifetime(seconds(600)).audience("https://a");
    let caller = minted(&desk, &issuer, mint); // whose own copy claims all scopes of the kind
    assert_eq!(
        unfit(&issuer, &caller, Narrow::new().scopes::<(scope::DeployRun,)>()),
        Unfit::WiderScope
    );
    let names = Narrow::new().scope_names(["deploy:read", "deploy:purge"]);
    assert_eq!(unfit(&issuer, &caller, names), Unfit::WiderScope);
    assert_eq!(unfit(&issuer, &caller, Narrow::new().audience("https://b")), Unfit::OtherAudience);
    desk.clock.advance(seconds(1));
    let longer = Narrow::new().lifetime(seconds(600));
    assert_eq!(unfit(&issuer, &caller, longer), Unfit::LongerLife);
    assert!(block_on(issuer.narrow(&caller, Narrow::new().lifetime(seconds(599)))).is_ok());
}

#[test]
fn a_parent_that_has_ended_has_no_more_children() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let unknown = desk.caller(TokenId::from_bytes([9; 16]));
    assert_eq!(unfit(&issuer, &unknown, Narrow::new()), Unfit::ParentUnknown);

    let caller = minted(&desk, &issuer, Mint::new());
    let _ = block_on(issuer.revoke(caller.token(), "leaked")).unwrap();
    assert_eq!(unfit(&issuer, &caller, Narrow::new()), Unfit::ParentRevoked);

    let caller = minted(&desk, &issuer, Mint::new().subject("job-17"));
    let _ = block_on(issuer.revoke_matching(Rule::all().subject("job-17"), "left")).unwrap();
    assert_eq!(unfit(&issuer, &caller, Narrow::new()), Unfit::ParentRevoked);

    let caller = minted(&desk, &issuer, Mint::new().lifetime(seconds(10)));
    desk.clock.advance(seconds(10)); // half a second after its end
    assert_eq!(unfit(&issuer, &caller, Narrow::new()), Unfit::ParentExpired);
}

#[test]
fn a_chain_has_an_end() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let mut caller = minted(&desk, &issuer, Mint::new());
    for depth in 1..=MAX_DEPTH {
        let child = block_on(issuer.narrow(&caller, Narrow::new())).unwrap();
        assert_eq!(desk.row(child.id()).depth, depth);
        caller = desk.caller_of(&child);
        let _ = child.release();
    }
    assert_eq!(unfit(&issuer, &caller, Narrow::new()), Unfit::TooDeep);
}

#[test]
fn a_refused_child_leaves_no_trace() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let caller = minted(&desk, &issuer, Mint::new());
    let events = desk.events().len();
    let _ = unfit(&issuer, &caller, Narrow::new().lifetime(seconds(901)));
    let revoked = minted(&desk, &issuer, Mint::new());
    let _ = block_on(issuer.revoke(revoked.token(), "leaked")).unwrap();
    let _ = unfit(&issuer, &revoked, Narrow::new());
    issuer.close(seconds(10)).unwrap();
    assert_eq!((desk.events().len(), desk.rows().len()), (events + 2, 2));
}

#[test]
fn a_revoked_parent_takes_its_children_along_and_all_are_closed_on_record() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let caller = minted(&desk, &issuer, Mint::new());
    let child = block_on(issuer.narrow(&caller, Narrow::new())).unwrap();
    let grandchild = block_on(issuer.narrow(&desk.caller_of(&child), Narrow::new())).unwrap();
    let other = minted(&desk, &issuer, Mint::new());
    let (_, _) = (child.release(), grandchild.release());
    let revocation = block_on(issuer.revoke(caller.token(), "leaked")).unwrap();
    assert_eq!((revocation.tokens, revocation.is_recorded()), (3, true));
    assert_eq!(desk.live(), [other.token()]);
    issuer.close(seconds(10)).unwrap();
    assert_eq!(desk.open(), [other.token()]);
}

//! Inspecting: what a token may do today, without using it.

use std::sync::Arc;

use pollster::block_on;
use token_core::{AnyScopeSet, Secret, TokenId, caller::Presented};
use token_issue::{ErrorKind, Inspected, Issuer, Mint, Narrow, Unfit, registry::Rule};

use crate::{
    POLICY,
    desk::{Desk, seconds},
    faulty::{Fault, FaultyRegistry},
    kind, scope,
};

fn inspect(issuer: &Issuer, token: &Secret) -> Option<Inspected> {
    token
        .with_bytes("is presented", |token| block_on(issuer.inspect(Presented::new(token))))
        .unwrap()
}

fn minted(issuer: &Issuer, mint: Mint<kind::Deploy>) -> (TokenId, Secret) {
    let issued = block_on(issuer.mint(mint)).unwrap();
    (issued.id(), issued.release())
}

#[test]
fn a_valid_token_is_described_whomever_it_is_meant_for() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let mint = Mint::new().subject("job-17").audience("elsewhere").lifetime(seconds(60));
    let (id, token) = minted(&issuer, mint.scopes::<(scope::DeployRun,)>());
    let found = inspect(&issuer, &token).unwrap();
    assert_eq!((found.token(), found.kind().name), (id, "deploy"));
    assert_eq!((found.subject(), found.audience()), (Some("job-17"), Some("elsewhere")));
    let names = |scopes: &AnyScopeSet| scopes.names().collect::<Vec<_>>();
    assert_eq!(names(found.scopes()), ["deploy:read", "deploy:run"]);
    let row = desk.row(id);
    assert_eq!((found.minted_at(), found.expires_at()), (row.minted_at, row.expires_at));
    assert_eq!(found.parent(), None);
}

#[test]
fn what_is_not_valid_is_not_described() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let (revoked, a) = minted(&issuer, Mint::new());
    let (_, b) = minted(&issuer, Mint::new().subject("job-17"));
    let (_, c) = minted(&issuer, Mint::new().lifetime(seconds(60)));
    let _ = block_on(issuer.revoke(revoked, "leaked")).unwrap();
    assert!(inspect(&issuer, &a).is_none(), "revoked");
    let _ = block_on(issuer.revoke_matching(Rule::all().subject("job-17"), "left")).unwrap();
    assert!(inspect(&issuer, &b).is_none(), "a rule matches it");
    assert!(inspect(&issuer, &c).is_some());
    desk.clock.advance(seconds(61));
    assert!(inspect(&issuer, &c).is_none(), "expired");

    let unknown = token_issue::generate::<kind::Deploy>().unwrap();
    let foreign = Secret::from(b"eyJhbGciOiJub25lIn0.e30.".to_vec());
    let empty = Secret::from(Vec::new());
    for token in [&unknown, &foreign, &empty] {
        assert!(inspect(&issuer, token).is_none());
    }
}

#[test]
fn a_token_for_one_use_is_not_used_up() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let issued = block_on(issuer.mint(Mint::<kind::Ticket>::new())).unwrap();
    let (id, token) = (issued.id(), issued.release());
    for _ in 0..2 {
        assert_eq!(inspect(&issuer, &token).unwrap().token(), id);
    }
}

#[test]
fn a_registry_that_does_not_answer_is_an_error_and_no_invalid_token() {
    for (fault, kind) in [(Fault::Hangs, ErrorKind::Timeout), (Fault::Errs, ErrorKind::Unavailable)]
    {
        let desk = Desk::new();
        let registry = Arc::clone(&desk.registry);
        let registry = Arc::new(FaultyRegistry { registry, trap: Arc::default() });
        let options =
            Issuer::options(&POLICY, Arc::clone(&registry) as _, Arc::clone(&desk.log) as _);
        let issuer = options.deadline(seconds(1) / 20).start().unwrap();
        let (_, token) = minted(&issuer, Mint::new());
        registry.trap.arm_on("read", 1, usize::MAX, fault);
        let error = token.with_bytes("is presented", |token| {
            block_on(issuer.inspect(Presented::new(token))).unwrap_err()
        });
        assert_eq!(error.kind(), kind);
    }
}

#[test]
fn whether_a_token_descends_from_another() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let (top, token) = minted(&issuer, Mint::new());
    let (other, _) = minted(&issuer, Mint::new());
    let mut below = inspect(&issuer, &token).unwrap();
    for _ in 0..8 {
        let child =
            block_on(issuer.narrow_inspected(&below, Narrow::<kind::Deploy>::new())).unwrap();
        below = inspect(&issuer, &child.release()).unwrap();
        assert!(block_on(issuer.descends(&below, top)).unwrap());
        assert!(block_on(issuer.descends(&below, below.token())).unwrap());
        assert!(!block_on(issuer.descends(&below, other)).unwrap());
    }
    let error =
        block_on(issuer.narrow_inspected(&below, Narrow::<kind::Deploy>::new())).unwrap_err();
    assert_eq!(error.unfit(), Some(Unfit::TooDeep));
    let top = inspect(&issuer, &token).unwrap();
    assert!(!block_on(issuer.descends(&top, below.token())).unwrap(), "the other way");
}

#[test]
fn a_narrowed_token_lives_at_most_as_long_as_is_said() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let (_, token) = minted(&issuer, Mint::new().lifetime(seconds(100)));
    let parent = inspect(&issuer, &token).unwrap();
    let end = |narrow| {
        let child = block_on(issuer.narrow_inspected::<kind::Deploy>(&parent, narrow)).unwrap();
        (child.expires_at() - parent.minted_at()).whole_seconds()
    };
    assert_eq!(end(Narrow::new().lifetime_at_most(seconds(60))), 60);
    assert_eq!(end(Narrow::new().lifetime_at_most(seconds(600))), 100);
    assert_eq!(end(Narrow::new().lifetime_at_most(seconds(60)).lifetime(seconds(30))), 30);
    let longer = Narrow::<kind::Deploy>::new().lifetime_at_most(seconds(60)).lifetime(seconds(61));
    let error = block_on(issuer.narrow_inspected(&parent, longer)).unwrap_err();
    assert_eq!(error.unfit(), Some(Unfit::LongerLife));
}

#[test]
fn an_exchange_response_says_what_was_issued() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let issued = block_on(issuer.mint(Mint::<kind::Deploy>::new())).unwrap();
    let body = issued.into_exchange_response().with_bytes("is read", <[u8]>::to_vec);
    let body = String::from_utf8(body).unwrap();
    let rest = r#"","issued_token_type":"urn:ietf:params:oauth:token-type:access_token","token_type":"Bearer","expires_in":900,"scope":"#;
    assert!(body.starts_with(r#"{"access_token":"acme_deploy_"#) && body.contains(rest), "{body}");
}

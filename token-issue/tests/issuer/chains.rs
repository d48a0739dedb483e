//! Random chains of narrowing, under policies that change between: a child is never more than its parent, by the rows and by
//! what each policy makes of them.
//!
//! `NARROW_CHAINS=100000 cargo test -p token-issue --release --test issuer chains` tries as many as a release promises.

use std::{collections::BTreeSet, env, time::Duration};

use pollster::block_on;
use proptest::{
    collection::vec,
    option,
    prelude::{Just, Strategy, prop_oneof},
    test_runner::{Config, TestRunner},
};
use token_core::{AnyScopeSet, TokenId, TokenKind, UtcDateTime, policy::CompiledPolicy};
use token_issue::{Error, Issuer, MAX_DEPTH, Mint, Narrow, Row};

use crate::{
    desk::{Desk, seconds},
    policies::{implied, issuer, narrow, short, wide},
};

const POLICIES: &[(&CompiledPolicy, Ask)] = &[
    (&wide::POLICY, ask::<wide::kind::Chain>),
    (&short::POLICY, ask::<short::kind::Chain>),
    (&implied::POLICY, ask::<implied::kind::Chain>),
    (&narrow::POLICY, ask::<narrow::kind::Chain>),
];

type Ask = fn(&Desk, &Issuer, Option<TokenId>, &Step) -> Result<TokenId, Error>;

/// One step of a chain: time passes, and under a policy a child of an earlier token is asked for, or a new token.
#[derive(Clone, Debug)]
struct Step {
    policy: usize,
    /// Which of the tokens so far is narrowed; beyond them a new one is minted.
    parent: usize,
    pause: u64,
    lifetime: Option<u64>,
    scopes: Option<Vec<&'static str>>,
    audience: Option<&'static str>,
}

fn step() -> impl Strategy<Value = Step> {
    let scope = prop_oneof![Just("a"), Just("b"), Just("c"), Just("d")];
    let audience = prop_oneof![Just("https://one"), Just("https://two")];
    let lifetime = prop_oneof![3 => 1_u64..60, 1 => 1_u64..5000];
    (
        0..POLICIES.len(),
        // Mostly the last one, so that chains become long.
        prop_oneof![9 => Just(0_usize), 1 => 0_usize..6],
        prop_oneof![7 => 0_u64..3, 1 => 0_u64..400],
        option::weighted(0.5, lifetime),
        option::weighted(0.3, vec(scope, 1..4)),
        option::weighted(0.2, audience),
    )
        .prop_map(|(policy, parent, pause, lifetime, scopes, audience)| Step {
            policy,
            parent,
            pause,
            lifetime,
            scopes,
            audience,
        })
}

fn ask<K: TokenKind + token_core::Reusable>(
    desk: &Desk,
    issuer: &Issuer,
    parent: Option<TokenId>,
    step: &Step,
) -> Result<TokenId, Error> {
    let lifetime = step.lifetime.map(Duration::from_secs);
    let issued = match parent {
        Some(parent) => {
            let mut narrow = Narrow::<K>::new();
            narrow = lifetime.map_or(narrow.clone(), |lifetime| narrow.lifetime(lifetime));
            narrow =
                step.scopes.clone().map_or(narrow.clone(), |scopes| narrow.scope_names(scopes));
            narrow = step.audience.map_or(narrow.clone(), |audience| narrow.audience(audience));
            block_on(issuer.narrow(&desk.caller::<K>(parent), narrow))?
        }
        None => {
            let mint = Mint::<K>::new().lifetime(lifetime.unwrap_or(seconds(600))).subject("job");
            block_on(issuer.mint(mint))?
        }
    };
    let id = issued.id();
    let _ = issued.release();
    Ok(id)
}

/// What a verifier makes of a row under a policy.
fn today(kind: usize, row: &Row) -> (BTreeSet<&'static str>, UtcDateTime) {
    let kind = POLICIES[kind].0.kinds[0];
    let names = row.scopes.iter().map(String::as_str);
    let scopes = AnyScopeSet::still_carried(kind, names).names().collect();
    let end = kind.max_lifetime.map_or(row.expires_at, |max| row.minted_at + max);
    (scopes, end.min(row.expires_at))
}

fn is_below(child: &Row, parent: &Row) -> bool {
    let under = |kind| {
        let ((scopes, end), (parents_scopes, parents_end)) =
            (today(kind, child), today(kind, parent));
        scopes.is_subset(&parents_scopes) && end <= parents_end
    };
    (0..POLICIES.len()).all(under)
        && child.scopes.iter().all(|scope| parent.scopes.contains(scope))
        && child.expires_at <= parent.expires_at
        && (parent.audience.is_none() || child.audience == parent.audience)
        && child.subject == parent.subject
        && child.kind == parent.kind
        && child.depth == parent.depth + 1
        && child.depth <= MAX_DEPTH
}

/// Returns how many children there were, and how deep they went.
fn live(steps: &[Step]) -> (usize, u8) {
    let desk = Desk::new();
    let issuers: Vec<_> =
        POLICIES.iter().enumerate().map(|(at, policy)| issuer(&desk, at, policy.0)).collect();
    let mut tokens: Vec<TokenId> = Vec::new();
    for step in steps {
        desk.clock.advance(seconds(step.pause));
        let parent = tokens.len().checked_sub(step.parent + 1).map(|at| tokens[at]);
        tokens.extend(POLICIES[step.policy].1(&desk, &issuers[step.policy], parent, step).ok());
    }
    let rows = desk.rows();
    let children = rows.iter().filter(|row| row.parent.is_some());
    for child in children.clone() {
        let parent = desk.row(child.parent.unwrap());
        assert!(is_below(child, &parent), "{child:#?}\nis more than\n{parent:#?}");
    }
    (children.count(), rows.iter().map(|row| row.depth).max().unwrap_or(0))
}

#[test]
fn a_child_is_never_more_than_its_parent() {
    let chains = env::var("NARROW_CHAINS").map_or(300, |number| number.parse().unwrap());
    let mut runner =
        TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(chains) });
    let (mut children, mut depth) = (0, 0);
    let counted = std::cell::RefCell::new((&mut children, &mut depth));
    runner
        .run(&vec(step(), 1..24), |steps| {
            let (more, deepest) = live(&steps);
            let mut counted = counted.borrow_mut();
            *counted.0 += more;
            *counted.1 = deepest.max(*counted.1);
            Ok(())
        })
        .unwrap();
    assert!(children > chains as usize, "only {children} children in {chains} chains");
    assert!(depth > MAX_DEPTH / 2, "the longest chain has {depth} children");
}

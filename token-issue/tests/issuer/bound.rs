//! Narrowing a token that is bound to a build, in chains of whatever wishes: the binding is never lost, and registries agree.

use std::{sync::Arc, time::Duration};

use pollster::block_on;
use proptest::prelude::*;
use token_core::{
    Clock, SourceDigest,
    caller::{Presented, verify},
};
use token_issue::{
    Issuer, MAX_DEPTH, Mint, Narrow, Registry, Verifier,
    registry::{Memory, Sqlite},
};

use crate::{
    POLICY,
    desk::{Desk, text},
    kind,
    verifier::builds::builds,
};

/// What is asked for at one step of a chain.
#[derive(Clone, Debug)]
struct Step {
    scopes: Option<&'static str>,
    seconds: Option<u64>,
    audience: bool,
    by_inspection: bool,
}

fn step() -> impl Strategy<Value = Step> {
    let scopes = prop_oneof![Just(None), Just(Some("deploy:read")), Just(Some("deploy:run"))];
    let parts = (scopes, proptest::option::of(1..900_u64), any::<bool>(), any::<bool>());
    parts.prop_map(|(scopes, seconds, audience, by_inspection)| Step {
        scopes,
        seconds,
        audience,
        by_inspection,
    })
}

fn narrow(step: &Step) -> Narrow<kind::Deploy> {
    let mut narrow = Narrow::new();
    if let Some(scopes) = step.scopes {
        narrow = narrow.scope_names([scopes]);
    }
    if let Some(seconds) = step.seconds {
        narrow = narrow.lifetime(Duration::from_secs(seconds));
    }
    match step.audience {
        true => narrow.audience("https://a"),
        false => narrow,
    }
}

/// One registry, with an issuer and a verifier.
struct Side {
    desk: Desk,
    issuer: Issuer,
    verifier: Verifier,
}

impl Side {
    fn of(registry: Arc<dyn Registry>) -> Self {
        let desk = Desk::with(registry);
        let verifier = Verifier::options(&POLICY, Arc::clone(&desk.registry))
            .clock(Arc::clone(&desk.clock) as Arc<dyn Clock>)
            .audience("https://a");
        let verifier = block_on(verifier.start()).unwrap();
        Self { issuer: desk.issuer(), verifier, desk }
    }

    fn answer(
        &self,
        token: &str,
        said: Option<SourceDigest>,
    ) -> Result<Option<SourceDigest>, String> {
        let presented = Presented::new(token.as_bytes());
        let presented = said.map_or(presented, |build| presented.by_build(build));
        let caller = block_on(verify::<kind::Deploy>(&self.verifier, presented));
        caller.map(|caller| caller.build().copied()).map_err(|refused| refused.name().to_owned())
    }

    /// What each presenter is told of each token of the chain.
    fn chain(&self, build: Option<SourceDigest>, steps: &[Step]) -> Vec<String> {
        let mut mint = Mint::<kind::Deploy>::new();
        if let Some(build) = build {
            mint = mint.for_build(build);
        }
        let issued = block_on(self.issuer.mint(mint)).unwrap();
        let (mut id, mut token) = (issued.id(), text(&issued.release()));
        let mut told = Vec::new();
        for step in steps.iter().map(Some).chain([None]) {
            assert_eq!(self.desk.row(id).build, build);
            for said in [None].into_iter().chain(builds().map(Some)) {
                let answer = self.answer(&token, said);
                let may = build.is_none() || said == build;
                assert_eq!(answer.is_ok(), may, "{said:?}");
                if let Ok(bound) = &answer {
                    assert_eq!(*bound, build);
                }
                told.push(format!("{answer:?}"));
            }
            let Some(step) = step else { break };
            let child = if step.by_inspection {
                let presented = Presented::new(token.as_bytes());
                let presented = build.map_or(presented, |build| presented.by_build(build));
                let parent = block_on(self.issuer.inspect(presented)).unwrap().unwrap();
                block_on(self.issuer.narrow_inspected(&parent, narrow(step)))
            } else {
                block_on(self.issuer.narrow(&self.desk.caller(id), narrow(step)))
            };
            match child {
                Ok(child) => (id, token) = (child.id(), text(&child.release())),
                Err(error) => told.push(format!("{error}")),
            }
        }
        told
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_chain_of_children_loses_the_build_and_both_registries_say_the_same(
        build in proptest::option::of(0..4_usize),
        steps in proptest::collection::vec(step(), 0..=usize::from(MAX_DEPTH) + 1),
    ) {
        let build = build.map(|at| builds()[at]);
        let folder = tempfile::tempdir().unwrap();
        let sqlite = Sqlite::open(folder.path().join("tokens.db")).unwrap();
        let [memory, sqlite] = [Arc::new(Memory::new()) as Arc<dyn Registry>, Arc::new(sqlite)]
            .map(|registry| Side::of(registry).chain(build, &steps));
        prop_assert_eq!(memory, sqlite);
    }
}

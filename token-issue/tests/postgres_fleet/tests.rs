//! The schedules, and what a test that could not fail would not find.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use fastrand::Rng;

use crate::{
    check::Figures,
    failover,
    faults::Fault,
    net::Net,
    schedule,
    world::{Broken, NODES, World},
};

/// Each has the machine for itself.
static TURN: Mutex<()> = Mutex::new(());

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn nobody_accepts_a_token_a_second_after_its_revocation() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let schedules = number("FLEET_SCHEDULES").unwrap_or(Fault::ALL.len() as u64);
    // The failover, which has servers of its own, comes last.
    let first = number("FLEET_SEED").unwrap_or_else(|| fastrand::u64(0..100_000) * 8);
    println!("FLEET_SEED={first} FLEET_SCHEDULES={schedules}");
    let net = Arc::new(Net::new());
    let mut found = BTreeMap::<Fault, (u32, Figures)>::new();
    let mut world = None;
    for seed in first..first + schedules {
        let mut rng = Rng::with_seed(seed);
        let fault = Fault::ALL[(seed % Fault::ALL.len() as u64) as usize];
        let start = Instant::now();
        let figures = if fault == Fault::Failover {
            world = None;
            failover::run(&net, NODES, &mut rng)
        } else {
            let world = world.get_or_insert_with(|| World::new(&net, NODES, Broken::default()));
            schedule::run(world, fault, &mut rng)
        };
        let taken = start.elapsed().as_secs_f64();
        println!("FLEET_SEED={seed} {}, {taken:.1} s", told(fault, &figures));
        let wrong = &figures.wrong;
        assert!(wrong.is_empty(), "FLEET_SEED={seed} FLEET_SCHEDULES=1: {fault:?}: {wrong:#?}");
        let (count, all) = found.entry(fault).or_default();
        *count += 1;
        all.join(&figures);
    }
    println!("the worst of each");
    for (fault, (count, figures)) in found {
        println!("{count} × {}", told(fault, &figures));
    }
}

/// Two nodes that take tokens for two seconds more, one in each process, are found, and no other one.
#[test]
fn a_node_that_breaks_the_promise_is_found() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let net = Arc::new(Net::new());
    let broken = Broken { node: Some(3), other: Some(1) };
    let mut world = World::new(&net, 10, broken);
    let mut rng = Rng::with_seed(1);
    for (fault, after) in
        [(Fault::NodesStopped, "after `revoke`"), (Fault::ServerFrozen, "after the cut")]
    {
        let wrong = schedule::run(&mut world, fault, &mut rng).wrong;
        let (own, others): (Vec<_>, Vec<_>) =
            wrong.iter().partition(|what| what.starts_with("node 3 accepts"));
        assert!(own.iter().any(|what| what.ends_with(after)), "{fault:?}: {wrong:?}");
        assert!(others.iter().any(|what| what.ends_with(after)), "{fault:?}: {wrong:?}");
        let is_planted = |what: &&String| what.starts_with("other node 1 accepts");
        assert!(others.iter().all(is_planted), "{fault:?}: {wrong:?}");
    }
}

fn told(fault: Fault, figures: &Figures) -> String {
    let Figures { accepted, refused, back, starved, in_vain, .. } = figures;
    format!(
        "{fault:?}: last accept {accepted} ms after `revoke`, {refused} ms after a cut, back after {back} ms; \
         {in_vain} refused in vain; it waited {starved} ms for a processor"
    )
}

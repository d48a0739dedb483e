//! One schedule: what happens when.

use std::{sync::Arc, thread};

use fastrand::Rng;

use crate::{
    check::Figures,
    clock::{Moment, now, sleep, sleep_until},
    faults::{Cut, Fault, keep_deaf, kill_listeners},
    token::Token,
    world::World,
};

/// Two tokens live on, and four are revoked.
const LIVE: usize = 2;
const ALL: usize = 6;

pub(crate) fn run(world: &mut World, fault: Fault, rng: &mut Rng) -> Figures {
    let tokens = world.begin(ALL);
    let dying = &tokens[LIVE..];
    let mut figures = Figures::default();
    match fault {
        Fault::Deaf => deaf(world, dying, rng),
        Fault::ListenersKilled => listeners_killed(world, dying, rng),
        Fault::NodesStopped => nodes_stopped(world, dying, rng),
        Fault::StoppedAndCut => stopped_and_cut(world, dying, rng, &mut figures),
        Fault::ServerFrozen => cut(world, dying, rng, Cut::Freeze, &mut figures),
        Fault::ServerRestarted => cut(world, dying, rng, Cut::Restart, &mut figures),
        Fault::Blackhole => {
            let address = rng.choice(Cut::ADDRESSES).unwrap();
            cut(world, dying, rng, Cut::Swallow(address), &mut figures);
        }
        Fault::Failover => unreachable!("it has servers of its own"),
    }
    world.end(&tokens, &mut figures);
    figures.in_vain += world.take_refused();
    figures
}

fn deaf(world: &World, dying: &[Arc<Token>], rng: &mut Rng) {
    thread::scope(|scope| {
        let tenths = rng.u32(20..30);
        scope.spawn(move || keep_deaf(&world.primary, tenths));
        sleep(300);
        for token in dying {
            sleep(rng.u64(0..600));
            world.revoke(token);
        }
    });
}

fn listeners_killed(world: &World, dying: &[Arc<Token>], rng: &mut Rng) {
    sleep(rng.u64(0..300));
    thread::scope(|scope| {
        // Before, beside and after it, and while they listen again.
        let after = rng.u64(0..30);
        world.revoke(&dying[0]);
        scope.spawn(move || {
            sleep(after);
            kill_listeners(&world.primary);
        });
        world.revoke(&dying[1]);
        sleep(rng.u64(0..60));
        world.revoke(&dying[2]);
    });
    sleep(rng.u64(700..1_300));
    world.revoke(&dying[3]);
}

fn nodes_stopped(world: &World, dying: &[Arc<Token>], rng: &mut Rng) {
    world.revoke(&dying[0]);
    sleep(rng.u64(0..100));
    world.other.stop();
    sleep(rng.u64(0..1_000));
    world.revoke(&dying[1]);
    sleep(rng.u64(0..2_000));
    world.revoke(&dying[2]);
    sleep(rng.u64(0..1_200));
    world.other.go_on();
    sleep(rng.u64(0..300));
    world.revoke(&dying[3]);
}

/// What a process remembers that was stopped, no poll corrects when it goes on.
fn stopped_and_cut(world: &mut World, dying: &[Arc<Token>], rng: &mut Rng, figures: &mut Figures) {
    world.other.stop();
    sleep(rng.u64(0..300));
    world.revoke(&dying[0]);
    sleep(rng.u64(900..1_800));
    let cut = rng.choice([Cut::Freeze, Cut::Swallow(crate::net::NODES)]).unwrap();
    cut.begin(world);
    let began = now();
    world.other.go_on();
    if cut.spares_the_issuer() {
        world.revoke(&dying[1]);
    }
    let mended = away(world, began, rng, cut, figures);
    sleep(rng.u64(0..200));
    dying[1..].iter().filter(|token| token.is_live()).for_each(|token| world.revoke(token));
    back(world, mended, cut, figures);
}

fn cut(world: &mut World, dying: &[Arc<Token>], rng: &mut Rng, cut: Cut, figures: &mut Figures) {
    sleep(rng.u64(0..250));
    world.revoke(&dying[0]);
    sleep(*[0, rng.u64(0..400)].get(rng.usize(0..2)).unwrap());
    cut.begin(world);
    let began = now();
    if cut.spares_the_issuer() {
        sleep(rng.u64(0..1_000));
        world.revoke(&dying[1]);
    }
    let mended = away(world, began, rng, cut, figures);
    sleep(rng.u64(0..300));
    world.revoke(&dying[2]);
    back(world, mended, cut, figures);
    world.revoke(&dying[3]);
}

/// The rest of the time in which the server is away. Returns when it was back.
fn away(
    world: &mut World,
    began: Moment,
    rng: &mut Rng,
    cut: Cut,
    figures: &mut Figures,
) -> Moment {
    sleep_until(began + rng.u64(1_150..2_500) * 1_000_000);
    figures.check_cut("node", began, &world.fleet.seen(), |node| cut.concerns(node));
    let seen = world.other.seen();
    figures.check_cut("other node", began, &seen, |node| cut.concerns(node));
    figures.starved = figures.starved.max(world.starved.take());
    cut.end(world);
    let mended = now();
    world.fleet.nodes.iter().for_each(|node| node.note_mended(mended));
    mended
}

fn back(world: &World, mended: Moment, cut: Cut, figures: &mut Figures) {
    world.wait_until_back(|node| cut.concerns(node));
    let starved = world.starved.take();
    figures.check_back(&world.fleet, mended, starved, |node| cut.concerns(node));
    figures.starved = figures.starved.max(starved);
    // Those were refused with reason.
    world.take_refused();
}

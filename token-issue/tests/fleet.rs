//! A hundred nodes in simulated time, in random schedules: messages are slow or lost, nodes stand still between any two steps,
//! clocks are set two days forwards or back or stand still. Whatever happens, no node accepts a token more than a second
//! after its revocation was committed.
//!
//! The decisions are those of the module `lease`. `FLEET_SCHEDULES` says how many schedules are tried; `FLEET_SEED` repeats one.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "tests")]

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    time::Duration,
};

use fastrand::Rng;
use token_core::record::Epoch;
use token_issue::{
    __test::{Asked, Fill, Lease, Moment, Node, Verdict},
    registry::Answer,
};

const NODES: usize = 100;
const TOKENS: usize = 8;
/// Simulated milliseconds of one schedule.
const END: u64 = 6_000;
const TWO_DAYS: i64 = 2 * 24 * 60 * 60 * 1_000;

/// What a program could do wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bug {
    None,
    CountsFromReceipt,
    ReadsTheLeaseLast,
    LooksAtWallOnly,
    LooksAtMonotonicOnly,
    UsesStaleFills,
}

/// The store: when each revocation was committed, and of which token.
#[derive(Default)]
struct Store {
    revoked: Vec<(usize, u64)>,
}

/// One verifier.
struct Verifier {
    node: Node,
    memory: [bool; TOKENS],
    /// Which of the two clocks does not keep true time.
    wall_is_faulty: bool,
    wall_offset: i64,
    /// For how long the monotonic clock has stood still.
    stood_still: u64,
    /// Until when it takes no step.
    paused_until: u64,
}

/// The steps of a node.
#[derive(Clone, Copy, Debug)]
enum Step {
    Poll,
    Polled { asked: Asked, at: u64 },
    Answered { asked: Asked, at: u64 },
    Published { asked: Asked, from: u64, to: u64 },
    Removed { asked: Asked },
    Present { token: usize },
    HasLease { token: usize, lease: Lease },
    HasToken { token: usize, lease: Option<Lease> },
    Filled { token: usize, asked: Asked, at: u64 },
    Disturb,
}

struct World {
    rng: Rng,
    bug: Bug,
    time: u64,
    store: Store,
    nodes: Vec<Verifier>,
    queue: BinaryHeap<Reverse<(u64, u64, usize)>>,
    steps: BTreeMap<u64, Step>,
    next: u64,
    accepted: u64,
    refused_after_revocation: u64,
}

/// A token was accepted too late, by so many milliseconds.
#[derive(Debug)]
struct TooLate(#[allow(dead_code, reason = "printed")] u64);

impl Store {
    fn epoch(n: usize) -> Epoch {
        let mut mark = [0; 16];
        mark[..8].copy_from_slice(&(n as u64).to_le_bytes());
        Epoch { n: n as u64, mark }
    }

    /// How far the history had come at a time.
    fn at(&self, time: u64) -> usize {
        self.revoked.partition_point(|(_, committed)| *committed <= time)
    }

    fn answer(&self, asked: Asked, time: u64) -> Answer {
        let at = Self::epoch(self.at(time));
        Answer { at, knows_own: asked.own.n <= at.n, in_recovery: false, pruned_to: 0 }
    }

    fn is_live(&self, token: usize, time: u64) -> bool {
        !self.revoked[..self.at(time)].iter().any(|(revoked, _)| *revoked == token)
    }

    fn committed(&self, token: usize) -> Option<u64> {
        self.revoked.iter().find(|(revoked, _)| *revoked == token).map(|(_, at)| *at)
    }
}

impl World {
    fn new(seed: u64, bug: Bug) -> Self {
        let mut world = Self {
            rng: Rng::with_seed(seed),
            bug,
            time: 0,
            store: Store::default(),
            nodes: Vec::new(),
            queue: BinaryHeap::new(),
            steps: BTreeMap::new(),
            next: 0,
            accepted: 0,
            refused_after_revocation: 0,
        };
        // When each token is revoked. The store commits one after the other.
        let mut times: Vec<u64> = (0..TOKENS).map(|_| world.rng.u64(500..4_000)).collect();
        times.sort_unstable();
        world.store.revoked = times.into_iter().enumerate().collect();
        for index in 0..NODES {
            world.nodes.push(Verifier {
                node: Node::new(Store::epoch(0)),
                memory: [true; TOKENS],
                wall_is_faulty: world.rng.bool(),
                wall_offset: 0,
                stood_still: 0,
                paused_until: 0,
            });
            let first = world.rng.u64(0..250);
            world.plan(index, first, Step::Poll);
            let first = world.rng.u64(0..100);
            let token = world.rng.usize(0..TOKENS);
            world.plan(index, first, Step::Present { token });
            if index % 2 == 0 {
                let first = world.rng.u64(0..3_000);
                world.plan(index, first, Step::Disturb);
            }
        }
        world
    }

    fn plan(&mut self, node: usize, after: u64, step: Step) {
        self.queue.push(Reverse((self.time + after, self.next, node)));
        self.steps.insert(self.next, step);
        self.next += 1;
    }

    /// Runs the schedule to its end.
    fn run(&mut self) -> Result<(), TooLate> {
        while let Some(Reverse((time, step, node))) = self.queue.pop() {
            self.time = time;
            if time > END {
                return Ok(());
            }
            let paused_until = self.nodes[node].paused_until;
            if time < paused_until {
                self.queue.push(Reverse((paused_until, step, node)));
                continue;
            }
            let step = self.steps.remove(&step).unwrap();
            self.take(node, step)?;
        }
        Ok(())
    }

    fn now(&self, node: usize) -> Moment {
        let verifier = &self.nodes[node];
        let true_time = i64::try_from(self.time).unwrap() + 10 * TWO_DAYS;
        let mut wall = true_time + verifier.wall_offset;
        let mut monotonic = true_time - i64::try_from(verifier.stood_still).unwrap();
        match self.bug {
            Bug::LooksAtWallOnly => monotonic = wall,
            Bug::LooksAtMonotonicOnly => wall = monotonic,
            _ => {}
        }
        let [wall, monotonic] =
            [wall, monotonic].map(|time| Duration::from_millis(time.unsigned_abs()));
        Moment { wall, monotonic }
    }

    /// How long a message takes: mostly little, sometimes long.
    fn latency(&mut self) -> u64 {
        match self.rng.u8(0..20) {
            0 => self.rng.u64(100..1_500),
            1..4 => self.rng.u64(20..100),
            _ => self.rng.u64(0..5),
        }
    }

    /// How long a thread takes from one step to the next.
    fn pause(&mut self) -> u64 {
        match self.rng.u8(0..50) {
            0 => self.rng.u64(100..2_500),
            _ => 0,
        }
    }

    fn take(&mut self, index: usize, step: Step) -> Result<(), TooLate> {
        let (now, time) = (self.now(index), self.time);
        let pause = self.pause();
        match step {
            Step::Poll => {
                let asked = self.nodes[index].node.ask(now);
                if self.rng.u8(0..20) == 0 {
                    self.plan(index, 950, Step::Poll); // The answer is lost.
                } else {
                    let at = time + pause + self.latency();
                    let back = at - time + self.latency();
                    self.plan(index, back, Step::Polled { asked, at });
                }
            }
            Step::Polled { asked, at } => self.plan(index, pause, Step::Answered { asked, at }),
            Step::Answered { mut asked, at } => {
                if self.bug == Bug::CountsFromReceipt {
                    asked.sent = now;
                }
                let answer = self.store.answer(asked, at);
                let node = &mut self.nodes[index].node;
                match node.judge(asked, &answer, answer.at) {
                    Verdict::Apply { to, is_all: true } => {
                        node.publish(to);
                        let (from, to) = (asked.own.n, to.n);
                        self.plan(index, pause, Step::Published { asked, from, to });
                    }
                    other => panic!("{other:?}"),
                }
            }
            Step::Published { asked, from, to } => {
                for (token, _) in &self.store.revoked[from as usize..to as usize] {
                    self.nodes[index].memory[*token] = false;
                }
                self.plan(index, pause, Step::Removed { asked });
            }
            Step::Removed { asked } => {
                self.nodes[index].node.renew(asked);
                let next = 250 + self.rng.u64(0..10);
                self.plan(index, next, Step::Poll);
            }
            Step::Present { token } => {
                let lease = self.nodes[index].node.lease();
                match (lease, self.bug) {
                    (_, Bug::ReadsTheLeaseLast) => self.look(index, token, None, pause),
                    (Some(lease), _) => self.plan(index, pause, Step::HasLease { token, lease }),
                    (None, _) => self.fill(index, token),
                }
                let (next, token) = (self.rng.u64(10..90), self.rng.usize(0..TOKENS));
                self.plan(index, next, Step::Present { token });
            }
            Step::HasLease { token, lease } => self.look(index, token, Some(lease), pause),
            Step::HasToken { token, lease } => {
                let lease = lease.or(self.nodes[index].node.lease());
                match lease.is_some_and(|lease| lease.holds(now)) {
                    true => self.accept(token)?,
                    false => self.fill(index, token),
                }
            }
            Step::Filled { token, asked, at } => {
                let (answer, is_live) =
                    (self.store.answer(asked, at), self.store.is_live(token, at));
                let verifier = &mut self.nodes[index];
                let fill = verifier.node.judge_fill(asked, &answer, now);
                let is_fresh = fill == Fill::Fresh || self.bug == Bug::UsesStaleFills;
                if is_live && is_fresh {
                    verifier.memory[token] = true;
                    self.accept(token)?;
                }
                if !is_live {
                    self.refused_after_revocation += 1;
                }
            }
            Step::Disturb => {
                self.disturb(index);
                let next = self.rng.u64(300..3_000);
                self.plan(index, next, Step::Disturb);
            }
        }
        Ok(())
    }

    fn look(&mut self, index: usize, token: usize, lease: Option<Lease>, pause: u64) {
        match self.nodes[index].memory[token] {
            true => self.plan(index, pause, Step::HasToken { token, lease }),
            false => self.fill(index, token),
        }
    }

    fn fill(&mut self, index: usize, token: usize) {
        let asked = self.nodes[index].node.ask(self.now(index));
        let there = self.pause() + self.latency();
        let back = there + self.latency() + self.pause();
        let at = self.time + there;
        self.plan(index, back, Step::Filled { token, asked, at });
    }

    fn disturb(&mut self, index: usize) {
        let pause = self.rng.u64(100..3_000);
        let verifier = &mut self.nodes[index];
        match (verifier.wall_is_faulty, self.rng.u8(0..3)) {
            (true, 0) => verifier.wall_offset = TWO_DAYS,
            (true, 1) => verifier.wall_offset = -TWO_DAYS,
            (true, _) => verifier.paused_until = self.time + pause,
            (false, _) => {
                // The machine is suspended: its monotonic clock stands still.
                verifier.paused_until = self.time + pause;
                verifier.stood_still += pause;
            }
        }
    }

    fn accept(&mut self, token: usize) -> Result<(), TooLate> {
        self.accepted += 1;
        let committed = self.store.committed(token).unwrap();
        match self.time.checked_sub(committed + 1_000) {
            Some(late) if late > 0 => Err(TooLate(late)),
            _ => Ok(()),
        }
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn no_node_accepts_a_token_a_second_after_its_revocation() {
    let schedules = number("FLEET_SCHEDULES").unwrap_or(40);
    let seeds = number("FLEET_SEED").map_or(0..schedules, |seed| seed..seed + 1);
    let (mut accepted, mut refused) = (0, 0);
    for seed in seeds {
        let mut world = World::new(seed, Bug::None);
        world.run().unwrap_or_else(|late| panic!("FLEET_SEED={seed}: {late:?}"));
        accepted += world.accepted;
        refused += world.refused_after_revocation;
    }
    println!("{accepted} accepted, {refused} refused since they were revoked");
    assert!(accepted > 10_000 && refused > 10_000);
}

#[test]
fn each_planted_bug_is_found() {
    for bug in [
        Bug::CountsFromReceipt,
        Bug::ReadsTheLeaseLast,
        Bug::LooksAtWallOnly,
        Bug::LooksAtMonotonicOnly,
        Bug::UsesStaleFills,
    ] {
        let found = (0..20).any(|seed| World::new(seed, bug).run().is_err());
        assert!(found, "{bug:?} is not found");
    }
}

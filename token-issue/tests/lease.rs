//! The lease, over all orders in which its steps can happen.
//!
//! A small world is searched exhaustively: one registry, one node with a poller, a filler and a reader, one token that is
//! revoked. The decisions are those of the module `lease`. Each planted bug changes one of them, and the search must find that
//! a revoked token is accepted.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "tests")]

use std::{collections::HashSet, time::Duration};

use token_core::record::Epoch;
use token_issue::{
    __test::{Asked, Fill, LEASE, Lease, Moment, Node, Verdict},
    registry::Answer,
};

/// A lease lasts two steps of the time.
const STEP: Duration = Duration::from_millis(475);
const STEPS_OF_LEASE: u8 = 2;

/// Takes a change that leads to a next world.
type Add<'w> = &'w mut dyn FnMut(&dyn Fn(&mut World));

/// What a program could do wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bug {
    None,
    RenewsBeforeRemoving,
    RenewsWithPartOfTheList,
    RemovesBeforePublishing,
    InsertsStaleFill,
    AnswersWithStaleFill,
    ComparesNumbersOnly,
    CountsFromReceipt,
    LooksAtWallOnly,
    LooksAtMonotonicOnly,
    TrustsReplica,
    TrustsPrunedHistory,
    ForgetsWhatItAsked,
    ReadsTheLeaseLast,
}

/// What does not do as it should, besides a bug: the reader's thread, which stands still between its steps, a clock that
/// does not keep true time, or the store. One at a time, since every combination would be too many worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Faulty {
    Reader,
    Restored,
    Replica,
    Pruned,
    /// The three in whatever order.
    Store,
    Wall {
        ahead: i8,
    },
    Monotonic {
        behind: u8,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    time: u8,
    /// The last step of the time.
    last: u8,
    faulty: Faulty,
    store: Store,
    node: Node,
    /// Whether the node's memory has the token.
    in_memory: bool,
    /// Whether the node has been told that the token is revoked, since it began.
    knows: bool,
    /// Whether it has begun anew. Once is enough.
    began_anew: bool,
    poller: Poller,
    filler: Filler,
    reader: Reader,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Store {
    /// The marks of the history; the number of the last one is its index.
    history: Vec<u8>,
    /// The number under which the token was revoked.
    revoked: Option<u8>,
    /// When that was committed.
    revoked_at: Option<u8>,
    /// Whether it was restored from a backup without the revocation.
    restored: bool,
    /// Whether a replica answers, which is at the beginning of the history.
    replica: bool,
    pruned_to: u8,
    next_mark: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Poller {
    Idle,
    Sent(Asked),
    Answered {
        asked: Asked,
        answer: Answer,
        listed: Epoch,
        has_token: bool,
    },
    /// Steps that are done of the two, publish and remove.
    Applying {
        applying: Applying,
        published: bool,
        removed: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Applying {
    asked: Asked,
    to: Epoch,
    is_all: bool,
    /// Whether the token is on the list.
    has_token: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Filler {
    Idle,
    Sent(Asked),
    Answered { asked: Asked, answer: Answer, is_live: bool },
}

/// A hit, if its steps are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Reader {
    Idle,
    HasLease(Lease),
    HasBoth(Lease),
    /// As it must not be.
    HasToken,
}

impl Store {
    fn at(&self, index: usize) -> Epoch {
        Epoch { n: index as u64, mark: [self.history[index]; 16] }
    }

    fn epoch(&self) -> Epoch {
        self.at(if self.replica { 0 } else { self.history.len() - 1 })
    }

    fn revoke(&mut self) {
        self.history.push(self.next_mark);
        self.next_mark += 1;
    }

    fn answer(&self, own: Epoch, bug: Bug) -> Answer {
        let at = self.epoch();
        let index = usize::try_from(own.n).unwrap();
        let knows_own = index < self.history.len()
            && own.n <= at.n
            && (bug == Bug::ComparesNumbersOnly || self.at(index) == own);
        Answer {
            at,
            knows_own: knows_own || (self.replica && bug == Bug::TrustsReplica),
            in_recovery: self.replica && bug != Bug::TrustsReplica,
            pruned_to: if bug == Bug::TrustsPrunedHistory { 0 } else { self.pruned_to.into() },
        }
    }

    /// Whether the token is on the list of what was revoked after `own`, which goes up to `listed`. What was pruned is on no
    /// list.
    fn lists_the_token(&self, own: Epoch, listed: Epoch) -> bool {
        let after = own.n.max(self.pruned_to.into());
        self.revoked.is_some_and(|n| after < n.into() && u64::from(n) <= listed.n)
    }

    fn is_live(&self) -> bool {
        self.revoked.is_none_or(|n| u64::from(n) > self.epoch().n)
    }
}

impl World {
    fn begin(faulty: Faulty, last: u8) -> Self {
        let store = Store {
            history: vec![0],
            revoked: None,
            revoked_at: None,
            restored: false,
            replica: false,
            pruned_to: 0,
            next_mark: 1,
        };
        Self {
            time: 0,
            last,
            faulty,
            node: Node::new(store.epoch()),
            store,
            in_memory: false,
            knows: false,
            began_anew: false,
            poller: Poller::Idle,
            filler: Filler::Idle,
            reader: Reader::Idle,
        }
    }

    fn now(&self, bug: Bug) -> Moment {
        // Two days are more than a lease, and so are 100 steps.
        let base = 1_000;
        let (mut wall, mut monotonic) = (base + i32::from(self.time), base + i32::from(self.time));
        match self.faulty {
            Faulty::Wall { ahead } => wall += 100 * i32::from(ahead),
            Faulty::Monotonic { behind } => monotonic -= i32::from(behind),
            Faulty::Reader
            | Faulty::Restored
            | Faulty::Replica
            | Faulty::Pruned
            | Faulty::Store => {}
        }
        match bug {
            Bug::LooksAtWallOnly => monotonic = wall,
            Bug::LooksAtMonotonicOnly => wall = monotonic,
            _ => {}
        }
        let [wall, monotonic] = [wall, monotonic].map(|steps| STEP * u32::try_from(steps).unwrap());
        Moment { wall, monotonic }
    }

    /// Whether the node accepts the token from memory.
    fn hits(&self, bug: Bug) -> bool {
        let lease = match self.reader {
            _ if self.faulty != Faulty::Reader => self.node.lease().filter(|_| self.in_memory),
            Reader::HasBoth(lease) => Some(lease),
            Reader::HasToken => self.node.lease(),
            Reader::Idle | Reader::HasLease(_) => None,
        };
        lease.is_some_and(|lease| lease.holds(self.now(bug)))
    }

    /// Whether the node may accept the token at this moment.
    fn may_accept(&self) -> bool {
        match self.store.restored {
            // What a restored store has lost, nobody can know but who knew it before.
            true => !self.knows,
            false => self.store.revoked_at.is_none_or(|at| self.time < at + STEPS_OF_LEASE),
        }
    }

    fn forget(&mut self) {
        self.node.give_up();
        self.in_memory = false;
        self.poller = Poller::Idle;
    }

    fn begin_anew(&mut self) {
        self.forget();
        self.node.begin_anew(self.store.epoch());
        self.began_anew = true;
        self.knows = !self.store.is_live();
    }

    /// All worlds that may come next. `Err` is a world in which a revoked token was just accepted.
    fn next(&self, bug: Bug) -> Result<Vec<Self>, Box<Self>> {
        let mut all = Vec::new();
        let mut add = |change: &dyn Fn(&mut Self)| {
            let mut world = self.clone();
            change(&mut world);
            all.push(world);
        };
        if self.time < self.last {
            add(&|world| world.time += 1);
        }
        match self.faulty {
            Faulty::Wall { ahead: 0 } => {
                add(&|world| world.faulty = Faulty::Wall { ahead: 1 });
                add(&|world| world.faulty = Faulty::Wall { ahead: -1 });
            }
            Faulty::Monotonic { behind } if behind < self.time.min(2) => {
                add(&|world| world.faulty = Faulty::Monotonic { behind: behind + 1 });
            }
            Faulty::Reader => self.look(bug, &mut add),
            Faulty::Restored
            | Faulty::Replica
            | Faulty::Pruned
            | Faulty::Store
            | Faulty::Wall { .. }
            | Faulty::Monotonic { .. } => {}
        }
        self.change_store(&mut add);
        if !self.began_anew && self.may_be(Faulty::Restored) {
            // A person trusts the store as it is now.
            add(&Self::begin_anew);
        }
        self.poll(bug, &mut add);
        if let Some(world) = self.fill(bug, &mut add) {
            return Err(Box::new(world));
        }
        Ok(all)
    }

    fn change_store(&self, add: Add<'_>) {
        let store = &self.store;
        let has_room = store.history.len() < 3 && !store.replica;
        if has_room && store.revoked.is_none() && !store.restored {
            add(&|world| {
                world.store.revoke();
                world.store.revoked = u8::try_from(world.store.history.len() - 1).ok();
                world.store.revoked_at = Some(world.time);
            });
        }
        if has_room && (self.may_be(Faulty::Restored) || self.may_be(Faulty::Pruned)) {
            // Another token is revoked.
            add(&|world| world.store.revoke());
        }
        if store.revoked.is_none() || store.restored || store.replica {
            return;
        }
        if self.may_be(Faulty::Restored) {
            add(&|world| {
                world.store.history.truncate(1);
                (world.store.revoked, world.store.restored) = (None, true);
                world.store.pruned_to = 0;
            });
        }
        if self.may_be(Faulty::Replica) {
            add(&|world| world.store.replica = true);
        }
        if self.may_be(Faulty::Pruned) {
            add(&|world| {
                world.store.pruned_to = u8::try_from(world.store.history.len() - 1).unwrap();
            });
        }
    }

    /// Whether the store may fail in this way.
    fn may_be(&self, way: Faulty) -> bool {
        [way, Faulty::Store].contains(&self.faulty)
    }

    fn look(&self, bug: Bug, add: Add<'_>) {
        match self.reader {
            Reader::Idle if bug == Bug::ReadsTheLeaseLast => {
                if self.in_memory {
                    add(&|world| world.reader = Reader::HasToken);
                }
            }
            Reader::Idle => {
                if let Some(lease) = self.node.lease() {
                    add(&|world| world.reader = Reader::HasLease(lease));
                }
            }
            Reader::HasLease(lease) if self.in_memory => {
                add(&|world| world.reader = Reader::HasBoth(lease));
            }
            Reader::HasLease(_) | Reader::HasBoth(_) | Reader::HasToken => {
                add(&|world| world.reader = Reader::Idle);
            }
        }
    }

    fn poll(&self, bug: Bug, add: Add<'_>) {
        let now = self.now(bug);
        match self.poller {
            Poller::Idle => add(&|world| world.poller = Poller::Sent(world.node.ask(now))),
            Poller::Sent(asked) => {
                add(&|world| world.poller = Poller::Idle); // The answer is lost.
                let answer = self.store.answer(asked.own, bug);
                let all = answer.at.n;
                for listed in asked.own.n.min(all)..=all {
                    let listed = self.store.at(usize::try_from(listed).unwrap());
                    let has_token = self.store.lists_the_token(asked.own, listed);
                    add(&|world| {
                        world.poller = Poller::Answered { asked, answer, listed, has_token };
                    });
                }
            }
            Poller::Answered { asked, answer, listed, has_token } => {
                let mut asked = asked;
                if bug == Bug::CountsFromReceipt {
                    asked.sent = now;
                }
                add(&|world| match world.node.judge(asked, &answer, listed) {
                    Verdict::Apply { to, is_all } => {
                        let is_all = is_all || bug == Bug::RenewsWithPartOfTheList;
                        let applying = Applying { asked, to, is_all, has_token };
                        let (published, removed) = (false, false);
                        world.poller = Poller::Applying { applying, published, removed };
                    }
                    Verdict::Late => world.poller = Poller::Idle,
                    Verdict::Behind if world.began_anew => world.forget(),
                    Verdict::Behind => world.begin_anew(),
                    Verdict::Distrust(_) => world.forget(),
                });
            }
            Poller::Applying { applying, published, removed } => {
                self.apply(bug, applying, published, removed, add);
            }
        }
    }

    fn apply(&self, bug: Bug, applying: Applying, published: bool, removed: bool, add: Add<'_>) {
        let publish = |world: &mut Self| {
            world.node.publish(applying.to);
            world.poller = Poller::Applying { applying, published: true, removed };
        };
        let remove = |world: &mut Self| {
            if applying.has_token {
                (world.in_memory, world.knows) = (false, true);
            }
            world.poller = Poller::Applying { applying, published, removed: true };
        };
        let renew = |world: &mut Self| {
            if applying.is_all {
                world.node.renew(applying.asked);
            }
            world.poller = Poller::Idle;
        };
        match (published, removed) {
            (false, false) if bug == Bug::RemovesBeforePublishing => add(&remove),
            (false, _) => add(&publish),
            (true, false) if bug == Bug::RenewsBeforeRemoving => {
                add(&|world| {
                    renew(world);
                    let applying = Applying { is_all: false, ..applying };
                    world.poller = Poller::Applying { applying, published, removed };
                });
                add(&remove);
            }
            (true, false) => add(&remove),
            (true, true) => add(&renew),
        }
    }

    /// Returns the world in which a revoked token was accepted.
    fn fill(&self, bug: Bug, add: Add<'_>) -> Option<Self> {
        match self.filler {
            Filler::Idle if self.in_memory => {}
            Filler::Idle => {
                let now = self.now(bug);
                add(&|world| world.filler = Filler::Sent(world.node.ask(now)));
            }
            Filler::Sent(asked) => add(&|world| {
                let (answer, is_live) = (world.store.answer(asked.own, bug), world.store.is_live());
                world.filler = Filler::Answered { asked, answer, is_live };
            }),
            Filler::Answered { asked, answer, is_live } => {
                let mut world = self.clone();
                world.filler = Filler::Idle;
                let asked = match bug {
                    Bug::ForgetsWhatItAsked => world.node.ask(asked.sent),
                    _ => asked,
                };
                let verdict = world.node.judge_fill(asked, &answer, self.now(bug));
                let is_fresh = verdict == Fill::Fresh;
                let accepts = is_live && (is_fresh || bug == Bug::AnswersWithStaleFill);
                let inserts = is_live && (is_fresh || bug == Bug::InsertsStaleFill);
                if accepts && !self.may_accept() {
                    return Some(world);
                }
                world.in_memory |= inserts;
                if matches!(verdict, Fill::Distrust(_)) {
                    world.forget();
                }
                add(&|next| *next = world.clone());
            }
        }
        None
    }
}

/// Searches all worlds that come from this one. Returns how many there are, or one in which a revoked token is accepted.
fn search(faulty: Faulty, last: u8, bug: Bug) -> Result<usize, Box<World>> {
    let begin = World::begin(faulty, last);
    let mut seen = HashSet::from([begin.clone()]);
    let mut open = vec![begin];
    while let Some(world) = open.pop() {
        if world.hits(bug) && !world.may_accept() {
            return Err(Box::new(world));
        }
        for next in world.next(bug)? {
            if !seen.contains(&next) {
                seen.insert(next.clone());
                open.push(next);
            }
        }
    }
    Ok(seen.len())
}

/// Two polls at a time: the slower one must not undo what the faster one did.
#[test]
fn an_answer_from_before_the_node_moved_is_late() {
    let moment = Moment { wall: STEP, monotonic: STEP };
    let [first, second] = [1, 2].map(|n| Epoch { n, mark: [9; 16] });
    let mut node = Node::new(first);
    let asked = node.ask(moment);
    let answer = Answer { at: second, knows_own: true, in_recovery: false, pruned_to: 0 };
    assert_eq!(node.judge(asked, &answer, second), Verdict::Apply { to: second, is_all: true });
    assert_eq!(node.judge(asked, &answer, first), Verdict::Apply { to: first, is_all: false });
    node.publish(second);
    assert_eq!(node.judge(asked, &answer, second), Verdict::Late);
}

const WALL: Faulty = Faulty::Wall { ahead: 0 };
const MONOTONIC: Faulty = Faulty::Monotonic { behind: 0 };

#[test]
fn a_revoked_token_is_accepted_in_no_order_of_the_steps() {
    assert_eq!(STEP * STEPS_OF_LEASE.into(), LEASE);
    let short = [
        (Faulty::Reader, 3),
        (Faulty::Restored, 2),
        (Faulty::Replica, 3),
        (Faulty::Pruned, 2),
        (WALL, 3),
        (MONOTONIC, 3),
    ];
    let long = [(Faulty::Reader, 5), (Faulty::Store, 3), (WALL, 5), (MONOTONIC, 5)];
    let is_long = std::env::var_os("LEASE_LONG").is_some();
    let mut all = 0;
    for &(faulty, last) in if is_long { &long[..] } else { &short[..] } {
        let worlds =
            search(faulty, last, Bug::None).unwrap_or_else(|world| panic!("accepted: {world:#?}"));
        println!("{faulty:?}: {worlds} worlds");
        all += worlds;
    }
    assert!(all > 100_000, "only {all} worlds");
}

#[test]
fn each_planted_bug_is_found() {
    for (bug, faulty) in [
        (Bug::RenewsBeforeRemoving, Faulty::Reader),
        (Bug::RenewsWithPartOfTheList, Faulty::Reader),
        (Bug::RemovesBeforePublishing, Faulty::Reader),
        (Bug::InsertsStaleFill, Faulty::Reader),
        (Bug::AnswersWithStaleFill, Faulty::Reader),
        (Bug::ReadsTheLeaseLast, Faulty::Reader),
        (Bug::CountsFromReceipt, Faulty::Reader),
        (Bug::ComparesNumbersOnly, Faulty::Restored),
        (Bug::ForgetsWhatItAsked, Faulty::Restored),
        (Bug::TrustsReplica, Faulty::Replica),
        (Bug::TrustsPrunedHistory, Faulty::Pruned),
        (Bug::LooksAtWallOnly, WALL),
        (Bug::LooksAtMonotonicOnly, MONOTONIC),
    ] {
        assert!(search(faulty, 3, bug).is_err(), "{bug:?} is not found");
    }
}

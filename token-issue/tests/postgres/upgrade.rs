//! Programs of two versions over one database, while it is upgraded.

use std::{
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use pollster::block_on;
use test_support::postgres::Server;
use token_core::{Secret, TokenId, record::InMemory};
use token_issue::{
    __test::postgres, Issuer, Pepper, Peppers, Registry, RegistryError, Verifier,
    registry::Postgres,
};

use crate::{
    POLICY,
    desk::{accepts, mint, time_until},
    rows::{NOON, digests, id, insert, row},
    server::{open, secret},
};

/// How long after its revocation a token is accepted nowhere.
const LATE: Duration = Duration::from_secs(1);

const OLD: i32 = 1;
const NEW: i32 = 2;

fn version(server: &Server) -> String {
    server.sql("tokens", "SELECT version FROM token_registry.schema")
}

fn finds(registry: &Postgres, number: u64) -> bool {
    let own = block_on(registry.snapshot(0, NOON)).unwrap().at;
    let read = block_on(registry.read(digests(id(1, number)), own)).unwrap();
    assert!(read.answer.knows_own);
    read.row.is_some()
}

#[test]
fn programs_of_two_versions_use_one_database() {
    let server = Server::start();
    let url = server.database("tokens");
    let old = postgres(secret(&url), OLD).unwrap();
    assert_eq!(version(&server), "1");
    insert(&old, &row(id(1, 1)));
    // A role that may not change the tables uses them as they are.
    server.sql(
        "tokens",
        "CREATE ROLE app LOGIN; GRANT USAGE ON SCHEMA token_registry TO app;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA token_registry TO app",
    );
    let app = url.replace("registry@", "app@");
    let early = open(&app);
    assert_eq!(version(&server), "1");
    insert(&early, &row(id(1, 2)));
    let new = open(&url);
    assert_eq!(version(&server), NEW.to_string());
    insert(&new, &row(id(1, 3)));
    let again = postgres(secret(&url), OLD).unwrap();
    insert(&again, &row(id(1, 4)));
    let late = open(&app);
    for registry in [&old, &early, &new, &again, &late] {
        assert!((1..=4).all(|number| finds(registry, number)) && !finds(registry, 5));
    }
    assert!(block_on(again.revoke(id(1, 1))).unwrap().is_new);
    assert_eq!(version(&server), NEW.to_string());
}

#[test]
fn tables_that_an_older_program_cannot_use_are_refused() {
    let server = Server::start();
    let url = server.database("tokens");
    drop(open(&url));
    server.sql("tokens", "UPDATE token_registry.schema SET version = 9");
    drop(open(&url));
    server.sql("tokens", "UPDATE token_registry.schema SET oldest = 3");
    let error = Postgres::open(secret(&url)).unwrap_err();
    let RegistryError::NewerSchema { found, known, .. } = error else { panic!("{error}") };
    assert_eq!((found, known), (9, 2));
    for damage in ["oldest = 0", "version = 0, oldest = 0", "version = 2, oldest = 3"] {
        server.sql("tokens", &format!("UPDATE token_registry.schema SET {damage}"));
        let error = Postgres::open(secret(&url)).unwrap_err();
        assert!(error.to_string().contains("damaged"), "{damage}: {error}");
    }
}

/// Who waits for a lock on a table makes all others wait behind him.
#[test]
fn an_upgrade_does_not_wait_in_front_of_others() {
    let server = Server::start();
    let url = server.database("tokens");
    let old = postgres(secret(&url), OLD).unwrap();
    insert(&old, &row(id(1, 1)));
    let begin = Instant::now();
    thread::scope(|scope| {
        let held = "BEGIN; UPDATE token_registry.schema SET version = 1; SELECT pg_sleep(1.5)";
        scope.spawn(|| server.sql("tokens", held));
        let sql = "SELECT count(*) FROM pg_locks WHERE relation = 'token_registry.schema'::regclass AND mode = 'RowExclusiveLock'";
        time_until("the row is locked", || server.sql("tokens", sql) == "1");
        drop(open(&url));
    });
    let taken = begin.elapsed();
    assert!(taken > Duration::from_millis(1_200), "it did not wait for the lock: {taken:?}");
    assert_eq!(version(&server), NEW.to_string());
    let waits = server.said().matches("canceling statement due to lock timeout").count();
    assert!(waits >= 2, "it waits for a tenth of a second at a time: {waits}");
    let half_made = server.sql("tokens", "SELECT count(*) FROM pg_proc WHERE proname = 'find'");
    assert_eq!(half_made, "1");
}

fn pepper(name: u8) -> Pepper {
    Pepper::new(Secret::from([name; 32].to_vec())).unwrap()
}

fn first() -> Peppers {
    Peppers::of(pepper(1)).replacing_none()
}

fn both() -> Peppers {
    Peppers::of(pepper(2)).replacing(pepper(1))
}

/// A program: which version of the library, and which peppers.
fn verifier(url: &str, known: i32, peppers: Peppers, capacity: usize) -> Verifier {
    let registry = Arc::new(postgres(secret(url), known).unwrap());
    let options = Verifier::options(&POLICY, registry).peppers(peppers).capacity(capacity);
    block_on(options.start()).unwrap()
}

fn issuer(url: &str, known: i32, peppers: Peppers, log: &Arc<InMemory>) -> Issuer {
    let registry = Arc::new(postgres(secret(url), known).unwrap());
    Issuer::options(&POLICY, registry, log.clone()).peppers(peppers).start().unwrap()
}

/// What is alive, what was revoked and when, and what went wrong.
#[derive(Default)]
struct Traffic {
    live: RwLock<Vec<(TokenId, Vec<u8>)>>,
    dead: Mutex<Vec<(Vec<u8>, Instant)>>,
    verified: AtomicU64,
    refused_dead: AtomicU64,
    ends: AtomicBool,
}

impl Traffic {
    fn goes_on(&self) -> bool {
        !self.ends.load(Relaxed)
    }

    /// A live token is accepted, whichever node is asked.
    fn verify_live(&self, nodes: &[RwLock<Verifier>]) {
        let mut random = fastrand::Rng::new();
        while self.goes_on() {
            let node = random.usize(..nodes.len());
            let verifier = nodes[node].read().unwrap().clone();
            // Who revokes takes it off this list first.
            let live = self.live.read().unwrap();
            for _ in 0..20 {
                let (id, token) = &live[random.usize(..live.len())];
                let answer = accepts(&verifier, token);
                assert!(answer.is_ok(), "node {node} refuses {id}: {answer:?}");
                self.verified.fetch_add(1, Relaxed);
            }
            drop(live);
            thread::yield_now();
        }
    }

    /// What was revoked a second ago is accepted nowhere.
    fn verify_dead(&self, nodes: &[RwLock<Verifier>]) {
        while self.goes_on() {
            let dead = self.dead.lock().unwrap().clone();
            let old = dead.iter().rev().skip_while(|(_, since)| since.elapsed() < LATE);
            for (token, since) in old.take(20) {
                for (number, node) in nodes.iter().enumerate() {
                    let verifier = node.read().unwrap().clone();
                    let asked = Instant::now();
                    let answer = accepts(&verifier, token);
                    let is_late = asked.duration_since(*since) >= LATE;
                    assert!(!is_late || answer.is_err(), "node {number} accepts a dead token");
                    self.refused_dead.fetch_add(u64::from(is_late), Relaxed);
                }
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn mint_and_revoke(&self, desks: &[RwLock<Issuer>]) {
        let mut random = fastrand::Rng::new();
        while self.goes_on() {
            let desk = desks[random.usize(..desks.len())].read().unwrap();
            let minted = mint(&desk);
            let gone = {
                let mut live = self.live.write().unwrap();
                live.push(minted);
                let which = random.usize(..live.len());
                live.swap_remove(which)
            };
            let revocation = block_on(desk.revoke(gone.0, "a test")).unwrap();
            assert_eq!(revocation.tokens, 1);
            self.dead.lock().unwrap().push((gone.1, Instant::now()));
            drop(desk);
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Ends the traffic also when an upgrade has panicked.
struct Ends<'t>(&'t Traffic);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.ends.store(true, Relaxed);
    }
}

/// Six verifiers and two issuers are replaced one after the other, by a program with a newer schema and a new pepper: verifiers
/// first, as the guide says. Meanwhile a hundred thousand tokens are verified, and others are minted and revoked.
#[test]
fn a_rolling_upgrade_refuses_nobody_and_accepts_nothing_dead() {
    let server = Server::start_with(&["max_connections=200"]);
    let url = server.database("tokens");
    let logs: [_; 2] = std::array::from_fn(|number| {
        Arc::new(InMemory::named(format!("example.com/desk-{number}")))
    });
    let desks = [0, 1].map(|number| RwLock::new(issuer(&url, OLD, first(), &logs[number])));
    // Half of them forget most tokens, and ask the server again and again.
    let capacity = |node: usize| if node.is_multiple_of(2) { 1 << 14 } else { 64 };
    let nodes: [_; 6] =
        std::array::from_fn(|node| RwLock::new(verifier(&url, OLD, first(), capacity(node))));
    let traffic = Traffic::default();
    traffic.live.write().unwrap().extend((0..500).map(|_| mint(&desks[0].read().unwrap())));
    let renew = |node: usize, known, peppers| {
        let new = verifier(&url, known, peppers, capacity(node));
        *nodes[node].write().unwrap() = new;
        thread::sleep(Duration::from_millis(300));
    };
    thread::scope(|scope| {
        let _ends = Ends(&traffic);
        for _ in 0..3 {
            scope.spawn(|| traffic.verify_live(&nodes));
        }
        scope.spawn(|| traffic.verify_dead(&nodes));
        scope.spawn(|| traffic.mint_and_revoke(&desks));
        assert_eq!(version(&server), "1");
        (0..3).for_each(|node| renew(node, NEW, both()));
        assert_eq!(version(&server), "2");
        // One of the old program is started again meanwhile.
        renew(3, OLD, first());
        (3..6).for_each(|node| renew(node, NEW, both()));
        for (desk, log) in desks.iter().zip(&logs) {
            // The other one mints meanwhile.
            let mut old = desk.write().unwrap();
            old.close(Duration::from_secs(5)).unwrap();
            *old = issuer(&url, NEW, both(), log);
            drop(old);
            thread::sleep(Duration::from_millis(1_200));
        }
        let enough = || {
            traffic.verified.load(Relaxed) >= 100_000 && traffic.refused_dead.load(Relaxed) >= 1_000
        };
        time_until("enough", enough);
    });
    let (verified, refused) = (traffic.verified.into_inner(), traffic.refused_dead.into_inner());
    assert!(verified >= 100_000, "too few: {verified}");
    assert!(refused >= 1_000, "too few dead tokens were tried: {refused}");
}

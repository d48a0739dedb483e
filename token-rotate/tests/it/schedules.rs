//! Random schedules of faults: errors, hangs, late and expired answers, rejections, clocks that are set by up to two days, suspends.
//!
//! What must hold in each: while a token is valid no failure reaches a reader; nothing is served after; at most one fetch a second; after a
//! failure the next try comes before the token expires. `ROTATE_SCHEDULES` says how many.

use std::{collections::HashMap, env, sync::Arc, time::Duration};

use token_core::{Admission, Clock, Grant, ManualClock, Secret, TokenId, UtcDateTime};
use token_rotate::{Act, Attempt, ByHand, ErrorKind, Failure, Fetched, Handle, Issuer, Rotating};

use crate::support::{List, clock, kind, secs, text};

/// The test answers itself.
struct Nobody;

impl Issuer<kind::Ci> for Nobody {
    fn fetch(&self, _: &Attempt) -> Result<Fetched, Failure> {
        unreachable!()
    }
}

/// What is true of a token that an issuer gave out.
#[derive(Clone, Copy)]
struct Truth {
    wall: Duration,
    monotonic: Duration,
    is_over: bool,
}

struct World {
    seed: u64,
    random: fastrand::Rng,
    clock: Arc<ManualClock>,
    rotating: Rotating<kind::Ci>,
    hand: ByHand<kind::Ci, Nobody>,
    truths: HashMap<TokenId, Truth>,
    /// Fetches that have not returned, and when they will; and those that never will.
    running: Vec<(Attempt, Duration)>,
    hung: usize,
    /// When each fetch began.
    began: Vec<Duration>,
    /// Until when the next fetch has to begin.
    promised: Option<Duration>,
    is_final: bool,
    is_mute: bool,
}

impl World {
    fn new(seed: u64) -> Self {
        let clock = clock();
        let admission = Admission::with_clock(clock.clone());
        let (rotating, hand) = Rotating::options(admission, Nobody).by_hand();
        let random = fastrand::Rng::with_seed(seed);
        let (truths, running, began) = (HashMap::new(), Vec::new(), Vec::new());
        let (hung, promised, is_final, is_mute) = (0, None, false, false);
        Self {
            seed,
            random,
            clock,
            rotating,
            hand,
            truths,
            running,
            hung,
            began,
            promised,
            is_final,
            is_mute,
        }
    }

    fn run(&mut self, steps: usize) {
        for _ in 0..steps {
            self.drive();
            self.read();
            self.event();
            self.read();
        }
    }

    /// Does what is to be done now, and lets some of the time pass until the next.
    fn drive(&mut self) {
        loop {
            self.answer();
            match self.hand.next() {
                Act::Fetch(attempt) => self.fetch(attempt),
                Act::Retire(handle) => {
                    let result = match self.random.bool() {
                        true => Ok(()),
                        false => Err(Failure::transient("not now")),
                    };
                    self.hand.retired(&handle, &result);
                }
                Act::Sleep(due) => {
                    let next = self
                        .running
                        .iter()
                        .map(|(_, at)| at.saturating_sub(self.clock.monotonic()))
                        .min();
                    let nap = due.min(next.unwrap_or(Duration::MAX)).max(Duration::from_millis(1));
                    self.clock.advance(nap.mul_f64(if self.random.u8(..4) == 0 {
                        0.5
                    } else {
                        1.0
                    }));
                    return;
                }
                Act::End => panic!("{}: nobody has closed it", self.seed),
            }
        }
    }

    fn fetch(&mut self, attempt: Attempt) {
        let now = self.clock.monotonic();
        if let Some(last) = self.began.last() {
            assert!(now - *last >= secs(1), "{}: two fetches within {:?}", self.seed, now - *last);
        }
        if let Some(promised) = self.promised.take() {
            assert!(
                now <= promised,
                "{}: the try comes {:?} after the end",
                self.seed,
                now - promised
            );
        }
        self.began.push(now);
        let slow = match self.random.u8(..16) {
            _ if self.is_mute => Duration::MAX,
            0 if self.hung < 2 => Duration::MAX,
            1 => secs(self.random.u64(30..90)),
            2..5 => secs(self.random.u64(1..20)),
            _ => Duration::ZERO,
        };
        self.hung += usize::from(slow == Duration::MAX && !self.is_mute);
        self.running.push((attempt, now.saturating_add(slow)));
    }

    /// Fetches return whose time has come.
    fn answer(&mut self) {
        let now = self.clock.monotonic();
        while let Some(at) = self.running.iter().position(|(_, at)| *at <= now) {
            let (attempt, _) = self.running.swap_remove(at);
            let result = self.result();
            self.is_final = result.as_ref().is_err_and(Failure::is_final);
            let failed = result.is_err();
            self.hand.fetched(&attempt, result);
            self.promise(failed && !attempt.is_cancelled());
        }
    }

    /// After a failure another try comes before the end, if there is more than a second left.
    fn promise(&mut self, failed: bool) {
        let health = self.rotating.health();
        let left = health.remaining;
        let counts = failed && !self.is_final && health.is_usable() && left > secs(1);
        self.promised = counts.then(|| self.clock.monotonic() + left);
    }

    fn result(&mut self) -> Result<Fetched, Failure> {
        let pause = secs(*[0, 1, 30, 86_400].get(self.random.usize(..4)).unwrap());
        match self.random.u8(..20) {
            0..8 => Ok(self.token()),
            8 => Ok(Fetched::unchanged()),
            9 => Ok(Fetched::new(Secret::from(text()), Grant::new("admin").expires_in(secs(60)))),
            10 => {
                Ok(Fetched::new(Secret::from(text()), Grant::new("repo:read").expires_in(secs(0))))
            }
            11 => {
                let past = UtcDateTime::from_unix_timestamp(1_700_000_000).unwrap();
                Ok(Fetched::new(Secret::from(text()), Grant::new("repo:read").expires_at(past)))
            }
            12 => Err(Failure::permanent("gone")),
            13 => Err(Failure::transient("busy").retry_after(pause)),
            _ => Err(Failure::transient("down")),
        }
    }

    fn token(&mut self) -> Fetched {
        let lives =
            secs(*[1, 2, 9, 20, 60, 300, 1200, 3600, 86_400].get(self.random.usize(..9)).unwrap());
        let text = text();
        let truth = Truth {
            wall: self.clock.wall() + lives,
            monotonic: self.clock.monotonic() + lives,
            is_over: false,
        };
        self.truths.insert(TokenId::of(text.as_bytes()).unwrap(), truth);
        let fetched = Fetched::new(Secret::from(text), Grant::new("repo:read").expires_in(lives));
        match self.random.bool() {
            true => fetched.handle(Handle::new(format!("key-{}", self.truths.len()))),
            false => fetched,
        }
    }

    /// Somebody sets the wall clock, or the machine sleeps, or a server rejects the token.
    fn event(&mut self) {
        let days = i64::from(self.random.i8(-2..=2));
        let wall = UtcDateTime::from_unix_timestamp(self.clock.wall().as_secs() as i64).unwrap();
        match self.random.u8(..24) {
            0 => self.clock.set_wall(wall + time::Duration::days(days)),
            1 => self.clock.set_wall(wall + time::Duration::minutes(days)),
            // Suspended: the monotonic clock stands still.
            2 => self.clock.set_wall(wall + time::Duration::seconds(self.random.i64(1..7200))),
            3 => self.clock.advance_monotonic(secs(self.random.u64(1..600))),
            4 => self.reject(),
            5 => self.is_mute = self.random.u8(..4) == 0,
            _ => return,
        }
        // Nothing is promised where clocks jump.
        self.promised = None;
    }

    fn reject(&mut self) {
        let Some(id) = self.rotating.health().token else { return };
        let held = self.rotating.current().is_ok();
        self.rotating.rejected(id);
        let counts = held && self.rotating.current().is_err();
        if let Some(truth) = self.truths.get_mut(&id).filter(|_| counts) {
            truth.is_over = true;
        }
        // One that was replaced long ago, or never was.
        self.rotating.rejected(TokenId::of(text().as_bytes()));
    }

    /// What a reader gets is exactly what is true.
    fn read(&mut self) {
        let Some(id) = self.rotating.health().token else {
            assert_eq!(
                self.rotating.current().unwrap_err().kind(),
                ErrorKind::Empty,
                "{}",
                self.seed
            );
            return;
        };
        let (wall, monotonic) = (self.clock.wall(), self.clock.monotonic());
        let truth = self.truths.get_mut(&id).unwrap();
        truth.is_over |= wall >= truth.wall || monotonic >= truth.monotonic;
        let is_over = truth.is_over;
        match self.rotating.current() {
            Ok(token) => {
                assert!(!is_over, "{}: an ended token is served", self.seed);
                assert!(token.expose_for(&List).is_ok(), "{}", self.seed);
            }
            Err(error) => assert!(is_over, "{}: {error:#}", self.seed),
        }
    }
}

#[test]
fn whatever_happens_readers_get_a_valid_token_or_none_exists() {
    let schedules: u64 = env::var("ROTATE_SCHEDULES").map_or(300, |number| number.parse().unwrap());
    let (mut fetches, mut tokens) = (0, 0);
    for seed in 0..schedules {
        let mut world = World::new(seed);
        world.run(200);
        fetches += world.began.len();
        tokens += world.truths.len();
    }
    assert!(fetches as u64 > schedules * 5 && tokens as u64 > schedules, "{fetches} {tokens}");
}

//! An issuer, a store and a consumer, whose every call can fail or end the run, before or after its effect.
//!
//! After each effect the world checks that the consumer is not locked out, and that no more tokens are live than are permitted.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    rc::Rc,
    time::Duration,
};

use token_core::{Secret, TokenId, UtcDateTime};
use token_policy::{
    Policy,
    lock::{Entry, Handle, LockedToken, Slot},
};
use token_rotate::replace::{
    Claim, Created, Ended, Expiry, Keeper, Replaced, Rules, StepFailure, Steps, Stopped, Swept,
    Tested, Time, Unkept, replace, sweep,
};

/// Where a run fails, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// At which call, counted from 0.
    pub(crate) at: usize,
    /// The call's effect comes first.
    pub(crate) after: bool,
    /// The run is over: it makes no further call.
    pub(crate) kills: bool,
}

impl Fault {
    /// All faults at a call.
    pub(crate) fn all_at(at: usize) -> impl Iterator<Item = Fault> {
        let flags = [(false, false), (false, true), (true, false), (true, true)];
        flags.into_iter().map(move |(after, kills)| Fault { at, after, kills })
    }
}

/// How a consumer takes its token.
#[derive(Clone, Debug)]
pub(crate) struct Consumer {
    /// How long after `set` it takes it.
    pub(crate) lag: u64,
    pub(crate) uses: Handle,
}

/// What outlives a run.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) now: u64,
    pub(crate) live: BTreeMap<Handle, Vec<u8>>,
    /// Until when a token was live that is live no more.
    pub(crate) died: BTreeMap<Handle, u64>,
    pub(crate) consumers: Vec<Consumer>,
    /// The newest token that was set, and when.
    pub(crate) store: (Handle, u64),
    /// Whether `test` says which token is in use.
    pub(crate) tells: bool,
    /// Whether there is a claim, and who has it until when.
    pub(crate) has_claim: bool,
    pub(crate) claim: Option<(u32, u64)>,
    /// More must never be live at once.
    pub(crate) most: usize,
    /// The calls that were made, by all runs.
    pub(crate) calls: Vec<String>,
    /// When the consumer passed its test with a new token.
    pub(crate) passed: Option<u64>,
    pub(crate) lines: Vec<Slot>,
    pub(crate) expires: Expiry,
    /// Whether `create` tells the handle.
    pub(crate) names: bool,
    /// The consumer's token has expired, until another one is set.
    pub(crate) is_down: bool,
    /// Whether the issuer lists its tokens.
    pub(crate) lists: bool,
    /// What the issuer does not list.
    pub(crate) hides: Option<Handle>,
    /// What `create` gives in the place of a new token: the number of its bytes, and its handle.
    pub(crate) gives: Option<(u32, Handle)>,
    /// How many of the next tokens could be guessed.
    pub(crate) weak: u32,
    /// When a test passes for the first time.
    pub(crate) settled: u64,
    pub(crate) made: u32,
    pub(crate) fault: Option<Fault>,
    pub(crate) call: usize,
    /// What another run does in the middle of this one.
    pub(crate) meanwhile: Option<(usize, Other)>,
}

/// What another run does.
pub(crate) type Other = fn(&Shared);

pub(crate) type Shared = Rc<RefCell<World>>;

pub(crate) const OVERLAP: u64 = 60;

pub(crate) fn handle(name: &str) -> Handle {
    name.parse().unwrap()
}

/// The bytes of a token that no rule takes for a word.
fn bytes(number: u32) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(number.into());
    (0..40).map(|_| random.alphanumeric() as u8).collect()
}

/// The lines of a kind without facts about a token.
pub(crate) fn line() -> Entry {
    let policy = "version = 1\nscopes.'repo:read' = ''\nenvironments.production = {}\n[tokens.ci]\nscopes = ['repo:read']\nmax_lifetime = '90d'\n";
    Entry::new(Policy::parse(policy).unwrap().kind("ci").unwrap())
}

pub(crate) fn time(seconds: u64) -> UtcDateTime {
    UtcDateTime::from_unix_timestamp(1_700_000_000 + i64::try_from(seconds).unwrap()).unwrap()
}

/// A world in which `key-1` is current and in use, and the lock that says so.
pub(crate) fn world() -> (World, Slot) {
    let first = handle("key-1");
    let world = World {
        now: 0,
        live: BTreeMap::from([(first.clone(), bytes(1))]),
        died: BTreeMap::new(),
        consumers: vec![Consumer { lag: 0, uses: first.clone() }],
        store: (first.clone(), 0),
        tells: true,
        has_claim: false,
        claim: None,
        most: 3,
        calls: Vec::new(),
        passed: None,
        lines: Vec::new(),
        expires: Expiry::In(Duration::from_secs(1_000_000)),
        names: true,
        is_down: false,
        lists: true,
        hides: None,
        gives: None,
        weak: 0,
        settled: 0,
        made: 1,
        fault: None,
        call: 0,
        meanwhile: None,
    };
    let mut token = LockedToken::new(*id(1).as_bytes(), 7, Some(time(500_000)));
    token.handle = Some(first);
    let mut slot = Slot::default();
    slot.replace(token, None, &line());
    (world, slot)
}

pub(crate) fn id(number: u32) -> TokenId {
    TokenId::of(&bytes(number)).unwrap()
}

pub(crate) fn rules() -> Rules {
    Rules {
        limit: Rules::LIMIT,
        settle: Duration::from_secs(10),
        overlap: Duration::from_secs(OVERLAP),
        wait: Duration::from_secs(600),
        longest: Some(Duration::from_secs(90 * 86_400)),
        leeway: Duration::ZERO,
    }
}

/// How a run ended. `None`: it was killed.
pub(crate) type End<T> = Option<Result<T, Stopped>>;

pub(crate) fn run(
    world: &Shared,
    slot: &Slot,
    rules: &Rules,
    fault: Option<Fault>,
) -> End<Replaced> {
    drive(world, fault, |hands| {
        replace(slot, &line(), rules, &mut hands.clone(), &mut hands.clone(), hands)
    })
}

pub(crate) fn run_sweep(world: &Shared, slot: &Slot, rules: &Rules) -> End<Swept> {
    drive(world, None, |hands| {
        sweep(slot, &line(), rules, &mut hands.clone(), &mut hands.clone(), hands)
    })
}

fn drive<T>(
    world: &Shared,
    fault: Option<Fault>,
    act: impl FnOnce(&mut Hands) -> Result<T, Stopped>,
) -> End<T> {
    {
        let mut world = world.borrow_mut();
        (world.fault, world.call) = (fault, 0);
    }
    thread_local!(static RUNS: RefCell<u32> = const { RefCell::new(0) });
    let run = RUNS.with_borrow_mut(|runs| {
        *runs += 1;
        *runs
    });
    let mut hands = Hands { world: world.clone(), run };
    match catch_unwind(AssertUnwindSafe(|| act(&mut hands))) {
        Ok(end) => Some(end),
        Err(cause) if cause.is::<Killed>() => None,
        Err(cause) => resume_unwind(cause),
    }
}

struct Killed;

/// One run's access to the world.
#[derive(Clone)]
pub(crate) struct Hands {
    world: Shared,
    run: u32,
}

impl Hands {
    /// Makes a call whose effect is `effect`, with the fault that is planned for it.
    fn call<T>(&self, name: &str, effect: impl FnOnce(&mut World) -> T) -> Result<T, String> {
        let (at, fault) = {
            let mut world = self.world.borrow_mut();
            world.calls.push(name.to_owned());
            world.call += 1;
            (world.call - 1, world.fault)
        };
        let meanwhile = self.world.borrow_mut().meanwhile.take_if(|(when, _)| *when == at);
        if let Some((_, other)) = meanwhile {
            let (fault, call) = (fault, at + 1);
            other(&self.world);
            let mut world = self.world.borrow_mut();
            (world.fault, world.call) = (fault, call);
        }
        let fault = fault.filter(|fault| fault.at == at);
        let end = |fault: Fault| match fault.kills {
            true => resume_unwind(Box::new(Killed)),
            false => Err(format!("planned, at call {at}")),
        };
        if let Some(fault) = fault.filter(|fault| !fault.after) {
            return end(fault);
        }
        let mut world = self.world.borrow_mut();
        let done = effect(&mut world);
        world.check();
        drop(world);
        match fault {
            Some(fault) => end(fault),
            None => Ok(done),
        }
    }

    fn step<T>(&self, name: &str, effect: impl FnOnce(&mut World) -> T) -> Result<T, StepFailure> {
        self.call(name, effect).map_err(StepFailure::new)
    }

    fn keep<T>(&self, name: &str, effect: impl FnOnce(&mut World) -> T) -> Result<T, Unkept> {
        self.call(name, effect).map_err(Unkept::new)
    }
}

impl World {
    /// Consumers take what was set. Each must work with what it uses.
    fn check(&mut self) {
        let (set, at) = self.store.clone();
        for consumer in &mut self.consumers {
            if self.now >= at + consumer.lag {
                consumer.uses = set.clone();
            }
            let works = self.live.contains_key(&consumer.uses);
            self.is_down &= !works;
            assert!(works || self.is_down, "locked out: {:#?}", self.calls);
        }
        assert!(self.live.len() <= self.most, "{} are live: {:#?}", self.live.len(), self.calls);
    }
}

impl Steps for Hands {
    fn claim(&mut self) -> Result<Claim, StepFailure> {
        let run = self.run;
        if !self.world.borrow().has_claim {
            return Ok(Claim::NotAsked);
        }
        self.step("claim", |world| match world.claim {
            Some((other, until)) if other != run && until > world.now => Claim::ByAnother,
            _ => {
                world.claim = Some((run, world.now + 300));
                Claim::Held
            }
        })
    }

    fn find(&mut self) -> Result<Vec<Handle>, StepFailure> {
        self.step("find", |world| {
            let listed =
                world.live.keys().filter(|it| world.lists && Some(*it) != world.hides.as_ref());
            listed.cloned().collect()
        })
    }

    fn create(&mut self) -> Result<Created, StepFailure> {
        self.step("create", |world| {
            if let Some((number, handle)) = world.gives.clone() {
                let (secret, handle) = (Secret::from(bytes(number)), Some(handle));
                return Created { secret, handle, expires: world.expires };
            }
            world.made += 1;
            let name = handle(&format!("key-{}", world.made));
            let token = match world.weak.checked_sub(1) {
                Some(left) => {
                    world.weak = left;
                    format!("password-{}", world.made).into_bytes()
                }
                None => bytes(world.made),
            };
            world.live.insert(name.clone(), token.clone());
            let handle = world.names.then_some(name);
            Created { secret: Secret::from(token), handle, expires: world.expires }
        })
    }

    fn set(&mut self, token: &Secret) -> Result<(), StepFailure> {
        self.step("set", |world| {
            let is_it = |bytes: &Vec<u8>| token.constant_time_eq(bytes);
            let name = world.live.iter().find(|(_, bytes)| is_it(bytes)).unwrap().0.clone();
            world.store = (name, world.now);
        })
    }

    fn test(&mut self, token: Option<&Secret>) -> Result<Tested, StepFailure> {
        self.step("test", |world| {
            let uses = world.consumers[0].uses.clone();
            let is_it = token.is_none_or(|token| token.constant_time_eq(&world.live[&uses]));
            let passed = world.now >= world.settled && (is_it || world.tells);
            if passed && token.is_some() && is_it {
                world.passed = Some(world.now);
            }
            Tested { passed, in_use: world.tells.then_some(uses) }
        })
    }

    fn retire(&mut self, handle: &Handle) -> Result<(), StepFailure> {
        self.step("retire", |world| {
            if world.live.remove(handle).is_some() {
                world.died.insert(handle.clone(), world.now);
            }
        })
    }
}

impl Keeper for Hands {
    fn created(&mut self, _: &LockedToken) -> Result<Option<u64>, Unkept> {
        self.keep("created", |_| Some(11))
    }

    fn changed(&mut self, slot: &Slot) -> Result<(), Unkept> {
        self.keep("changed", |world| world.lines.push(slot.clone()))
    }

    fn ended(&mut self, ended: &Ended<'_>) -> Result<(), Unkept> {
        let handle = ended.handle.clone();
        self.keep("ended", |world| assert!(!world.live.contains_key(&handle)))
    }
}

impl Time for Hands {
    fn now(&self) -> UtcDateTime {
        time(self.world.borrow().now)
    }

    fn wait(&mut self, time: Duration) {
        // In steps, so that a consumer takes what was set when its time has come.
        let mut left = time.as_millis().div_ceil(1000) as u64;
        while left > 0 {
            let mut world = self.world.borrow_mut();
            world.now += 1;
            left -= 1;
            world.check();
        }
    }
}

/// Shares a world between runs.
pub(crate) fn shared(world: World) -> Shared {
    Rc::new(RefCell::new(world))
}

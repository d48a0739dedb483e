//! A token that a rotation made is kept, and it is told that its lock is not deployed yet; one that is older is refused.

use token_core::{Admission, Current, Grant, Secret, TokenId};
use token_policy::{
    Policy,
    lock::{Entry, Lock, LockedToken, SlotName},
};
use token_rotate::{Fetched, Rotating, State};

use self::locked::{POLICY, kind};
use crate::support::{Say, Told, clock, secs, text};

mod locked {
    token_core::policy!("lock.toml");
}

const DAY: u64 = 24 * 60 * 60;

#[test]
fn health_tells_that_the_lock_is_behind_the_token() {
    let (clock, texts) = (clock(), [(); 3].map(|()| text()));
    let [older, locked, newer] = &texts;
    let end = |days: u64| {
        token_core::UtcDateTime::from_unix_timestamp(1_800_000_000).unwrap() + secs(days * DAY)
    };
    let say = |text: &str, days| {
        let grant = Grant::new("repo:read").expires_at(end(days));
        Say::Give(Fetched::new(Secret::from(text.to_owned()), grant))
    };
    let policy = Policy::parse(include_str!("lock.toml")).unwrap();
    let mut lock = Lock::new(&policy);
    let id = *TokenId::of(locked.as_bytes()).unwrap().as_bytes();
    let entry = Entry::new(policy.kind("pipeline").unwrap());
    let slot = lock.slot_mut(SlotName::new("pipeline", "production").unwrap());
    slot.replace(LockedToken::new(id, 1, Some(end(30))), None, &entry);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.lock");
    std::fs::write(&path, lock.to_string()).unwrap();
    let deployed = POLICY.check_lock(&path, "production").unwrap();
    let admission = Admission::with_clock(clock.clone()).locked_by(deployed);

    let issuer = Told::to([say(older, 20), say(locked, 30), say(newer, 60)]);
    let (rotating, hand) = Rotating::<kind::Pipeline>::options(admission, issuer).by_hand();
    hand.step();
    let health = rotating.health();
    assert_eq!((health.token, health.failures, health.behind), (None, 1, false));
    assert!(health.last_error.unwrap().to_string().contains("not"), "the older one is refused");
    // When the next try comes is spread, so it is waited for.
    let wait_for = |revision| {
        for _ in 0..30 * 24 {
            if rotating.health().revision >= revision {
                break;
            }
            clock.advance(secs(3600));
            hand.step();
        }
    };
    wait_for(1);
    assert_eq!((rotating.health().state, rotating.health().behind), (State::Fresh, false));
    wait_for(2);
    let health = rotating.health();
    assert_eq!((health.revision, health.behind), (2, true));
    assert!(Current::current(&rotating).unwrap().is_behind());
}

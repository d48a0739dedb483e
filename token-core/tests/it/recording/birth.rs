//! No record, no token; and what is refused.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, mpsc},
    thread,
};

use token_core::{
    Admission, ErrorKind, Grant, PolicyDigest, Secret, TokenId,
    record::{Action, Event, InMemory, Recorder, Use},
};

use super::{First, ci, failure, names, recorded};
use test_support::alloc_watch::frees_of;

use crate::support::{
    ListRepos, NOW, POLICY, TEXT, ci_grant, clock, fresh_token, kind, kind_of, secret, secs,
};

#[test]
fn a_life_is_on_record_from_admission_to_destruction() {
    let (recorder, admission) = recorded(&clock());
    recorder.note(Event::new(Action::Created, "before"));
    let token = ci(&admission);
    let opening = Event::new(Action::Admitted, "ci")
        .token(TokenId::of(TEXT.as_bytes()))
        .scopes(["deploy:run", "repo:read"])
        .policy(POLICY.digest)
        .actor("deploy-service")
        .reason("nightly");
    assert_eq!(recorder.events()[1..], [opening]);

    token.expose_for(&ListRepos).map(drop).unwrap();
    drop(token);
    let later = |action| {
        let event = Event::new(action, "ci").token(TokenId::of(TEXT.as_bytes()));
        event.actor("deploy-service").reason("nightly")
    };
    let uses = vec![Use::new("repo:read", 1)];
    let exposed = later(Action::exposed(Some(1), uses));
    let destroyed = later(Action::destroyed(Some(1)));
    assert_eq!(recorder.events()[2..], [exposed, destroyed]);
}

/// The policy lists `repo:write` for the kind, which implies `repo:read`.
#[test]
fn an_admission_names_the_listed_scopes_only() {
    let (recorder, admission) = recorded(&clock());
    let both = Grant::new("repo:write repo:read").expires_in(secs(60));
    let _token = admission.admit::<kind::Writer>(secret(), &both).unwrap();
    assert_eq!(recorder.events()[0].scopes, ["repo:write"]);
}

#[test]
fn one_admission_serves_many_tokens() {
    let (recorder, admission) = recorded(&clock());
    let other = admission.clone().actor(String::from("other")).reason("by hand");
    let tokens = [ci(&admission), ci(&other), ci(&admission)];
    drop(tokens);
    let events = recorder.events();
    let closes: Vec<_> = events[3..].iter().map(|event| event.action.closes()).collect();
    assert_eq!(closes, [Some(0), Some(1), Some(2)]);
    let actors: Vec<_> = events[3..].iter().map(|event| event.actor.as_deref()).collect();
    assert_eq!(actors, [Some("deploy-service"), Some("other"), Some("deploy-service")]);
    assert_eq!(events[4].reason, Some(Cow::Borrowed("by hand")));
    assert!(format!("{admission:?}").contains("deploy-service"));
}

#[test]
fn on_the_systems_clocks_too() {
    let recorder = Arc::new(InMemory::new());
    let token = ci(&Admission::new().recorder(recorder.clone()));
    assert_eq!(token.expose_for(&ListRepos).unwrap().as_str(), TEXT);
    drop(token);
    assert_eq!(names(&recorder.events()), ["admitted", "exposed", "destroyed"]);
    assert_eq!(recorder.events()[0].actor, None);
}

#[test]
fn no_record_no_token() {
    let recorder = First::new(|| Err(failure()), |_| {});
    let admission = Admission::with_clock(clock()).recorder(recorder.clone());
    let refused = admission.admit::<kind::Ci>(secret(), &ci_grant());
    assert_eq!(kind_of(refused), Some(ErrorKind::MalformedId), "the recorder's own error");
    assert_eq!(recorder.memory.events(), [], "and nothing was opened, so nothing is closed");

    let seen = frees_of(3011, || admission.admit::<kind::Ci>(vec![b'x'; 3011].into(), &ci_grant()));
    assert!(seen.is_clean(), "{seen:?}");
}

#[test]
fn there_is_no_token_while_the_record_is_not_durable() {
    let (durable, wait) = mpsc::channel();
    let wait = Mutex::new(wait);
    let recorder = First::new(move || wait.lock().unwrap().recv().map_err(|_| failure()), |_| {});
    let admission = Admission::with_clock(clock()).recorder(recorder.clone());
    let admitting = thread::spawn(move || ci(&admission));
    thread::sleep(secs(1) / 20);
    assert!(!admitting.is_finished());
    durable.send(()).unwrap();
    drop(admitting.join().unwrap());
    assert_eq!(names(&recorder.memory.events()), ["admitted", "destroyed"]);
}

#[test]
fn what_expires_while_it_is_recorded_is_not_exposed() {
    let clock = clock();
    let hand = clock.clone();
    let recorder = First::new(
        move || {
            hand.advance(secs(600));
            Ok(())
        },
        |_| {},
    );
    let token = ci(&Admission::with_clock(clock).recorder(recorder.clone()));
    assert_eq!(kind_of(token.expose_for(&ListRepos)), Some(ErrorKind::Expired));
    drop(token);
    assert_eq!(names(&recorder.memory.events()), ["admitted", "expired"]);
}

#[test]
fn every_refusal_is_on_record_by_its_kind() {
    use ErrorKind::*;
    let other = PolicyDigest::from_bytes([7; 32]);
    let table = [
        (MissingScope, Grant::new("repo:read").expires_in(secs(1))),
        (ExcessScope, Grant::new("repo:read deploy:run admin").expires_in(secs(1))),
        (MalformedScope, Grant::new("repo:read  deploy:run").expires_in(secs(1))),
        (NoExpiry, Grant::new("repo:read deploy:run")),
        (LifetimeTooLong, ci_grant().expires_in(secs(3601))),
        (Expired, ci_grant().expires_at(NOW - secs(1))),
        (NotYetValid, ci_grant().not_before(NOW + secs(1))),
        (PolicyMismatch, ci_grant().policy(other)),
        (BuildMismatch, ci_grant().for_build(format!("git:{}", "7".repeat(40)).parse().unwrap())),
    ];
    for (error, grant) in table {
        let (recorder, admission) = recorded(&clock());
        assert_eq!(kind_of(admission.admit::<kind::Ci>(secret(), &grant)), Some(error));
        let expected = Event::refused(error.name(), "ci")
            .token(TokenId::of(TEXT.as_bytes()))
            .policy(POLICY.digest)
            .actor("deploy-service")
            .reason("nightly");
        assert_eq!(recorder.events(), [expected], "{error:?}");
    }
    let (recorder, admission) = recorded(&clock());
    let grant = Grant::new("repo:read").expires_in(secs(1));
    assert!(admission.admit::<kind::Partner>(secret(), &grant).is_err());
    assert_eq!(recorder.events()[0].action, Action::refused("WrongAudience"));
}

#[test]
fn a_text_that_is_no_token_has_no_id() {
    for text in ["", "two words"] {
        let (recorder, admission) = recorded(&clock());
        let secret = Secret::from(text.to_owned());
        assert!(admission.admit::<kind::Ci>(secret, &ci_grant()).is_err());
        let event = &recorder.events()[0];
        assert_eq!(event.action, Action::refused("Malformed"));
        assert_eq!((event.token, event.policy), (None, Some(POLICY.digest)));
    }
}

/// It may be something else that is secret, such as a password in a file of the wrong name.
#[test]
fn a_text_of_another_form_has_no_id() {
    for text in [TEXT, "Sunshine2024!", "acme_release_4Jk0Qe8sVtZ1mW3yXb5Rc7UaPn9LgD0c1Kx2"] {
        let (recorder, admission) = recorded(&clock());
        let grant = Grant::new("deploy:run").expires_in(secs(1));
        assert!(admission.admit::<kind::Deploy>(Secret::from(text.to_owned()), &grant).is_err());
        let event = &recorder.events()[0];
        assert_eq!((&event.action, event.token), (&Action::refused("WrongFormat"), None));
    }
}

/// Neither its life nor its refusal names it.
#[test]
fn a_password_has_no_id_on_record() {
    let (recorder, admission) = recorded(&clock());
    let secret = || Secret::from("Sunshine2024!".to_owned());
    drop(admission.admit::<kind::Ci>(secret(), &ci_grant()).unwrap());
    let wrong = Grant::new("repo:read").expires_in(secs(1));
    assert!(admission.admit::<kind::Ci>(secret(), &wrong).is_err());
    let events = recorder.events();
    let names: Vec<_> = events.iter().map(|event| event.action.name()).collect();
    assert_eq!(names, ["admitted", "destroyed", "refused"]);
    assert!(events.iter().all(|event| event.token.is_none()));
    assert_eq!(events[1].action.closes(), Some(0), "the index pairs them");
}

/// The token stands in every field of the grant, as when a response's fields are mixed up.
#[test]
fn no_event_holds_a_byte_of_the_token() {
    for _ in 0..50 {
        let text = fresh_token();
        let clock = clock();
        let (recorder, admission) = recorded(&clock);
        let grant = |scopes: &str| Grant::new(scopes).expires_in(secs(60)).audience(text.clone());
        let secret = || Secret::from(text.clone());
        let scopes = [&*text, &format!("repo:read {text}"), &format!("repo:read  {text}")];
        for scopes in scopes {
            assert!(admission.admit::<kind::Ci>(secret(), &grant(scopes)).is_err());
        }
        assert!(admission.admit::<kind::Partner>(secret(), &grant("repo:read")).is_err());
        let token = admission.admit::<kind::Ci>(secret(), &grant("repo:read deploy:run")).unwrap();
        drop(token.spend_for(&ListRepos));
        let token = admission.admit::<kind::Ci>(secret(), &grant("repo:read deploy:run")).unwrap();
        clock.advance(secs(60));
        assert!(token.check().is_err());

        let printed = format!("{:?} {:#?} {admission:?}", recorder.events(), recorder.events());
        let piece = text
            .as_bytes()
            .windows(8)
            .find(|piece| printed.as_bytes().windows(8).any(|window| window == *piece));
        assert_eq!(piece, None, "a piece of {text} in\n{printed}");
    }
}

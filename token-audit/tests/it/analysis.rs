//! What is computed from records: which tokens are open, which scopes nobody used, which records somebody wants.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use proptest::{collection::vec, option, prelude::*};
use test_support::secs;
use time::UtcDateTime;
use token_audit::{Filter, OpenTokens, Record, ScopeUse};
use token_core::{
    ManualClock, TokenId,
    record::{Action, Epoch, Event, InMemory, Log as _, Recorder, Use},
};

use crate::support::NOW;

fn id(byte: u8) -> TokenId {
    TokenId::from_bytes([byte; 16])
}

/// The records of a log whose clock ticks once for each.
fn log(events: impl IntoIterator<Item = Event>) -> Vec<Record> {
    let events = (0..).zip(events);
    events.map(|(index, event)| Record::new(index, NOW + secs(index), event)).collect()
}

fn ci(action: Action, token: u8) -> Event {
    Event::new(action, "ci").token(id(token))
}

/// Which openings are open after these events, and how many closings were strays.
fn open_after(events: impl IntoIterator<Item = Event>) -> (Vec<u64>, u64) {
    let open: OpenTokens = log(events).into_iter().collect();
    (open.iter().map(|token| token.opened).collect(), open.strays())
}

fn closing(name: &str, closes: Option<u64>) -> Action {
    match name {
        "rotated" => Action::rotated(closes, None),
        "revoked" => Action::revoked(closes),
        "expired" => Action::expired(closes),
        _ => Action::destroyed(closes),
    }
}

const CLOSINGS: [&str; 4] = ["rotated", "revoked", "expired", "destroyed"];

#[test]
fn openings_open_and_nothing_else_does() {
    let other = Action::other("created-twice");
    let events = [
        Action::Created,
        Action::exposed(Some(0), vec![]),
        Action::Admitted,
        Action::refused("Expired"),
        Action::narrowed(Some(0)),
        Action::checkpointed(5, [0; 32]),
        other,
    ];
    assert_eq!(open_after(events.map(|action| ci(action, 1))), (vec![0, 2, 4], 0));
    assert_eq!(open_after([]), (vec![], 0));
    assert_eq!(open_after([Event::new(Action::Created, "ci")]), (vec![0], 0));
}

#[test]
fn a_closing_that_names_an_opening_closes_that_one() {
    for name in CLOSINGS {
        let events = [Action::Created, Action::Admitted, closing(name, Some(1))];
        assert_eq!(open_after(events.map(|action| ci(action, 1))), (vec![0], 0), "{name}");
        let again = [Action::Created, closing(name, Some(0)), closing(name, Some(0))];
        assert_eq!(open_after(again.map(|action| ci(action, 1))), (vec![], 1), "{name}");
        let early = [closing(name, Some(1)), Action::Created];
        assert_eq!(open_after(early.map(|action| ci(action, 1))), (vec![1], 1), "{name}");
    }
}

#[test]
fn a_closing_of_another_token_is_a_stray() {
    for name in CLOSINGS {
        let other = [ci(Action::Created, 1), ci(closing(name, Some(0)), 2)];
        assert_eq!(open_after(other), (vec![0], 1), "{name}");
        let nameless = Event::new(closing(name, Some(0)), "ci");
        assert_eq!(open_after([ci(Action::Created, 1), nameless.clone()]), (vec![], 0), "{name}");
        let opened = Event::new(Action::Created, "ci");
        assert_eq!(open_after([opened.clone(), ci(closing(name, Some(0)), 2)]), (vec![], 0));
        assert_eq!(open_after([opened, nameless]), (vec![], 0), "{name}");
    }
}

/// Without an id the kind tells whether two records may be about one token.
#[test]
fn a_closing_of_another_kind_is_a_stray_where_an_id_is_missing() {
    for name in CLOSINGS {
        let nameless = |action| Event::new(action, "database");
        let of_two = [nameless(Action::Admitted), nameless(Action::Admitted)];
        let one = of_two.clone().into_iter().chain([nameless(closing(name, Some(1)))]);
        assert_eq!(open_after(one), (vec![0], 0), "{name}");
        let other = of_two.into_iter().chain([Event::new(closing(name, Some(1)), "ci")]);
        assert_eq!(open_after(other), (vec![0, 1], 1), "{name}");
        let named = [nameless(Action::Admitted), ci(closing(name, Some(0)), 1)];
        assert_eq!(open_after(named), (vec![0], 1), "{name}");
        let opened = [ci(Action::Admitted, 1), nameless(closing(name, Some(0)))];
        assert_eq!(open_after(opened), (vec![0], 1), "{name}");
    }
}

#[test]
fn a_closing_without_an_index_ends_the_token_but_not_one_of_its_holders() {
    let events = |name| {
        [
            ci(Action::Created, 1),
            ci(Action::Admitted, 1),
            ci(Action::Admitted, 2),
            ci(closing(name, None), 1),
        ]
    };
    for name in ["rotated", "revoked", "expired"] {
        assert_eq!(open_after(events(name)), (vec![2], 0), "{name}");
    }
    assert_eq!(open_after(events("destroyed")), (vec![0, 1, 2], 0));
    for name in CLOSINGS {
        let nameless = Event::new(closing(name, None), "ci");
        let opened = [ci(Action::Created, 1), Event::new(Action::Created, "ci"), nameless];
        assert_eq!(open_after(opened), (vec![0, 1], 0), "{name}");
    }
}

#[test]
fn an_open_token_tells_what_opened_it() {
    let event = ci(Action::Created, 1).scopes(["repo:read"]).actor("deploy");
    let open: OpenTokens = log([ci(Action::Created, 2), event.clone()]).into_iter().collect();
    assert_eq!((open.len(), open.is_empty()), (2, false));
    let token = open.get(1).unwrap();
    assert_eq!((token.opened, token.since, &token.event), (1, NOW + secs(1), &event));
    assert_eq!(token.age(NOW + secs(61)), secs(60));
    assert_eq!(token.age(NOW + secs(1)), Duration::ZERO);
    assert_eq!(token.age(NOW), Duration::ZERO);
    assert!(token.age(UtcDateTime::MAX) > secs(1));
    assert_eq!(token.age(UtcDateTime::MIN), Duration::ZERO);
    assert!(open.get(2).is_none());
}

/// A hostile log may repeat an index; nothing of the first record remains.
#[test]
fn an_index_that_comes_twice_counts_once() {
    let mut open = OpenTokens::new();
    open.apply(&Record::new(0, NOW, ci(Action::Created, 1)));
    open.apply(&Record::new(0, NOW, ci(Action::Created, 2)));
    assert_eq!(open.len(), 1);
    open.apply(&Record::new(1, NOW, ci(Action::revoked(None), 1)));
    assert_eq!(open.len(), 1);
    open.apply(&Record::new(2, NOW, ci(Action::revoked(None), 2)));
    assert!(open.is_empty());
}

fn opened(open: &OpenTokens) -> Vec<u64> {
    open.iter().map(|token| token.opened).collect()
}

fn applied(mut open: OpenTokens, records: &[Record]) -> OpenTokens {
    records.iter().for_each(|record| open.apply(record));
    open
}

#[test]
fn an_opening_ends_at_its_expiry() {
    let records = log([
        ci(Action::Created, 1).expires_at(NOW + secs(10)),
        ci(Action::narrowed(Some(0)), 2).expires_at(NOW + secs(20)),
        ci(Action::Admitted, 3),
        ci(Action::Created, 4).expires_at(UtcDateTime::MAX),
    ]);
    let at = |now| opened(&applied(OpenTokens::at(now), &records));
    assert_eq!(opened(&applied(OpenTokens::new(), &records)), [0, 1, 2, 3], "no time is known");
    assert_eq!(at(NOW + secs(10) - Duration::from_nanos(1)), [0, 1, 2, 3]);
    assert_eq!(at(NOW + secs(10)), [1, 2, 3]);
    assert_eq!(at(NOW + secs(20)), [2, 3]);

    let mut open = applied(OpenTokens::new(), &records);
    open.expire(NOW + secs(10) - Duration::from_nanos(1));
    assert_eq!(opened(&open), [0, 1, 2, 3]);
    open.expire(NOW + secs(10));
    assert_eq!((opened(&open), open.get(0)), (vec![1, 2, 3], None));
    open.expire(NOW);
    assert_eq!(opened(&open), [1, 2, 3], "time does not go back");
    open.apply(&Record::new(4, NOW, ci(Action::Created, 5).expires_at(NOW + secs(10))));
    assert_eq!(opened(&open), [1, 2, 3], "also for openings that come later");
    open.expire(NOW + secs(99));
    assert_eq!((opened(&open), open.strays()), (vec![2, 3], 0));
}

#[test]
fn a_late_closing_of_an_expired_opening_is_no_stray() {
    for name in CLOSINGS {
        let mut records = log([
            ci(Action::Created, 1).expires_at(NOW + secs(1)),
            ci(Action::Created, 1),
            ci(closing(name, Some(0)), 1),
        ]);
        for mut open in [OpenTokens::at(NOW + secs(9)), OpenTokens::new()] {
            open.extend(records[..2].iter().cloned());
            open.expire(NOW + secs(9));
            open.apply(&records[2]);
            assert_eq!((opened(&open), open.strays()), (vec![1], 0), "{name}");
            open.apply(&records[2]);
            assert_eq!((opened(&open), open.strays()), (vec![1], 1), "{name}: closed before");
        }
        // What never existed is a stray, however near.
        records[2].event = ci(closing(name, Some(2)), 1);
        let open = applied(OpenTokens::at(NOW + secs(9)), &records);
        assert_eq!((opened(&open), open.strays()), (vec![1], 1), "{name}");
    }
}

#[test]
fn what_was_closed_does_not_expire_as_well() {
    let mut open = OpenTokens::new();
    open.apply(&Record::new(0, NOW, ci(Action::Created, 1).expires_at(NOW + secs(1))));
    let closing = Record::new(1, NOW, ci(Action::revoked(Some(0)), 1));
    open.apply(&closing);
    open.expire(NOW + secs(9));
    open.apply(&closing);
    assert_eq!((open.len(), open.strays()), (0, 1));
    // A hostile log: the index is opened again, and closed once.
    open.apply(&Record::new(2, NOW, ci(Action::Created, 1).expires_at(NOW)));
    open.apply(&Record::new(2, NOW, ci(Action::Created, 1)));
    let closing = Record::new(3, NOW, ci(Action::revoked(Some(2)), 1));
    open.apply(&closing);
    open.apply(&closing);
    assert_eq!((open.len(), open.strays()), (0, 2));
}

/// An issuer's log: each token expires, few are closed, and only some of the closings are right.
#[test]
fn what_expired_is_remembered_one_by_one() {
    let mut open = OpenTokens::new();
    for index in 0..1_000u64 {
        let event = ci(Action::Created, 1);
        let event = if index % 3 == 0 { event } else { event.expires_at(NOW + secs(index)) };
        open.apply(&Record::new(index, NOW, event));
    }
    open.expire(NOW + secs(499));
    let expired = (0..500u64).filter(|index| index % 3 != 0).count();
    assert_eq!(open.len(), 1_000 - expired);
    let mut close =
        |index| open.apply(&Record::new(2_000, NOW, ci(Action::revoked(Some(index)), 1)));
    (0..1_100).rev().for_each(&mut close);
    (0..1_100).for_each(&mut close);
    assert_eq!((open.len(), open.strays()), (0, 100 + 1_100));
}

#[test]
fn a_closing_of_another_log_closes_nothing() {
    for name in CLOSINGS {
        let other = ci(closing(name, Some(0)), 1).origin("another log");
        assert_eq!(open_after([ci(Action::Created, 1), other.clone()]), (vec![0], 0), "{name}");
        assert_eq!(open_after([other]), (vec![], 0), "{name}");
    }
    let nameless = ci(Action::revoked(None), 1).origin("another log");
    assert_eq!(open_after([ci(Action::Created, 1), nameless]), (vec![], 0));
}

/// Granted, used and unused scopes by kind.
type Usage = BTreeMap<String, [BTreeMap<String, u64>; 2]>;

fn usage(records: &[Record], since: UtcDateTime, until: UtcDateTime) -> Usage {
    let mut usage = ScopeUse::between(since, until);
    records.iter().for_each(|record| usage.apply(record));
    let mut found = Usage::new();
    for (kind, scopes) in usage.kinds() {
        let granted: Vec<&str> = scopes.granted().collect();
        assert!(granted.is_sorted() && scopes.used().map(|(scope, _)| scope).is_sorted());
        let used: BTreeMap<String, u64> =
            scopes.used().map(|(scope, times)| (scope.to_owned(), times)).collect();
        let unused = granted.iter().copied().filter(|scope| !used.contains_key(*scope));
        assert!(scopes.unused().eq(unused));
        let granted = granted.into_iter().map(|scope| (scope.to_owned(), 1)).collect();
        assert!(found.insert(kind.to_owned(), [granted, used]).is_none());
    }
    found
}

fn exposed(kind: &'static str, uses: &[(&'static str, u64)]) -> Event {
    let uses = uses.iter().map(|(scope, times)| Use::new(*scope, *times));
    Event::new(Action::exposed(None, uses.collect()), kind)
}

#[test]
fn unused_is_what_was_granted_and_not_used() {
    let records = log([
        ci(Action::Created, 1).scopes(["repo:write", "repo:read", "deploy:run"]),
        exposed("ci", &[("repo:read", 2)]),
        Event::new(Action::Created, "web").scopes(["user:read"]),
        exposed("ci", &[("repo:read", u64::MAX), ("user:read", 0)]),
    ]);
    let mut usage = ScopeUse::between(NOW, NOW + secs(9));
    records.iter().for_each(|record| usage.apply(record));
    let [(ci, of_ci), (web, of_web)] = usage.kinds().collect::<Vec<_>>()[..] else { panic!() };
    assert_eq!((ci, web), ("ci", "web"));
    assert!(of_ci.granted().eq(["deploy:run", "repo:read", "repo:write"]));
    assert!(of_ci.used().eq([("repo:read", u64::MAX), ("user:read", 0)]));
    assert!(of_ci.unused().eq(["deploy:run", "repo:write"]));
    assert!(of_web.unused().eq(["user:read"]));
}

#[test]
fn a_period_has_its_beginning_but_not_its_end() {
    let records = log([
        ci(Action::Created, 1).scopes(["a"]), // 0: closed before the period
        ci(Action::Created, 2).scopes(["b"]), // 1: closed at its beginning
        ci(Action::revoked(Some(0)), 1),
        exposed("ci", &[("early", 1)]),
        ci(Action::revoked(Some(1)), 2), // 4: the beginning
        exposed("ci", &[("b", 1)]),
        ci(Action::Created, 3).scopes(["c"]),
        exposed("ci", &[("late", 1)]), // 7: the end
        ci(Action::Created, 4).scopes(["d"]),
    ]);
    let of = |since, until| usage(&records, NOW + secs(since), NOW + secs(until));
    let sets = |usage: &Usage| {
        usage["ci"].clone().map(|scopes| scopes.into_keys().collect::<Vec<_>>().join(" "))
    };
    assert_eq!(sets(&of(4, 7)), ["b c", "b"]);
    assert_eq!(sets(&of(5, 8)), ["c", "b late"]);
    assert_eq!(sets(&of(2, 4)), ["a b", "early"]);
    assert_eq!(sets(&of(9, 99)), ["c d", ""]);
    assert!(of(0, 0).is_empty());
    assert!(usage(&records[..3], NOW + secs(9), NOW + secs(10)).contains_key("ci"));
    // A kind of which nothing was granted or used is not listed.
    assert!(usage(&records[..1], NOW - secs(9), NOW).is_empty());
}

#[test]
fn a_token_that_had_expired_before_the_period_was_not_in_it() {
    let records = log([
        ci(Action::Created, 1).scopes(["a"]).expires_at(NOW + secs(10)),
        ci(Action::Created, 2).scopes(["b"]),
        ci(Action::revoked(Some(0)), 1),
    ]);
    let of = |records: &[Record], since| {
        usage(records, NOW + secs(since), NOW + secs(99))["ci"][0]
            .keys()
            .cloned()
            .collect::<String>()
    };
    assert_eq!((of(&records[..2], 9), of(&records[..2], 10)), ("ab".into(), "b".into()));
    assert_eq!((of(&records, 9), of(&records, 10)), ("b".into(), "b".into()));
}

#[test]
fn filters() {
    let records = log([
        ci(Action::Created, 1),
        Event::new(Action::Created, "web").token(id(2)),
        ci(Action::revoked(Some(0)), 1),
        Event::new(Action::other("moved"), ""),
    ]);
    let matching = |filter: Filter| {
        let matching = records.iter().filter(|record| filter.matches(record));
        matching.map(|record| record.index).collect::<Vec<_>>()
    };
    const NONE: [u64; 0] = [];
    let all = Filter::default;
    assert_eq!(matching(all()), [0, 1, 2, 3]);
    assert_eq!(matching(all().events(["created", "moved"])), [0, 1, 3]);
    assert_eq!(matching(all().events(["Created", "create", ""])), NONE);
    assert_eq!(matching(all().events::<&str>([])), NONE);
    assert_eq!(matching(all().kind("ci")), [0, 2]);
    assert_eq!(matching(all().kind("")), [3]);
    assert_eq!(matching(all().token(id(1))), [0, 2]);
    assert_eq!(matching(all().token(id(3))), NONE);
    assert_eq!(matching(all().since(NOW + secs(1))), [1, 2, 3]);
    assert_eq!(matching(all().until(NOW + secs(1))), [0]);
    assert_eq!(matching(all().from_index(2)), [2, 3]);
    assert_eq!(matching(all().kind("web").kind("ci").since(NOW + secs(1)).from_index(1)), [2]);
    assert_eq!(matching(all().since(NOW).until(NOW)), NONE);
}

/// Every record, with the position of the one that closed it: the rules one by one, with all of the log at hand.
fn model(records: &[Record]) -> (BTreeMap<usize, Option<usize>>, u64) {
    let mut openings: BTreeMap<usize, Option<usize>> = BTreeMap::new();
    let mut strays = 0;
    for (at, record) in records.iter().enumerate() {
        let event = &record.event;
        if matches!(event.action.name(), "created" | "admitted" | "narrowed") {
            openings.insert(at, None);
        }
        if !CLOSINGS.contains(&event.action.name()) {
            continue;
        }
        let mut closed = 0;
        for (&opened, closed_by) in openings.iter_mut().filter(|(_, closed)| closed.is_none()) {
            let ids = (records[opened].event.token, event.token);
            let is_same = ids.0.is_some() && ids.0 == ids.1;
            let fits = match ids {
                (Some(opened), Some(closed)) => opened == closed,
                (None, _) | (_, None) => records[opened].event.kind == event.kind,
            };
            let closes = match event.action.closes() {
                Some(_) if event.origin.is_some() => false,
                Some(index) => records[opened].index == index && fits,
                None => is_same && event.action.name() != "destroyed",
            };
            if closes {
                *closed_by = Some(at);
                closed += 1;
            }
        }
        let names_ours = event.action.closes().is_some() && event.origin.is_none();
        strays += u64::from(closed == 0 && names_ours);
    }
    (openings, strays)
}

const SCOPES: [&str; 3] = ["a", "b", "c"];

fn any_event() -> impl Strategy<Value = Event> {
    let action = (0..9u8, option::of(0..20u64), 0..3usize).prop_map(|(action, number, scope)| {
        let uses = vec![Use::new(SCOPES[scope], number.unwrap_or(1))];
        match action {
            0 | 1 => Action::Created,
            2 => Action::Admitted,
            3 => Action::narrowed(number),
            4 => Action::exposed(number, uses),
            5.. => closing(CLOSINGS[usize::from(action) - 5], number),
        }
    });
    let scopes = proptest::sample::subsequence(&SCOPES[..], 0..=3);
    let facts =
        (option::weighted(0.8, 0..3u8), option::of(0..40u64), option::weighted(0.1, 0..2u8));
    (action, facts, scopes, 0..2usize, option::weighted(0.1, any::<(u64, [u8; 16])>())).prop_map(
        |(action, (token, expiry, origin), scopes, kind, epoch)| {
            let mut event = Event::new(action, ["ci", "web"][kind]).scopes(scopes);
            event.token = token.map(id);
            event.expires_at = expiry.map(|expiry| NOW + secs(expiry));
            event.origin = origin.map(|_| "another log".into());
            event.epoch = epoch.map(|(n, mark)| Epoch { n, mark });
            event
        },
    )
}

/// A log of up to 30 records; its clock may go back.
fn any_log() -> impl Strategy<Value = Vec<Record>> {
    let record = (any_event(), 0..30u64, 0..4u8);
    vec(record, 0..30).prop_map(|records| {
        let records = (0..).zip(records).map(|(index, (event, time, jump))| {
            let time = if jump == 0 { time } else { index };
            Record::new(index, NOW + secs(time), event)
        });
        records.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn open_tokens_are_those_that_nothing_closed(records in any_log()) {
        let mut open = OpenTokens::new();
        for (at, record) in records.iter().enumerate() {
            open.apply(record);
            let (openings, strays) = model(&records[..=at]);
            let expected: Vec<u64> = openings
                .into_iter()
                .filter(|(_, closed)| closed.is_none())
                .map(|(at, _)| records[at].index)
                .collect();
            let found: Vec<u64> = open.iter().map(|token| token.opened).collect();
            prop_assert_eq!((found, open.strays()), (expected, strays));
        }
        for token in open.iter() {
            let record = &records[token.opened as usize];
            prop_assert_eq!((&token.event, token.since), (&record.event, record.time));
        }
    }

    /// Whether time is known from the beginning or at the end, and whoever reads: the same tokens are open.
    #[test]
    fn open_at_a_time_is_what_has_not_expired_then(records in any_log(), now in 0..50u64) {
        let now = NOW + secs(now);
        let expected: Vec<u64> = model(&records).0
            .into_iter()
            .filter(|(at, closed)| closed.is_none() && !records[*at].event.is_expired_at(now))
            .map(|(at, _)| at as u64)
            .collect();
        prop_assert_eq!(&opened(&applied(OpenTokens::at(now), &records)), &expected);
        let mut later = applied(OpenTokens::new(), &records);
        later.expire(now);
        prop_assert_eq!(&opened(&later), &expected);

        let memory = InMemory::named("this log").with_clock(Arc::new(ManualClock::new(now)));
        records.iter().for_each(|record| memory.note(record.event.clone()));
        let standing = memory.standing().unwrap();
        prop_assert_eq!(standing.open.iter().map(|opening| opening.index).collect::<Vec<_>>(), expected);
        let last = records.iter().filter_map(|record| record.event.epoch).next_back();
        prop_assert_eq!(standing.epoch, last);
    }

    #[test]
    fn usage_is_counted_over_the_period(records in any_log(), since in 0..30u64, len in 0..30u64) {
        let (since, until) = (NOW + secs(since), NOW + secs(since + len));
        let mut expected = Usage::new();
        for (opened, closed) in model(&records).0 {
            let record = &records[opened];
            let ended = closed.is_some_and(|at| record.time < since && records[at].time < since)
                || record.event.is_expired_at(since);
            if record.time < until && !ended && !record.event.scopes.is_empty() {
                let kind = expected.entry(record.event.kind.to_string()).or_default();
                kind[0].extend(record.event.scopes.iter().map(|scope| (scope.to_string(), 1)));
            }
        }
        let within = records.iter().filter(|record| record.time >= since && record.time < until);
        for record in within {
            let Action::Exposed { uses, .. } = &record.event.action else { continue };
            for used in uses {
                let kind = expected.entry(record.event.kind.to_string()).or_default();
                *kind[1].entry(used.scope.to_string()).or_default() += used.times;
            }
        }
        prop_assert_eq!(usage(&records, since, until), expected);
    }

    #[test]
    fn a_filter_is_the_conjunction_of_its_parts(
        records in any_log(),
        kind in option::of(0..2usize),
        token in option::of(0..3u8),
        since in option::of(0..30u64),
        until in option::of(0..30u64),
        from in 0..30u64,
        events in option::of(proptest::sample::subsequence(&CLOSINGS[..], 0..=4)),
    ) {
        let mut parts = vec![Filter::default().from_index(from)];
        let mut whole = Filter::default().from_index(from);
        let mut narrow = |part: &dyn Fn(Filter) -> Filter| {
            parts.push(part(Filter::default()));
            whole = part(whole.clone());
        };
        kind.inspect(|kind| narrow(&|filter| filter.kind(["ci", "web"][*kind])));
        token.inspect(|token| narrow(&|filter| filter.token(id(*token))));
        since.inspect(|time| narrow(&|filter| filter.since(NOW + secs(*time))));
        until.inspect(|time| narrow(&|filter| filter.until(NOW + secs(*time))));
        events.inspect(|names| narrow(&|filter| filter.events(names.iter().copied())));
        let indices = |filter: &Filter| -> BTreeSet<u64> {
            records.iter().filter(|record| filter.matches(record)).map(|record| record.index).collect()
        };
        let every = parts.iter().map(indices).reduce(|one, next| &one & &next);
        prop_assert_eq!(indices(&whole), every.unwrap());
    }
}

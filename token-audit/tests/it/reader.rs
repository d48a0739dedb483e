//! The reader: everything that was logged, nothing else, and a proof of each.

use std::{
    collections::BTreeSet,
    sync::{
        LazyLock,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use proptest::{option, prelude::*};
use test_support::{TempDir, secs};
use token_audit::{
    __test::read_on, ConsistencyProof, ErrorKind, Filter, InclusionProof, Reader, Record,
    SigningKey,
};
use token_core::{
    TokenId,
    record::{Action, Event, Use},
};

use crate::{
    layout::spec,
    log::sample::{Files, Memory, append, event, key, options, verifying},
    support::{NOW, TEXT, clock, kind_of},
};

fn reader(memory: &Memory) -> Reader {
    read_on(memory.storage(), &verifying()).unwrap()
}

fn read(records: impl Iterator<Item = Result<Record, token_audit::Error>>) -> Vec<Record> {
    records.map(Result::unwrap).collect()
}

const KINDS: [&str; 3] = ["ci", "deploy", "nightly"];

/// A log whose clock ticks once for each record; its files, and what was appended.
fn logged(size: u64) -> (Memory, Vec<Event>) {
    let memory = Memory::default();
    let clock = clock();
    let log = memory.open_log(options().clock(clock.clone()));
    let events: Vec<Event> = (0..size).map(numbered).collect();
    let pending = events.iter().map(|event| {
        clock.advance(secs(1));
        log.submit(event.clone()).unwrap()
    });
    for pending in pending.collect::<Vec<_>>() {
        pending.wait().unwrap();
    }
    log.close().unwrap();
    (memory, events)
}

fn numbered(n: u64) -> Event {
    let action = if n.is_multiple_of(5) { Action::Admitted } else { Action::Created };
    let id = TokenId::from_bytes([(n % 7) as u8; 16]);
    Event::new(action, KINDS[(n % 3) as usize]).token(id).reason(format!("number {n}"))
}

static LOG: LazyLock<(Memory, Vec<Event>)> = LazyLock::new(|| logged(700));

#[test]
fn every_record_is_what_was_appended() {
    for size in [0, 1, 255, 256, 257, 513] {
        let (memory, events) = logged(size);
        let reader = reader(&memory);
        let expected = (0..).zip(events).map(|(n, event)| Record::new(n, NOW + secs(n + 1), event));
        let expected: Vec<Record> = expected.collect();
        assert_eq!(read(reader.records()), expected);
        for record in &expected {
            assert_eq!(reader.record(record.index).unwrap(), *record);
        }
        for beyond in [size, size + 1, size + 256, 1 << 48, u64::MAX] {
            assert_eq!(
                kind_of(reader.record(beyond)),
                Some(ErrorKind::NotFound),
                "{beyond} of {size}"
            );
            assert_eq!(
                kind_of(reader.prove(beyond)),
                Some(ErrorKind::NotFound),
                "{beyond} of {size}"
            );
            assert_eq!(reader.select(Filter::default().from_index(beyond)).count(), 0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_filter_lets_through_what_it_matches(
        from in option::of(0_u64..800), kind in option::of(0_usize..3), token in option::of(0_u8..8),
        admitted: bool, since in option::of(0_u64..800), until in option::of(0_u64..800),
    ) {
        let mut filter = Filter::default();
        if let Some(from) = from { filter = filter.from_index(from) }
        if let Some(kind) = kind { filter = filter.kind(KINDS[kind]) }
        if let Some(token) = token { filter = filter.token(TokenId::from_bytes([token; 16])) }
        if admitted { filter = filter.events(["admitted"]) }
        if let Some(since) = since { filter = filter.since(NOW + secs(since)) }
        if let Some(until) = until { filter = filter.until(NOW + secs(until)) }
        let wanted = |n: &u64| {
            let time = n + 1;
            from.is_none_or(|from| *n >= from)
                && kind.is_none_or(|kind| n % 3 == kind as u64)
                && token.is_none_or(|token| n % 7 == u64::from(token))
                && (!admitted || n.is_multiple_of(5))
                && since.is_none_or(|since| time >= since)
                && until.is_none_or(|until| time < until)
        };
        let found: Vec<u64> = read(reader(&LOG.0).select(filter)).iter().map(|record| record.index).collect();
        prop_assert_eq!(found, (0..700).filter(wanted).collect::<Vec<_>>());
    }
}

#[test]
fn every_record_is_proven_offline_and_no_other() {
    let (reader, key) = (reader(&LOG.0), verifying());
    let entries = spec::entries(&LOG.0.files(), 700);
    for (index, entry) in (0..).zip(&entries) {
        let text = reader.prove(index).unwrap().to_string();
        let proof: InclusionProof = text.parse().unwrap();
        assert_eq!(proof.index(), index);
        assert_eq!(proof.verify(&key).unwrap(), entry);
        // A signature takes a while without optimization.
        if index % 29 != 0 && index + 1 != 700 {
            continue;
        }
        assert_eq!(&proof.verify_record(entry, &key).unwrap(), reader.checkpoint());
        let other = &entries[(index as usize + 1) % 700];
        assert_eq!(kind_of(proof.verify_record(other, &key)), Some(ErrorKind::InvalidProof));
        for wrong in [index ^ 1, (index + 256) % 700, 699 - index] {
            let moved =
                text.replacen(&format!("\nindex {index}\n"), &format!("\nindex {wrong}\n"), 1);
            let moved: InclusionProof = moved.parse().unwrap();
            let found = kind_of(moved.verify(&key).map(drop));
            assert_eq!(
                found,
                (wrong != index).then_some(ErrorKind::InvalidProof),
                "{index} as {wrong}"
            );
        }
    }
}

#[test]
fn every_older_checkpoint_is_proven_to_be_the_beginning() {
    let memory = Memory::default();
    let log = memory.open_log(options());
    let mut known = vec![log.checkpoint().unwrap()];
    for n in 0..300 {
        append(&log, 1 + n % 2);
        known.push(log.checkpoint().unwrap());
    }
    log.close().unwrap();
    let reader = reader(&memory);
    for old in &known {
        let text = reader.prove_since(old).unwrap().to_string();
        let proof: ConsistencyProof = text.parse().unwrap();
        assert_eq!(proof.old_size(), old.size());
        assert_eq!(&proof.verify(old, &verifying()).unwrap(), reader.checkpoint());
        let another = known.iter().find(|other| other.size() > old.size());
        if let Some(another) = another {
            assert_eq!(kind_of(proof.verify(another, &verifying())), Some(ErrorKind::InvalidProof));
        }
    }
}

#[test]
fn another_history_is_not_proven() {
    let (other, _) = logged(300);
    let mut other = read_on(other.storage(), &verifying()).unwrap();
    let reader = reader(&LOG.0);
    let longer = other.prove_since(reader.checkpoint());
    assert_eq!(kind_of(longer), Some(ErrorKind::LogForked), "it is shorter");
    let memory = Memory::default();
    let log = memory.open_log(options());
    append(&log, 100);
    let foreign = log.close().unwrap();
    assert_eq!(kind_of(reader.prove_since(&foreign)), Some(ErrorKind::LogForked));
    let twin = reader.prove_since(other.checkpoint()).unwrap_err();
    assert_eq!(twin.kind(), ErrorKind::LogForked, "the same records, in another log");
    assert!(twin.to_string().contains("a key is for one log alone"), "{twin}");
    assert!(!other.refresh().unwrap());
}

/// The files change under the reader; it goes on with what it began with until it is told otherwise.
#[test]
fn a_reader_of_outgrown_tiles_reads_on() {
    let directory = TempDir::new();
    let log = options().open(directory.path(), key()).unwrap();
    append(&log, 10);
    log.checkpoint().unwrap();
    let mut old = Reader::open(directory.path(), &verifying()).unwrap();
    for more in [5, 240, 10, 300, 1] {
        append(&log, more);
        log.checkpoint().unwrap();
        let newest = Reader::open(directory.path(), &verifying()).unwrap();
        assert_eq!(old.checkpoint().size(), 10);
        assert_eq!(read(old.records()), read(newest.records().take(10)));
        assert_eq!(old.record(9).unwrap(), newest.record(9).unwrap());
        assert_eq!(kind_of(old.record(10)), Some(ErrorKind::NotFound));
        assert_eq!(
            old.prove(3)
                .unwrap()
                .verify_record(old.prove(3).unwrap().verify(&verifying()).unwrap(), &verifying(),)
                .unwrap()
                .size(),
            10
        );
    }
    assert!(old.refresh().unwrap());
    assert_eq!(old.checkpoint().size(), 10 + 5 + 240 + 10 + 300 + 1 + 5);
    assert!(!old.refresh().unwrap());
    log.close().unwrap();
    assert!(!old.refresh().unwrap(), "nothing is new");
}

#[test]
fn readers_and_a_writer_at_once() {
    let directory = TempDir::new();
    let log = options().open(directory.path(), key()).unwrap();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut reader = Reader::open(directory.path(), &verifying()).unwrap();
                let mut rounds = 0;
                while !is_over.load(Ordering::Relaxed) || rounds == 0 {
                    let before = reader.checkpoint().clone();
                    let is_newer = reader.refresh().unwrap();
                    assert_eq!(is_newer, reader.checkpoint().size() > before.size());
                    let size = reader.checkpoint().size();
                    let records =
                        read(reader.select(Filter::default().from_index(size.saturating_sub(300))));
                    assert_eq!(
                        records.last().map(|record| record.index + 1),
                        (size > 0).then_some(size)
                    );
                    reader.prove_since(&before).unwrap().verify(&before, &verifying()).unwrap();
                    if let Some(last) = size.checked_sub(1) {
                        reader.prove(last / 2).unwrap().verify(&verifying()).unwrap();
                    }
                    let unsealed = reader.unsealed().unwrap();
                    let indexes: Vec<u64> = unsealed.iter().map(|record| record.index).collect();
                    assert_eq!(indexes, (size..size + unsealed.len() as u64).collect::<Vec<_>>());
                    rounds += 1;
                }
            });
        }
        for n in 0..60 {
            append(&log, 1 + n % 40);
            log.checkpoint().unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn what_is_durable_but_not_sealed_is_there_too() {
    let directory = TempDir::new();
    let log = options().open(directory.path(), key()).unwrap();
    let reader = || Reader::open(directory.path(), &verifying()).unwrap();
    assert_eq!(reader().unsealed().unwrap(), []);
    for n in 0..3 {
        log.append(event(n)).unwrap();
    }
    let old = reader();
    let events = |reader: &Reader| -> Vec<Event> {
        reader.unsealed().unwrap().into_iter().map(|record| record.event).collect()
    };
    assert_eq!(events(&old), [event(0), event(1), event(2)]);
    log.checkpoint().unwrap();
    assert_eq!(reader().unsealed().unwrap(), []);
    let _ = log.append(event(3)).unwrap();
    let unsealed = reader().unsealed().unwrap();
    let indexes: Vec<u64> = unsealed.iter().map(|record| record.index).collect();
    assert_eq!(indexes, [3, 4], "the record of the checkpoint first");
    assert_eq!(unsealed[1].event, event(3));
    assert_eq!(events(&old), [], "they are sealed and no longer in the journal");
}

#[test]
fn what_is_computed_from_the_whole_log() {
    let memory = Memory::default();
    let clock = clock();
    let log = memory.open_log(options().clock(clock.clone()));
    let id = |n| TokenId::from_bytes([n; 16]);
    let record = |event: Event| {
        clock.advance(secs(10));
        log.append(event).unwrap().index().unwrap()
    };
    let created =
        |n| Event::new(Action::Created, "ci").token(id(n)).scopes(["repo:read", "repo:write"]);
    let opened: Vec<u64> = (0..5).map(|n| record(created(n))).collect();
    let uses = vec![Use::new("repo:read", 3)];
    record(Event::new(Action::exposed(Some(opened[1]), uses), "ci").token(id(1)));
    record(Event::new(Action::destroyed(Some(opened[0])), "ci").token(id(0)));
    record(Event::new(Action::revoked(None), "ci").token(id(2)));
    log.close().unwrap();
    let reader = reader(&memory);
    let open = reader.open_tokens(NOW).unwrap();
    assert_eq!(open.iter().map(|token| token.opened).collect::<Vec<_>>(), [1, 3, 4]);
    let all = reader.scope_use(NOW, NOW + secs(1000)).unwrap();
    let (kind, scopes) = all.kinds().next().unwrap();
    assert_eq!((kind, scopes.unused().collect::<Vec<_>>()), ("ci", vec!["repo:write"]));
    assert_eq!(scopes.used().collect::<Vec<_>>(), [("repo:read", 3)]);
    assert_eq!(reader.scope_use(NOW, NOW).unwrap().kinds().count(), 0);
}

#[test]
fn what_is_no_log_of_this_key_is_not_read() {
    let directory = TempDir::new();
    let open = |name: &str| Reader::open(directory.join(name), &verifying());
    assert_eq!(kind_of(open("missing")), Some(ErrorKind::NotFound));
    assert_eq!(kind_of(open("")), Some(ErrorKind::NotFound), "an empty directory");
    options().open(directory.join("log"), key()).unwrap().close().unwrap();
    assert!(open("log").is_ok());
    let other = SigningKey::generate("PeterNeumann").unwrap();
    let found = Reader::open(directory.join("log"), other.verifying_key());
    assert_eq!(kind_of(found), Some(ErrorKind::InvalidSignature));
}

#[test]
fn nothing_of_a_record_is_printed() {
    let memory = Memory::default();
    let log = memory.open_log(options());
    let _ = log.append(event(0).reason(TEXT)).unwrap();
    log.checkpoint().unwrap();
    let _ = log.append(event(0).reason(TEXT)).unwrap();
    let reader = reader(&memory);
    let mut records = reader.records();
    let shown = format!(
        "{reader:?} {reader:#?} {:?} {log:?} {:?}",
        reader.prove(0).unwrap(),
        reader.checkpoint()
    );
    assert!(!shown.contains(&TEXT[..8]), "{shown}");
    assert!(records.next().unwrap().is_ok());
}

/// A damaged file is an error of the records in it, and of no others.
#[test]
fn what_is_damaged_is_not_returned() {
    let intact: Files = LOG.0.files();
    let damaged = |path: &str, at: usize| {
        let mut files = intact.clone();
        files.get_mut(path).unwrap()[at] ^= 1;
        read_on(Memory::of(&files).storage(), &verifying())
    };
    let reader = damaged("tile/entries/001", 40).unwrap();
    let broken: BTreeSet<u64> = (0..700)
        .filter(|index| kind_of(reader.record(*index)) == Some(ErrorKind::LogDamaged))
        .collect();
    assert_eq!(broken, (256..512).collect());
    let read: Vec<_> = reader.records().collect();
    assert_eq!(read.len(), 257, "it ends with the error");
    assert_eq!(read[256].as_ref().unwrap_err().kind(), ErrorKind::LogDamaged);
    for edge in ["tile/0/002.p/188", "tile/1/000.p/2"] {
        assert_eq!(kind_of(damaged(edge, 0)), Some(ErrorKind::LogDamaged));
    }
    assert_eq!(kind_of(damaged("checkpoint", 20)), Some(ErrorKind::InvalidSignature));
}

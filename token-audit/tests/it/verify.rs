//! Verification says what happened to which record, and nothing else.

mod fixture;
mod memory;
mod with_key;

use proptest::prelude::*;
use test_support::TempDir;
use token_audit::{__test::sign, Finding, verify as verify_directory};

use self::fixture::{
    Depth, FIXTURE, Fixture, SIZE, edited, findings, found, found_at, restate_all, restated,
    rewritten, signed, verify,
};
use crate::{
    layout::spec,
    log::sample::{Files, Memory, append, event, key, options, verifying},
};

fn removed(indexes: std::ops::Range<u64>) -> Finding {
    Finding::Removed { indexes }
}

fn edits(indexes: impl IntoIterator<Item = u64>) -> Vec<Finding> {
    indexes.into_iter().map(|index| Finding::Edited { index }).collect()
}

fn reordered(indexes: impl IntoIterator<Item = u64>) -> Vec<Finding> {
    indexes.into_iter().map(|index| Finding::Reordered { index }).collect()
}

fn file(name: &str) -> Finding {
    Finding::File { file: name.into() }
}

/// Records at all borders of bundles and checkpoints.
const PLACES: [usize; 14] = [0, 1, 49, 50, 51, 254, 255, 256, 257, 511, 512, 600, 698, 699];

#[test]
fn intact_logs_have_no_findings_with_any_pinned_checkpoints() {
    let Fixture { files, pins, .. } = &*FIXTURE;
    for keep in 0..1 << pins.len() {
        let pins: Vec<_> =
            (0..pins.len()).filter(|at| keep >> at & 1 == 1).map(|at| pins[at].clone()).collect();
        let verification = verify(files, &pins);
        assert_eq!(verification.findings, [], "{pins:?}");
        assert!(verification.is_intact());
        assert_eq!((verification.unsealed, verification.checkpoint.size()), (0, SIZE as u64));
    }
    for size in [0, 1, 2, 255, 256, 257, 511, 512, 513, 768, 1025] {
        let memory = Memory::default();
        let log = memory.open_log(options());
        append(&log, size);
        let pins = [log.checkpoint().unwrap(), log.close().unwrap()];
        assert_eq!(verify(&memory.files(), &pins).findings, [], "{size}");
    }
}

#[test]
fn a_log_that_is_open_or_was_killed_is_intact_and_says_what_is_unsealed() {
    let directory = TempDir::new();
    let log = options().open(directory.path(), key()).unwrap();
    append(&log, 300);
    let pinned = log.checkpoint().unwrap();
    append(&log, 7);
    let verification = verify_directory(directory.path(), &verifying(), &[pinned]).unwrap();
    assert_eq!(verification.findings, []);
    assert_eq!(verification.unsealed, 8, "and the record of the checkpoint");
}

#[test]
fn one_edit_is_one_finding() {
    for at in PLACES {
        assert_eq!(found(|log| log[at] = edited(&log[at])), edits([at as u64]), "{at}");
        assert_eq!(found(|log| log[at] = vec![]), edits([at as u64]), "{at} is nothing");
        assert_eq!(found(|log| log[at] = b"{}".into()), edits([at as u64]), "{at} is no record");
    }
    let several = PLACES.map(|at| at as u64);
    let all = found(|log| PLACES.iter().for_each(|at| log[*at] = edited(&log[*at])));
    assert_eq!(all, edits(several));
}

#[test]
fn one_removed_record_is_one_finding() {
    for at in PLACES {
        let index = at as u64;
        assert_eq!(found(|log| _ = log.remove(at)), [removed(index..index + 1)], "{at}");
    }
    for (from, to) in
        [(0, 1), (0, 10), (100, 120), (250, 260), (255, 257), (256, 440), (690, 700), (0, 180)]
    {
        let gone = found(|log| _ = log.drain(from..to));
        assert_eq!(gone, [removed(from as u64..to as u64)]);
    }
    let several = [removed(3..4), removed(255..257), removed(600..603)];
    let gone = found(|log| {
        log.drain(600..603);
        log.drain(255..257);
        log.remove(3);
    });
    assert_eq!(gone, several);
}

#[test]
fn a_record_removed_from_its_bundle_alone_is_one_finding() {
    for at in PLACES {
        let mut files = FIXTURE.files.clone();
        let (bundle, mut kept) = bundle_with(at);
        kept.remove(at % 256);
        files.insert(bundle, spec::bundle_of(&kept));
        assert_eq!(findings(&files), [removed(at as u64..at as u64 + 1)], "{at}");
    }
}

/// The path of a bundle, and its entries.
fn bundle_with(at: usize) -> (String, Vec<Vec<u8>>) {
    let first = at / 256 * 256;
    let end = (first + 256).min(SIZE);
    let path = spec::bundle_path(first / 256, end - first);
    (path, FIXTURE.entries[first..end].to_vec())
}

#[test]
fn a_swap_is_two_findings() {
    let pairs = [
        (0, 1),
        (10, 11),
        (254, 255),
        (255, 256),
        (256, 257),
        (698, 699),
        (0, 699),
        (5, 7),
        (5, 200),
        (100, 300),
        (511, 512),
    ];
    for (a, b) in pairs {
        assert_eq!(found(|log| log.swap(a, b)), reordered([a as u64, b as u64]), "{a} {b}");
    }
}

#[test]
fn what_was_inserted_is_one_finding() {
    for at in PLACES {
        let before = at as u64;
        let foreign = |log: &mut Vec<Vec<u8>>| log.insert(at, restated(&edited(&log[at]), at));
        assert_eq!(found(foreign), [Finding::Inserted { before }], "{at}");
        let twice = found(|log| log.insert(at, log[at].clone()));
        let here = Finding::Inserted { before };
        let behind = Finding::Inserted { before: before + 1 };
        assert!(twice == [here] || twice == [behind], "{at} twice: {twice:?}");
    }
    assert_eq!(found(|log| log.push(edited(&log[5]))), [Finding::Inserted { before: 700 }]);
    assert_eq!(found(|log| log.push(log[5].clone())), [Finding::Inserted { before: 700 }]);
    let early = found(|log| log.insert(5, log[600].clone()));
    assert_eq!(early, [Finding::Inserted { before: 5 }]);
}

#[test]
fn a_record_over_others_is_an_edit_of_each() {
    assert_eq!(found(|log| log[8] = log[7].clone()), edits([8]));
    assert_eq!(found(|log| log[300] = log[7].clone()), edits([300]));
    let twice = found(|log| {
        log[8] = log[7].clone();
        log[9] = log[7].clone();
    });
    assert_eq!(twice, edits([8, 9]));
    let other = Memory::default();
    let log = other.open_log(options());
    for n in 0..20 {
        log.append(event(n).actor("somebody else")).unwrap();
    }
    log.close().unwrap();
    let other = spec::entries(&other.files(), 20);
    assert_eq!(found(|log| log[12] = other[12].clone()), edits([12]));
    assert_eq!(found(|log| log[12] = other[13].clone()), edits([12]));
}

#[test]
fn different_things_in_one_bundle_are_told_apart() {
    let both = found(|log| {
        log[8] = edited(&log[8]);
        log.remove(5);
    });
    assert_eq!(both, [vec![removed(5..6)], edits([8])].concat());
    let both = found(|log| {
        log[8] = edited(&log[8]);
        log.insert(5, edited(&restated(&log[0], 90_000)));
    });
    assert_eq!(both, [vec![Finding::Inserted { before: 5 }], edits([8])].concat());
    let both = found(|log| {
        log.swap(100, 103);
        log.remove(5);
    });
    assert_eq!(both, [vec![removed(5..6)], reordered([100, 103])].concat());
}

/// Whoever changes the indexes inside has edited those records too.
#[test]
fn a_shift_with_corrected_indexes_is_an_edit_of_all_that_follow() {
    let gone = found(|log| {
        log.remove(690);
        restate_all(log);
    });
    assert_eq!(gone, [edits(690..699), vec![removed(699..700)]].concat());
}

#[test]
fn a_damaged_hash_tile_is_a_file_and_no_record() {
    let tiles =
        FIXTURE.files.keys().filter(|name| name.starts_with("tile/") && !name.contains("entries"));
    for name in tiles {
        let with = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut files = FIXTURE.files.clone();
            change(files.get_mut(name).unwrap());
            findings(&files)
        };
        assert_eq!(with(&|data| data[5] ^= 1), [file(name)]);
        assert_eq!(with(&|data| _ = data.pop()), [file(name)]);
        assert_eq!(with(&|data| data.clear()), [file(name)]);
        assert_eq!(with(&|data| data.push(0)), [file(name)]);
        let mut files = FIXTURE.files.clone();
        files.remove(name);
        assert_eq!(findings(&files), [file(name)]);
    }
}

#[test]
fn a_damaged_tile_of_a_higher_level_is_that_file_alone() {
    let memory = Memory::default();
    let log = memory.open_log(options().journal_bytes(16 << 20));
    append(&log, 66_000);
    log.close().unwrap();
    let files = memory.files();
    for name in ["tile/1/000", "tile/1/001.p/1", "tile/2/000.p/1", "tile/0/003"] {
        let mut files = files.clone();
        files.get_mut(name).unwrap()[5] ^= 1;
        assert_eq!(findings(&files), [file(name)]);
    }
    assert_eq!(findings(&files), []);
}

#[test]
fn a_missing_bundle_is_a_file_and_its_records() {
    for (at, range) in [(0, 0..256), (1, 256..512), (2, 512..700)] {
        let (name, _) = bundle_with(at * 256);
        let mut files = FIXTURE.files.clone();
        files.remove(&name);
        let gone = [removed(range), file(&name)];
        assert_eq!(findings(&files), gone);
        files.insert(name.clone(), vec![]);
        assert_eq!(findings(&files), gone);
    }
}

#[test]
fn a_damaged_journal_is_a_file() {
    for bytes in [&b""[..], b"token-journal/2\n", b"token"] {
        let mut files = FIXTURE.files.clone();
        files.insert("journal".into(), bytes.into());
        assert_eq!(findings(&files), [file("journal")]);
        assert_eq!(verify(&files, &[]).unsealed, 0);
    }
    let mut files = FIXTURE.files.clone();
    files.remove("journal");
    assert_eq!(findings(&files), [file("journal")]);
}

#[test]
fn an_older_copy_is_intact_but_for_pinned_checkpoints() {
    for old in [0, 50, 255, 256, 600, 699] {
        let copy = signed(&FIXTURE.entries[..old]);
        assert_eq!(findings(&copy), [], "nothing inside shows it");
        let lost = old as u64..700;
        assert_eq!(
            verify(&copy, &[FIXTURE.pin(700)]).findings,
            [Finding::RolledBack { lost: lost.clone() }]
        );
        assert_eq!(verify(&copy, &FIXTURE.pins).findings, [Finding::RolledBack { lost }]);
    }
}

#[test]
fn however_much_is_wrong_the_whole_log_is_spoken_of() {
    let entries: Vec<_> = (0..1100).map(|index| restated(&FIXTURE.entries[0], index)).collect();
    let mut files = signed(&entries);
    files.extend(spec::bundles(&entries.iter().map(|entry| edited(entry)).collect::<Vec<_>>()));
    files.remove("journal");
    let pinned = sign(&key(), 1101, &[7; 32]).unwrap();
    let findings = verify(&files, &[pinned]).findings;
    assert_eq!(findings.len(), 1000);
    assert_eq!(findings[..998], edits(0..998));
    assert_eq!(findings[998..], [file("journal"), Finding::RolledBack { lost: 1100..1101 }]);
}

#[test]
fn leaves_in_line_with_changed_records_show_the_file_and_where_to_look() {
    let changed = found_at(Depth::Leaves, |log| log[100] = edited(&log[100]));
    let within = Finding::Rewritten { within: 50..200 };
    assert_eq!(changed, [file("tile/0/000"), within.clone()]);
    // The tiles at the edge are believed together or not at all.
    assert_eq!(found_at(Depth::Tiles, |log| log[100] = edited(&log[100])), [within]);
    let changed = found_at(Depth::Leaves, |log| log[650] = edited(&log[650]));
    assert_eq!(changed, [Finding::Rewritten { within: 600..700 }]);
}

#[test]
fn what_is_moved_in_all_tiles_is_named_all_the_same() {
    for depth in [Depth::Leaves, Depth::Tiles] {
        for at in PLACES {
            let index = at as u64;
            let only_records = |findings: Vec<Finding>| -> Vec<Finding> {
                findings
                    .into_iter()
                    .filter(|finding| !matches!(finding, Finding::File { .. }))
                    .collect()
            };
            let gone = found_at(depth, |log| _ = log.remove(at));
            assert_eq!(only_records(gone), [removed(index..index + 1)], "{at} {depth:?}");
            let swapped = found_at(depth, |log| log.swap(at, 300));
            let mut both = [index, 300];
            both.sort_unstable();
            assert_eq!(only_records(swapped), reordered(both), "{at} {depth:?}");
        }
    }
}

/// One thing that somebody without the key does to the records.
#[derive(Clone, Debug)]
enum Tamper {
    Edit(usize),
    Remove(usize),
    Insert(usize),
    Swap(usize, usize),
}

impl Tamper {
    fn apply(&self, log: &mut Vec<Vec<u8>>) {
        match *self {
            Self::Edit(at) => log[at] = edited(&log[at]),
            Self::Remove(at) => _ = log.remove(at),
            Self::Insert(at) => log.insert(at, edited(&restated(&log[at], 9999))),
            Self::Swap(a, b) => log.swap(a, b),
        }
    }

    fn expected(&self) -> Vec<Finding> {
        match *self {
            Self::Edit(at) => edits([at as u64]),
            Self::Remove(at) => vec![removed(at as u64..at as u64 + 1)],
            Self::Insert(at) => vec![Finding::Inserted { before: at as u64 }],
            Self::Swap(a, b) => reordered([a.min(b) as u64, a.max(b) as u64]),
        }
    }
}

fn tampers() -> impl Strategy<Value = Tamper> {
    prop_oneof![
        (0..SIZE).prop_map(Tamper::Edit),
        (0..SIZE).prop_map(Tamper::Remove),
        (0..SIZE).prop_map(Tamper::Insert),
        (0..SIZE, 1..SIZE).prop_map(|(a, by)| Tamper::Swap(a, (a + by) % SIZE)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn one_change_is_found_as_what_it_is(tamper in tampers()) {
        prop_assert_eq!(found(|log| tamper.apply(log)), tamper.expected());
    }

    /// Far enough from each other, two changes are two findings.
    #[test]
    fn two_changes_are_found_as_what_they_are(first in tampers(), second in tampers()) {
        let places = |tamper: &Tamper| match *tamper {
            Tamper::Edit(at) | Tamper::Remove(at) | Tamper::Insert(at) => vec![at],
            Tamper::Swap(a, b) => vec![a, b],
        };
        let (one, other) = (places(&first), places(&second));
        let apart = one.iter().all(|a| other.iter().all(|b| a.abs_diff(*b) > 2));
        prop_assume!(apart);
        // The later one first, so that it does not move under the hand.
        let (one, other) = match one.iter().min() < other.iter().min() {
            true => (first, second),
            false => (second, first),
        };
        // A shift by one puts one of two swapped neighbours where it belongs.
        let is_adjacent = |tamper: &Tamper| matches!(*tamper, Tamper::Swap(a, b) if a.abs_diff(b) == 1);
        prop_assume!(!is_adjacent(&one) && !is_adjacent(&other));
        prop_assume!(places(&one).iter().max() < places(&other).iter().min());
        let all = [one.expected(), other.expected()].concat();
        let found = found(|log| {
            other.apply(log);
            one.apply(log);
        });
        prop_assert_eq!(found, all);
    }

    /// Whatever else is done: it is seen, at or before the first record that is not what it was.
    #[test]
    fn any_number_of_changes_is_seen(changes in prop::collection::vec(tampers(), 1..6), leaves: bool) {
        let mut entries = FIXTURE.entries.clone();
        for change in &changes {
            let with = |log: &mut Vec<Vec<u8>>| {
                // A record, since every change takes one.
                log.resize(SIZE, edited(&FIXTURE.entries[0]));
                change.apply(log);
            };
            with(&mut entries);
        }
        let first = entries.iter().zip(&FIXTURE.entries).position(|(now, then)| now != then);
        let depth = if leaves { Depth::Leaves } else { Depth::Bundles };
        let files: Files = rewritten(&entries, depth);
        let found = findings(&files);
        match first {
            // Of what is not hashed in any believable tile, a removed record says enough.
            _ if leaves => prop_assert_eq!(found.is_empty(), entries == FIXTURE.entries),
            Some(first) => prop_assert!(found.iter().any(|finding| covers(finding, first as u64)), "{} {:?}", first, found),
            None => prop_assert_eq!(found.is_empty(), entries == FIXTURE.entries),
        }
    }
}

/// Whether somebody who looks where the finding says sees that record.
fn covers(finding: &Finding, index: u64) -> bool {
    match finding {
        Finding::Edited { index: at }
        | Finding::Reordered { index: at }
        | Finding::Inserted { before: at } => *at == index,
        Finding::Removed { indexes: range } | Finding::Rewritten { within: range } => {
            range.contains(&index)
        }
        _ => false,
    }
}

//! Somebody with the key writes another history. What was said elsewhere, or earlier, shows it.

use token_audit::{
    __test::{index_of, read_on},
    Checkpoint, Finding,
};

use super::fixture::{FIXTURE, SIZE, edited, findings, restate_all, signed, verify};
use crate::log::sample::{Memory, verifying};

fn rewritten(within: std::ops::Range<u64>) -> Finding {
    Finding::Rewritten { within }
}

/// The same log without the records that state roots, so that only pinned checkpoints are left.
fn without_roots(entries: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let states = |entry: &Vec<u8>| entry.windows(12).any(|window| window == b"checkpointed");
    let other = |entry: &[u8]| {
        let index = index_of(entry).unwrap();
        let time = "2026-01-01T00:00:00.000000Z";
        format!("{{\"v\":1,\"index\":{index},\"time\":\"{time}\",\"event\":\"created\"}}")
            .into_bytes()
    };
    let edit = |entry: &Vec<u8>| if states(entry) { other(entry) } else { entry.clone() };
    entries.iter().map(edit).collect()
}

#[test]
fn a_root_that_a_record_states_shows_it() {
    // Roots are stated at 50, 200, 256, 300, 512 and 600; the newest is signed.
    for (at, within) in [(0, 0..50), (49, 0..50), (100, 50..200), (255, 200..256), (599, 512..600)]
    {
        let mut entries = FIXTURE.entries.clone();
        entries[at] = edited(&entries[at]);
        assert_eq!(findings(&signed(&entries)), [rewritten(within)], "{at}");
    }
    let mut entries = FIXTURE.entries.clone();
    entries[650] = edited(&entries[650]);
    assert_eq!(findings(&signed(&entries)), [], "nothing was said of that yet");
}

#[test]
fn removed_and_inserted_records_are_seen_by_a_stated_root() {
    for (at, within) in [(10, 0..50), (100, 50..200), (299, 256..300)] {
        let mut entries = FIXTURE.entries.clone();
        entries.remove(at);
        restate_all(&mut entries);
        assert_eq!(findings(&signed(&entries)), [rewritten(within)], "{at}");
        let mut entries = FIXTURE.entries.clone();
        entries.insert(at, edited(&entries[at]));
        restate_all(&mut entries);
        let end = FIXTURE.pins.iter().map(Checkpoint::size).find(|size| *size > at as u64).unwrap();
        let Some(Finding::Rewritten { within }) = findings(&signed(&entries)).pop() else {
            panic!("{at}")
        };
        assert!(within.contains(&(at as u64)) && within.end == end, "{at} {within:?}");
    }
}

#[test]
fn pinned_checkpoints_narrow_it() {
    let pins = |sizes: &[u64]| -> Vec<Checkpoint> {
        sizes.iter().map(|size| FIXTURE.pin(*size)).collect()
    };
    let cases: [(&[u64], usize, _); 8] = [
        (&[700], 5, Some(0..700)),
        (&[50, 200, 256, 300, 512, 600, 700], 5, Some(0..50)),
        (&[50, 700], 5, Some(0..50)),
        (&[50, 700], 50, Some(50..700)),
        (&[700, 200, 50], 199, Some(50..200)),
        (&[700, 200, 50], 200, Some(200..700)),
        (&[600, 700], 699, Some(600..700)),
        (&[600], 650, None),
    ];
    // Of the other history nothing is stated, and of the one that was pinned all is.
    for (sizes, at, within) in cases {
        let mut entries = FIXTURE.entries.clone();
        entries[at] = edited(&entries[at]);
        let kept = entries.iter().zip(&FIXTURE.entries).take(at).map(|(now, _)| now.clone());
        let changed: Vec<Vec<u8>> = kept.chain(without_roots(&entries[at..])).collect();
        let stated_below = |within: std::ops::Range<u64>| {
            let stated = [50, 200, 256, 300, 512, 600].into_iter().filter(|size| *size < at as u64);
            within.start.max(stated.max().unwrap_or(0))..within.end
        };
        let expected: Vec<Finding> = within.map(stated_below).map(rewritten).into_iter().collect();
        assert_eq!(verify(&signed(&changed), &pins(sizes)).findings, expected, "{sizes:?} {at}");
    }
}

#[test]
fn a_shorter_history_is_rolled_back_and_rewritten() {
    let mut entries = FIXTURE.entries[..400].to_vec();
    entries[310] = edited(&entries[310]);
    let found = verify(&signed(&entries), &FIXTURE.pins).findings;
    assert_eq!(
        found,
        [Finding::RolledBack { lost: 400..700 }],
        "300 was the last that is still there"
    );
    entries[290] = edited(&entries[290]);
    let found = verify(&signed(&entries), &FIXTURE.pins).findings;
    assert_eq!(found, [rewritten(256..300), Finding::RolledBack { lost: 400..700 }]);
}

#[test]
fn a_longer_history_that_begins_otherwise_is_rewritten() {
    let mut entries = FIXTURE.entries.clone();
    entries[2] = edited(&entries[2]);
    entries.extend_from_within(..100);
    restate_all(&mut entries);
    assert_eq!(entries.len(), SIZE + 100);
    assert_eq!(verify(&signed(&entries), &[FIXTURE.pin(700)]).findings, [rewritten(0..50)]);
}

#[test]
fn what_was_signed_and_is_no_record_is_named_and_skipped() {
    let mut entries = without_roots(&FIXTURE.entries);
    entries[5] = b"{\"index\":5".to_vec();
    entries[7] = entries[8].clone();
    let files = signed(&entries);
    let found = findings(&files);
    let malformed = [5, 7].map(|index| Finding::Malformed { index });
    assert!(malformed.iter().all(|malformed| found.contains(malformed)), "{found:?}");
    let reader = read_on(Memory::of(&files).storage(), &verifying()).unwrap();
    let records: Vec<_> = reader.records().collect();
    assert_eq!(records.len(), entries.len());
    let bad: Vec<usize> = (0..records.len()).filter(|&at| records[at].is_err()).collect();
    assert_eq!(bad, [5]);
}

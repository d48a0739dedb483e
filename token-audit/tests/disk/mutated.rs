//! Random changes to the files of a log, of one that is closed and of one that was killed: each is seen by a verification,
//! refused by an opening, or changes no record but to drop the last ones that no checkpoint covers.
//!
//! `MUTATIONS` is the number of changed logs.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use token_audit::{
    __test::{read_on, verify_on},
    Checkpoint, Log,
};

use crate::{
    disks::{Crash, Fault, Faulty, Random, Volatile, What},
    journals::{Frame, HEADER, frames, journal},
    support::{Ledger, Promises, key, on_two_threads, open_with, options, records},
};

type Files = BTreeMap<String, Vec<u8>>;

/// A log, what it holds, and the files of other logs and of other times.
struct Base {
    disk: Volatile,
    newest: Checkpoint,
    records: Vec<String>,
    sealed: usize,
    donors: Vec<Files>,
}

fn json(disk: &Volatile) -> Vec<String> {
    records(&disk.storage()).iter().map(token_audit::Record::to_json).collect()
}

/// Lets a log live, and kills it.
fn life(disk: &Volatile, ledger: &Arc<Ledger>, appends: u64, is_killed: bool) -> Volatile {
    let faulty = Faulty::over(disk.storage());
    let log: Log = ledger.open(faulty.storage()).unwrap();
    (0..appends).for_each(|_| ledger.append(&log).unwrap());
    if is_killed {
        faulty.set(Fault { op: None, at: 0, what: What::Die });
    }
    drop(log);
    disk.crash(Crash::Kill)
}

fn base(is_killed: bool) -> Base {
    let (disk, ledger) = (Volatile::default(), Ledger::of(Promises::default()));
    let start = life(&disk, &ledger, 7, false);
    // An earlier session, whose records somebody dropped.
    let earlier = life(&start, &ledger, 3, true);
    let dropped = earlier.crash(Crash::Kill);
    dropped.put("journal", HEADER.to_vec());
    let mut promises = ledger.promises();
    promises.acked.retain(|index, _| *index < 7);
    let ledger = Ledger::of(promises);
    let between = life(&dropped, &ledger, 2, false);
    let disk = life(&between, &ledger, 4, is_killed);
    // Another log with the same key, of the same size.
    let other = Ledger::of(Promises::default());
    let twin = life(&life(&Volatile::default(), &other, 8, false), &other, 4, true);
    let newest = ledger.promises().newest.unwrap();
    Base {
        records: json(&disk),
        sealed: usize::try_from(newest.size()).unwrap(),
        newest,
        donors: [start, earlier, dropped, between, twin].map(|disk| disk.files()).into(),
        disk,
    }
}

/// A place in a file, and a length from there.
fn range(random: &mut Random, len: usize) -> std::ops::Range<usize> {
    let start = random.next() as usize % (len + 1);
    let end = start + random.next() as usize % 40;
    start..end.min(len)
}

/// What somebody does to one file, who need not know what it is.
fn change_bytes(random: &mut Random, bytes: &mut Vec<u8>) {
    let range = range(random, bytes.len());
    match random.next() % 7 {
        0 | 1 => bytes[range].iter_mut().take(1).for_each(|byte| *byte ^= 1 << (random.next() % 8)),
        2 => bytes[range].iter_mut().for_each(|byte| *byte = random.next() as u8),
        3 => bytes.truncate(range.start),
        4 => drop(bytes.drain(range)),
        5 => {
            let copy = bytes[range].to_vec();
            let at = random.next() as usize % (bytes.len() + 1);
            drop(bytes.splice(at..at, copy));
        }
        _ => {
            let new: Vec<u8> = range.clone().map(|_| random.next() as u8).collect();
            drop(bytes.splice(range.start..range.start, new));
        }
    }
}

/// What somebody does who knows the journal's format, and has not the key.
fn change_frames(random: &mut Random, bytes: &mut Vec<u8>, donors: &[Files]) {
    let Some(HEADER) = bytes.get(..HEADER.len()) else { return };
    let mut ours = frames(bytes);
    let donor = &donors[random.next() as usize % donors.len()]["journal"];
    let theirs = frames(donor);
    let pick = |random: &mut Random, frames: &[Frame]| match frames.len() {
        0 => None,
        len => Some(random.next() as usize % len),
    };
    let at = pick(random, &ours);
    match (random.next() % 7, at) {
        (0, _) => ours = theirs,
        (1, _) => ours.extend(pick(random, &theirs).map(|at| theirs[at].clone())),
        (2, Some(at)) => drop(ours.remove(at)),
        (3, Some(at)) => {
            ours[at].index = ours[at].index.wrapping_add(random.next() % 5).wrapping_sub(2);
        }
        (4, Some(at)) => change_bytes(random, &mut ours[at].entries),
        (5, Some(at)) => ours.extend(
            pick(random, &theirs).map(|it| Frame { index: ours[at].index, ..theirs[it].clone() }),
        ),
        (_, Some(at)) => {
            let other = pick(random, &ours).unwrap();
            ours.swap(at, other);
        }
        (_, None) => {}
    }
    *bytes = journal(&ours);
}

fn change(random: &mut Random, files: &mut Files, donors: &[Files]) {
    let names: Vec<String> = files.keys().filter(|name| *name != "lock").cloned().collect();
    let name = &names[random.next() as usize % names.len()];
    match random.next() % 10 {
        0 => drop(files.remove(name)),
        1 | 2 => {
            let donor = &donors[random.next() as usize % donors.len()];
            files.extend(donor.get(name).map(|bytes| (name.clone(), bytes.clone())));
        }
        3 => {
            let other = files[&names[random.next() as usize % names.len()]].clone();
            files.insert(name.clone(), other);
        }
        4..=6 => {
            if let Some(journal) = files.get_mut("journal") {
                change_frames(random, journal, donors);
            }
        }
        _ => change_bytes(random, files.get_mut(name).unwrap()),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Seen,
    Refused,
    Dropped,
    Harmless,
}

fn judge(base: &Base, files: &Files, context: &str) -> Outcome {
    let disk = base.disk.crash(Crash::Kill);
    for (name, bytes) in base.disk.files() {
        match files.get(&name) {
            None => disk.storage().remove(&name).unwrap(),
            Some(now) if *now != bytes => disk.put(&name, now.clone()),
            Some(_) => {}
        }
    }
    let verifying = key().verifying_key().clone();
    let pinned = std::slice::from_ref(&base.newest);
    let verified = verify_on(disk.storage(), &verifying, pinned);
    let is_seen = !verified.as_ref().is_ok_and(token_audit::Verification::is_intact);
    let opened = open_with(disk.storage(), options().pinned(base.newest.clone()));
    let is_opened = opened.is_ok();
    if let Ok(log) = opened {
        log.close().unwrap_or_else(|error| panic!("{context}: {error}"));
        let found = verify_on(disk.storage(), &verifying, pinned).unwrap();
        assert!(found.is_intact() || is_seen, "{context}: {:?}", found.findings);
    }
    // Whatever happened, no reader gets a record that was not logged.
    let reader = read_on(disk.storage(), &verifying);
    for record in reader.iter().flat_map(|reader| reader.records()).map_while(Result::ok) {
        let (index, text) = (record.index as usize, record.to_json());
        let is_ours = base.records.get(index).is_some_and(|known| *known == text);
        let is_logs_own = index >= base.sealed && record.event.action.name() == "checkpointed";
        assert!(is_ours || is_logs_own, "{context}: {text}");
    }
    match (is_seen, is_opened) {
        (true, _) => Outcome::Seen,
        (false, false) => Outcome::Refused,
        (false, true) => {
            let now = json(&disk);
            assert_eq!(now[..base.sealed], base.records[..base.sealed], "{context}");
            let kept =
                now.iter().zip(&base.records).take_while(|(now, known)| now == known).count();
            let rest = now[kept..].iter().all(|text| text.contains("\"event\":\"checkpointed\""));
            assert!(rest, "{context}: {:?}", &now[kept..]);
            if kept < base.records.len() { Outcome::Dropped } else { Outcome::Harmless }
        }
    }
}

#[test]
fn every_change_is_seen_or_changes_nothing() {
    let runs: u64 = std::env::var("MUTATIONS").map_or(1_500, |text| text.parse().unwrap());
    let counts: [AtomicU64; 4] = Default::default();
    for (number, base) in [base(true), base(false)].iter().enumerate() {
        assert!(judge(base, &base.disk.files(), "unchanged") == Outcome::Harmless);
        on_two_threads((0..runs / 2).step_by(50), |first| {
            for run in first..(first + 50).min(runs / 2) {
                let mut random = Random(run * 2 + number as u64);
                let mut files = base.disk.files();
                for _ in 0..=random.next() % 3 {
                    change(&mut random, &mut files, &base.donors);
                }
                if files != base.disk.files() {
                    let outcome = judge(base, &files, &format!("log {number}, run {run}"));
                    counts[outcome as usize].fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }
    let [seen, refused, dropped, harmless] = counts.map(AtomicU64::into_inner);
    println!(
        "{seen} changes were seen by a verification and {refused} by an opening; {dropped} dropped the last records, \
         {harmless} changed nothing"
    );
    assert!(seen > harmless && refused > 0 && dropped > 0);
}

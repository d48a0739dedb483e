//! One writer at a time, and readers beside it.

use std::{
    thread,
    time::{Duration, Instant},
};

use token_audit::{
    __test::{directory, open_on, read_on},
    ErrorKind, Filter,
};

use crate::{
    child_process::{Scratch, Writing},
    support::{Ledger, Promises, key, open, options},
};

#[test]
fn a_second_writer_is_refused_until_the_first_is_gone() {
    let (scratch, ledger) = (Scratch::new(), Ledger::of(Promises::default()));
    let path = scratch.log();
    let mut child = Writing::start("run", &path, None, &ledger);
    child.listen("open", &ledger).unwrap();
    for _ in 0..20 {
        assert_eq!(open(directory(&path)).unwrap_err().kind(), ErrorKind::LogLocked);
    }
    // With a SIGKILL: nothing is left that has to be removed by hand.
    child.kill(&ledger);
    let log = ledger.open(directory(&path)).unwrap();
    assert_eq!(open(directory(&path)).unwrap_err().kind(), ErrorKind::LogLocked);
    ledger.append(&log).unwrap();
    log.close().unwrap();
    ledger.check(&directory(&path), "alone");
}

#[test]
fn of_two_that_make_a_log_one_is_refused() {
    for turn in 0..30 {
        let scratch = Scratch::new();
        let disk = directory(&scratch.log());
        let both: Vec<_> = thread::scope(|scope| {
            let open = || scope.spawn(|| open_on(disk.clone(), key(), options()));
            let (one, two) = (open(), open());
            [one, two].into_iter().map(|opening| opening.join().unwrap()).collect()
        });
        let refused = both.iter().filter_map(|log| Some(log.as_ref().err()?.kind()));
        assert_eq!(refused.collect::<Vec<_>>(), [ErrorKind::LogLocked], "turn {turn}");
    }
}

#[test]
fn a_reader_follows_a_writer() {
    let (scratch, ledger) = (Scratch::new(), Ledger::of(Promises::default()));
    let path = scratch.log();
    let mut child = Writing::start("run-one", &path, None, &ledger);
    child.listen("open", &ledger).unwrap();
    let mut listening = child.listen_aside(&ledger);
    let mut reader = read_on(directory(&path), key().verifying_key()).unwrap();
    let (mut next, mut refreshed, mut unsealed, start) = (0, 0, 0, Instant::now());
    while start.elapsed() < Duration::from_secs(3) {
        let size = reader.checkpoint().size();
        for record in reader.select(Filter::default().from_index(next)) {
            assert_eq!(record.unwrap().index, next);
            next += 1;
        }
        assert_eq!(next, size);
        for (index, record) in (size..).zip(reader.unsealed().unwrap()) {
            assert_eq!(record.index, index);
            unsealed += 1;
        }
        refreshed += u64::from(reader.refresh().unwrap());
        assert!(reader.checkpoint().size() >= size);
    }
    listening.kill();
    println!("a reader followed over {next} records, {refreshed} checkpoints, {unsealed} unsealed");
    assert!(refreshed > 20 && next > 200 && unsealed > 0, "{refreshed} {next} {unsealed}");
    ledger.check(&directory(&path), "followed");
}

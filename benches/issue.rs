//! The registry in a SQLite file, beside SQLite and the disk alone.
//!
//! Wall-clock time is measured: the median of calls one after the other. Rivals take turns in one run.

use std::{
    error::Error,
    fs::{self, File, OpenOptions},
    io::Write,
    path::Path,
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use benches::{measure::Series, report::Report};
use pollster::block_on;
use rusqlite::Connection;
use token_core::{TokenId, UtcDateTime};
use token_issue::{
    Digest, Digests, Registry, Row,
    registry::{Rule, Sqlite},
};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("issue");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let registry = Sqlite::open(folder.join("tokens.db"))?;
    let mut report = Report::new("issue: the registry in a SQLite file");
    insert_alone(&mut report, &registry, &folder)?;
    insert_together(&mut report, &registry);
    fill(&registry);
    read(&mut report, &registry, &folder.join("tokens.db"))?;
    drop(registry);
    fs::remove_dir_all(&folder)?;
    Ok(report.finish())
}

/// The row of a random token: its digest is spread over the index as those of real tokens are.
fn row(number: u64) -> (Digest, Row) {
    let mut bytes = [0; 32];
    bytes.chunks_exact_mut(8).zip(0..).for_each(|(to, part): (_, u64)| {
        to.copy_from_slice(&spread(number.wrapping_mul(4).wrapping_add(part)).to_be_bytes());
    });
    let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = bytes;
    let now = UtcDateTime::UNIX_EPOCH;
    let mut row = Row::new(TokenId::from_bytes(id), "deploy", now, now + Duration::from_secs(900));
    row.scopes = vec!["deploy:read".into(), "deploy:run".into()];
    row.subject = Some(format!("job-{number}"));
    row.actor = Some("token-service".into());
    (Digest::from_bytes(bytes), row)
}

/// As good as random, and the same in each run (SplitMix64).
fn spread(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn insert(registry: &Sqlite, number: u64) -> bool {
    let (digest, row) = row(number);
    matches!(block_on(registry.insert(digest, row, UtcDateTime::UNIX_EPOCH)), Ok(Ok(())))
}

/// One caller, one token at a time, beside one page that is written and synced.
fn insert_alone(
    report: &mut Report,
    registry: &Sqlite,
    folder: &Path,
) -> Result<(), Box<dyn Error>> {
    let mut raw = raw_file(&folder.join("raw"))?;
    let page = [b'x'; 4096];
    let [mut ours, mut theirs] = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        theirs.push(median(|_| raw.write_all(&page).and_then(|()| raw.sync_data()).is_ok()));
        ours.push(median(|call| insert(registry, ALONE + round * CALLS + call)));
    }
    let (ours, theirs) = (Series::new(ours), Series::new(theirs));
    report.number("append 4 KiB + fdatasync", theirs.median(), "us", None);
    report.number("Sqlite::insert, one caller", ours.median(), "us", None);
    report.number("  over append + fdatasync", ours.over(&theirs), "x", Some(1.5));
    Ok(())
}

fn raw_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

/// The median time of a call, in microseconds.
fn median(mut call: impl FnMut(u64) -> bool) -> f64 {
    let times = (0..CALLS).map(|number| {
        let start = Instant::now();
        assert!(call(number), "a change failed");
        start.elapsed().as_secs_f64() * 1e6
    });
    Series::new(times.collect()).median()
}

/// 32 callers, which share syncs.
fn insert_together(report: &mut Report, registry: &Sqlite) {
    let rounds = (0..ROUNDS).map(|round| {
        let start = Instant::now();
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let first = TOGETHER + (round * THREADS + thread) * PER_THREAD;
                scope.spawn(move || {
                    (first..first + PER_THREAD).for_each(|number| {
                        assert!(insert(registry, number), "an insert failed");
                    });
                });
            }
        });
        (THREADS * PER_THREAD) as f64 / start.elapsed().as_secs_f64()
    });
    let rate = Series::new(rounds.collect()).median().round();
    report.at_least("Sqlite::insert, 32 callers", rate, "rows/s", 5_000.0);
}

/// Puts in as many rows as [`read`] looks through, many at a time.
fn fill(registry: &Sqlite) {
    for first in (0..ROWS).step_by(4096) {
        let asked: Vec<_> = (first..(first + 4096).min(ROWS))
            .map(|number| {
                let (digest, row) = row(number);
                registry.insert(digest, row, UtcDateTime::UNIX_EPOCH)
            })
            .collect();
        asked.into_iter().for_each(|asked| assert!(block_on(asked).is_ok(), "an insert failed"));
    }
}

/// What a verifier asks for a token that it does not remember, beside one row read by its key.
fn read(report: &mut Report, registry: &Sqlite, path: &Path) -> Result<(), Box<dyn Error>> {
    let own = block_on(registry.revoke_matching(Rule::all().kind("another")))?.at;
    let raw = Connection::open(path)?;
    let mut statement =
        raw.prepare("SELECT kind, scopes, expires_at FROM token WHERE digest = ?1")?;
    let [mut one, mut other] = [0, ROWS / 2];
    let next = |number: &mut u64| {
        *number = (*number + 1) % ROWS;
        row(spread(*number) % ROWS).0
    };
    let mut raw_read = |_| {
        let digest = next(&mut one);
        let found = statement.query_row([digest.as_bytes()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
        });
        found.is_ok()
    };
    let mut our_read = |_| {
        let digests = Digests::new(next(&mut other), None);
        block_on(registry.read(digests, own)).is_ok_and(|read| read.row.is_some())
    };
    let [mut ours, mut theirs, mut polls] = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..READ_ROUNDS {
        theirs.push(median(&mut raw_read));
        ours.push(median(&mut our_read));
        polls.push(median(|_| block_on(registry.poll(own)).is_ok()));
    }
    let [ours, theirs, polls] = [ours, theirs, polls].map(Series::new);
    report.number("one row by its key, rusqlite, of 100,000", theirs.median(), "us", None);
    report.number("Sqlite::read, of 100,000", ours.median(), "us", Some(15.0));
    report.number("  over rusqlite", ours.over(&theirs), "x", None);
    report.number("Sqlite::poll, nothing new", polls.median(), "us", None);
    Ok(())
}

const ROUNDS: u64 = 5;
const READ_ROUNDS: u64 = 21;
const CALLS: u64 = 200;
const THREADS: u64 = 32;
const PER_THREAD: u64 = 200;
const ROWS: u64 = 100_000;
/// Where the numbers of the other rows begin.
const ALONE: u64 = 1 << 32;
const TOGETHER: u64 = 1 << 33;

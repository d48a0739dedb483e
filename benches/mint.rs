//! The time to mint a token that is on record and in a registry in a file, beside the two syncs of the disk that it needs.
//!
//! Wall-clock time is measured, since most of it is waiting for a disk. The issuer and its rival take turns.

use std::{
    error::Error,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
    process::ExitCode,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use benches::{POLICY, kind, measure::Series, report::Report};
use pollster::block_on;
use rusqlite::{Connection, params};
use token_audit::{Log, SigningKey};
use token_core::record::InMemory;
use token_issue::{
    Issuer, Mint, Registry,
    registry::{Memory, Sqlite},
};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut report = Report::new("mint: on record, and in a registry in a file");
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mint");
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    fs::create_dir_all(&directory)?;
    let key = SigningKey::generate("bench.example/tokens")?;
    let log = Log::options().deadline(Duration::from_secs(60)).open(directory.join("log"), key)?;
    let registry: Arc<dyn Registry> = Arc::new(Sqlite::open(directory.join("tokens.db"))?);
    let options = Issuer::options(&POLICY, registry, Arc::new(log));
    let issuer = options.deadline(Duration::from_secs(60)).start()?;
    one_by_one(&mut report, &issuer, &directory)?;
    many(&mut report, &issuer);
    in_memory(&mut report)?;
    drop(issuer);
    fs::remove_dir_all(&directory)?;
    Ok(report.finish())
}

fn mint(issuer: &Issuer) -> bool {
    let mint = Mint::<kind::Minted>::new().subject("job-17").reason("nightly deployment");
    block_on(issuer.mint(mint)).map(|issued| drop(issued.release())).is_ok()
}

fn one_by_one(
    report: &mut Report,
    issuer: &Issuer,
    directory: &Path,
) -> Result<(), Box<dyn Error>> {
    let mut raw = Raw::new(directory)?;
    let [mut ours, mut theirs, mut records, mut commits] = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        records.push(median(|| raw.record().is_ok()));
        commits.push(median(|| raw.commit().is_ok()));
        theirs.push(median(|| raw.record().is_ok() && raw.commit().is_ok()));
        ours.push(median(|| mint(issuer)));
    }
    report.number("write + fdatasync", Series::new(records).median(), "us", None);
    report.number("a commit of SQLite", Series::new(commits).median(), "us", None);
    let (ours, theirs) = (Series::new(ours), Series::new(theirs));
    report.number("both, one after the other", theirs.median(), "us", None);
    report.number("mint", ours.median(), "us", None);
    report.number("  over the two syncs", ours.over(&theirs), "x", Some(1.3));
    Ok(())
}

/// 32 threads mint, and share syncs.
fn many(report: &mut Report, issuer: &Issuer) {
    let rates = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope
                    .spawn(|| (0..PER_THREAD).for_each(|_| assert!(mint(issuer), "a mint failed")));
            }
        });
        f64::from(THREADS * PER_THREAD) / start.elapsed().as_secs_f64()
    });
    let rates = Series::new(rates.collect());
    report.at_least("mint, 32 threads", rates.median().round(), "tokens/s", 5_000.0);
}

/// What is left without a disk.
fn in_memory(report: &mut Report) -> Result<(), Box<dyn Error>> {
    let (registry, log) = (Arc::new(Memory::new()), Arc::new(InMemory::new()));
    let issuer = Issuer::options(&POLICY, registry, log).start()?;
    report.number("mint in memory", median(|| mint(&issuer)), "us", None);
    Ok(())
}

/// The same bytes on the same disk, by the shortest way.
struct Raw {
    /// As long as it will be, as the log's journal is.
    file: File,
    database: Connection,
    rows: i64,
}

impl Raw {
    fn new(directory: &Path) -> Result<Self, Box<dyn Error>> {
        let path = directory.join("raw");
        fs::write(&path, vec![0; 4 << 20])?;
        let file = OpenOptions::new().write(true).open(path)?;
        file.sync_all()?;
        let database = Connection::open(directory.join("raw.db"))?;
        database.pragma_update(None, "journal_mode", "WAL")?;
        database.pragma_update(None, "synchronous", "FULL")?;
        database.execute_batch("CREATE TABLE raw (id INTEGER PRIMARY KEY, bytes BLOB)")?;
        Ok(Self { file, database, rows: 0 })
    }

    fn record(&mut self) -> io::Result<()> {
        self.file.write_all(&[b'x'; RECORD_BYTES])?;
        self.file.sync_data()
    }

    fn commit(&mut self) -> io::Result<()> {
        self.rows += 1;
        let insert = "INSERT INTO raw VALUES (?, ?)";
        let mut insert = self.database.prepare_cached(insert).map_err(io::Error::other)?;
        insert.execute(params![self.rows, [b'x'; RECORD_BYTES]]).map_err(io::Error::other)?;
        Ok(())
    }
}

/// The median time of a call, in microseconds.
fn median(mut call: impl FnMut() -> bool) -> f64 {
    let times = (0..CALLS).map(|_| {
        let start = Instant::now();
        assert!(call(), "a call failed");
        start.elapsed().as_secs_f64() * 1e6
    });
    Series::new(times.collect()).median()
}

/// The length of the record of a birth, and about that of a row.
const RECORD_BYTES: usize = 320;
const ROUNDS: u32 = 15;
const CALLS: u32 = 40;
const THREADS: u32 = 32;
const PER_THREAD: u32 = 100;

//! Durable appends to the audit log, beside what the disk itself allows, and the time that verifying takes.
//!
//! Wall-clock time is measured, since most of it is waiting for a disk. The log and its rival take turns.

use std::{
    env,
    error::Error,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    sync::{Condvar, Mutex, PoisonError},
    thread,
    time::Instant,
};

use benches::{measure::Series, report::Report};
use token_audit::{Log, SigningKey, VerifyingKey, verify};
use token_core::{
    TokenId,
    record::{Action, Event},
};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().collect();
    if let [_, verb, directory, key] = &arguments[..]
        && verb == VERIFY
    {
        return verify_alone(Path::new(directory), &key.parse()?);
    }
    let mut report = Report::new("audit: durable records");
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("audit");
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    fs::create_dir_all(&directory)?;
    let key = SigningKey::generate("bench.example/tokens")?;
    let verifying = key.verifying_key().clone();
    let log = Log::options()
        .deadline(std::time::Duration::from_secs(60))
        .open(directory.join("log"), key)?;
    report.number("a record", record_bytes() as f64, "B", None);
    one_thread(&mut report, &log, &directory)?;
    many_threads(&mut report, &log, &directory)?;
    whole_log(&mut report, &log, &verifying)?;
    fs::remove_dir_all(&directory)?;
    Ok(report.finish())
}

fn event(number: u64) -> Event {
    Event::new(Action::Created, "github-ci")
        .token(TokenId::from_bytes(u128::from(number).to_be_bytes()))
        .scopes(["repo:read", "deploy:run"])
        .actor("deploy-service")
        .reason("nightly deployment of the service")
}

fn record_bytes() -> usize {
    token_audit::Record::new(100_000, token_core::UtcDateTime::UNIX_EPOCH, event(0)).to_json().len()
}

/// One thread appends, one record at a time.
fn one_thread(report: &mut Report, log: &Log, directory: &Path) -> Result<(), Box<dyn Error>> {
    let mut raw = raw_file(&directory.join("raw"))?;
    let record = vec![b'x'; record_bytes()];
    let [mut ours, mut theirs] = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        theirs
            .push(median(CALLS, |_| raw.write_all(&record).and_then(|()| raw.sync_data()).is_ok()));
        ours.push(median(CALLS, |call| log.append(event(round * CALLS + call)).is_ok()));
    }
    let (ours, theirs) = (Series::new(ours), Series::new(theirs));
    report.number("append + fdatasync, one thread", theirs.median(), "us", None);
    report.number("Log::append, one thread", ours.median(), "us", None);
    report.number("  over append + fdatasync", ours.over(&theirs), "x", Some(1.3));
    Ok(())
}

/// The median time of a call, in microseconds.
fn median(calls: u64, mut call: impl FnMut(u64) -> bool) -> f64 {
    let times = (0..calls).map(|number| {
        let start = Instant::now();
        assert!(call(number), "an append failed");
        start.elapsed().as_secs_f64() * 1e6
    });
    Series::new(times.collect()).median()
}

/// Many threads append, and share syncs.
fn many_threads(report: &mut Report, log: &Log, directory: &Path) -> Result<(), Box<dyn Error>> {
    let group = GroupCommit::new(&directory.join("group"))?;
    let record = vec![b'x'; record_bytes()];
    let [mut ours, mut theirs] = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        theirs.push(per_second(|_| group.append(&record).is_ok()));
        ours.push(per_second(|number| log.append(event(number)).is_ok()));
    }
    let (ours, theirs) = (Series::new(ours), Series::new(theirs));
    report.number("raw group commit, 32 threads", theirs.median().round(), "records/s", None);
    report.at_least("Log::append, 32 threads", ours.median().round(), "records/s", 20_000.0);
    report.number("  of the raw rate", ours.over(&theirs), "x", None);
    Ok(())
}

fn per_second(append: impl Fn(u64) -> bool + Sync) -> f64 {
    let start = Instant::now();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let append = &append;
            scope.spawn(move || {
                (0..PER_THREAD).for_each(|call| {
                    assert!(append(thread * PER_THREAD + call), "an append failed");
                });
            });
        }
    });
    (THREADS * PER_THREAD) as f64 / start.elapsed().as_secs_f64()
}

/// Group commit without a log: the first thread that comes writes and syncs for all that wait.
struct GroupCommit {
    file: File,
    state: Mutex<State>,
    synced: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    /// The number of the group that was last collected, and of the last that is durable.
    collecting: u64,
    durable: u64,
    is_syncing: bool,
}

impl GroupCommit {
    fn new(path: &Path) -> io::Result<Self> {
        Ok(Self { file: raw_file(path)?, state: Mutex::default(), synced: Condvar::new() })
    }

    fn append(&self, record: &[u8]) -> io::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.waiting.extend_from_slice(record);
        let group = state.collecting + 1;
        while state.durable < group {
            if state.is_syncing {
                state = self.synced.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            state.is_syncing = true;
            state.collecting += 1;
            let (bytes, group) = (std::mem::take(&mut state.waiting), state.collecting);
            drop(state);
            (&self.file).write_all(&bytes)?;
            self.file.sync_data()?;
            state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            (state.durable, state.is_syncing) = (group, false);
            self.synced.notify_all();
        }
        Ok(())
    }
}

fn raw_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

/// A log of 10^6 records, verified by a separate process, whose peak memory is measured.
fn whole_log(report: &mut Report, log: &Log, key: &VerifyingKey) -> Result<(), Box<dyn Error>> {
    let mut last = log.append(event(0))?;
    while last.index().is_some_and(|index| index < RECORDS) {
        let pending = (0..10_000).map(|number| log.submit(event(number)));
        for pending in pending.collect::<Vec<_>>() {
            last = pending?.wait()?;
        }
    }
    let checkpoint = log.close()?;
    report.number("records in the log", checkpoint.size() as f64, "", None);
    let mut seconds = Vec::new();
    let mut memory = 0.0_f64;
    for _ in 0..VERIFICATIONS {
        let process = Command::new(env::current_exe()?)
            .arg(VERIFY)
            .arg(log.path())
            .arg(key.to_string())
            .output()?;
        let text = String::from_utf8(process.stdout)?;
        let mut figures = text.split_whitespace().map(str::parse::<f64>);
        let mut next = || figures.next().ok_or("the process that verifies has failed");
        // Per 10^6 records, since the earlier parts have appended records too.
        seconds.push(next()?? * 1e6 / checkpoint.size() as f64);
        memory = memory.max(next()??);
    }
    report.number("verify, per 10^6 records", Series::new(seconds).median(), "s", Some(2.0));
    report.number("  the process's memory at most", memory, "MiB", Some(64.0));
    Ok(())
}

#[allow(clippy::print_stdout, reason = "the answer to the process above")]
fn verify_alone(directory: &Path, key: &VerifyingKey) -> Result<ExitCode, Box<dyn Error>> {
    let start = Instant::now();
    let verification = verify(directory, key, &[])?;
    assert!(verification.is_intact(), "{:?}", verification.findings);
    println!("{} {}", start.elapsed().as_secs_f64(), peak_memory()?);
    Ok(ExitCode::SUCCESS)
}

/// The peak memory of this process, in MiB.
fn peak_memory() -> Result<f64, Box<dyn Error>> {
    let status = fs::read_to_string(PathBuf::from("/proc/self/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("no VmHWM")?;
    Ok(kib.trim().parse::<f64>()? / 1024.0)
}

const VERIFY: &str = "verify-alone";
const ROUNDS: u64 = 11;
const CALLS: u64 = 101;
const THREADS: u64 = 32;
const PER_THREAD: u64 = 250;
const RECORDS: u64 = 1_000_000;
const VERIFICATIONS: u32 = 5;

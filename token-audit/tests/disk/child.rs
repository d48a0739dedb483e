//! The process that is killed while it writes a log: this test binary again, which runs the one test of this module.
//!
//! Each promise is a line on its standard output, written after the log has made it: `ack INDEX TOKEN`, or
//! `signed CHECKPOINT` with `|` for line breaks. All other lines are the test harness's. Promises of earlier processes that
//! count here are in the file `DIRECTORY.pinned`.

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{self, Command},
    thread,
    time::Duration,
};

use token_audit::{
    __test::{directory, open_on},
    Checkpoint, Error, Log,
};
use token_core::{
    TokenId,
    record::{Action, Event, Recorder},
};

use crate::{
    disks::{Fault, Faulty, What},
    support::key,
};

/// The variables that say what the child does, to the log in which directory, and at which operation it ends.
const JOB: &str = "TOKEN_AUDIT_CHILD_JOB";
const DIRECTORY: &str = "TOKEN_AUDIT_CHILD_DIRECTORY";
const OPERATION: &str = "TOKEN_AUDIT_CHILD_OPERATION";

/// What starts the child: this binary and its arguments.
pub(crate) fn command_line() -> (PathBuf, [&'static str; 4]) {
    (env::current_exe().unwrap(), ["child::process", "--exact", "--ignored", "--nocapture"])
}

/// Tells whatever `command` starts, if it is a child, what to do.
pub(crate) fn tell(command: &mut Command, job: &str, directory: &Path, operation: Option<u64>) {
    command.env(JOB, job).env(DIRECTORY, directory);
    command.envs(operation.map(|number| (OPERATION, number.to_string())));
}

/// The whole child.
#[test]
#[ignore = "a child that the other tests start; it does nothing by itself"]
fn process() {
    let Ok(job) = env::var(JOB) else { return };
    let path = PathBuf::from(env::var_os(DIRECTORY).unwrap());
    let number = env::var(OPERATION).ok().map(|number| number.parse().unwrap());
    // The test harness may have begun a line.
    say("");
    match job.as_str() {
        "run" => run(&path, 4),
        "run-one" => run(&path, 1),
        "kill-before" => whole_life(&path, number, false),
        "kill-after" => whole_life(&path, number, true),
        "fill" => fill(&path),
        "once" => once(&path),
        "hang" => hang(&path),
        other => panic!("no job `{other}`"),
    }
}

/// Appends until it is killed.
fn run(path: &Path, threads: u64) {
    let log = open(path, &Faulty::over(directory(path)), Duration::from_millis(5)).unwrap();
    say("open");
    thread::scope(|scope| {
        for thread in 0..threads {
            let log = &log;
            scope.spawn(move || {
                for number in 0.. {
                    append(log, &format!("{} {thread} {number}", process::id()), number % 40 == 39)
                        .unwrap();
                    if number % 7 == 0 {
                        log.note(Event::new(Action::destroyed(None), "ci"));
                    }
                }
            });
        }
    });
}

/// One small life, which ends at an operation.
fn whole_life(path: &Path, at: Option<u64>, after: bool) {
    let disk = Faulty::over(directory(path));
    disk.set(at.map(|at| Fault { op: None, at, what: What::Kill { after } }));
    let log = open(path, &disk, Duration::from_secs(3600)).unwrap();
    let name = |number: u64| format!("{} {number}", process::id());
    append(&log, &name(0), false).unwrap();
    let pending: Vec<_> = (1..256).map(|n| (n, log.submit(event(&name(n))).unwrap())).collect();
    for (number, pending) in pending {
        acknowledged(pending.wait().unwrap().index(), &name(number));
        if number == 20 {
            log.checkpoint().unwrap();
        }
    }
    log.checkpoint().unwrap();
    (256..262).for_each(|number| append(&log, &name(number), true).unwrap());
    log.close().unwrap();
    say(&format!("operations {}", disk.total()));
}

/// Appends until the disk is full, waits for a line, and appends again.
fn fill(path: &Path) {
    let log = open(path, &Faulty::over(directory(path)), Duration::from_millis(5)).unwrap();
    let full = (0..).find_map(|number| append(&log, &format!("filling {number}"), true).err());
    say(&format!("error {:?}", full.unwrap().kind()));
    std::io::stdin().read_line(&mut String::new()).unwrap();
    (0..50).for_each(|number| append(&log, &format!("after {number}"), number % 5 == 0).unwrap());
    log.close().unwrap();
    say("closed");
    // Its files are seen by others as long as it lives.
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

/// Opens, appends, closes.
fn once(path: &Path) {
    let life = || {
        let log = open(path, &Faulty::over(directory(path)), Duration::from_secs(3600))?;
        append(&log, "once", false)?;
        log.close()
    };
    match life() {
        Ok(_) => say("closed"),
        Err(error) => say(&format!("error {:?}", error.kind())),
    }
}

/// Ends while the disk does not answer.
fn hang(path: &Path) {
    let disk = Faulty::over(directory(path));
    let options = Log::options().deadline(Duration::from_millis(200));
    let log = open_on(disk.storage(), key(), options).unwrap();
    append(&log, "before", false).unwrap();
    disk.hang(None);
    append(&log, "meanwhile", false).unwrap_err();
    drop(log);
    say("ends");
}

fn open(path: &Path, disk: &Faulty, checkpoint_every: Duration) -> Result<Log, Error> {
    let mut options = Log::options().checkpoint_every(checkpoint_every).journal_bytes(0);
    if let Ok(text) = fs::read(path.with_extension("pinned")) {
        options = options.pinned(Checkpoint::parse(text, key().verifying_key())?);
    }
    let tell = |checkpoint: &Checkpoint| {
        say(&format!("signed {}", checkpoint.as_str().replace('\n', "|")));
    };
    open_on(disk.storage(), key(), options.on_checkpoint(tell))
}

fn append(log: &Log, name: &str, is_big: bool) -> Result<(), Error> {
    let big = (0..200).take_while(|_| is_big).map(|_| "x".repeat(250));
    let receipt = log.append(event(name).scopes(big))?;
    acknowledged(receipt.index(), name);
    Ok(())
}

fn event(name: &str) -> Event {
    Event::new(Action::Created, "ci").token(id(name))
}

/// The id that consists of the name's last bytes.
fn id(name: &str) -> TokenId {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(name.bytes().rev()).for_each(|(to, from)| *to = from);
    TokenId::from_bytes(bytes)
}

fn acknowledged(index: Option<u64>, name: &str) {
    say(&format!("ack {} {}", index.unwrap(), id(name)));
}

/// In one write, so that a kill leaves whole lines.
fn say(line: &str) {
    std::io::stdout().lock().write_all(format!("{line}\n").as_bytes()).unwrap();
}

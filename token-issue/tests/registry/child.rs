//! The process that is killed while it changes a registry: this test binary again, which runs the one test of this module.
//!
//! Each change is told on its standard output, in a line of its own, before it is asked for and after it was made.

use std::{
    env,
    fmt::Display,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::{self, JoinHandle},
    time::Duration,
};

use pollster::block_on;
use token_issue::{PepperId, Registry, Row, State, Unfit, registry::Rule};

use crate::common::{NOON, below, digest, digests, id, insert, quick, row};

const FILE: &str = "TOKEN_ISSUE_TEST_FILE";
const PROCESS: &str = "TOKEN_ISSUE_TEST_PROCESS";
const DIES_AT: &str = "TOKEN_ISSUE_TEST_DIES_AT";

/// A process that changes the registry in `file` until it is killed, or has come to its end.
pub(crate) struct Running {
    pub(crate) child: Child,
    said: JoinHandle<Vec<String>>,
}

/// Starts a process with a number of its own, which dies before its `dies_at`-th statement.
pub(crate) fn start(file: &Path, process: u32, dies_at: u64) -> Running {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["child::process", "--exact", "--ignored", "--nocapture"])
        .env(FILE, file)
        .env(PROCESS, process.to_string())
        .env(DIES_AT, dies_at.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let said = thread::spawn(move || output.lines().map_while(Result::ok).collect());
    Running { child, said }
}

impl Running {
    /// Kills it, if it still runs. Returns what it said.
    pub(crate) fn kill(mut self) -> Vec<String> {
        drop(self.child.kill());
        self.end()
    }

    /// Waits for its end. Returns what it said.
    pub(crate) fn end(mut self) -> Vec<String> {
        self.child.wait().unwrap();
        self.said.join().unwrap()
    }
}

fn say(line: impl Display) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}").unwrap();
    output.flush().unwrap();
}

#[test]
#[ignore = "a child that the other tests start; it does nothing by itself"]
fn process() {
    let Some(file) = env::var_os(FILE).map(PathBuf::from) else { return };
    let process: u32 = env::var(PROCESS).unwrap().parse().unwrap();
    let registry = quick(&file);
    // The test harness may have begun a line.
    say("");
    (0..60).for_each(|number| life(&registry, process, number));
    say("end");
}

/// One token's life: minted, narrowed, used, and ended in one of several ways.
fn life(registry: &dyn Registry, process: u32, number: u64) {
    let mine = |what: u64| id(process, 100 * number + what);
    let mut parent = row(mine(0));
    parent.subject = Some(format!("subject-{process}-{number}"));
    put(registry, &parent);
    let mut child = below(mine(1), &parent);
    child.subject.clone_from(&parent.subject);
    put(registry, &child);
    let mut once = row(mine(2));
    once.once = true;
    put(registry, &once);

    block_on(registry.touch(vec![(mine(0), NOON + Duration::from_secs(60))])).unwrap();
    say(format_args!("touched {}", mine(0)));
    // All processes try the same ones.
    let shared = id(u32::MAX, number);
    for token in [mine(2), shared] {
        let own = block_on(registry.snapshot(0, NOON)).unwrap().at;
        let found = block_on(registry.spend(digests(token), own, None, None, NOON)).unwrap();
        if found.row.is_some_and(|row| row.state == State::Live) {
            say(format_args!("spent {token}"));
        }
    }
    let done = match number % 3 {
        0 => block_on(registry.revoke_matching(Rule::all().subject(parent.subject.unwrap()))),
        _ => block_on(registry.revoke(mine(0))),
    };
    let at = done.unwrap().at;
    say(format_args!("revoked {} {} {:02x?}", mine(0), at.n, at.mark));
    block_on(registry.close(vec![mine(0), mine(1)])).unwrap();
    say(format_args!("closed {}", mine(0)));
    // What has expired is pruned: here a token that had no time at all.
    let mut short = row(mine(3));
    short.expires_at = NOON;
    insert(registry, &short);
    if number.is_multiple_of(2) {
        block_on(registry.prune(NOON + Duration::from_secs(1))).unwrap();
        say(format_args!("pruned {}", mine(3)));
    }
    let none = PepperId::NONE;
    block_on(registry.use_pepper(none, None, NOON, Duration::ZERO)).unwrap();
}

fn put(registry: &dyn Registry, row: &Row) {
    match block_on(registry.insert(digest(row.token), row.clone(), NOON)).unwrap() {
        Ok(()) => say(format_args!("inserted {}", row.token)),
        Err(Unfit::ParentRevoked) => say("refused"),
        Err(unfit) => panic!("{unfit}"),
    }
}

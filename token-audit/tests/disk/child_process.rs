//! A child that writes a log, and what it promised before it was killed.

use std::{
    fs,
    io::{self, BufRead, BufReader, Lines},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
};

use token_audit::Checkpoint;

use crate::{
    child,
    support::{Ledger, key},
};

/// A directory that goes away with its owner. In memory if there is such a place: a killed process loses no page.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let above = [PathBuf::from("/dev/shm"), std::env::temp_dir()]
            .into_iter()
            .find(|path| path.is_dir());
        let name = format!("audit-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = above.unwrap().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// Where a log goes.
    pub(crate) fn log(&self) -> PathBuf {
        let path = self.0.join("log");
        fs::create_dir_all(&path).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A child at work.
pub(crate) struct Writing {
    pub(crate) child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Writing {
    /// Starts a child that knows what was promised so far.
    pub(crate) fn start(job: &str, path: &Path, operation: Option<u64>, ledger: &Ledger) -> Self {
        if let Some(newest) = ledger.promises().newest {
            fs::write(path.with_extension("pinned"), newest.as_str()).unwrap();
        }
        let (program, arguments) = child::command_line();
        let mut command = Command::new(program);
        child::tell(&mut command, job, path, operation);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        Self::of(command.spawn().unwrap())
    }

    /// A child whose standard output is piped.
    pub(crate) fn of(mut child: Child) -> Self {
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Puts down what the child promises until a line begins so, or it is gone. That line's rest.
    pub(crate) fn listen(&mut self, until: &str, ledger: &Ledger) -> Option<String> {
        hear(self.lines.by_ref(), Some(until), ledger)
    }

    /// Puts down all that the child promises.
    pub(crate) fn listen_to_the_end(&mut self, ledger: &Ledger) {
        hear(self.lines.by_ref(), None, ledger);
    }

    /// Puts down its promises while somebody else does something.
    pub(crate) fn listen_aside(self, ledger: &Arc<Ledger>) -> Listening {
        let (Self { child, lines }, ledger) = (self, ledger.clone());
        let listener = thread::spawn(move || hear(lines, None, &ledger));
        Listening { child, listener: Some(listener) }
    }

    /// Kills it, and puts down what it had promised.
    pub(crate) fn kill(mut self, ledger: &Arc<Ledger>) {
        self.child.kill().unwrap();
        self.listen_to_the_end(ledger);
        self.child.wait().unwrap();
    }
}

/// A child whose promises are put down on another thread.
pub(crate) struct Listening {
    child: Child,
    listener: Option<JoinHandle<Option<String>>>,
}

impl Listening {
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.listener.take().unwrap().join().unwrap();
    }
}

fn hear(
    lines: impl Iterator<Item = io::Result<String>>,
    until: Option<&str>,
    ledger: &Ledger,
) -> Option<String> {
    for line in lines {
        let line = line.unwrap();
        let (what, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match what {
            "ack" => {
                let (index, token) = rest.split_once(' ').unwrap();
                ledger.acked(index.parse().unwrap(), token.parse().unwrap());
            }
            "signed" => {
                let text = rest.replace('|', "\n");
                ledger.signed(&Checkpoint::parse(text, key().verifying_key()).unwrap());
            }
            _ => {}
        }
        if Some(what) == until {
            return Some(rest.to_owned());
        }
    }
    None
}

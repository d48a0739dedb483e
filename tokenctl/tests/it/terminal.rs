//! What somebody sees who looks at a terminal: a pseudo-terminal (POSIX `posix_openpt`) stands in for it.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::{Folder, PROGRAM, github};

/// How long a run must be before it shows how far it is, less what a clock may be off.
const PATIENCE: Duration = Duration::from_millis(490);
/// Longer than that, so that something would have been shown.
const LONG: Duration = Duration::from_millis(1500);

struct Terminal {
    /// What is written there, as it comes.
    said: Receiver<Vec<u8>>,
    /// The end that the program has.
    end: File,
}

impl Terminal {
    fn new() -> Terminal {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap();
        let flags = i32::try_from(OFlags::NOCTTY.bits()).unwrap();
        let mut open = File::options();
        open.read(true).write(true).custom_flags(flags);
        let end = open.open(OsStr::from_bytes(name.to_bytes())).unwrap();
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&end, size).unwrap();
        let (send, said) = mpsc::channel();
        let mut ours = File::from(ours);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // When nobody has the other end any more, Linux says that by an error.
            while let Ok(length @ 1..) = ours.read(&mut buffer) {
                if send.send(buffer[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        Terminal { said, end }
    }

    fn stdio(&self) -> Stdio {
        self.end.try_clone().unwrap().into()
    }

    /// What comes first, if anything comes.
    fn first(&self, within: Duration) -> Option<String> {
        self.said.recv_timeout(within).ok().map(|said| String::from_utf8(said).unwrap())
    }

    /// All that comes until the program has ended.
    fn rest(self) -> String {
        let Terminal { said, end } = self;
        drop(end);
        String::from_utf8(said.into_iter().flatten().collect()).unwrap()
    }
}

/// What a terminal has shown is remembered by it, by whoever records the session and by whoever looks over a shoulder.
#[cfg(feature = "registry")]
#[test]
fn a_token_is_not_minted_onto_a_terminal() {
    let folder = Folder::repository();
    folder.write("tokens.toml", crate::support::POLICY);
    folder.run(&["registry", "init", "--file", "tokens.db"]).ends(0);
    folder.run(&["audit", "key", "--out", "audit.key"]).ends(0);
    let mint = ["registry", "mint", "ci", "--file", "tokens.db", "--log", "audit"];
    let terminal = Terminal::new();
    let mut command = folder.command(PROGRAM);
    command.args(mint).args(["--log-key", "audit.key"]).stdout(terminal.stdio());
    let refused = command.stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    drop(command);
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("`--to`") && terminal.rest().is_empty(), "{said}");
    let listed = folder.run(&["registry", "list", "--file", "tokens.db"]).ends(0);
    assert!(listed.err.contains("0 tokens"), "{}", listed.err);
}

/// A scan of standard input, which lasts as long as nobody closes it.
fn endless(folder: &Folder, terminal: &Terminal, more: &[&str]) -> Child {
    let mut command = folder.command(PROGRAM);
    command.args(["scan", "-"]).args(more).env("TERM", "xterm");
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(terminal.stdio()).spawn().unwrap()
}

#[test]
fn a_long_run_shows_how_far_it_is_and_leaves_nothing_behind() {
    let (folder, terminal) = (Folder::new(), Terminal::new());
    let started = Instant::now();
    let mut child = endless(&folder, &terminal, &[]);
    let first = terminal.first(Duration::from_secs(60)).unwrap();
    assert!(started.elapsed() >= PATIENCE, "{:?}", started.elapsed());
    drop(child.stdin.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let all = first + &terminal.rest();
    assert!(all.contains("0 files, 0 B"), "{all:?}");
    // The last thing that is done to its line is to clear it.
    let (before, after) = all.rsplit_once("\x1b[2K").unwrap();
    assert!(before.contains("0 files, 0 B"), "{all:?}");
    assert_eq!(after, "1 file, 0 B: no findings\r\n");
}

#[test]
fn a_short_run_shows_only_its_summary() {
    let folder = Folder::new();
    let short = || {
        let (terminal, started) = (Terminal::new(), Instant::now());
        let mut child = endless(&folder, &terminal, &[]);
        drop(child.stdin.take());
        child.wait().unwrap();
        (started.elapsed() < PATIENCE).then(|| terminal.rest())
    };
    // On a machine that is busy not every run is short.
    let said = (0..50).find_map(|_| short());
    assert_eq!(said.unwrap(), "1 file, 0 B: no findings\r\n");
}

#[test]
fn quiet_shows_nothing_however_long_it_takes() {
    let (folder, terminal) = (Folder::new(), Terminal::new());
    let mut child = endless(&folder, &terminal, &["--quiet"]);
    assert_eq!(terminal.first(LONG), None);
    drop(child.stdin.take());
    child.wait().unwrap();
    assert_eq!(terminal.rest(), "");
}

#[test]
fn without_a_terminal_nobody_is_shown_how_far_it_is() {
    let folder = Folder::new();
    let mut command = folder.command(PROGRAM);
    command.args(["scan", "-"]).env("TERM", "xterm");
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    thread::sleep(LONG);
    child.stdin.take().unwrap().write_all(b"a").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "1 file, 1 B: no findings\n");
}

/// What a terminal gets of a run with a finding, with these variables and arguments.
fn shown(folder: &Folder, variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let terminal = Terminal::new();
    let mut command: Command = folder.command(PROGRAM);
    command.args(["scan", "x.txt", "--quiet"]).args(arguments).env("TERM", "xterm");
    // Colours are shown in a CI's log, whatever its terminal is called.
    command.env_remove("CI").env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command.envs(variables.iter().copied()).stdout(terminal.stdio()).stderr(Stdio::null());
    assert_eq!(command.status().unwrap().code(), Some(1));
    drop(command);
    terminal.rest()
}

#[test]
fn a_terminal_has_colours_unless_somebody_wants_none() {
    let folder = Folder::new();
    folder.write("x.txt", github(1));
    let coloured = |variables: &[(&str, &str)], arguments: &[&str]| {
        let shown = shown(&folder, variables, arguments);
        assert!(shown.contains("github-token"), "{shown:?}");
        shown.contains('\x1b')
    };
    assert!(coloured(&[], &[]));
    assert!(!coloured(&[("NO_COLOR", "1")], &[]));
    assert!(!coloured(&[("CLICOLOR", "0")], &[]));
    assert!(!coloured(&[("TERM", "dumb")], &[]));
    assert!(!coloured(&[], &["--color", "never"]));
    assert!(coloured(&[("NO_COLOR", "1")], &["--color", "always"]));
    // An empty one counts as none (no-color.org).
    assert!(coloured(&[("NO_COLOR", "")], &[]));
    assert!(!coloured(&[], &["--format", "json"]));
}

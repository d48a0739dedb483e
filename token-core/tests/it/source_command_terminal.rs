//! Helpers that ask on the terminal. Each test runs itself in a session of its own, on a pseudoterminal that plays the user.

use std::{
    env,
    fs::File,
    io::{Read, Write},
    os::fd::OwnedFd,
    process::{Child, Command, ExitStatus},
    time::{Duration, Instant},
};

use rustix::{
    fs::OFlags,
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, tcgetattr},
};
use token_core::{ErrorKind, source::command};

use crate::{
    source_command::{left_of, marked},
    support::secs,
};

/// What a test says when it is time to type.
const READY: &str = "PIN: ";

const IN_TERMINAL: &str = "TOKEN_CORE_IT_TERMINAL";

/// Whether this process is the one on the terminal.
fn is_on_terminal() -> bool {
    env::var_os(IN_TERMINAL).is_some()
}

/// A test that runs on a terminal, as its user sees it.
struct Session {
    user: File,
    child: Child,
    screen: String,
}

impl Session {
    /// Runs `test` in the foreground of a new terminal, or as a shell's job in the background.
    fn start(test: &str, script: &str) -> Self {
        let user = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&user).unwrap();
        unlockpt(&user).unwrap();
        let name = ptsname(&user, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let terminal = rustix::fs::open(name.as_c_str(), flags, rustix::fs::Mode::empty()).unwrap();
        let copy = |fd: &OwnedFd| fd.try_clone().unwrap();
        let child = Command::new("setsid")
            // Whatever started the tests may ignore an interrupt, and children inherit that.
            .args(["--ctty", "--wait", "env", "--default-signal=INT", "sh", "-c", script])
            .arg(env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture"])
            .env(IN_TERMINAL, "yes")
            .stdin(copy(&terminal))
            .stdout(copy(&terminal))
            .stderr(terminal)
            .spawn()
            .unwrap();
        Self { user: user.into(), child, screen: String::new() }
    }

    fn read_until(&mut self, text: &str) {
        let mut buffer = [0; 4096];
        while !self.screen.contains(text) {
            // An error when nobody has the terminal open any more.
            let count = self.user.read(&mut buffer).unwrap_or(0);
            assert_ne!(count, 0, "no {text:?} in:\n{}", self.screen);
            self.screen.push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
    }

    fn type_in(&mut self, text: &str) {
        self.read_until(READY);
        self.user.write_all(text.as_bytes()).unwrap();
    }

    fn end(mut self) -> (ExitStatus, String) {
        let mut rest = Vec::new();
        let _ = self.user.read_to_end(&mut rest);
        self.screen.push_str(&String::from_utf8_lossy(&rest));
        (self.child.wait().unwrap(), self.screen)
    }

    fn passes(self) {
        let (status, screen) = self.end();
        assert!(status.success() && screen.contains("1 passed"), "{screen}");
    }
}

const FOREGROUND: &str = "exec \"$0\" \"$@\"";
const BACKGROUND: &str = "set -m; \"$0\" \"$@\" & wait $!";
const ASK: &str = "printf 'PIN: ' >/dev/tty; read -r x </dev/tty; echo tok-$x";

#[test]
fn a_helper_can_ask() {
    if is_on_terminal() {
        for script in [ASK, &format!("sh -c '{}'", ASK.replace('\'', "\""))] {
            let secret = command(["sh", "-c", script], secs(30)).unwrap();
            assert!(secret.constant_time_eq(b"tok-1234567890abcd"), "{script}");
        }
        return;
    }
    let mut session = Session::start("source_command_terminal::a_helper_can_ask", FOREGROUND);
    session.type_in("1234567890abcd\n");
    session.screen.clear();
    session.type_in("1234567890abcd\n");
    session.passes();
}

#[test]
fn a_timeout_ends_all_of_it_and_the_terminal_is_as_before() {
    if is_on_terminal() {
        let terminal = File::open("/dev/tty").unwrap();
        let helpers = [
            "sleep SECS & stty -echo </dev/tty; read x </dev/tty",
            "trap '' TERM INT HUP; sh -c 'sleep SECS & sleep SECS'; sleep SECS",
            "(sleep SECS & sleep SECS) & wait",
        ];
        for script in helpers {
            let (script, mark) = marked(script);
            let start = Instant::now();
            let error = command(["sh", "-c", &script], Duration::from_millis(400)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
            assert!(start.elapsed() < secs(5), "{script}: {:?}", start.elapsed());
            assert_eq!(left_of(&mark), [0; 0], "{script}");
            let settings = tcgetattr(&terminal).unwrap();
            assert!(settings.local_modes.contains(LocalModes::ECHO), "{script}");
        }
        return;
    }
    let test = "source_command_terminal::a_timeout_ends_all_of_it_and_the_terminal_is_as_before";
    Session::start(test, FOREGROUND).passes();
}

#[test]
fn an_interrupt_reaches_the_helper_and_us() {
    if is_on_terminal() {
        let script = env::var("SCRIPT").unwrap();
        let _ = command(["sh", "-c", &script], secs(30));
        panic!("the interrupt did not reach this process");
    }
    let (script, mark) = marked("printf 'PIN: ' >/dev/tty; sleep SECS");
    let test = "source_command_terminal::an_interrupt_reaches_the_helper_and_us";
    let with_script = format!("SCRIPT=\"{script}\" {FOREGROUND}");
    let mut session = Session::start(test, &with_script);
    session.type_in("\x03");
    let (status, screen) = session.end();
    assert!(!status.success() && !screen.contains("did not reach"), "{status}: {screen}");
    assert_eq!(left_of(&mark), [0; 0]);
}

#[test]
fn in_the_background_a_helper_that_asks_is_told() {
    if is_on_terminal() {
        for script in
            [ASK, "sh -c 'read -r x </dev/tty; echo $x'", "stty -echo </dev/tty; echo abc"]
        {
            let (script, mark) = marked(&format!("echo 'log in first' >&2; sleep SECS & {script}"));
            let start = Instant::now();
            let error = command(["sh", "-c", &script], secs(30)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::HelperFailed, "{error}");
            assert!(error.to_string().contains("asked on the terminal"), "{error}");
            assert!(error.to_string().contains("log in first"), "{error}");
            assert!(start.elapsed() < secs(5), "at once: {:?}", start.elapsed());
            assert_eq!(left_of(&mark), [0; 0], "{script}");
        }
        // One that does not ask works there, too.
        assert!(command(["echo", "abc"], secs(30)).unwrap().constant_time_eq(b"abc"));
        return;
    }
    let test = "source_command_terminal::in_the_background_a_helper_that_asks_is_told";
    Session::start(test, BACKGROUND).passes();
}

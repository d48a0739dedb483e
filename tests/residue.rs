//! The residue scan: after each life of a token another process reads all of
//! the memory that may have changed, and finds not a trace.
//!
//! Method: sequoia-openpgp's leak detector made stricter. The token is random
//! and known to this process only; the child lives through one path and parks;
//! this process reads `/proc/PID/mem` and looks for the whole token and for
//! every fragment of 16 bytes, also with the bytes of each word swapped, as
//! SHA-256 loads them. Each path has 20 runs in a release build, and 5 in a debug build.
//! With `RESIDUE_CHILDREN=FOLDER` the children are those in the folder: `.ci/residue` builds them there as a user's
//! debug build is, without the `[profile.dev.package]` of this repository. Each path then has 3 runs.
//! The key that signs the audit log is looked for the same way, in all the forms
//! that Ed25519 gives it, and what a redactor masks, in the forms it knows.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "tests")]

#[path = "residue/inputs.rs"]
mod inputs;
#[path = "residue/scan.rs"]
mod scan;
#[path = "residue/signing_key.rs"]
mod signing_key;
#[path = "residue/turned.rs"]
mod turned;

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use inputs::Inputs;
use scan::{Found, Scanner};

/// What a run leaves depends on the places of things in memory, which differ, and more so in optimized code.
const RUNS: usize = if cfg!(debug_assertions) { 5 } else { 20 };

/// Code that is not optimized leaves the same in every run.
const RUNS_IN_A_FOLDER: usize = 3;

#[test]
fn nothing_is_left_under_the_systems_allocator() {
    check_all(&program("residue-child"));
}

#[test]
fn nothing_is_left_under_an_allocator_that_never_frees() {
    check_all(&program("residue-child-never-free"));
}

/// A scanner that finds nothing proves nothing, unless it finds what is there.
#[test]
fn a_leak_is_found() {
    const LEAKS: [&str; 10] = [
        "control_leaked_token",
        "control_leaked_string",
        "control_key_text",
        "control_key_alive",
        "control_generated_alive",
        "control_issued_alive",
        "control_rotated_alive",
        "control_guarded_alive",
        "control_redact_encoded",
        "control_basic_alive",
    ];
    for program in [program("residue-child"), program("residue-child-never-free")] {
        for path in LEAKS {
            assert!(life(&program, path).full >= 1, "{path} was not found");
        }
        assert_eq!(life(&program, "control_nothing"), Found::default());
    }
}

/// Each form of a key or a value: whole, in part, and as a hash function swaps its words.
#[test]
fn every_form_is_found() {
    for subject in ["key_", "redact_", "basic_"] {
        every_form_of(&Inputs::new(subject));
    }
}

fn every_form_of(inputs: &Inputs) {
    let scanner = Scanner::new(&inputs.secrets());
    for form in inputs.secrets() {
        assert_eq!(scanner.scan(&form).full, 1);
        // Between bytes that are not the form's own, whatever it is.
        let part = [&[!form[8]; 9], &form[9..25], &[!form[25]; 9]].concat();
        assert_eq!(scanner.scan(&part), Found { full: 0, fragments: 1, longest: 16 });
        for word in [4, 8] {
            let words: Vec<u8> =
                form.chunks_exact(word).flat_map(|word| word.iter().rev()).copied().collect();
            assert_eq!(scanner.scan(&words).full, 1);
        }
    }
}

fn program(name: &str) -> PathBuf {
    match (env::var_os("RESIDUE_CHILDREN"), name) {
        (Some(folder), _) => PathBuf::from(folder).join(name),
        (None, "residue-child") => env!("CARGO_BIN_EXE_residue-child").into(),
        (None, _) => env!("CARGO_BIN_EXE_residue-child-never-free").into(),
    }
}

fn runs() -> usize {
    match env::var_os("RESIDUE_CHILDREN") {
        Some(_) => RUNS_IN_A_FOLDER,
        None => RUNS,
    }
}

fn check_all(program: &Path) {
    let paths = paths(program);
    // One thread per core: most of a run is waiting for the child.
    let mut found: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..2)
            .map(|half| {
                scope.spawn({
                    let paths = &paths;
                    move || check_half(program, paths, half)
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    found.sort();
    println!("residue: {} paths x {} runs, {} with residue", paths.len(), runs(), found.len());
    assert!(found.is_empty(), "residue found:\n{}", found.join("\n"));
}

fn check_half(program: &Path, paths: &[String], half: usize) -> Vec<String> {
    let paths = paths.iter().skip(half).step_by(2);
    let lives = paths.flat_map(|path| (0..runs()).map(move |run| (path, run, life(program, path))));
    let left = lives.filter(|(path, _, found)| !is_clean(path, found));
    left.map(|(path, run, found)| format!("{path}, run {run}: {found:?}")).collect()
}

/// Nothing is left. A server has one copy of what came over a connection: that of the buffer that it reads into.
fn is_clean(path: &str, found: &Found) -> bool {
    match path.starts_with("served_") {
        true => found.full <= 1 && found.fragments == 0,
        false => *found == Found::default(),
    }
}

fn paths(program: &Path) -> Vec<String> {
    let list = Command::new(program).output().unwrap().stdout;
    let list = String::from_utf8(list).unwrap();
    let paths: Vec<_> =
        list.lines().filter(|path| !path.starts_with("control_")).map(str::to_owned).collect();
    assert!(paths.len() > 40, "the child lists its paths");
    paths
}

/// Runs one path to its end and reads what is left.
fn life(program: &Path, path: &str) -> Found {
    let inputs = Inputs::new(path);
    let mut child = start(program, path, &inputs);
    let mut stdin = child.0.stdin.take().unwrap();
    stdin.write_all(inputs.token.as_bytes()).unwrap();
    drop(stdin);
    let mut line = String::new();
    BufReader::new(child.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n", "{path} did not come to its end");
    let pid = child.0.id();
    let scanner = Scanner::new(&inputs.secrets());
    if path.starts_with("env") {
        let block = std::fs::read(format!("/proc/{pid}/environ")).unwrap();
        assert!(
            !block.is_empty() && scanner.scan(&block) == Found::default(),
            "{path}: /proc/PID/environ shows it"
        );
    }
    scanner.scan_process(pid)
}

fn start(program: &Path, path: &str, inputs: &Inputs) -> Killed {
    let mut command = Command::new(program);
    command.args([path.as_ref(), inputs.dir.as_os_str()]).env_clear();
    command.env("PATH", env::var_os("PATH").unwrap()).env("CREDENTIALS_DIRECTORY", &inputs.dir);
    if path.ends_with("_panic") {
        command.stderr(Stdio::null()); // What a hook prints there.
    }
    match path {
        "env" | "env_set_again" => command.env("TOKEN", &inputs.token),
        "env_quoted" => command.env("TOKEN_QUOTED", format!("\"{}\"", inputs.token)),
        "env_malformed" => command.env("TOKEN_SPACE", format!("{} {}", inputs.token, inputs.token)),
        _ => &mut command,
    };
    Killed(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap())
}

/// Also when an assertion fails.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

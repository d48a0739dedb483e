//! Environment variables: refused while anybody else could look. libtest always
//! runs a thread beside its own, so the way in proper is shown by `residue`.

use std::{env, sync::mpsc, thread};

use token_core::{ErrorKind, source};

#[test]
fn a_threaded_process_is_refused_and_nothing_is_touched() {
    let (end, wait) = mpsc::channel::<()>();
    let other = thread::spawn(move || wait.recv());
    let path = env::var_os("PATH");
    assert!(path.is_some());
    let error = source::env("PATH").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OtherThreads);
    for part in ["`PATH`", " threads run", "`#[tokio::main]`", "plain `fn main`", "from a file"] {
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
    assert_eq!(env::var_os("PATH"), path);
    drop(end);
    other.join().unwrap().unwrap_err();
}

/// A variable that is not there is not there, however many threads look.
#[test]
fn an_absent_variable_is_not_found_whoever_runs() {
    let (end, wait) = mpsc::channel::<()>();
    let other = thread::spawn(move || wait.recv());
    for name in ["IT_ABSENT", "", "=", "a\0b", "PATH=", "path"] {
        let error = source::env(name).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{name:?}");
        assert!(error.to_string().contains("set it where the process is started"), "{error}");
    }
    drop(end);
    other.join().unwrap().unwrap_err();
}

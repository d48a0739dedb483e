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
    for name in ["PATH", "IT_ABSENT", "", "=", "a\0b"] {
        let error = source::env(name).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OtherThreads, "{name:?}");
        assert!(error.to_string().contains(" threads run"), "{error}");
    }
    assert_eq!(env::var_os("PATH"), path);
    drop(end);
    other.join().unwrap().unwrap_err();
}

//! Lives of the key that signs the log's checkpoints.

use std::{panic, path::Path};

use token_audit::{Error, ErrorKind, Log, SigningKey};
use token_core::{
    Secret, TokenId,
    record::{Action, Event},
    source,
};

use super::{Kept, gone, panicked};

/// Not a life, but what must be found.
pub(super) fn alive(dir: &Path) -> Kept {
    Box::new(loaded(dir))
}

pub(super) fn read(dir: &Path) -> Kept {
    gone(from_file(dir, "key"))
}

/// Keeps the checkpoint, which everybody may see.
pub(super) fn signed(dir: &Path) -> Kept {
    let log = empty_log(dir);
    let checkpoint = log.close().unwrap();
    drop(log);
    Box::new(checkpoint)
}

pub(super) fn log(dir: &Path) -> Kept {
    drop(closed_log(dir));
    Box::new(())
}

/// A log that is closed needs its key no longer, whoever still has a handle.
pub(super) fn log_closed(dir: &Path) -> Kept {
    Box::new(closed_log(dir))
}

/// The second time it finds a checkpoint, and checks it.
pub(super) fn log_opened_again(dir: &Path) -> Kept {
    drop(closed_log(dir));
    drop(closed_log(dir));
    Box::new(())
}

pub(super) fn log_of_another(dir: &Path) -> Kept {
    let other = SigningKey::generate("example.com/other").unwrap();
    drop(Log::open(dir.join("log"), other).unwrap());
    let error = Log::open(dir.join("log"), loaded(dir)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidSignature);
    Box::new(error)
}

pub(super) fn to_secret(dir: &Path) -> Kept {
    let key = loaded(dir);
    let text = key.to_secret();
    drop(key);
    gone(SigningKey::from_secret(text).map(|key| key.to_secret()))
}

pub(super) fn moved(dir: &Path) -> Kept {
    let mut keys = Vec::new();
    for _ in 0..10 {
        keys.push(loaded(dir));
    }
    keys.rotate_left(3);
    gone(Ok::<_, Error>(keys))
}

pub(super) fn refused(dir: &Path, file: &str) -> Kept {
    let error = from_file(dir, file).expect_err("a refusal");
    assert_eq!(error.kind(), ErrorKind::MalformedKey, "{error}");
    super::kept(error)
}

pub(super) fn unwound(dir: &Path) -> Kept {
    let unwound = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        let _log = empty_log(dir);
        panic::resume_unwind(Box::new(()));
    }));
    assert!(unwound.is_err());
    Box::new(())
}

pub(super) fn panic_after_reading(dir: &Path) -> Kept {
    panicked(|| from_file(dir, "key"))
}

pub(super) fn panic_after_signing(dir: &Path) -> Kept {
    panicked(|| Ok::<_, Error>(empty_log(dir)))
}

pub(super) fn panic_after_to_secret(dir: &Path) -> Kept {
    let key = loaded(dir);
    panicked(move || Ok::<_, Error>((key.to_secret(), key)))
}

fn closed_log(dir: &Path) -> Log {
    let log = Log::open(dir.join("log"), loaded(dir)).unwrap();
    let event = Event::new(Action::Created, "ci").token(TokenId::from_bytes([7; 16]));
    assert!(log.append(event).unwrap().index().is_some());
    log.close().unwrap();
    log
}

/// A log without records. To open it signs the checkpoint whose nonce the test looks for.
fn empty_log(dir: &Path) -> Log {
    Log::open(dir.join("empty"), loaded(dir)).unwrap()
}

fn loaded(dir: &Path) -> SigningKey {
    from_file(dir, "key").unwrap()
}

fn from_file(dir: &Path, file: &str) -> Result<SigningKey, Error> {
    let text: Secret = source::file(dir.join(file)).unwrap();
    SigningKey::from_secret(text)
}

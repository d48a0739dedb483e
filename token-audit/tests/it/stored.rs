//! The key in a file of its own: made once, whole, and read by its owner alone.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    thread,
};

use test_support::TempDir;
use token_audit::{ErrorKind, Log, SigningKey, verify};
use token_core::record::{Action, Event};

use crate::support::kind_of;

const NAME: &str = "example.com/stored";

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_key_is_made_once_and_read_afterwards() {
    let directory = TempDir::new();
    let path = directory.join("audit.key");
    let key = SigningKey::open_or_create(&path, NAME).unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left beside it");
    for _ in 0..3 {
        let again = SigningKey::open_or_create(&path, NAME).unwrap();
        assert_eq!(again.verifying_key(), key.verifying_key());
    }
    let log = Log::open(directory.join("log"), key).unwrap();
    log.append(Event::new(Action::Created, "ci")).unwrap();
    let pinned = log.close().unwrap();
    let again = SigningKey::open_or_create(&path, NAME).unwrap();
    assert!(verify(directory.join("log"), again.verifying_key(), &[pinned]).unwrap().is_intact());
    assert!(token_core::source::file(&path).is_ok(), "as `SigningKey::from_secret` wants it");
}

#[test]
fn many_that_make_it_at_once_get_the_same_key() {
    for _ in 0..10 {
        let directory = TempDir::new();
        let path = directory.join("audit.key");
        let make = || SigningKey::open_or_create(&path, NAME).unwrap().verifying_key().to_string();
        let keys: Vec<String> = thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 1);
    }
}

#[test]
fn what_is_there_is_never_overwritten() {
    let directory = TempDir::new();
    let path = directory.join("audit.key");
    let key = SigningKey::create(&path, NAME).unwrap();
    assert_eq!(kind_of(SigningKey::create(&path, NAME)), Some(ErrorKind::Io));
    let other_name = SigningKey::open_or_create(&path, "example.com/other");
    assert_eq!(kind_of(other_name), Some(ErrorKind::MalformedKey));
    for content in ["", "nonsense", "PRIVATE+KEY+", "a b\n"] {
        fs::write(&path, content).unwrap();
        let opened = SigningKey::open_or_create(&path, NAME);
        assert_eq!(kind_of(opened), Some(ErrorKind::MalformedKey), "{content:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
    drop(key);
    // Not through a link that leads nowhere, either.
    let link = directory.join("link");
    symlink(directory.join("nothing"), &link).unwrap();
    assert_eq!(kind_of(SigningKey::create(&link, NAME)), Some(ErrorKind::Io));
    assert!(!directory.join("nothing").exists());
}

#[test]
fn a_key_that_others_may_read_is_refused() {
    let directory = TempDir::new();
    let path = directory.join("audit.key");
    SigningKey::create(&path, NAME).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let error = SigningKey::open_or_create(&path, NAME).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("audit.key"), "{error}");
}

#[test]
fn where_no_file_can_be_there_is_an_error_and_no_panic() {
    let directory = TempDir::new();
    let missing = SigningKey::open_or_create(directory.join("no/audit.key"), NAME);
    assert_eq!(kind_of(missing), Some(ErrorKind::Io));
    assert!(SigningKey::open_or_create(directory.path(), NAME).is_err());
    for name in ["", "a b", "a+b", "é"] {
        let made = SigningKey::create(directory.join("key"), name);
        assert_eq!(kind_of(made), Some(ErrorKind::MalformedKey), "{name}");
        assert!(!directory.join("key").exists());
    }
}

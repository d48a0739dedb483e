//! Whoever may write the files of a log, and has not the key: what he cannot do.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::Command,
    sync::mpsc,
    thread,
    time::Duration,
};

use token_audit::{ErrorKind, Log, Reader, SigningKey, verify};
use token_core::record::{Action, Event};

const NAME: &str = "example.com/hostile";

fn directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("hostile").join(name);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    directory
}

fn key() -> SigningKey {
    SigningKey::generate(NAME).unwrap()
}

fn again(key: &SigningKey) -> SigningKey {
    SigningKey::from_secret(key.to_secret()).unwrap()
}

fn append(log: &Log) {
    log.append(Event::new(Action::Created, "ci")).unwrap();
}

/// Makes a log with one record, and closes it. Returns its key.
fn closed(log: &Path) -> SigningKey {
    let key = key();
    let open = Log::open(log, again(&key)).unwrap();
    append(&open);
    open.close().unwrap();
    key
}

#[test]
fn a_record_in_the_journal_is_not_signed_for_somebody_without_the_key() {
    let (ours, theirs) = (directory("ours"), directory("theirs"));
    let key = key();
    Log::open(&ours, again(&key)).unwrap().close().unwrap();
    let forger = Log::open(&theirs, SigningKey::generate(NAME).unwrap()).unwrap();
    append(&forger);
    fs::copy(theirs.join("journal"), ours.join("journal")).unwrap();
    let opened = Log::open(&ours, again(&key)).unwrap_err();
    assert_eq!(opened.kind(), ErrorKind::LogDamaged);
    assert!(opened.to_string().contains("without the log's key"), "{opened}");
}

#[test]
fn a_link_leads_nowhere() {
    let (log, victim) = (directory("links"), directory("victim"));
    let key = closed(&log);
    fs::write(victim.join("2"), "precious").unwrap();
    fs::write(victim.join("note"), "precious").unwrap();
    // A link in the place of a file that is about to be written, and of a directory that is tidied up.
    symlink(victim.join("note"), log.join("checkpoint.new")).unwrap();
    fs::rename(log.join("tile/0/000.p"), victim.join("kept")).unwrap();
    fs::copy(victim.join("kept/1"), victim.join("1")).unwrap();
    symlink(&victim, log.join("tile/0/000.p")).unwrap();
    if let Ok(open) = Log::open(&log, again(&key)) {
        let _ = open.append(Event::new(Action::Created, "ci"));
        let _ = open.close();
    }
    for name in ["2", "note"] {
        assert_eq!(fs::read_to_string(victim.join(name)).unwrap(), "precious", "{name}");
    }
}

/// To a file, in the place of each file that is not removed before it is written.
#[test]
fn a_link_to_a_file_is_not_followed() {
    for name in ["journal", "checkpoint", "lock", "tile/entries/000.p/1"] {
        let (log, victim) = (directory("linked"), directory("linked-to").join("file"));
        let key = key();
        let open = Log::open(&log, again(&key)).unwrap();
        append(&open);
        open.close().unwrap();
        fs::rename(log.join(name), &victim).unwrap();
        let before = fs::read(&victim).unwrap();
        symlink(&victim, log.join(name)).unwrap();
        assert!(Log::open(&log, again(&key)).is_err(), "{name}");
        assert_eq!(fs::read(&victim).unwrap(), before, "{name}");
    }
}

#[test]
fn a_pipe_in_a_files_place_makes_nobody_wait() {
    let log = directory("pipe");
    let key = closed(&log);
    let bundle = log.join("tile/entries/000.p/1");
    fs::remove_file(&bundle).unwrap();
    assert!(Command::new("mkfifo").arg(&bundle).status().unwrap().success());
    let (tell, told) = mpsc::channel();
    let public = key.verifying_key().clone();
    thread::spawn(move || tell.send(verify(&log, &public, &[]).unwrap().is_intact()));
    assert!(!told.recv_timeout(Duration::from_secs(30)).expect("it waits for a writer"));
}

/// What is in the records is private, though no secret.
#[test]
fn others_than_owner_and_group_may_do_nothing_with_the_files() {
    let log = directory("private").join("log");
    let open = Log::open(&log, key()).unwrap();
    append(&open);
    open.close().unwrap();
    let mut paths = vec![log.clone()];
    while let Some(path) = paths.pop() {
        let metadata = fs::metadata(&path).unwrap();
        let forbidden = if path.ends_with("lock") { 0o077 } else { 0o027 };
        assert_eq!(metadata.permissions().mode() & forbidden, 0, "{}", path.display());
        if metadata.is_dir() {
            paths.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
}

/// A checkpoint that comes from elsewhere may have other line ends; that of the log itself may not.
#[test]
fn a_checkpoint_with_other_line_ends_is_not_the_logs_own() {
    let log = directory("line-ends");
    let key = key();
    let open = Log::open(&log, again(&key)).unwrap();
    append(&open);
    let text = open.close().unwrap().to_string();
    for changed in [text.replace('\n', "\r\n"), format!("{text}\n"), text.trim_end().to_owned()] {
        fs::write(log.join("checkpoint"), &changed).unwrap();
        assert_eq!(Log::open(&log, again(&key)).unwrap_err().kind(), ErrorKind::Syntax);
        assert_eq!(Reader::open(&log, key.verifying_key()).unwrap_err().kind(), ErrorKind::Syntax);
    }
}

#[test]
fn a_damaged_log_stays_as_it_is() {
    let log = directory("evidence");
    let key = closed(&log);
    fs::write(log.join("tile/0/000.p/7"), "left by somebody").unwrap();
    fs::write(log.join("tile/entries/000.p/1"), "damaged").unwrap();
    assert_eq!(Log::open(&log, again(&key)).unwrap_err().kind(), ErrorKind::LogDamaged);
    assert_eq!(fs::read_to_string(log.join("tile/0/000.p/7")).unwrap(), "left by somebody");
}

#[test]
fn something_else_in_a_files_place_is_damage() {
    let log = directory("device");
    let key = closed(&log);
    let bundle = log.join("tile/entries/000.p/1");
    fs::remove_file(&bundle).unwrap();
    symlink("/dev/zero", &bundle).unwrap();
    assert!(!verify(&log, key.verifying_key(), &[]).unwrap().is_intact());
    let reader = Reader::open(&log, key.verifying_key()).unwrap();
    assert_eq!(reader.record(0).unwrap_err().kind(), ErrorKind::LogDamaged);
    fs::remove_file(&bundle).unwrap();
    fs::create_dir(&bundle).unwrap();
    assert!(!verify(&log, key.verifying_key(), &[]).unwrap().is_intact());
}

/// As the operating guide has it.
#[test]
fn a_backup_is_opened() {
    let (log, copy) = (directory("log"), directory("copy"));
    let key = key();
    let open = Log::open(&log, again(&key)).unwrap();
    append(&open);
    let pinned = open.checkpoint().unwrap();
    fs::copy(log.join("checkpoint"), copy.join("checkpoint")).unwrap();
    for tile in ["tile/0/000.p", "tile/entries/000.p"] {
        fs::create_dir_all(copy.join(tile)).unwrap();
        fs::copy(log.join(tile).join("1"), copy.join(tile).join("1")).unwrap();
    }
    fs::write(copy.join("journal"), "token-journal/1\n").unwrap();
    let pins = [pinned.clone()];
    assert!(verify(&copy, key.verifying_key(), &pins).unwrap().is_intact());
    let restored = Log::options().must_exist().pinned(pinned).open(&copy, again(&key)).unwrap();
    append(&restored);
    assert_eq!(restored.close().unwrap().size(), 2);
}

#[test]
fn a_log_that_must_exist_is_not_made() {
    let nothing = directory("nothing");
    let opened = Log::options().must_exist().open(&nothing, key());
    assert_eq!(opened.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(fs::read_dir(&nothing).unwrap().count(), 0);
}

#[test]
fn a_checkpoint_of_another_log_is_not_a_fork() {
    let (log, other) = (directory("one"), directory("another"));
    let key = key();
    let open = Log::open(&log, again(&key)).unwrap();
    append(&open);
    let theirs = SigningKey::generate("example.com/another").unwrap();
    let theirs = Log::open(&other, theirs).unwrap().close().unwrap();
    open.close().unwrap();
    let kinds = [
        Log::options().pinned(theirs.clone()).open(&log, again(&key)).unwrap_err().kind(),
        verify(&log, key.verifying_key(), std::slice::from_ref(&theirs)).unwrap_err().kind(),
        Reader::open(&log, key.verifying_key()).unwrap().prove_since(&theirs).unwrap_err().kind(),
    ];
    assert_eq!(kinds, [ErrorKind::InvalidSignature; 3]);
}

/// A tile below the edge is believed by nobody, whatever library reads it.
#[test]
fn a_changed_leaf_in_a_full_tile_is_noticed() {
    let log = directory("leaf");
    let key = key();
    let open = Log::open(&log, again(&key)).unwrap();
    let pending: Vec<_> =
        (0..775).map(|_| open.submit(Event::new(Action::Created, "ci")).unwrap()).collect();
    for pending in pending {
        let _ = pending.wait().unwrap();
    }
    open.close().unwrap();
    let tile = log.join("tile/0/000");
    let mut bytes = fs::read(&tile).unwrap();
    bytes[0] ^= 1;
    fs::write(&tile, bytes).unwrap();
    let reader = Reader::open(&log, key.verifying_key()).unwrap();
    assert_eq!(reader.record(0).unwrap_err().kind(), ErrorKind::LogDamaged);
    assert_eq!(reader.prove(0).unwrap_err().kind(), ErrorKind::LogDamaged);
    assert_eq!(reader.record(300).unwrap().index, 300);
}

/// A bundle with one more entry than its name says: the next one would begin with it.
#[test]
fn an_entry_that_was_put_behind_the_last_one_is_noticed() {
    let log = directory("behind");
    let key = key();
    let open = Log::open(&log, again(&key)).unwrap();
    append(&open);
    append(&open);
    open.close().unwrap();
    let bundle = log.join("tile/entries/000.p/2");
    let before = fs::read(&bundle).unwrap();
    // Each entry has the same length, so the second half is the second one.
    let (_, last) = before.split_at(before.len() / 2);
    fs::write(&bundle, [&before, last].concat()).unwrap();
    let reader = Reader::open(&log, key.verifying_key()).unwrap();
    assert_eq!(reader.record(0).unwrap_err().kind(), ErrorKind::LogDamaged);
    assert!(!verify(&log, key.verifying_key(), &[]).unwrap().is_intact());
    assert_eq!(Log::open(&log, again(&key)).unwrap_err().kind(), ErrorKind::LogDamaged);
    fs::write(&bundle, before).unwrap();
    Log::open(&log, again(&key)).unwrap().close().unwrap();
}

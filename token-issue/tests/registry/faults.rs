//! Files that are not what they should be, and disks that fail: the right error, and no value of a row in it.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, symlink},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use pollster::block_on;
use rusqlite::Connection;
use tempfile::TempDir;
use token_issue::{
    __test::{Settings, sqlite},
    Registry, RegistryError, Row, State,
    registry::{Rule, Sqlite},
};

use crate::common::{NOON, below, digest, digests, id, insert, quick, row};

/// Stands in each text of [`told`], and so in no error.
const VALUE: &str = "needle";

/// A row with values of which no error may show anything.
fn told(number: u64) -> Row {
    let mut row = row(id(1, number));
    row.kind = format!("{VALUE}-kind");
    row.subject = Some(format!("{VALUE}-subject"));
    row.audience = Some(format!("{VALUE}-audience"));
    row.reason = Some(format!("{VALUE}-reason"));
    row
}

fn file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    (folder, path)
}

#[track_caller]
fn refused<T: std::fmt::Debug>(answer: Result<T, RegistryError>, words: &[&str]) -> RegistryError {
    let error = answer.unwrap_err();
    let text = format!("{error} {error:?}");
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
    for hidden in [VALUE, "deploy:run", "token (id", "UPDATE", "INSERT", "SELECT"] {
        assert!(!text.contains(hidden), "`{hidden}` is in: {text}");
    }
    error
}

#[track_caller]
fn unavailable<T: std::fmt::Debug>(answer: Result<T, RegistryError>, word: &str) {
    let error = refused(answer, &["the registry cannot answer", word]);
    assert!(matches!(error, RegistryError::Unavailable { .. }), "{error}");
}

#[track_caller]
fn unsuitable<T: std::fmt::Debug>(answer: Result<T, RegistryError>, word: &str) {
    let error = refused(answer, &["this cannot be a registry", word]);
    assert!(matches!(error, RegistryError::Unsuitable { .. }), "{error}");
}

#[test]
fn files_are_for_their_owner_only() {
    let (folder, path) = file();
    let registry = Sqlite::open(&path).unwrap();
    insert(&registry, &told(1));
    let files = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap());
    let modes: Vec<_> = files.map(|file| file.metadata().unwrap().mode() & 0o777).collect();
    assert_eq!(modes, [0o600; 3], "the file, its log, and the memory that processes share");
    drop(registry);
    for mode in [0o602, 0o666, 0o646] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        unsuitable(Sqlite::open(&path), "everybody may write");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o660)).unwrap();
    Sqlite::open(&path).unwrap();
}

#[test]
fn nothing_is_opened_through_a_link_or_that_is_no_file() {
    let (folder, path) = file();
    drop(Sqlite::open(&path).unwrap());
    let at = |name: &str| folder.path().join(name);
    symlink(&path, at("link")).unwrap();
    unsuitable(Sqlite::open(at("link")), "is a link");
    symlink(at("nothing"), at("dangling")).unwrap();
    unsuitable(Sqlite::open(at("dangling")), "is a link");
    assert!(!at("nothing").exists(), "nothing is made through a link");
    fs::create_dir(at("folder")).unwrap();
    unsuitable(Sqlite::open(at("folder")), "is no file");
    unsuitable(Sqlite::open(at("missing/tokens.db")), "cannot be used");
    unsuitable(Sqlite::open("/"), "names no file");
    unsuitable(Sqlite::open(""), "names no file");
    unsuitable(Sqlite::open("/proc/tokens.db"), "cannot be made");
    let socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    unsuitable(Sqlite::open(at("socket")), "is no file");
    drop(socket);
    // The folder may be reached through a link: that is resolved once.
    fs::create_dir(at("real")).unwrap();
    symlink(at("real"), at("way")).unwrap();
    let registry = Sqlite::open(at("way/tokens.db")).unwrap();
    fs::remove_file(at("way")).unwrap();
    insert(&registry, &row(id(0, 0)));
    assert!(at("real/tokens.db").exists());
}

/// These names mean something else to SQLite.
#[test]
fn a_name_is_a_name() {
    let (folder, _) = file();
    for name in [":memory:", "file:x?mode=memory", "a%20b.db", "x.db?vfs=unix-none", "ü \u{1f511}"]
    {
        let path = folder.path().join(name);
        insert(&Sqlite::open(&path).unwrap(), &row(id(0, 0)));
        let found = block_on(Sqlite::open(&path).unwrap().show(id(0, 0))).unwrap();
        assert!(found.is_some() && path.is_file(), "{name}");
    }
}

#[test]
fn what_is_no_registry_is_refused_and_not_touched() {
    let (folder, path) = file();
    let other = |name: &str, how: &dyn Fn(&Path)| {
        let path = folder.path().join(name);
        how(&path);
        let before = fs::read(&path).unwrap();
        let answer = Sqlite::open(&path);
        assert_eq!(fs::read(&path).unwrap(), before, "{name} is as it was");
        answer
    };
    let text = other("text", &|path| fs::write(path, VALUE.repeat(1000)).unwrap());
    unsuitable(text, "no SQLite database");
    let foreign = |path: &Path| {
        let sql = "CREATE TABLE token (id); INSERT INTO token VALUES ('needle');";
        Connection::open(path).unwrap().execute_batch(sql).unwrap();
    };
    unsuitable(other("foreign", &foreign), "another program");
    let named = |path: &Path| {
        Connection::open(path).unwrap().execute_batch("PRAGMA application_id = 7").unwrap();
    };
    unsuitable(other("named", &named), "another program");
    let numbered = |path: &Path| {
        Connection::open(path).unwrap().execute_batch("PRAGMA user_version = 1").unwrap();
    };
    unsuitable(other("numbered", &numbered), "another program");
    // An empty file becomes a registry, as one that is not there does.
    fs::write(&path, "").unwrap();
    insert(&Sqlite::open(&path).unwrap(), &row(id(0, 0)));
}

/// The newest schema that this library knows.
const KNOWN: i32 = 2;

#[test]
fn a_newer_schema_is_refused_by_its_number() {
    let (_folder, path) = file();
    insert(&Sqlite::open(&path).unwrap(), &told(1));
    for version in [KNOWN + 1, KNOWN + 2, i32::MAX] {
        Connection::open(&path).unwrap().pragma_update(None, "user_version", version).unwrap();
        let error =
            refused(Sqlite::open(&path), &[&format!("schema version {version}"), "up to 2"]);
        assert!(matches!(error, RegistryError::NewerSchema { known: 2, .. }), "{error}");
    }
    for damaged in [0, -1] {
        Connection::open(&path).unwrap().pragma_update(None, "user_version", damaged).unwrap();
        Sqlite::open(&path).unwrap_err();
    }
    Connection::open(&path).unwrap().pragma_update(None, "user_version", KNOWN).unwrap();
    assert!(block_on(Sqlite::open(&path).unwrap().show(id(1, 1))).unwrap().is_some());
}

/// Everything that changes the registry or reads what was changed says so within a second.
#[track_caller]
fn is_noticed(registry: &Sqlite) {
    let begun = Instant::now();
    unavailable(block_on(registry.poll(epoch(registry))), "was removed, or another one");
    let child = below(id(1, 100), &told(1));
    unavailable(
        block_on(registry.insert(digest(child.token), row(id(1, 200)), NOON)),
        "was removed",
    );
    unavailable(block_on(registry.revoke(id(1, 1))), "was removed");
    unavailable(block_on(registry.revoke_matching(Rule::all())), "was removed");
    unavailable(block_on(registry.touch(vec![(id(1, 1), NOON)])), "was removed");
    let own = epoch(registry);
    unavailable(block_on(registry.read(digests(id(1, 1)), own)), "was removed");
    unavailable(block_on(registry.spend(digests(id(1, 1)), own, None, None, NOON)), "was removed");
    assert!(begun.elapsed() + registry.poll_interval() < Duration::from_secs(1));
}

fn epoch(registry: &Sqlite) -> token_core::record::Epoch {
    block_on(registry.snapshot(0, NOON)).unwrap().at
}

#[test]
fn a_file_that_goes_away_is_noticed() {
    for (what, how) in [
        ("removed", (|path, _| fs::remove_file(path).unwrap()) as fn(&Path, &Path)),
        ("renamed", |path, other| fs::rename(path, other).unwrap()),
        ("replaced by another registry", |path, other| {
            insert(&quick(other), &row(id(9, 9)));
            fs::rename(other, path).unwrap();
        }),
        ("replaced by a copy", |path, other| {
            fs::copy(path, other).unwrap();
            fs::rename(other, path).unwrap();
        }),
        ("replaced by a link to itself", |path, other| {
            fs::rename(path, other).unwrap();
            symlink(other, path).unwrap();
        }),
        ("replaced by a folder", |path, _| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        }),
        ("without its log", |path, _| fs::remove_file(path.with_extension("db-wal")).unwrap()),
        ("without its folder", |path, _| fs::remove_dir_all(path.parent().unwrap()).unwrap()),
    ] {
        let (folder, path) = file();
        let registry = quick(&path);
        insert(&registry, &told(1));
        block_on(registry.poll(epoch(&registry))).unwrap();
        how(&path, &folder.path().join("other.db"));
        assert!(block_on(registry.poll(epoch(&registry))).is_err(), "{what}");
        is_noticed(&registry);
    }
}

/// Each page of a file is spoiled, one after the other: what is read is right, or an error.
#[test]
fn a_damaged_file_shows_nothing() {
    let (folder, path) = file();
    let registry = quick(&path);
    for number in 0..60 {
        insert(&registry, &told(number));
    }
    block_on(registry.revoke(id(1, 3))).unwrap();
    block_on(registry.revoke_matching(Rule::all().kind("none"))).unwrap();
    drop(registry);
    let whole = fs::read(&path).unwrap();
    let (mut errors, spoiled) = (0, folder.path().join("spoiled.db"));
    for page in 0..whole.len() / 4096 {
        for byte in [0x00, 0xff, 0x5a] {
            let mut bytes = whole.clone();
            // The head of the page, and its end, where rows are.
            bytes[page * 4096..][..120].fill(byte);
            bytes[page * 4096 + 3900..][..100].fill(byte);
            fs::write(&spoiled, bytes).unwrap();
            let mut note = |answer: Result<(), RegistryError>| {
                if answer.is_err() {
                    refused(answer, &[]);
                    errors += 1;
                }
            };
            let Ok(registry) = Sqlite::open(&spoiled) else {
                note(Sqlite::open(&spoiled).map(drop));
                continue;
            };
            note(block_on(registry.list(Rule::all(), None, 99)).map(drop));
            note(block_on(registry.snapshot(99, NOON)).map(drop));
            note(block_on(registry.unclosed("log", 9)).map(drop));
            note(block_on(registry.revoke(id(1, 1))).map(drop));
            note(block_on(registry.prune(NOON)).map(drop));
            for number in 0..60 {
                note(block_on(registry.show(id(1, number))).map(drop));
            }
            drop(registry);
            for beside in ["spoiled.db-wal", "spoiled.db-shm"] {
                drop(fs::remove_file(folder.path().join(beside)));
            }
        }
    }
    assert!(errors > 100, "most damages are noticed: {errors}");
}

/// Values that no registry has written.
#[test]
fn a_row_that_nobody_wrote_shows_nothing() {
    let (_folder, path) = file();
    insert(&quick(&path), &told(1));
    for change in [
        "id = 'needle'",
        "state = 9",
        "state = 1",
        "depth = -1",
        "depth = 9999",
        "minted_at = 9223372036854775807",
        "born = -5",
        "parent = 'needle'",
        "kind = CAST(x'ff6e6565646c65' AS TEXT)",
    ] {
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("SAVEPOINT before").unwrap();
        let changed = connection.execute(&format!("UPDATE token SET {change}"), ());
        // A column of bytes takes no text at all.
        if changed.is_err() {
            continue;
        }
        connection.execute_batch("RELEASE before").unwrap();
        let registry = quick(&path);
        unavailable(block_on(registry.list(Rule::all(), None, 9)), "damaged");
        drop(registry);
        fs::remove_file(&path).unwrap();
        insert(&quick(&path), &told(1));
    }
}

#[test]
fn a_full_disk_takes_nothing_and_loses_nothing() {
    let (_folder, path) = file();
    let registry = sqlite(&path, Settings { max_pages: Some(60), ..Settings::default() }).unwrap();
    let full = fill(&registry);
    assert!(full > 20, "{full}");
    unavailable(block_on(registry.insert(digest(id(1, full)), large(full), NOON)), "full");
    holds(&registry, full);
    drop(registry);
    let registry = Sqlite::open(&path).unwrap();
    holds(&registry, full);
    insert(&registry, &told(full));
    assert_eq!(block_on(registry.revoke(id(1, 0))).unwrap().tokens, 1);
}

/// A row that needs more room.
fn large(number: u64) -> Row {
    let mut row = told(number);
    row.reason = Some(VALUE.repeat(100));
    row
}

/// Inserts until there is no room. Returns how many rows were taken.
fn fill(registry: &Sqlite) -> u64 {
    for number in 0..100_000 {
        match block_on(registry.insert(digest(id(1, number)), large(number), NOON)) {
            Ok(taken) => taken.unwrap(),
            Err(error) => {
                unavailable::<()>(Err(error), "full");
                return number;
            }
        }
    }
    panic!("there is always room");
}

fn holds(registry: &Sqlite, full: u64) {
    let rows = block_on(registry.list(Rule::all(), None, usize::MAX)).unwrap();
    assert_eq!(rows.len() as u64, full, "what was taken is there, and nothing else");
    assert!(rows.iter().all(|row| row.state == State::Live));
    block_on(registry.poll(epoch(registry))).unwrap();
}

/// A real one, where a test may mount a file system: in containers and as root.
#[test]
fn a_small_disk_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=1m", "none"])
        .arg(folder.path())
        .output();
    if !mounted.is_ok_and(|mounted| mounted.status.success()) {
        return;
    }
    let _unmount = Mounted(folder.path());
    let registry = Sqlite::open(folder.path().join("tokens.db")).unwrap();
    let full = fill(&registry);
    assert!(full > 20, "{full}");
    holds(&registry, full);
    let read_only = ["-o", "remount,ro"];
    let path = folder.path();
    drop(registry);
    Command::new("mount").args(read_only).arg(path).status().unwrap();
    unsuitable(Sqlite::open(path.join("tokens.db")), "read-only");
    unsuitable(Sqlite::open(path.join("other.db")), "cannot be made");
}

struct Mounted<'p>(&'p Path);

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.0).status());
    }
}

#[test]
fn what_may_not_be_written_is_refused() {
    let (folder, path) = file();
    insert(&Sqlite::open(&path).unwrap(), &told(1));
    let allow =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    allow(folder.path(), 0o500);
    // The superuser may write there all the same. As somebody else the test runs again, if that one may start it.
    if fs::write(folder.path().join("tried"), "").is_ok() {
        let name = "faults::what_may_not_be_written_is_refused";
        let mut again = Command::new(std::env::current_exe().unwrap());
        let ran = again.args([name, "--exact"]).uid(65534).gid(65534).output();
        assert!(ran.is_err() || ran.is_ok_and(|ran| ran.status.success()), "as somebody else");
        return;
    }
    unsuitable(Sqlite::open(folder.path().join("other.db")), "cannot be made");
    unavailable(Sqlite::open(&path), "its folder is read-only");
    allow(folder.path(), 0o700);
    allow(&path, 0o400);
    unsuitable(Sqlite::open(&path), "read-only");
    allow(&path, 0o000);
    refused(Sqlite::open(&path), &["must be able to"]);
    allow(&path, 0o600);
    assert!(block_on(Sqlite::open(&path).unwrap().show(id(1, 1))).unwrap().is_some());
}

#[test]
fn another_program_that_locks_the_file_is_waited_for_so_long_and_no_longer() {
    let (_folder, path) = file();
    let patience = Duration::from_millis(200);
    let settings = Settings { patience, ..Settings::default() };
    let registry = sqlite(&path, settings).unwrap();
    insert(&registry, &told(1));
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = Instant::now();
    unavailable(block_on(registry.revoke(id(1, 1))), "locked");
    assert!((patience..5 * patience).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    assert!(
        block_on(registry.show(id(1, 1))).unwrap().is_some(),
        "readers do not wait for writers"
    );
    block_on(registry.poll(epoch(&registry))).unwrap();
    other.execute_batch("COMMIT").unwrap();
    assert!(block_on(registry.revoke(id(1, 1))).unwrap().is_new);
    drop(registry);

    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT").unwrap();
    unavailable(sqlite(&path, settings), "locked");
    drop(other);
    sqlite(&path, settings).unwrap();
}

//! `audit key` and `audit witness`: keys in files, and checkpoints that are kept where the log's owner cannot change them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use token_audit::{Checkpoint, Log, SigningKey, VerifyingKey, WitnessKey};
use token_core::record::{Action, Event};

use crate::support::{Folder, ran};

const KEY: [&str; 2] = ["--key", "log.vkey"];

/// A log whose key the command has made.
fn with_key() -> Folder {
    let folder = Folder::new();
    let made = folder.run(&["audit", "key", "example.com/deploy", "--out", "log.key"]).ends(0);
    folder.write("log.vkey", &made.out);
    append(&folder, "log", 3);
    folder
}

fn key(folder: &Folder) -> SigningKey {
    SigningKey::open_or_create(folder.path().join("log.key"), "example.com/deploy").unwrap()
}

fn append(folder: &Folder, log: &str, records: u64) {
    let log = Log::open(folder.path().join(log), key(folder)).unwrap();
    for _ in 0..records {
        log.append(Event::new(Action::Created, "ci")).unwrap();
    }
    log.close().unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        match path.is_dir() {
            true => copy(&path, &to.join(name)),
            false => drop(fs::copy(&path, to.join(name)).unwrap()),
        }
    }
}

fn witness<'a>(log: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    [&["audit", "witness", log][..], &KEY, rest].concat()
}

fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_key_is_made_and_never_overwritten() {
    let folder = with_key();
    let path = folder.path().join("log.key");
    let before = fs::read(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let public: VerifyingKey = folder.read("log.vkey").trim_end().parse().unwrap();
    assert_eq!(&public, key(&folder).verifying_key());
    let again = folder.run(&["audit", "key", "example.com/deploy", "--out", "log.key"]).ends(3);
    assert!(again.err.contains("log.key") && again.out.is_empty(), "{}{}", again.out, again.err);
    assert_eq!(fs::read(&path).unwrap(), before);
    folder.run(&["audit", "key", "a b", "--out", "other.key"]).ends(3);
    folder.run(&["audit", "key", "example.com/deploy"]).ends(2);
    folder.run(&["audit", "key", "--out", "no/folder/log.key"]).ends(3);
    assert_eq!(files(folder.path()), ["log", "log.key", "log.vkey"]);
}

/// Without a name there is a new one each time, so that no two logs have one key's name.
#[test]
fn a_key_without_a_name_has_one_of_its_own() {
    let folder = Folder::new();
    let names = ["one", "two"].map(|out| {
        let made = folder.run(&["audit", "key", "--out", out]).ends(0);
        made.out.trim_end().parse::<VerifyingKey>().unwrap().name().to_owned()
    });
    assert_ne!(names[0], names[1]);
}

#[test]
fn checkpoints_are_kept_in_a_directory() {
    let folder = with_key();
    let kept = folder.path().join("kept");
    let first = folder.run(&witness("log", &["--to", "kept"])).ends(0);
    assert!(first.err.contains("the checkpoint of 3 records is kept in"), "{}", first.err);
    let again = folder.run(&witness("log", &["--to", "kept"])).ends(0);
    assert!(again.err.contains("nothing new"), "{}", again.err);
    append(&folder, "log", 300);
    let later = folder.run(&witness("log", &["--to", "kept"])).ends(0);
    // On a slow machine the log has put a checkpoint on record in the meantime.
    let size: u64 = later.err.split(' ').find_map(|word| word.parse().ok()).unwrap();
    assert!(size >= 303, "{}", later.err);
    let newer = format!("{size:015}.checkpoint");
    assert_eq!(files(&kept), ["000000000000003.checkpoint", &newer, "lock"]);
    for name in files(&kept).iter().filter(|name| *name != "lock") {
        let pinned = format!("kept/{name}");
        let pinned = ["audit", "verify", "log", "--key", "log.vkey", "--pinned", &pinned];
        folder.run(&pinned).ends(0);
    }
}

/// Whatever happened to the log: nothing is kept, and the exit code says so.
#[test]
fn a_log_that_forked_or_went_back_is_refused_by_every_store() {
    let folder = with_key();
    folder.git(&["init", "-q", "repository"]);
    let path = |name: &str| folder.path().join(name);
    copy(&path("log"), &path("older"));
    append(&folder, "log", 2);
    folder
        .run(&["audit", "key", "witness.example.com", "--witness", "--out", "witness.key"])
        .ends(0);
    for how in [&["--to", "kept"][..], &["--git", "repository"]] {
        for cosign in [&[][..], &["--cosign", "witness.key"]] {
            let to = [how, cosign].concat();
            folder.run(&witness("log", &to)).ends(0);
            let before = folder.run(&witness("log", &to)).ends(0);
            assert!(before.err.contains("nothing new"), "{}", before.err);
            // The older copy; the same opened again; and another log with the same key.
            append(&folder, "other", 9);
            copy(&path("older"), &path("continued"));
            append(&folder, "continued", 7);
            for wrong in ["older", "continued", "other"] {
                let refused = folder.run(&witness(wrong, &to)).ends(1);
                assert!(refused.err.contains("two histories"), "{wrong}: {}", refused.err);
                assert!(refused.err.contains("nothing was kept or cosigned"), "{}", refused.err);
            }
            let after = folder.run(&witness("log", &to)).ends(0);
            assert!(after.err.contains("nothing new"), "{}", after.err);
        }
    }
}

#[test]
fn a_witness_cosigns_what_continues_its_last_checkpoint() {
    let folder = with_key();
    let made = ["audit", "key", "witness.example.com/w1", "--witness", "--out", "witness.key"];
    let public: WitnessKey = folder.run(&made).ends(0).out.trim_end().parse().unwrap();
    folder.git(&["init", "-q", "--bare", "bare.git"]);
    for (how, shown) in [(["--to", "kept"], true), (["--git", "bare.git"], false)] {
        let to = [&how[..], &["--cosign", "witness.key"]].concat();
        folder.run(&witness("log", &to)).ends(0);
        let text = match shown {
            true => folder.read(&format!("kept/{}", files(&folder.path().join("kept"))[0])),
            false => folder.git(&[
                "-C",
                "bare.git",
                "show",
                "audit-checkpoints:example.com_deploy.checkpoint",
            ]),
        };
        let checkpoint = Checkpoint::parse(text, key(&folder).verifying_key()).unwrap();
        assert!(checkpoint.cosigned_at(&public).is_some());
    }
    // A witness that does not remember is none, and the log's own key is none.
    folder.run(&witness("log", &["--cosign", "witness.key"])).ends(2);
    folder.run(&witness("log", &["--to", "others", "--cosign", "log.key"])).ends(3);
    folder.run(&witness("log", &["--to", "others", "--cosign", "log.vkey"])).ends(3);
}

#[test]
fn each_checkpoint_is_a_commit_beside_the_working_tree() {
    let folder = with_key();
    folder.git(&["init", "-q", "repository"]);
    folder.write("repository/unrelated", "a");
    folder.git(&["-C", "repository", "add", "unrelated"]);
    let status = || folder.git(&["-C", "repository", "status", "--porcelain"]);
    let before = status();
    let to = ["--git", "repository", "--branch", "logs/checkpoints"];
    for more in [0, 1, 0, 5] {
        append(&folder, "log", more);
        folder.run(&witness("log", &to)).ends(0);
        folder.run(&witness("log", &to)).ends(0);
    }
    assert_eq!(status(), before, "the index and the working tree are as they were");
    let log = folder.git(&["-C", "repository", "log", "--format=%s", "logs/checkpoints"]);
    // An opening makes a checkpoint, also if nothing was appended.
    assert_eq!(log.lines().count(), 4, "{log}");
    assert!(log.starts_with("example.com/deploy: 9 records\n"), "{log}");
    // A second log goes into a file of its own.
    folder.run(&["audit", "key", "example.com/second", "--out", "second.key"]).ends(0);
    let key = SigningKey::open_or_create(folder.path().join("second.key"), "example.com/second");
    let key = key.unwrap();
    folder.write("log.vkey", format!("{}\n{}", folder.read("log.vkey"), key.verifying_key()));
    Log::open(folder.path().join("second"), key).unwrap().close().unwrap();
    folder.run(&witness("second", &to)).ends(0);
    let tree = folder.git(&["-C", "repository", "ls-tree", "--name-only", "logs/checkpoints"]);
    assert_eq!(tree, "example.com_deploy.checkpoint\nexample.com_second.checkpoint\n");
    folder.run(&witness("log", &["--git", "nothing"])).ends(3);
    folder.run(&witness("log", &["--git", "repository", "--branch", "a..b"])).ends(2);
}

#[test]
fn without_a_store_it_is_printed() {
    let folder = with_key();
    let printed = folder.run(&witness("log", &[])).ends(0);
    assert_eq!(printed.out, folder.read("log/checkpoint"));
    assert_eq!(printed.err, "");
    // As it came back from a mail.
    folder.write("mailed", printed.out.replace('\n', "\r\n") + "\r\n");
    append(&folder, "log", 2);
    let next = folder.run(&witness("log", &["--from", "mailed"])).ends(0);
    folder.write("next", &next.out);
    append(&folder, "other", 9);
    let refused = folder.run(&witness("other", &["--from", "next"])).ends(1);
    assert_eq!(refused.out, "");
    folder.run(&witness("log", &["--from", "next", "--to", "kept"])).ends(2);
}

#[test]
fn a_store_is_for_one_log() {
    let folder = with_key();
    folder.run(&witness("log", &["--to", "kept"])).ends(0);
    folder.run(&["audit", "key", "example.com/deploy", "--out", "again.key"]).ends(0);
    let again = SigningKey::open_or_create(folder.path().join("again.key"), "example.com/deploy");
    let again = again.unwrap();
    folder.write("log.vkey", format!("{}\n", again.verifying_key()));
    Log::open(folder.path().join("again"), again).unwrap().close().unwrap();
    let refused = folder.run(&witness("again", &["--to", "kept"])).ends(3);
    assert!(refused.err.contains("one log alone"), "{}", refused.err);
}

/// The first step of the operating guide, as it stands there.
#[test]
fn the_first_step_of_the_operating_guide_runs() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/audit-operating.md");
    let guide = fs::read_to_string(guide).unwrap();
    let (_, block) = guide.split_once("```sh\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let folder = Folder::new();
    let ran = ran(folder.command("sh").arg("-euc").arg(block)).ends(0);
    assert_eq!(ran.out, "");
    let key =
        SigningKey::open_or_create(folder.path().join("audit.key"), "example.com/deploy-service");
    let public: VerifyingKey = folder.read("audit.vkey").trim_end().parse().unwrap();
    assert_eq!(&public, key.unwrap().verifying_key());
}

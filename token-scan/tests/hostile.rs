//! Trees and repositories that are made so that something is not looked at: a scan looks, or says that it could not.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod support;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use base64::Engine as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use support::{git, github, places, scan, token, write};
use token_scan::{ErrorKind, Why};

/// A repository with one commit, which has the tag `start`.
fn repository() -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    git(tree.path(), &["init", "-q"]);
    write(tree.path(), "start.txt", "start\n");
    commit(tree.path(), "start");
    git(tree.path(), &["tag", "start"]);
    tree
}

fn commit(root: &Path, message: &str) {
    git(root, &["add", "--all", "--force"]);
    git(root, &["commit", "-qm", message]);
}

#[test]
fn no_revision_is_no_range() {
    let tree = repository();
    for since in ["", " ", "nothing", "HEAD:start.txt", "start..", "^start", "--all"] {
        let error = scan().history(tree.path(), since).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Git, "{since:?}");
    }
}

/// git tells nothing of such merges where it makes two-parent ones anew.
#[test]
fn a_merge_of_three_branches_hides_nothing() {
    let tree = repository();
    let root = tree.path();
    for branch in ["a", "b"] {
        git(root, &["checkout", "-q", "-b", branch, "start"]);
        write(root, branch, branch);
        commit(root, branch);
    }
    git(root, &["checkout", "-q", "-b", "all", "start"]);
    write(root, "start.txt", format!("start\n{}\n", token(1)));
    commit(root, "all");
    git(root, &["tag", "later"]);
    git(root, &["merge", "-q", "--no-commit", "a", "b"]);
    write(root, "evil.txt", token(2));
    git(root, &["add", "--all"]);
    git(root, &["commit", "-qm", "merge"]);
    git(root, &["rm", "-q", "evil.txt"]);
    commit(root, "removed");
    assert_eq!(places(&scan().history(root, "later").unwrap()), ["evil.txt:1:1 own-token"]);
}

/// Neither branch has the token; nobody wrote it into the merge; and there it is.
#[test]
fn a_merge_that_completes_a_token_hides_nothing() {
    let tree = repository();
    let root = tree.path();
    let one = token(1);
    let (head, tail) = one.split_at(20);
    let source = |head: &str, tail: &str| {
        let lines = "\n".repeat(8);
        format!("const T: &str = concat!(\n    \"{head}\",{lines}    \"{tail}\",\n);\n")
    };
    write(root, "a.rs", source("", ""));
    commit(root, "nothing");
    git(root, &["tag", "-f", "start"]);
    git(root, &["checkout", "-q", "-b", "side"]);
    write(root, "a.rs", source(head, ""));
    commit(root, "head");
    git(root, &["checkout", "-q", "main"]);
    write(root, "a.rs", source("", tail));
    commit(root, "tail");
    git(root, &["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    git(root, &["rm", "-q", "a.rs"]);
    commit(root, "removed");
    assert_eq!(places(&scan().history(root, "start").unwrap()), ["a.rs:2:6 own-token"]);
}

/// What came with one parent was found in the commits that brought it, or was there before.
#[test]
fn a_merge_has_nothing_again_that_a_parent_has() {
    let tree = repository();
    let root = tree.path();
    git(root, &["checkout", "-q", "-b", "side"]);
    write(root, "a.txt", format!("one\n{}\ntwo\n", token(1)));
    commit(root, "side");
    git(root, &["tag", "later"]);
    git(root, &["checkout", "-q", "main"]);
    write(root, "b.txt", "b");
    commit(root, "main");
    git(root, &["merge", "-q", "--no-ff", "--no-commit", "side"]);
    write(root, "a.txt", format!("zero\n{}\ntwo\n", token(1)));
    commit(root, "merge");
    assert_eq!(places(&scan().history(root, "later").unwrap()), [""; 0]);
    assert_eq!(places(&scan().history(root, "start").unwrap()), ["a.txt:2:1 own-token"]);
}

#[test]
fn settings_of_a_repository_hide_nothing_and_start_nothing() {
    let tree = repository();
    let root = tree.path();
    git(root, &["checkout", "-q", "--orphan", "root"]);
    write(root, "root.txt", token(1));
    commit(root, "root");
    git(root, &["checkout", "-q", "main"]);
    git(root, &["merge", "-q", "-s", "ours", "--allow-unrelated-histories", "-m", "m", "root"]);
    let started = root.join("started");
    let program = format!("touch {}", started.display());
    for (name, value) in [
        ("log.showRoot", "false"),
        ("diff.relative", "true"),
        ("core.fsmonitor", program.as_str()),
        ("diff.external", program.as_str()),
    ] {
        git(root, &["config", name, value]);
    }
    assert_eq!(places(&scan().history(root, "start").unwrap()), ["root.txt:1:1 own-token"]);
    scan().staged(root).unwrap();
    scan().tree(root).unwrap();
    assert!(!started.exists());
}

/// Whoever replaces an object on his machine still publishes the first one.
#[test]
fn replaced_objects_are_looked_at_as_they_are() {
    let tree = repository();
    let root = tree.path();
    write(root, "a.txt", token(1));
    commit(root, "a");
    git(root, &["replace", "HEAD:a.txt", "start:start.txt"]);
    assert_eq!(places(&scan().history(root, "start").unwrap()), ["a.txt:1:1 own-token"]);
    write(root, "b.txt", "b");
    commit(root, "b");
    git(root, &["replace", "--graft", "HEAD", "start"]);
    assert_eq!(places(&scan().history(root, "start").unwrap()), ["a.txt:1:1 own-token"]);
}

/// The lines of a compressed file are none of its bytes' lines.
#[test]
fn all_of_a_staged_compressed_file_counts() {
    let tree = repository();
    let mut text = GzEncoder::new(Vec::new(), Compression::default());
    writeln!(text, "{}{}", "line\n".repeat(10_000), token(1)).unwrap();
    write(tree.path(), "a.gz", text.finish().unwrap());
    git(tree.path(), &["add", "--all"]);
    assert_eq!(places(&scan().staged(tree.path()).unwrap()), ["a.gz:10001:1 own-token"]);
}

/// git counts a byte of one of its characters as the end of a line.
#[test]
fn the_lines_of_utf16_are_its_own() {
    let tree = repository();
    let root = tree.path();
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let old = format!("\u{feff}a line of text\n{}\n", "\u{10a}".repeat(40));
    write(root, "a.txt", utf16(&old));
    commit(root, "old");
    git(root, &["tag", "-f", "start"]);
    write(root, "a.txt", utf16(&format!("{old}{}\n", token(1))));
    git(root, &["add", "--all"]);
    assert_eq!(places(&scan().staged(root).unwrap()), ["a.txt:3:1 own-token"]);
    commit(root, "new");
    assert_eq!(places(&scan().history(root, "start").unwrap()), ["a.txt:3:1 own-token"]);
}

#[test]
fn what_is_committed_counts_although_it_is_ignored() {
    let tree = repository();
    let root = tree.path();
    write(root, ".gitignore", ".env\ntarget/\n");
    write(root, ".env", token(1));
    write(root, "target/b", token(2));
    commit(root, "ignored");
    write(root, "target/build", token(3));
    let report = scan().tree(root).unwrap();
    assert_eq!(places(&report), [".env:1:1 own-token", "target/b:1:1 own-token"]);
    assert_eq!(report.files(), 4);
    fs::remove_file(root.join(".env")).unwrap();
    assert_eq!(places(&scan().tree(root).unwrap()), ["target/b:1:1 own-token"]);
    let part = scan().trees(root, &[root.join("target/b")]).unwrap();
    assert_eq!(part.files(), 1);
}

#[test]
fn a_repository_that_git_cannot_read_is_told() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), ".git", "gitdir: nowhere\n");
    let report = scan().tree(tree.path()).unwrap();
    assert_eq!(
        report.skipped().iter().map(|skipped| skipped.why).collect::<Vec<_>>(),
        [Why::Untold]
    );
}

#[test]
fn rules_above_the_tree_have_no_say() {
    let outer = tempfile::tempdir().unwrap();
    write(outer.path(), ".gitignore", "*\n");
    let root = outer.path().join("project");
    write(&root, "a.txt", github(1));
    assert_eq!(scan().tree(&root).unwrap().findings().len(), 1);
    git(&root, &["init", "-q"]);
    assert_eq!(scan().tree(&root).unwrap().findings().len(), 1);
    write(&root, ".gitignore", "a.txt\n");
    write(&root, "sub/a.txt", github(2));
    assert!(scan().tree(root.join("sub")).unwrap().findings().is_empty());
}

/// What does not fit is told, as nobody knows what stands there.
#[test]
fn a_file_that_decompresses_to_too_much_is_told() {
    let mut text = GzEncoder::new(Vec::new(), Compression::default());
    text.write_all(&b"line\n".repeat(7 << 20)).unwrap();
    let report = scan().bytes("a.gz", &text.finish().unwrap());
    assert_eq!(report.skipped().len(), 1);
    assert_eq!(report.skipped()[0].why, Why::Decompressed);
}

/// What is left of it is searched; what is not is told.
#[test]
fn a_damaged_file_is_told() {
    let mut whole = GzEncoder::new(Vec::new(), Compression::default());
    writeln!(whole, "first line\n{}", token(1)).unwrap();
    whole.write_all(&[1, 2, 3, 255, 254].repeat(1000)).unwrap();
    let whole = whole.finish().unwrap();
    assert_eq!(scan().bytes("a.gz", &whole).skipped(), []);
    let report = scan().bytes("a.gz", &whole[..whole.len() - 4]);
    assert_eq!(report.skipped()[0].why, Why::Damaged);
    assert!(places(&report).contains(&"a.gz:2:1 own-token".to_owned()));
    // No more than its first bytes say that it is gzip.
    let fake = [b"\x1f\x8b\x08\0", token(2).as_bytes(), b"\0\0"].concat();
    let report = scan().bytes("a.gz", &fake);
    assert_eq!((report.findings().len(), report.skipped()[0].why), (1, Why::Damaged));
    assert!(report.notices()[0].to_string().starts_with("a.gz: not all of it was searched"));
}

#[test]
fn archives_are_counted_and_not_opened() {
    let tree = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("a.jar", &b"PK\x03\x04rest"[..]),
        ("b.zip", b"PK\x03\x04"),
        ("c.bz2", b"BZh91AY&SY"),
        ("d.txt", b"BZh is how bzip2 begins"),
        ("e.zst", b"\x28\xb5\x2f\xfd\x04"),
        ("f.7z", b"7z\xbc\xaf\x27\x1c\0\x04"),
        ("g.rar", b"Rar!\x1a\x07\x01\0"),
        ("h.lz4", b"\x04\x22\x4d\x18"),
        ("i.xz", b"\xfd7zXZ\0"),
    ] {
        write(tree.path(), name, bytes);
    }
    let report = scan().tree(tree.path()).unwrap();
    let told: Vec<String> = report.notices().iter().map(ToString::to_string).collect();
    let expected = "8 archives were not opened: 1 7z, 1 bzip2, 1 lz4, 1 rar, 1 xz, 2 zip, 1 zstd";
    assert_eq!(told, [expected]);
    assert!(report.skipped().is_empty());
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    /// git follows no link there; whoever does believes rules that hide everything.
    #[test]
    fn a_link_is_no_rules() {
        let tree = tempfile::tempdir().unwrap();
        let root = tree.path();
        for (place, number) in [("", 1), ("below/", 2)] {
            write(root, &format!("{place}a.txt"), token(number));
            write(root, &format!("{place}all"), "*\n");
            symlink("all", root.join(place).join(".gitignore")).unwrap();
        }
        let expected = ["a.txt:1:1 own-token", "below/a.txt:1:1 own-token"];
        assert_eq!(places(&scan().tree(root).unwrap()), expected);
        fs::remove_file(root.join(".gitignore")).unwrap();
        assert_eq!(places(&scan().tree(root).unwrap()), expected);
        symlink("/dev/zero", root.join(".gitignore")).unwrap();
        assert_eq!(places(&scan().tree(root).unwrap()), expected);
    }

    /// As in git, what a link names is its text.
    #[test]
    fn a_link_is_not_followed_but_read() {
        let tree = tempfile::tempdir().unwrap();
        symlink(token(1), tree.path().join("link")).unwrap();
        symlink("nowhere", tree.path().join(token(2))).unwrap();
        symlink(".", tree.path().join("loop")).unwrap();
        assert_eq!(scan().tree(tree.path()).unwrap().findings().len(), 2);
    }

    #[test]
    fn what_is_neither_file_nor_folder_cannot_be_asked_for() {
        let tree = tempfile::tempdir().unwrap();
        let path = tree.path().join("socket");
        let _socket = UnixListener::bind(&path).unwrap();
        assert_eq!(scan().tree(&path).unwrap_err().kind(), ErrorKind::Io);
        assert_eq!(scan().tree("/dev/null").unwrap_err().kind(), ErrorKind::Io);
    }

    #[test]
    fn a_folder_that_cannot_be_read_is_named() {
        let tree = tempfile::tempdir().unwrap();
        let mut folder = tree.path().to_owned();
        let long = "a".repeat(250);
        std::env::set_current_dir(tree.path()).unwrap();
        for _ in 0..20 {
            fs::create_dir(&long).unwrap();
            std::env::set_current_dir(&long).unwrap();
            folder.push(&long);
        }
        std::env::set_current_dir("/").unwrap();
        let report = scan().tree(tree.path()).unwrap();
        assert!(report.skipped().iter().all(|skipped| skipped.path.starts_with(&long)));
        assert!(!report.skipped().is_empty());
    }
}

/// Each is a beginning that a pattern follows for long; in the middle of a run of digits nothing begins.
#[test]
fn beginnings_without_an_end_cost_little() {
    let pem = ["-----BEGIN PRIVATE", " KEY-----\n"].concat();
    let xml = ["<RSAKey", "Value>"].concat();
    for beginning in
        ["MIIEvQIBADANBg", "pwd=", "basic ", "\\x1b[", &pem, &xml, "x://a?key=", "x://a:b?sig="]
    {
        let text = beginning.repeat(300_000 / beginning.len());
        let started = Instant::now();
        let report = scan().bytes("a.txt", text.as_bytes());
        assert!(report.findings().is_empty(), "{beginning}: {:?}", report.findings().len());
        assert!(started.elapsed().as_secs() < 15, "{beginning}: {:?}", started.elapsed());
    }
}

/// A body has a line break after each sign, in the way of a language.
#[test]
fn many_short_lines_of_a_key_cost_little() {
    let name = ["PRIVATE", " KEY"].concat();
    for end in ["`n", "`r`n", "<br>", "<br />", "\n", "<", "`"] {
        let body = end.repeat(16_000 / end.len());
        let text = format!("-----BEGIN {name}-----{body}-----END {name}-----\n").repeat(40);
        let started = Instant::now();
        assert!(scan().bytes("a.txt", text.as_bytes()).findings().is_empty(), "{end}");
        assert!(started.elapsed().as_secs() < 15, "{end}: {:?}", started.elapsed());
    }
}

/// A key behind a passphrase only warns, and a note may stand in its head.
#[test]
fn a_warning_does_not_cover_what_is_certain() {
    let body = base64::engine::general_purpose::STANDARD.encode(
        (0_u32..600).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect::<Vec<_>>(),
    );
    for (token, rule) in [(github(1), "github-token"), (token(1), "own-token")] {
        for head in [
            format!("Proc-Type: 4,ENCRYPTED\nComment: {token}\n"),
            format!("Comment: {token}\nProc-Type: 4,ENCRYPTED\n"),
        ] {
            let name = ["RSA PRIVATE", " KEY"].concat();
            let text = format!("-----BEGIN {name}-----\n{head}\n{body}\n-----END {name}-----\n");
            let report = scan().bytes("a.pem", text.as_bytes());
            let codes: Vec<&str> =
                report.findings().iter().map(token_scan::Finding::code).collect();
            assert!(codes.contains(&rule), "{head}: {codes:?}");
        }
    }
}

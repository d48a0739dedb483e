//! Files: permissions, line endings, limits, and what is not a plain file.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    process::Command,
};

use token_core::{
    ErrorKind,
    scope::ReadableBy::{self, Everyone, Group, Owner},
    source::{file, file_readable_by},
};

use crate::support::{TEXT, TempDir, kind_of};

#[test]
fn each_mode_is_open_to_whom_the_policy_allows() {
    // The mode, and from which rule on it is accepted.
    let table: [(u32, Option<ReadableBy>); 22] = [
        (0o400, Some(Owner)),
        (0o600, Some(Owner)),
        (0o700, Some(Owner)),
        (0o440, Some(Group)),
        (0o640, Some(Group)),
        (0o444, Some(Everyone)),
        (0o604, Some(Everyone)),
        (0o644, Some(Everyone)),
        (0o620, None),
        (0o602, None),
        (0o660, None),
        (0o664, None),
        (0o646, None),
        (0o666, None),
        (0o777, None),
        // To execute a token does no harm.
        (0o500, Some(Owner)),
        (0o610, Some(Owner)),
        (0o601, Some(Owner)),
        (0o750, Some(Group)),
        (0o555, Some(Everyone)),
        (0o755, Some(Everyone)),
        (0o775, None),
    ];
    let dir = TempDir::new();
    for (mode, from) in table {
        let path = dir.file("token", TEXT, mode);
        for rule in [Owner, Group, Everyone] {
            let expected = match from {
                Some(from) if rule >= from => None,
                _ => Some(ErrorKind::ReadableByOthers),
            };
            let found = kind_of(file_readable_by(&path, rule));
            assert_eq!(found, expected, "{mode:03o} under {rule:?}");
        }
        let default = from == Some(Owner);
        assert_eq!(file(&path).is_ok(), default, "{mode:03o} by default");
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_refusal_says_what_its_reader_can_do() {
    let dir = TempDir::new();
    let table = [
        (0o640, Owner, "chmod 600", Some("\"group\"")),
        (0o644, Owner, "chmod 600", Some("\"everyone\"")),
        (0o604, Group, "chmod 640", Some("\"everyone\"")),
        // No rule lets others write.
        (0o660, Owner, "chmod 600", None),
        (0o666, Everyone, "chmod 644", None),
    ];
    for (mode, rule, change, allow) in table {
        let path = dir.file("token", TEXT, mode);
        let error = file_readable_by(&path, rule).unwrap_err().to_string();
        for part in [path.to_str().unwrap(), &format!("{mode:o}"), change] {
            assert!(error.contains(part), "{part}: {error}");
        }
        assert_eq!(error.contains("readable_by"), allow.is_some(), "{error}");
        assert!(error.contains(allow.unwrap_or_default()), "{error}");
        fs::remove_file(path).unwrap();
    }
}

/// A volume of Kubernetes is mounted read-only, and its files belong to root.
#[test]
fn nobody_is_told_to_change_what_is_read_only() {
    const TEST: &str = "source_file::nobody_is_told_to_change_what_is_read_only";
    const READ_ONLY: &str = "TOKEN_CORE_IT_READ_ONLY";
    let Some(path) = std::env::var_os(READ_ONLY) else {
        // What does not belong to this user cannot be changed by it either.
        let others = file("/etc/passwd").unwrap_err().to_string();
        assert_eq!(others.contains("chmod"), rustix::process::geteuid().is_root(), "{others}");

        let dir = TempDir::new();
        let path = dir.file("token", TEXT, 0o644);
        // As root of a user namespace of its own; who may not have one has no volumes either.
        let script = "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\"";
        let child = Command::new("unshare")
            .args(["--map-root-user", "--mount", "sh", "-c", script])
            .arg(dir.path())
            .arg(std::env::current_exe().unwrap())
            .args([TEST, "--exact", "--nocapture"])
            .env(READ_ONLY, &path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stderr);
        let refused = said.contains("unshare failed") || said.contains("permission denied");
        return assert!(child.status.success() || refused, "{said}");
    };
    let error = file(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReadableByOthers);
    let text = error.to_string();
    assert!(!text.contains("chmod"), "{text}");
    for part in ["644", "set 600", "`defaultMode`", "readable_by = \"everyone\""] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn one_line_ending_is_left_out() {
    let dir = TempDir::new();
    for ending in ["", "\n", "\r\n"] {
        let path = dir.file("token", format!("{TEXT}{ending}"), 0o600);
        let secret = file(path).unwrap();
        assert!(secret.constant_time_eq(TEXT.as_bytes()), "{ending:?}");
    }
}

#[test]
fn anything_else_around_the_token_is_refused_with_its_position() {
    let dir = TempDir::new();
    let end = TEXT.len();
    let table = [
        (format!("{TEXT}\n\n"), end),
        (format!("{TEXT}\r\n\r\n"), end),
        (format!("{TEXT}\n\r"), end),
        (format!("{TEXT}\r\r\n"), end),
        (format!("{TEXT} "), end),
        (format!("{TEXT}\t\n"), end),
        (format!("{TEXT}\0"), end),
        (format!(" {TEXT}"), 0),
        (format!("\n{TEXT}"), 0),
        (format!("\u{feff}{TEXT}"), 0),
        (format!("{TEXT}\n{TEXT}"), end),
        (format!("{TEXT}\u{e9}"), end),
        (String::new(), 0),
        ("\n".into(), 0),
        ("\r\n".into(), 0),
        ("\n\n".into(), 0),
    ];
    for (content, offset) in table {
        let error = file(dir.file("token", &content, 0o600)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{content:?}");
        assert!(error.to_string().contains(&format!("byte {offset} ")), "{content:?}: {error}");
    }
    let utf16: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(kind_of(file(dir.file("token", utf16, 0o600))), Some(ErrorKind::Malformed));
}

/// One carriage return is a line ending of nobody's, but harmless: it is either
/// left out or refused, never part of the token.
#[test]
fn a_lone_carriage_return_is_not_part_of_the_token() {
    let dir = TempDir::new();
    match file(dir.file("token", format!("{TEXT}\r"), 0o600)) {
        Ok(secret) => assert!(secret.constant_time_eq(TEXT.as_bytes())),
        Err(error) => assert_eq!(error.kind(), ErrorKind::Malformed),
    }
}

#[test]
fn the_limit_is_64_kib_exactly() {
    let dir = TempDir::new();
    let limit = 64 * 1024;
    for (len, expected) in [
        (limit - 1, None),
        (limit, None),
        (limit + 1, Some(ErrorKind::TooLong)),
        (2 * limit, Some(ErrorKind::TooLong)),
        (limit * 100, Some(ErrorKind::TooLong)),
    ] {
        let path = dir.file("token", "x".repeat(len), 0o600);
        let read = file(path);
        assert_eq!(kind_of(read), expected, "{len} bytes");
    }
    let path = dir.file("token", "x".repeat(limit), 0o600);
    assert!(file(path).unwrap().constant_time_eq(&vec![b'x'; limit]));
}

#[test]
fn a_symbolic_link_is_judged_by_the_file_it_leads_to() {
    let dir = TempDir::new();
    let link = dir.join("link");
    symlink(dir.file("token", TEXT, 0o600), &link).unwrap();
    assert!(file(&link).unwrap().constant_time_eq(TEXT.as_bytes()));
    fs::set_permissions(dir.join("token"), fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(kind_of(file(&link)), Some(ErrorKind::ReadableByOthers));
    fs::remove_file(dir.join("token")).unwrap();
    assert_eq!(kind_of(file(&link)), Some(ErrorKind::NotFound), "a dangling link");
    symlink(dir.join("loop"), dir.join("loop")).unwrap();
    assert_eq!(kind_of(file(dir.join("loop"))), Some(ErrorKind::Io));
}

#[test]
fn a_directory_or_device_is_not_a_file() {
    let dir = TempDir::new();
    let folder = dir.join("folder");
    fs::create_dir(&folder).unwrap();
    for mode in [0o700, 0o755] {
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(kind_of(file(&folder)), Some(ErrorKind::NotAFile), "not its mode's fault");
    }
    assert_eq!(kind_of(file_readable_by("/dev/null", Everyone)), Some(ErrorKind::NotAFile));
}

/// Whoever owns a file can read it. Only root can test this.
#[test]
fn a_file_of_another_user_is_readable_by_others() {
    let dir = TempDir::new();
    let path = dir.file("token", TEXT, 0o600);
    if std::os::unix::fs::chown(&path, Some(4242), None).is_err() {
        return assert!(file(&path).is_ok(), "not root, so still our own");
    }
    let error = file(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReadableByOthers);
    assert!(error.to_string().contains("4242"), "{error}");
    assert!(file_readable_by(&path, Group).is_ok());
}

#[test]
fn a_missing_file_is_named() {
    let dir = TempDir::new();
    let path = dir.join("absent");
    let error = file(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    assert_eq!(kind_of(file("")), Some(ErrorKind::NotFound));
    let below = dir.file("token", TEXT, 0o600).join("below");
    assert_eq!(kind_of(file(below)), Some(ErrorKind::Io), "a file is no folder");
    assert_eq!(kind_of(file("a\0b")), Some(ErrorKind::Io));
}

/// Opening one waits for a writer, maybe for ever.
#[test]
fn a_named_pipe_is_refused_at_once() {
    let dir = TempDir::new();
    let pipe = dir.join("pipe");
    let made = Command::new("mkfifo").args(["-m", "600"]).arg(&pipe).status().unwrap();
    assert!(made.success());
    assert_eq!(kind_of(file(&pipe)), Some(ErrorKind::NotAFile));
}

/// The kernel says that these files have no size.
#[test]
fn a_file_of_unknown_size_is_read_to_its_end() {
    assert_eq!(
        kind_of(file_readable_by("/proc/self/cmdline", Everyone)),
        Some(ErrorKind::Malformed)
    );
}

//! Real file systems: one that is small, and one that is read-only.

use std::{
    env,
    io::Write,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use token_audit::__test::directory;

use crate::{
    child,
    child_process::{Scratch, Writing},
    support::{Ledger, Promises},
};

/// Runs a child where the shell commands `setup` have mounted something at `$0`, in a mount namespace of its own. None if that
/// is not possible here.
fn in_namespace(setup: &str, job: &str, place: &Path, ledger: &Arc<Ledger>) -> Option<Writing> {
    let mut unshare = Command::new("unshare");
    let is_root = rustix::process::geteuid().is_root();
    unshare.arg(if is_root { "-m" } else { "-rm" }).args(["sh", "-ec"]);
    let (program, arguments) = child::command_line();
    unshare
        .arg(format!("{setup}\necho mounted\nexec \"$@\""))
        .arg(place)
        .arg(program)
        .args(arguments);
    child::tell(&mut unshare, job, &place.join("log"), None);
    let child: std::io::Result<Child> =
        unshare.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = Writing::of(child.ok()?);
    child.listen("mounted", ledger).map(|_| child)
}

fn skipped(what: &str) {
    println!("skipped: {what}: no mount namespace here");
    assert_ne!(env::var("TOKEN_CORE_TMPFS").as_deref(), Ok("required"), "{what}");
}

#[test]
fn a_small_disk_is_full_and_then_emptied() {
    let (scratch, ledger) = (Scratch::new(), Ledger::of(Promises::default()));
    let setup = "mount -t tmpfs -o size=8m tmpfs \"$0\"\nmkdir \"$0/log\"\nhead -c 4194304 /dev/zero > \"$0/filler\"";
    let Some(mut child) = in_namespace(setup, "fill", &scratch.0, &ledger) else {
        return skipped("a small tmpfs");
    };
    assert_eq!(child.listen("error", &ledger).as_deref(), Some("LogFull"));
    let before = ledger.promises().acked.len();
    let seen = Path::new("/proc").join(child.child.id().to_string()).join("root");
    let place = seen.join(scratch.0.strip_prefix("/").unwrap());
    std::fs::remove_file(place.join("filler")).unwrap();
    let mut input = child.child.stdin.take().unwrap();
    writeln!(input).unwrap();
    child.listen("closed", &ledger).unwrap();
    assert_eq!(ledger.promises().acked.len(), before + 50);
    ledger.check(&directory(&place.join("log")), "on a small disk");
    println!("a disk of 8 MiB was full after {before} records");
    writeln!(input).unwrap();
    assert!(child.child.wait().unwrap().success());
}

#[test]
fn a_disk_that_is_mounted_read_only_is_an_error() {
    let (scratch, ledger) = (Scratch::new(), Ledger::of(Promises::default()));
    let setup = "mount -t tmpfs -o size=2m tmpfs \"$0\"\nmkdir \"$0/log\"\n\"$@\" > /dev/null\n\
                 mount -o remount,ro \"$0\"";
    let Some(mut child) = in_namespace(setup, "once", &scratch.0, &ledger) else {
        return skipped("a read-only file system");
    };
    assert_eq!(child.listen("error", &ledger).as_deref(), Some("Io"));
    let setup =
        "mount -t tmpfs -o size=2m tmpfs \"$0\"\nmkdir \"$0/log\"\nmount -o remount,ro \"$0\"";
    let mut child = in_namespace(setup, "once", &scratch.0, &ledger).unwrap();
    assert_eq!(child.listen("error", &ledger).as_deref(), Some("Io"), "a new log");
}

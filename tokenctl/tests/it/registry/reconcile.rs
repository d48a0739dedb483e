//! `registry reconcile`.

use std::fs;

use super::Desk;
use crate::support::Ran;

impl Desk {
    /// Puts a backup in the place of the registry.
    fn restore(&self, backup: &[u8]) {
        for name in ["tokens.db-wal", "tokens.db-shm"] {
            let _ = fs::remove_file(self.path(name));
        }
        fs::write(self.path("tokens.db"), backup).unwrap();
    }

    fn backup(&self) -> Vec<u8> {
        fs::read(self.path("tokens.db")).unwrap()
    }

    fn reconcile(&self, arguments: &[&str]) -> Ran {
        self.changes(&[&["registry", "reconcile"], arguments].concat())
    }

    fn can_mint(&self) -> bool {
        let to = self.path("probe");
        let ran = self.changes(&["registry", "mint", "ci", "--to", &to]);
        let _ = fs::remove_file(&to);
        ran.code == 0
    }

    /// Revokes a token on record in another log, of which the name is the path.
    fn revoke_in(&self, log: &str, id: &str) {
        let key = self.path(&format!("{log}.key"));
        self.run(&["audit", "key", &format!("example.com/{log}"), "--out", &key]).ends(0);
        let log = self.path(log);
        let on_record = ["--log", &log, "--log-key", &key, "--file", &self.path("tokens.db")];
        let revoke = ["registry", "revoke", id, "--reason", "x"];
        self.run(&[&revoke[..], &on_record].concat()).ends(0);
    }
}

fn flat(ran: &Ran) -> String {
    ran.all().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_the_logs_tell_is_revoked_again_and_then_tokens_are_minted_again() {
    let desk = Desk::new();
    let (first, _) = desk.minted(&[]);
    let (second, _) = desk.minted(&[]);
    let backup = desk.backup();
    desk.changes(&["registry", "revoke", &first, "--reason", "x"]).ends(0);
    desk.restore(&backup);
    assert_eq!(desk.state(&first), "live", "that is what was lost");
    assert!(!desk.can_mint());

    let ran = desk.reconcile(&["--actor", "alice"]).ends(0);
    assert!(flat(&ran).contains("every revocation that the given sources tell"), "{}", ran.out);
    assert!(flat(&ran).contains("restart all services that verify"), "{}", ran.err);
    assert_eq!([&first, &second].map(|id| desk.state(id)), ["revoked", "live"]);
    let last = desk.records().pop().unwrap().to_string();
    assert!(last.contains("reconciled") && last.contains("alice"), "{last}");
    assert!(desk.can_mint());
    desk.reconcile(&[]).ends(0);
    assert_eq!(desk.state(&second), "live");
}

#[test]
fn a_log_that_was_not_given_is_named_and_ends_with_another_code() {
    let desk = Desk::new();
    let (own, _) = desk.minted(&[]);
    desk.minted_by_service("job-17");
    let backup = desk.backup();
    desk.changes(&["registry", "revoke", &own, "--reason", "x"]).ends(0);
    desk.restore(&backup);
    let ran = desk.reconcile(&[]).ends(3);
    assert!(flat(&ran).contains("NOT GIVEN: log `example.com/service`"), "{}", ran.out);
    assert_eq!(desk.state(&own), "revoked");
}

#[test]
fn copies_of_the_registry_and_of_logs_tell_what_no_log_tells() {
    let desk = Desk::new();
    let (first, _) = desk.minted(&[]);
    let (second, _) = desk.minted(&[]);
    let backup = desk.backup();
    desk.revoke_in("other", &first);
    fs::write(desk.path("old.db"), desk.backup()).unwrap();
    desk.revoke_in("third", &second);
    desk.restore(&backup);
    desk.reconcile(&[]).ends(0);
    assert_eq!([&first, &second].map(|id| desk.state(id)), ["live", "live"], "nothing told it");

    desk.reconcile(&["--copy", &desk.path("old.db")]).ends(0);
    assert_eq!([&first, &second].map(|id| desk.state(id)), ["revoked", "live"]);

    let third = token_audit::SigningKey::from_secret(
        token_core::source::file(desk.path("third.key")).unwrap(),
    );
    desk.secret("third.vkey", &format!("{}\n", third.unwrap().verifying_key()));
    let old = ["--old-log", &desk.path("third"), "--key", &desk.path("third.vkey")];
    let ran = desk.reconcile(&old).ends(0);
    assert!(flat(&ran).contains("only read"), "{}", ran.out);
    assert_eq!(desk.state(&second), "revoked");
}

#[test]
fn arguments_that_do_not_fit_are_refused_before_anything_is_read() {
    let desk = Desk::new();
    let log = desk.path("audit");
    let more = desk.reconcile(&["--log", &log]).ends(2);
    assert!(flat(&more).contains("each `--log` needs a `--log-key`"), "{}", more.err);
    let last = desk.reconcile(&["--copies-are-last"]).ends(2);
    assert!(flat(&last).contains("none is named"), "{}", last.err);
    desk.reconcile(&["--old-log", &log]).ends(2);
    desk.reads(&["registry", "reconcile"]).ends(2);
}

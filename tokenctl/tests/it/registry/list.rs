//! `registry list`, `registry show` and `registry prune`.

use time::{Duration, UtcDateTime};
use token_core::TokenId;
use token_issue::Row;

use super::Desk;
use crate::support::{id, shows, token};

fn row(number: u8, minutes: i64) -> Row {
    let now = UtcDateTime::now();
    let (minted, until) = (now - Duration::days(1), now + Duration::minutes(minutes));
    Row::new(TokenId::from_bytes([number; 16]), "ci", minted, until)
}

#[test]
fn pages_lead_through_all_rows() {
    let desk = Desk::new();
    for number in 1..=5 {
        let mut row = row(number, 60);
        row.subject = Some(if number % 2 == 0 { "even" } else { "odd" }.to_owned());
        desk.put(row);
    }
    let ids = |arguments: &[&str]| -> Vec<String> {
        let list = [&["registry", "list", "--format", "json"], arguments].concat();
        let ran = desk.reads(&list).ends(0);
        let id = |line: &str| line.split("\"id\":\"").nth(1).unwrap()[..32].to_owned();
        ran.out.lines().map(id).collect()
    };
    assert_eq!(ids(&["--limit", "2"]), [id(1), id(2)]);
    assert_eq!(ids(&["--limit", "2", "--after", &id(2)]), [id(3), id(4)]);
    assert_eq!(ids(&["--subject", "odd"]), [id(1), id(3), id(5)]);
    assert_eq!(ids(&["--subject", "odd", "--kind", "other"]), Vec::<String>::new());
    assert_eq!(ids(&["--all"]).len(), 5);
    let first = desk.reads(&["registry", "list", "--limit", "2"]).ends(0);
    assert!(first.err.contains(&format!("`--after {}`", id(2))), "{}", first.err);
    assert!(desk.reads(&["registry", "list"]).ends(0).err.contains("5 tokens"));
}

#[test]
fn each_state_has_its_word_and_no_digest_is_shown() {
    let desk = Desk::new();
    desk.put(row(1, 60));
    desk.put(row(2, -60));
    desk.put(row(3, 60));
    desk.changes(&["registry", "revoke", &id(3), "--reason", "old"]).ends(0);
    assert_eq!([1, 2, 3].map(|n| desk.state(&id(n))), ["live", "expired", "revoked"]);
    assert_eq!(desk.show(&id(3))["revocation"], 1);

    let text = desk.reads(&["registry", "show", &id(3)]).ends(0).out;
    assert!(text.starts_with(&format!("{}: `ci`, revoked by revocation 1\n", id(3))), "{text}");
    let all = desk.reads(&["registry", "list"]).ends(0).out;
    // The digests of these rows are one byte over and over, as their ids are half as often.
    assert!(!all.contains(&"01".repeat(17)), "{all}");
    assert!(desk.rows().iter().all(|row| row.get("digest").is_none()));

    let unknown = desk.reads(&["registry", "show", &id(9)]).ends(3);
    assert!(unknown.err.contains("does not know token"), "{}", unknown.err);
}

/// What stands in a row may have come from anywhere.
#[test]
fn hostile_texts_are_shown_escaped() {
    let desk = Desk::new();
    let hostile = "a\u{1b}[31m\u{202e}b\nc\u{7}";
    desk.minted(&["--subject", hostile, "--reason", hostile, "--actor", hostile]);
    let secret = token(3);
    let mut leaked = row(0xff, 60);
    leaked.subject = Some(format!("user {secret}"));
    desk.put(leaked);
    for arguments in [&["registry", "list"][..], &["registry", "list", "--format", "json"]] {
        let ran = desk.reads(arguments).ends(0);
        assert!(!ran.all().contains(['\u{1b}', '\u{202e}', '\u{7}']), "{}", ran.all());
        assert!(ran.out.contains("[31m"), "{}", ran.out);
        assert!(!shows(&ran.out, &secret), "{}", ran.out);
    }
    let revoked = desk.changes(&["registry", "revoke", "--subject", hostile, "--reason", hostile]);
    assert!(!revoked.ends(0).all().contains(['\u{1b}', '\u{202e}', '\u{7}']));
}

/// A token in the place of its id is not repeated.
#[test]
fn a_wrong_id_is_refused_and_not_repeated() {
    let desk = Desk::new();
    let secret = token(5);
    for wrong in [secret.as_str(), &secret[..20], "ABCDEFABCDEFABCDEFABCDEFABCDEFAB"] {
        for arguments in [
            &["registry", "show", wrong][..],
            &["registry", "list", "--after", wrong],
            &["registry", "revoke", wrong, "--reason", "x"],
        ] {
            let refused = desk.changes_or_reads(arguments).ends(2);
            assert!(refused.err.contains("not the id of a token"), "{}", refused.err);
            assert!(!shows(&refused.all(), wrong), "{}", refused.all());
        }
    }
}

#[test]
fn prune_forgets_what_expired_long_ago_and_nothing_that_may_still_matter() {
    let desk = Desk::new();
    for (number, minutes) in [(1, -600), (2, -17), (3, -10), (4, 60)] {
        desk.put(row(number, minutes));
    }
    let prune = |arguments: &[&str]| desk.reads(&[&["registry", "prune"], arguments].concat());
    assert!(prune(&["--before", "15m"]).ends(2).err.contains("16 minutes"));
    assert!(prune(&["--before", "1h"]).ends(0).err.contains("1 token forgotten"));
    assert!(prune(&[]).ends(0).err.contains("1 token forgotten"));
    assert!(prune(&[]).ends(0).err.contains("0 tokens forgotten"));
    let left: Vec<_> = desk.rows().iter().map(|row| row["id"].clone()).collect();
    assert_eq!(left, [id(3), id(4)]);
}

impl Desk {
    fn changes_or_reads(&self, arguments: &[&str]) -> crate::support::Ran {
        match arguments.get(1) {
            Some(&"revoke") => self.changes(arguments),
            _ => self.reads(arguments),
        }
    }
}

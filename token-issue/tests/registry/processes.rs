//! Processes on one file that are killed at any moment: what they were told is there, and nothing is half done.

use std::{collections::HashMap, path::Path, thread, time::Duration};

use pollster::block_on;
use rusqlite::Connection;
use token_core::{TokenId, record::Epoch};
use token_issue::{Registry, Row, State, registry::Rule};

use crate::{
    child,
    common::{NOON, id, insert, quick, row, times},
};

const NEVER: u64 = u64::MAX;

/// A file with the tokens that all processes try to spend.
fn prepare(path: &Path) {
    let registry = quick(path);
    for number in 0..60 {
        let mut once = row(id(u32::MAX, number));
        once.once = true;
        insert(&registry, &once);
    }
}

/// Checks what processes were told, and that the file holds together.
fn check(path: &Path, said: &[String]) {
    whole(path);
    let registry = quick(path);
    let rows = block_on(registry.list(Rule::all(), None, usize::MAX)).unwrap();
    let rows: HashMap<TokenId, Row> = rows.into_iter().map(|row| (row.token, row)).collect();
    let mut spent = Vec::new();
    for line in said {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        let Some(token) = words.get(1).and_then(|word| word.parse().ok()) else { continue };
        match words[0] {
            "inserted" => assert!(rows.contains_key(&token), "{line}: it is not there"),
            "touched" => assert!(rows[&token].last_used.is_some(), "{line}: not noted"),
            "spent" => {
                assert_eq!(rows[&token].state, State::Spent, "{line}: its state");
                spent.push(token);
            }
            "revoked" => {
                let n = words[2].parse().unwrap();
                assert_eq!(rows[&token].state, State::revoked(n), "{line}: its state");
                let own = Epoch { n, mark: mark(words[3]) };
                assert!(block_on(registry.poll(own)).unwrap().answer.knows_own, "{line}: its mark");
            }
            "pruned" => assert!(!rows.contains_key(&token), "{line}: it is there"),
            "closed" => {}
            other => panic!("`{other}`"),
        }
    }
    let told = spent.len();
    spent.sort_unstable();
    spent.dedup();
    assert_eq!(spent.len(), told, "a token was used twice");
    for row in rows.values() {
        let parent = row.parent.map(|parent| rows[&parent].state);
        if parent.is_some_and(|state| state != State::Live) {
            assert_ne!(row.state, State::Live, "a child of a dead token is alive");
        }
    }
}

fn mark(text: &str) -> [u8; 16] {
    let bytes = text.trim_matches(['[', ']']).split(", ");
    let bytes: Vec<u8> = bytes.map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect();
    bytes.try_into().unwrap()
}

/// The tables agree with each other.
fn whole(path: &Path) {
    let connection = Connection::open(path).unwrap();
    let one = |sql: &str| connection.query_row(sql, (), |row| row.get::<_, i64>(0)).unwrap();
    let integrity =
        connection.query_row("PRAGMA integrity_check", (), |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(integrity, "ok");
    for (what, sql) in [
        (
            "the epoch is not the last entry of the history",
            "SELECT count(*) FROM epoch WHERE (n, mark) NOT IN (SELECT n, mark FROM revocation)
             OR n <> (SELECT max(n) FROM revocation)",
        ),
        (
            "a number is missing",
            "SELECT count(*) <> max(n) - min(n) + 1 OR min(n) > (SELECT pruned_to FROM epoch) FROM revocation",
        ),
        (
            "a number revoked nothing",
            "SELECT count(*) FROM revocation h, epoch e WHERE h.n > e.pruned_to
             AND h.n NOT IN (SELECT n FROM rule) AND h.n NOT IN (SELECT revoked FROM token WHERE revoked IS NOT NULL)",
        ),
        (
            "something was revoked without a number",
            "SELECT count(*) FROM token t, epoch e WHERE t.revoked > e.n OR (t.state = 1) <> (t.revoked IS NOT NULL)",
        ),
        (
            "a rule has no number",
            "SELECT count(*) FROM rule r, epoch e WHERE r.n > e.n OR r.born_before > r.n",
        ),
        (
            "a live token has a dead parent",
            "SELECT count(*) FROM token t JOIN token p ON t.parent = p.id WHERE t.state = 0 AND p.state <> 0",
        ),
        (
            "a child has no parent",
            "SELECT count(*) FROM token t WHERE t.parent IS NOT NULL AND t.parent NOT IN (SELECT id FROM token)",
        ),
        ("two peppers are current", "SELECT count(*) > 1 FROM pepper WHERE ceased IS NULL"),
    ] {
        assert_eq!(one(sql), 0, "{what}");
    }
}

/// Each statement of one process's work, one after the other. Another process works on the same file.
#[test]
fn killed_before_each_statement() {
    let folder = tempfile::tempdir().unwrap();
    let lives = times("REGISTRY_LIVES", 1);
    let mut ended = false;
    let step = if lives == 1 { 3 } else { 1 };
    for statement in (0..).step_by(step) {
        let path = folder.path().join(format!("{statement}.db"));
        prepare(&path);
        let other = (statement % 10 == 0).then(|| child::start(&path, 2, NEVER));
        let mut said = child::start(&path, 1, statement).end();
        said.extend(other.map(child::Running::kill).unwrap_or_default());
        check(&path, &said);
        let lived = said.iter().filter(|line| line.starts_with("closed")).count() as u64;
        ended = lived >= lives;
        if ended {
            break;
        }
    }
    assert!(ended, "the work has an end");
}

fn killed_at_random(processes: u32, rounds: u64) {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..rounds {
        // A file outlives several rounds.
        let path = folder.path().join(format!("{}.db", round / 3));
        if round % 3 == 0 {
            prepare(&path);
        }
        let first = 1 + u32::try_from(round).unwrap() * processes;
        // Some die before a statement of theirs, the others whenever it happens.
        let running: Vec<_> = (first..first + processes)
            .map(|process| {
                child::start(&path, process, if process % 2 == 0 { random(400) } else { NEVER })
            })
            .collect();
        thread::sleep(Duration::from_millis(50 + random(250)));
        let said: Vec<String> = running.into_iter().flat_map(child::Running::kill).collect();
        check(&path, &said);
    }
}

fn random(below: u64) -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    u64::from_ne_bytes(bytes) % below
}

#[test]
fn two_processes_are_killed_at_random() {
    killed_at_random(2, times("REGISTRY_ROUNDS", 12));
}

#[test]
fn eight_processes_are_killed_at_random() {
    killed_at_random(8, times("REGISTRY_ROUNDS", 6));
}

/// Nobody is killed: all work is done, and each shared token was spent by one of them.
#[test]
fn processes_agree() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    prepare(&path);
    let running: Vec<_> = (1..=3).map(|process| child::start(&path, process, NEVER)).collect();
    let said: Vec<String> = running.into_iter().flat_map(child::Running::end).collect();
    check(&path, &said);
    assert_eq!(said.iter().filter(|line| *line == "end").count(), 3, "all came to their end");
    let at = block_on(quick(&path).snapshot(0, NOON)).unwrap().at;
    assert_eq!(at.n, 3 * 60, "each revocation of each process took one number");
    for number in 0..60 {
        let line = format!("spent {}", id(u32::MAX, number));
        assert_eq!(said.iter().filter(|said| **said == line).count(), 1, "{line}");
    }
}

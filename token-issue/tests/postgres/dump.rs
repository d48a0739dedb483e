//! What somebody has who has a dump of the database, the server's files or the server's own log: no token, nothing that a verifier takes
//! for one, and no password.

use std::{collections::HashMap, fs, path::Path, sync::Arc, thread, time::Duration};

use pollster::block_on;
use test_support::{
    fresh_token,
    postgres::{Server, program, run},
};
use token_core::{
    Caller, TokenId, TokenKind,
    caller::{Presented, Refused, verify},
    record::{Epoch, InMemory},
};
use token_issue::{
    Issuer, Mint, Narrow, Registry, RegistryError, Verifier,
    registry::{Postgres, Rule},
};

use crate::{
    POLICY, kind,
    rows::{NOON, digest, digests, id, row},
    server::{open, secret},
};

/// All that a server can be told to write into its log, in the file that it reads at each start.
const TALKATIVE: &str = "log_statement=all log_min_duration_statement=0 log_parameter_max_length=-1 \
    log_parameter_max_length_on_error=-1 log_error_verbosity=verbose log_min_messages=debug1 log_connections=on \
    log_disconnections=on log_duration=on log_lock_waits=on log_replication_commands=on log_line_prefix='%a,%u,%d,%h,%i'";

/// A server on which the role `app` needs this password, that writes all it can into its log. What stands in the log from before, such as
/// the statement that gives the password, is gone.
fn talkative(password: &str) -> Server {
    let mut server = Server::start();
    drop(open(&server.database("tokens")));
    server.sql("tokens", &format!("CREATE ROLE app LOGIN PASSWORD '{password}'"));
    server.sql("tokens", "GRANT USAGE ON SCHEMA token_registry TO app; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA token_registry TO app");
    let rules = server.data().join("pg_hba.conf");
    let trusting = fs::read_to_string(&rules).unwrap();
    fs::write(&rules, format!("local all app scram-sha-256\n{trusting}")).unwrap();
    let settings = server.data().join("postgresql.auto.conf");
    let mut text = fs::read_to_string(&settings).unwrap();
    for setting in TALKATIVE.split_ascii_whitespace() {
        let (name, value) = setting.split_once('=').unwrap();
        text.push_str(&format!("{name} = '{}'\n", value.trim_matches('\'')));
    }
    fs::write(&settings, text).unwrap();
    server.stop();
    server.go_on();
    server
}

fn url(server: &Server, password: &str) -> String {
    format!("postgresql://app:{password}@/tokens?host={}", server.folder().display())
}

/// Asks again while the server, which writes much, is too slow for a verifier.
fn verified<K: TokenKind>(verifier: &Verifier, token: &[u8]) -> Result<Caller<K>, Refused> {
    for _ in 0..400 {
        match block_on(verify::<K>(verifier, Presented::new(token))) {
            Err(Refused::Unavailable { .. }) => thread::sleep(Duration::from_millis(50)),
            answer => return answer,
        }
    }
    panic!("the verifier gets no answer");
}

/// Tokens that were minted, verified, narrowed, revoked and used, and one that was never minted. All of them were presented.
fn lives(registry: &Arc<dyn Registry>) -> Vec<Vec<u8>> {
    let log = Arc::new(InMemory::named("example.com/tokens"));
    let issuer = Issuer::options(&POLICY, Arc::clone(registry), log).start().unwrap();
    let verifier = block_on(Verifier::options(&POLICY, Arc::clone(registry)).start()).unwrap();
    let mut tokens = Vec::new();
    for number in 0..12 {
        let mint = Mint::<kind::Deploy>::new().subject(format!("job-{number}"));
        let issued = block_on(issuer.mint(mint)).unwrap();
        let id = issued.id();
        let token = issued.release().with_bytes("is looked for", <[u8]>::to_vec);
        let caller = verified::<kind::Deploy>(&verifier, &token).unwrap();
        let child = block_on(issuer.narrow(&caller, Narrow::new())).unwrap().release();
        let child = child.with_bytes("is looked for", <[u8]>::to_vec);
        verified::<kind::Deploy>(&verifier, &child).unwrap();
        if number % 3 == 0 {
            drop(block_on(issuer.revoke(id, "leaked")).unwrap());
        }
        let ticket = block_on(issuer.mint(Mint::<kind::Ticket>::new())).unwrap().release();
        let ticket = ticket.with_bytes("is looked for", <[u8]>::to_vec);
        verified::<kind::Ticket>(&verifier, &ticket).unwrap();
        tokens.extend([token, child, ticket]);
    }
    drop(block_on(issuer.revoke_matching(Rule::all().subject("job-1"), "has left")).unwrap());
    let unknown = token_issue::generate::<kind::Deploy>().unwrap();
    let unknown = unknown.with_bytes("is looked for", <[u8]>::to_vec);
    let answer = verified::<kind::Deploy>(&verifier, &unknown);
    assert_eq!(answer.map(drop), Err(Refused::Unknown));
    tokens.push(unknown);
    tokens
}

/// One error of each sort that a server tells.
fn errors(server: &Server, registry: &Arc<dyn Registry>, password: &str) {
    let other = fresh_token();
    Postgres::open(secret(&url(server, &other))).unwrap_err();
    let absent = url(server, password).replace("/tokens?", "/absent?");
    Postgres::open(secret(&absent)).unwrap_err();
    let (one, two) = (row(id(9, 1)), row(id(9, 2)));
    block_on(registry.insert(digest(one.token), one.clone(), NOON)).unwrap().unwrap();
    let again = block_on(registry.insert(digest(one.token), one.clone(), NOON));
    assert_eq!(again, Err(RegistryError::Duplicate));
    server.sql("tokens", "ALTER TABLE token_registry.token ADD CONSTRAINT shut CHECK (subject <> 'job-17') NOT VALID");
    block_on(registry.insert(digest(two.token), two.clone(), NOON)).unwrap_err();
    block_on(registry.touch(vec![(one.token, NOON)])).unwrap_err();
    block_on(registry.revoke(one.token)).unwrap_err();
    server.sql("tokens", "ALTER TABLE token_registry.token DROP CONSTRAINT shut");
    server.sql("tokens", "REVOKE UPDATE ON token_registry.epoch FROM app");
    block_on(registry.revoke(one.token)).unwrap_err();
    server.sql("tokens", "GRANT UPDATE ON token_registry.epoch TO app; ALTER TABLE token_registry.rule RENAME TO gone");
    block_on(registry.read(digests(one.token), ANY)).unwrap_err();
    block_on(registry.poll(ANY)).unwrap();
    block_on(registry.list(Rule::all(), None, 10)).unwrap_err();
    server.sql("tokens", "ALTER TABLE token_registry.gone RENAME TO rule");
    server.sql(
        "tokens",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'",
    );
    let _ = block_on(registry.poll(ANY));
    block_on(registry.show(one.token)).unwrap();
}

const ANY: Epoch = Epoch { n: 0, mark: [0; 16] };

/// Every file below a folder.
fn files(folder: &Path, read: &mut Vec<u8>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, read);
        } else if let Ok(bytes) = fs::read(&path) {
            read.extend(bytes);
        }
    }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(bytes, part).is_some()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Texts that are looked for all at once, in one pass.
struct Sought(HashMap<[u8; 8], Vec<Vec<u8>>>);

impl Sought {
    /// Each eight bytes of a token, as they are and in hex digits, which is how the server writes bytes. The prefix of a kind is no secret.
    fn of_tokens(tokens: &[Vec<u8>]) -> Self {
        let mut sought = Self(HashMap::new());
        for token in tokens {
            let end = token.iter().rposition(|byte| *byte == b'_').unwrap() + 1;
            sought.add(&token[end..]);
        }
        sought
    }

    fn add(&mut self, secret: &[u8]) {
        for part in secret.windows(8) {
            for text in [part.to_vec(), hex(part).into_bytes()] {
                self.0.entry(text[..8].try_into().unwrap()).or_default().push(text);
            }
        }
    }

    fn is_in(&self, bytes: &[u8]) -> bool {
        // Most places are passed over by their first two bytes.
        let mut begins = vec![false; 1 << 16];
        let pair = |bytes: &[u8]| usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
        self.0.keys().for_each(|key| begins[pair(key)] = true);
        let mut places = bytes.windows(8).enumerate().filter(|(_, part)| begins[pair(part)]);
        places.any(|(at, part)| {
            let texts = self.0.get(part).into_iter().flatten();
            texts.into_iter().any(|text| bytes[at..].starts_with(text))
        })
    }
}

#[test]
fn neither_a_dump_nor_the_files_nor_the_servers_log_hold_eight_bytes_of_a_token_or_password() {
    let password = fresh_token();
    let mut server = talkative(&password);
    let registry: Arc<dyn Registry> = Arc::new(open(&url(&server, &password)));
    let tokens = lives(&registry);
    errors(&server, &registry, &password);
    let ids: Vec<TokenId> = tokens.iter().map(|token| TokenId::of(token).unwrap()).collect();

    let host = server.folder().to_str().unwrap().to_owned();
    let dump = run(program("pg_dump").args(["-h", &host, "-U", "registry", "-d", "tokens"]));
    let roles = run(program("pg_dumpall").args(["-h", &host, "-U", "registry", "--globals-only"]));
    let log = server.said();
    let mut stored = Vec::new();
    files(&server.data(), &mut stored);
    server.sql("tokens", "CHECKPOINT");
    drop(registry);
    server.stop();
    files(&server.data(), &mut stored);

    // The controls: what is in them, and in which form.
    assert!(dump.contains("job-11") && dump.contains(&hex(ids[5].as_bytes())), "the facts and ids");
    assert!(holds(&stored, b"job-11") && holds(&stored, ids[5].as_bytes()), "the same");
    let digest = dump.lines().find(|line| line.contains(&hex(ids[5].as_bytes()))).unwrap();
    let digest = digest.split('\t').nth(1).unwrap().trim_start_matches("\\\\x");
    assert_eq!(digest.len(), 64);
    assert!(log.contains(digest), "the server's log has what it was asked");
    for sort in [
        "password authentication failed",
        "\"absent\" does not exist",
        "violates check constraint",
        "permission denied",
        "relation \"token_registry.rule\" does not exist",
        "terminating connection",
        "LOCATION:",
        "duration:",
        "connection authorized",
        "statement: ",
    ] {
        assert!(log.contains(sort), "the log has no {sort:?}");
    }
    assert!(roles.contains("SCRAM-SHA-256$"), "the server keeps no password in clear");

    let mut sought = Sought::of_tokens(&tokens);
    sought.add(password.as_bytes());
    assert!(Sought::of_tokens(&[b"a_job-11job-11".to_vec()]).is_in(b"..job-11job-11.."));
    for (place, bytes) in [
        ("a dump", dump.as_bytes()),
        ("a dump of the roles", roles.as_bytes()),
        ("the server's log", log.as_bytes()),
        ("the server's files", &stored),
    ] {
        assert!(!sought.is_in(bytes), "8 bytes of a token or of the password are in {place}");
    }
    let mut spoiled = log.into_bytes();
    spoiled.extend(hex(&tokens[3][20..28]).bytes());
    assert!(sought.is_in(&spoiled), "the control: it is found where it is");
}

#[test]
fn what_is_in_a_dump_verifies_no_token() {
    let server = Server::start();
    let registry: Arc<dyn Registry> = Arc::new(open(&server.database("tokens")));
    let tokens = lives(&registry);
    let verifier = block_on(Verifier::options(&POLICY, Arc::clone(&registry)).start()).unwrap();
    let accepts = |presented: &[u8]| verified::<kind::Deploy>(&verifier, presented).is_ok();
    assert!(accepts(&tokens[6]) && !accepts(&tokens[0]), "one is valid, one was revoked");
    let host = server.folder().to_str().unwrap();
    let dump = run(program("pg_dump").args(["-h", host, "-U", "registry", "-d", "tokens"]));
    let rows = dump.lines().skip_while(|line| !line.starts_with("COPY token_registry.token "));
    let rows: Vec<&str> = rows.skip(1).take_while(|line| *line != "\\.").collect();
    assert_eq!(rows.len(), tokens.len() - 1, "all but the one that was never minted");
    for row in rows {
        for field in row.split('\t') {
            let digits = field.trim_start_matches("\\\\x");
            let bytes: Option<Vec<u8>> = (0..digits.len() / 2)
                .map(|at| u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok())
                .collect();
            assert!(!accepts(field.as_bytes()) && !accepts(digits.as_bytes()), "{field}");
            assert!(!bytes.is_some_and(|bytes| accepts(&bytes)), "{field}");
            if digits.len() >= 36 && digits.is_ascii() {
                assert!(!accepts(format!("acme_deploy_{}", &digits[..36]).as_bytes()), "{field}");
            }
        }
    }
}

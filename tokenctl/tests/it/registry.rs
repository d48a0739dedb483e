//! `registry`, and `scan --revoke`, with a registry in a SQLite file.

mod list;
mod mint;
mod reconcile;
mod revoke;
mod scan;
mod secrecy;
mod watch;

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use pollster::block_on;
use serde_json::Value;
use token_audit::{Log, Reader, SigningKey};
use token_core::policy::CompiledPolicy;
use token_core::source;
use token_issue::registry::{Registry, Sqlite};
use token_issue::{Digest, Issuer, Mint, Row};

use crate::support::{Folder, Ran};

/// Two kinds of ours, one of them for one use, and one of somebody else.
pub(crate) const POLICY: &str = "\
version = 1

[scopes]
\"repo:read\"  = \"Read repositories\"
\"repo:write\" = { description = \"Push\", implies = [\"repo:read\"] }

[tokens.ci]
owner        = \"platform-team\"
scopes       = [\"repo:write\"]
max_lifetime = \"1h\"
rotate       = { before_expiry = \"10m\", overlap = \"2m\" }
format       = \"acmecorp_ci\"

[tokens.ticket]
owner        = \"platform-team\"
scopes       = [\"repo:read\"]
max_lifetime = \"5m\"
uses         = \"once\"
audience     = \"https://example.com\"
format       = \"acmecorp_ticket\"

[tokens.foreign]
owner        = \"platform-team\"
scopes       = [\"repo:read\"]
max_lifetime = \"1h\"

[checks]
no-rotation = \"allow\"
";

/// A repository, with a registry and the key of a log outside of it.
pub(crate) struct Desk {
    pub(crate) folder: Folder,
    outside: Folder,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        let desk = Desk::without_registry();
        desk.run(&["registry", "init", "--file", &desk.path("tokens.db")]).ends(0);
        desk
    }

    pub(crate) fn without_registry() -> Desk {
        let desk = Desk { folder: Folder::repository(), outside: Folder::new() };
        desk.folder.write("tokens.toml", POLICY);
        desk.run(&["audit", "key", "example.com/desk", "--out", &desk.path("audit.key")]).ends(0);
        desk
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.folder.run(arguments)
    }

    /// The path of a file outside of the repository.
    pub(crate) fn path(&self, name: &str) -> String {
        self.outside.path().join(name).to_str().unwrap().to_owned()
    }

    /// Writes a file outside of the repository, which its owner alone may read.
    pub(crate) fn secret(&self, name: &str, text: &str) -> String {
        use std::os::unix::fs::PermissionsExt as _;
        self.outside.write(name, text);
        let path = self.path(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// The arguments for the registry.
    pub(crate) fn place(&self) -> Vec<String> {
        vec!["--file".to_owned(), self.path("tokens.db")]
    }

    /// The arguments for the registry and the log.
    pub(crate) fn on_record(&self) -> Vec<String> {
        let log = ["--log".to_owned(), self.path("audit")];
        let key = ["--log-key".to_owned(), self.path("audit.key")];
        self.place().into_iter().chain(log).chain(key).collect()
    }

    /// Runs a command that reads.
    pub(crate) fn reads(&self, arguments: &[&str]) -> Ran {
        self.with(arguments, &self.place())
    }

    /// Runs a command that changes something.
    pub(crate) fn changes(&self, arguments: &[&str]) -> Ran {
        self.with(arguments, &self.on_record())
    }

    fn with(&self, arguments: &[&str], more: &[String]) -> Ran {
        let more: Vec<&str> = more.iter().map(String::as_str).collect();
        self.run(&[arguments, &more].concat())
    }

    /// Mints a token of kind `ci`, and returns its id and the token.
    pub(crate) fn minted(&self, arguments: &[&str]) -> (String, String) {
        let (to, mint) = (self.path("minted"), ["registry", "mint", "ci", "--format", "json"]);
        let ran = self.changes(&[&mint, arguments, &["--to", &to]].concat()).ends(0);
        let facts: Value = serde_json::from_str(&ran.out).unwrap();
        let token = fs::read_to_string(&to).unwrap();
        fs::remove_file(&to).unwrap();
        (facts["id"].as_str().unwrap().to_owned(), token.trim_end().to_owned())
    }

    pub(crate) fn show(&self, id: &str) -> Value {
        let ran = self.reads(&["registry", "show", id, "--format", "json"]).ends(0);
        serde_json::from_str(&ran.out).unwrap()
    }

    pub(crate) fn state(&self, id: &str) -> String {
        self.show(id)["state"].as_str().unwrap().to_owned()
    }

    pub(crate) fn rows(&self) -> Vec<Value> {
        let ran = self.reads(&["registry", "list", "--all", "--format", "json"]).ends(0);
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn key(&self) -> SigningKey {
        SigningKey::from_secret(source::file(self.path("audit.key")).unwrap()).unwrap()
    }

    /// The records of the log, as JSON.
    pub(crate) fn records(&self) -> Vec<Value> {
        let reader = Reader::open(self.path("audit"), self.key().verifying_key()).unwrap();
        let json = |record: token_audit::Record| serde_json::from_str(&record.to_json()).unwrap();
        reader.records().map(|record| json(record.unwrap())).collect()
    }

    /// Puts a row of any facts into the registry.
    pub(crate) fn put(&self, row: Row) {
        let registry = Sqlite::open(self.path("tokens.db")).unwrap();
        let digest = Digest::from_bytes([row.token.as_bytes()[0]; 32]);
        let now = row.minted_at;
        block_on(registry.insert(digest, row, now)).unwrap().unwrap();
    }

    /// Another issuer of the registry, a service with a log of its own.
    pub(crate) fn service(&self) -> (Issuer, Log, &'static CompiledPolicy) {
        let policy = CompiledPolicy::leaked("tokens.toml", POLICY).unwrap();
        let log =
            Log::open(self.path("service"), SigningKey::generate("example.com/service").unwrap());
        let log = log.unwrap();
        let registry = Arc::new(Sqlite::open(self.path("tokens.db")).unwrap());
        let issuer = Issuer::options(policy, registry, Arc::new(log.clone())).start().unwrap();
        (issuer, log, policy)
    }

    /// A token that the service has minted, and its id.
    pub(crate) fn minted_by_service(&self, subject: &str) -> (String, String) {
        let (issuer, log, policy) = self.service();
        let mint = Mint::named(policy, "ci").unwrap().subject(subject);
        let issued = block_on(issuer.mint(mint)).unwrap();
        let id = issued.id().to_string();
        let token = issued.release();
        let token = token
            .with_bytes("a test plants it", |bytes| String::from_utf8(bytes.to_vec()).unwrap());
        issuer.close(Duration::from_secs(5)).unwrap();
        drop(issuer);
        log.close().unwrap();
        fs::remove_dir_all(self.path("service")).unwrap();
        (id, token)
    }
}

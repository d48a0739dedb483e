//! Tokens are loaded, used, refused and dropped, and every step is recorded. Then one byte of a
//! record is edited, and the verification of the log names that record.
//!
//! Run it with `cargo run --example audit_trail`.

#![allow(clippy::print_stdout, reason = "an example talks")]

use std::{
    error::Error,
    fs,
    io::Read,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use time::UtcDateTime;
use token_audit::{
    Checkpoint, InclusionProof, Log, Reader, Record, SigningKey, VerifyingKey, verify,
};
use token_core::{Admission, Grant, RequireScopes, Token, source};

token_core::policy!("audit_trail.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let log_dir = dir.path().join("audit");

    // Once, when the service is set up. The signing key is a secret: keep it where you keep tokens. The verifying key
    // is public: give it to those who audit the log.
    let key = SigningKey::generate("example.com/deploy-service")?;
    let verifying = key.verifying_key().clone();
    println!("whoever audits the log has this key:\n  {verifying}\n");

    let log = Log::open(&log_dir, key)?;
    live(dir.path(), &log)?;
    let pinned = log.close()?;
    println!("the last checkpoint, to be kept on another machine too:\n{pinned}");

    read(&log_dir, &verifying)?;
    prove(&log_dir, &verifying)?;
    tamper(&log_dir, &verifying, &pinned)
}

/// The service: it admits and uses tokens, with the log as recorder.
fn live(dir: &Path, log: &Log) -> Result<(), Box<dyn Error>> {
    let admission = Admission::new()
        .recorder(log.recorder())
        .actor("deploy-service")
        .reason("nightly deployment");

    let token: Token<kind::GithubCi> =
        admission.admit(source::file(token_file(dir)?)?, &grant("repo:read deploy:run"))?;
    for _ in 0..3 {
        let _ = token.expose_for(&ListRepos)?;
    }
    drop(token); // wiped; its uses and its end are recorded

    // A grant of more scopes than the policy allows is refused.
    let wide = grant("repo:read deploy:run admin:org");
    let refused = admission.admit::<kind::GithubCi>(source::file(token_file(dir)?)?, &wide);
    println!("{}\n", refused.err().ok_or("a token with a scope in excess was admitted")?);
    Ok(())
}

/// The auditor: reads the records that are proven to be under the signed checkpoint.
fn read(log: &Path, key: &VerifyingKey) -> Result<(), Box<dyn Error>> {
    let reader = Reader::open(log, key)?;
    for record in reader.records() {
        println!("{}", record?.to_json());
    }
    println!("\nopen tokens: {}", reader.open_tokens(UtcDateTime::now())?.len());
    let used = reader.scope_use(UtcDateTime::UNIX_EPOCH, UtcDateTime::now())?;
    for (kind, scopes) in used.kinds() {
        let unused: Vec<_> = scopes.unused().collect();
        println!("scopes that `{kind}` has and did not use: {}\n", unused.join(", "));
    }
    Ok(())
}

/// Proves one record to somebody who does not have the log.
fn prove(log: &Path, key: &VerifyingKey) -> Result<(), Box<dyn Error>> {
    let text = Reader::open(log, key)?.prove(0)?.to_string(); // a `.tlog-proof` file
    let proof: InclusionProof = text.parse()?;
    let record = Record::parse(proof.verify(key)?)?;
    println!("proven, offline: record {} is `{}`\n", record.index, record.event.action.name());
    Ok(())
}

fn tamper(log: &Path, key: &VerifyingKey, pinned: &Checkpoint) -> Result<(), Box<dyn Error>> {
    let before = verify(log, key, std::slice::from_ref(pinned))?;
    println!("verified: intact is {}", before.is_intact());

    // Three uses become nine.
    let bundle = only_bundle(log)?;
    let mut bytes = fs::read(&bundle)?;
    let count = find(&bytes, br#""repo:read":3"#).ok_or("no count in the bundle")? + 12;
    if let Some(digit) = bytes.get_mut(count) {
        *digit = b'9';
    }
    fs::write(&bundle, bytes)?;

    let after = verify(log, key, std::slice::from_ref(pinned))?;
    for finding in &after.findings {
        println!("after one byte was edited: {finding}");
    }
    match after.is_intact() {
        false => Ok(()),
        true => Err("the edit was not found".into()),
    }
}

fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    bytes.windows(text.len()).position(|window| window == text)
}

/// The only file with records: the log is short, so there are no others.
fn only_bundle(log: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let mut bundles = fs::read_dir(log.join("tile/entries/000.p"))?;
    Ok(bundles.next().ok_or("the log has no records")??.path())
}

/// Writes a token to a file, as a secret manager or an init container would.
fn token_file(dir: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let mut bytes = [0; 20];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let path = dir.join("github");
    fs::write(&path, token)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    Ok(path)
}

fn grant(scopes: &str) -> Grant {
    Grant::new(scopes).expires_in(Duration::from_secs(600))
}

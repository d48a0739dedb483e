//! The token service: it has the registry and the log.

use std::{
    error::Error,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use pollster::block_on;
use token_audit::{Log, Reader, SigningKey};
use token_core::{
    Caller, Secret, TokenId, UtcDateTime,
    caller::{Presented, verify},
};
use token_issue::{Issued, Issuer, Mint, Narrow, Registry, Verifier, registry::Sqlite};

use crate::{POLICY, deployer::Deployer, kind, scope};

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let (tokens, records) = (dir.path().join("tokens.db"), dir.path().join("audit"));

    let key = SigningKey::generate("example.com/token-service")?;
    let verifying = key.verifying_key().clone();
    let log = Log::open(&records, key)?;
    let registry: Arc<dyn Registry> = Arc::new(Sqlite::open(&tokens)?);
    let issuer = Issuer::options(&POLICY, Arc::clone(&registry), Arc::new(log.clone()))
        .actor("token-service")
        .start()?;

    deploy(&issuer, registry, &tokens)?;

    // The thread of the issuer puts the end of the narrowed token on record too.
    issuer.close(Duration::from_secs(5))?;
    log.close()?;
    let reader = Reader::open(&records, &verifying)?;
    println!("\non record:");
    for record in reader.records() {
        let event = record?.event;
        let token = event.token.map(|token| format!("{token:.8}")).unwrap_or_default();
        println!("  {:9} {token} {}", event.action.name(), event.reason.unwrap_or_default());
    }
    match reader.open_tokens(UtcDateTime::now())?.len() {
        0 => Ok(()),
        open => Err(format!("{open} tokens are still open on record").into()),
    }
}

fn deploy(
    issuer: &Issuer,
    registry: Arc<dyn Registry>,
    tokens: &Path,
) -> Result<(), Box<dyn Error>> {
    let mut deployer = Deployer::start(tokens)?;

    let mint = Mint::<kind::Deploy>::new()
        .lifetime(Duration::from_secs(600))
        .subject("job-17")
        .reason("nightly deployment");
    let issued = timed("minted, on record, in the registry", || block_on(issuer.mint(mint)))?;
    let (id, token) = handed_over(issued);
    deployer.expect(&token, 's', "job-17 starts a deployment")?;

    // The job asks for a token that may do less, for a step that it does not trust.
    let verifier = block_on(Verifier::options(&POLICY, registry).start())?;
    let caller: Caller<kind::Deploy> = token.with_bytes("as a request has it", |token| {
        block_on(verify(&verifier, Presented::new(token)))
    })?;
    let narrow = Narrow::new()
        .scopes::<(scope::DeployRead,)>() // a scope beyond the kind would not compile
        .lifetime(Duration::from_secs(60))
        .reason("the step that reports");
    let issued = timed("narrowed", || block_on(issuer.narrow(&caller, narrow)))?;
    let (_, child) = handed_over(issued);
    deployer.expect(&child, 'r', "job-17 sees the deployments")?;
    deployer.expect(&child, 's', "fewer scopes")?;

    let revocation = timed("revoked", || block_on(issuer.revoke(id, "the job's log was public")))?;
    println!(
        "  with {} token below it; on record: {}",
        revocation.tokens - 1,
        revocation.is_recorded()
    );
    refused_soon(&mut deployer, [&token, &child])
}

/// Another process learns of it by itself, within a second.
fn refused_soon(deployer: &mut Deployer, tokens: [&Secret; 2]) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    while tokens
        .iter()
        .any(|token| !deployer.ask(token, 'r').is_ok_and(|said| said.contains("revoked")))
    {
        if start.elapsed() > Duration::from_secs(1) {
            return Err("a revoked token was accepted for more than a second".into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    println!("  both refused in the other process after {:.1?}", start.elapsed());
    deployer.expect(tokens[0], 's', "was revoked")
}

fn handed_over(issued: Issued<kind::Deploy>) -> (TokenId, Secret) {
    println!("  {issued:?}");
    (issued.id(), issued.release())
}

fn timed<T, E>(what: &str, run: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let start = Instant::now();
    let result = run()?;
    println!("\n{what}: {:.1?}", start.elapsed());
    Ok(result)
}

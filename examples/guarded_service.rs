//! A service whose routes are guarded: its own tokens, a registry in a SQLite file, server-sent events and a WebSocket that end
//! with their token, and the refusals of RFC 6750.
//!
//! Run it with `cargo run --example guarded_service`; `examples/guarded_service/README.md` has a line of curl for each refusal.

#![allow(clippy::print_stdout, reason = "an example talks")]

#[path = "guarded_service/handlers.rs"]
mod handlers;
#[path = "guarded_service/routes.rs"]
mod routes;
#[path = "guarded_service/tokens.rs"]
mod tokens;

use std::{error::Error, io::Read as _, sync::Arc, time::Duration};

use token_audit::{Log, SigningKey};
use token_guard::{Challenge, Credentials, Guard};
use token_issue::{Issuer, Registry, Verifier, registry::Sqlite};
use tokio::{net::TcpListener, runtime::Runtime};

token_core::policy!("guarded_service.toml");

fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().nth(1).is_some_and(|argument| argument == "routes") {
        print!("{}", routes::router().table());
        return Ok(());
    }
    let dir = tempfile::tempdir()?;
    std::fs::create_dir(dir.path().join("registry"))?;
    // Both read files, so they start before the runtime does.
    let log = Log::open(dir.path().join("audit"), SigningKey::generate("example.com/deployer")?)?;
    let file = dir.path().join("registry/tokens.db");
    let registry: Arc<dyn Registry> = Arc::new(Sqlite::open(file)?);
    let issuer = Issuer::options(&POLICY, Arc::clone(&registry), Arc::new(log.clone()))
        .actor("guarded-service")
        .start()?;

    let runtime = Runtime::new()?;
    runtime.block_on(tokens::write(&issuer, dir.path()))?;
    let verifier = runtime.block_on(Verifier::options(&POLICY, registry).start())?;
    let credentials = Credentials::bearer().or_ticket::<kind::Ticket>()?;
    let challenge = Challenge::new("deployments")?;
    let guard =
        Guard::new(Arc::new(verifier), credentials, challenge).recorder(Arc::new(log.clone()));
    let app = routes::router().with_state(handlers::App::new(guard, issuer.clone())).finish();

    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
    println!("export URL=http://{}", listener.local_addr()?);
    println!("export DIR={}", dir.path().display());
    println!("Paste these two lines into another shell. Enter ends the service.");
    runtime.spawn(async move { axum::serve(listener, app.layer(routes::cors())).await });

    let _ = std::io::stdin().read(&mut [0]);
    runtime.shutdown_timeout(Duration::from_secs(1));
    issuer.close(Duration::from_secs(5))?;
    log.close()?;
    Ok(())
}

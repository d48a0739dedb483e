//! A service to begin with: axum and tokio, a token of OAuth that is kept fresh, guarded routes, a log without tokens, and an
//! audit log that is closed at the end.
//!
//! Run it with `cargo run --example service`. Ctrl-C or SIGTERM ends it. `examples/service/README.md` says what each part is
//! for and what to change for a service of your own.

#![allow(clippy::print_stdout, reason = "an example talks")]

#[path = "service/elsewhere.rs"]
mod elsewhere;
#[path = "service/handlers.rs"]
mod handlers;
#[path = "service/oauth.rs"]
mod oauth;
#[path = "service/orders.rs"]
mod orders;
#[path = "service/shutdown.rs"]
mod shutdown;
#[path = "service/try_it.rs"]
mod try_it;

use std::{env, error::Error, io, path::PathBuf, sync::Arc, time::Duration};

use token_audit::{Log, SigningKey};
use token_core::Admission;
use token_guard::{Challenge, Credentials, Guard};
use token_issue::{Issuer, Registry, Verifier, registry::Sqlite};
use token_redact::Redaction;
use token_rotate::Rotating;
use tokio::{net::TcpListener, runtime::Runtime};

token_core::policy!("service.toml");

/// How long requests may go on after the service was told to end: less than the time after which systemd (90 s) or Kubernetes (30 s)
/// kills it.
const DRAIN: Duration = Duration::from_secs(10);

fn main() -> Result<(), Box<dyn Error>> {
    // 1. Before anything is printed: no output of this program has a token in it.
    let redaction = Redaction::for_kinds(POLICY.kinds);
    redaction.set_panic_hook();
    tracing_subscriber::fmt()
        .with_writer(redaction.make_writer(io::stderr))
        .with_ansi(false)
        .init();

    // 2. What reads files, while there is one thread. The key of the log is made at the first start, and kept.
    //    With a folder as its argument the service keeps its files there, as one of your own does in a folder from its settings.
    let scratch = tempfile::tempdir()?;
    let dir = env::args_os().nth(1).map_or(scratch.path().to_owned(), PathBuf::from);
    let key = SigningKey::open_or_create(dir.join("audit.key"), "example.com/shipping")?;
    println!("export KEY={}", key.verifying_key());
    let log = Log::open(dir.join("audit"), key)?;
    let recorder = Arc::new(log.clone());
    let registry: Arc<dyn Registry> = Arc::new(Sqlite::open(dir.join("tokens.db"))?);
    let issuer = Issuer::options(&POLICY, Arc::clone(&registry), recorder.clone()).start()?;

    // 3. The runtime, and what somebody else runs: the token endpoint and the service of orders. `start` and `close` of tokens wait on
    //    this thread, so `main` is no async fn.
    let runtime = Runtime::new()?;
    let elsewhere = runtime.block_on(elsewhere::start(&dir, Duration::from_secs(3600)))?;
    let http = oauth::client()?;

    // 4. The token: on record, masked, kept fresh. It is fetched here, so a service whose credentials are wrong does not start.
    let admission =
        Admission::new().recorder(recorder.clone()).masked_by(&redaction).actor("shipping");
    let issuer_of_orders = oauth::credentials(&elsewhere, http.clone(), runtime.handle().clone())?;
    let token = Arc::new(Rotating::<kind::Orders>::options(admission, issuer_of_orders).start()?);

    // 5. The routes, and the state of their handlers.
    let verifier = runtime.block_on(Verifier::options(&POLICY, registry).start())?;
    let challenge = Challenge::new("shipping")?;
    let guard = Guard::new(Arc::new(verifier), Credentials::bearer(), challenge).recorder(recorder);
    let orders = orders::Orders::new(token.clone(), http, elsewhere.url());
    let app = handlers::router(handlers::App::new(guard, orders));

    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
    try_it::tell(&runtime, &issuer, &dir, listener.local_addr()?)?;
    tracing::info!("ready");
    let served = runtime.block_on(shutdown::serve(listener, app, DRAIN));

    // 6. In this order, also if serving failed: no request, no token, no open record. An error before this drops everything: tokens
    //    are wiped, and the log is whole without having been closed.
    tracing::info!("closing");
    token.close(Duration::from_secs(5))?;
    issuer.close(Duration::from_secs(5))?;
    runtime.shutdown_timeout(Duration::from_secs(1));
    log.close()?;
    Ok(served?)
}

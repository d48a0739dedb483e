//! What a verifier does, as metrics in Prometheus' text: answers from memory and from the registry, refusals, polls, the lease, and
//! a flood of forged tokens that runs into its limit.
//!
//! Run it with `cargo run --example metrics`. It serves them until Enter is pressed.

#![allow(clippy::print_stdout, reason = "an example talks")]

#[path = "metrics/prometheus.rs"]
mod prometheus;
#[path = "metrics/traffic.rs"]
mod traffic;

use std::{error::Error, io::Read as _, sync::Arc};

use axum::{Router, http::header::CONTENT_TYPE, routing::get};
use token_core::record::InMemory;
use token_issue::{Issuer, Registry, Verifier, registry::Memory};
use tokio::{net::TcpListener, runtime::Runtime};

use prometheus::Prometheus;

token_core::policy!("metrics.toml");

fn main() -> Result<(), Box<dyn Error>> {
    let registry: Arc<dyn Registry> = Arc::new(Memory::new());
    let log = Arc::new(InMemory::named("example.com/tokens"));
    let issuer = Issuer::options(&POLICY, Arc::clone(&registry), log).start()?;

    let runtime = Runtime::new()?;
    let metrics = Prometheus::new(&POLICY);
    let options = Verifier::options(&POLICY, registry).metrics(metrics.hears());
    let verifier = runtime.block_on(options.start())?;
    let text = metrics.and_counts_of(verifier.clone());

    // Nobody but Prometheus should reach this port: it needs no token, and has none.
    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
    let url = format!("http://{}/metrics", listener.local_addr()?);
    let scrape = get(async move || ([(CONTENT_TYPE, prometheus::CONTENT)], text.write()));
    let app = Router::new().route("/metrics", scrape);
    runtime.spawn(async move { axum::serve(listener, app).await });

    traffic::make(&issuer, &verifier)?;
    let scraped = runtime.block_on(async { reqwest::get(&url).await?.text().await })?;
    print!("{scraped}");
    println!("curl {url}  # Enter ends the service.");
    let _ = std::io::stdin().read(&mut [0]);
    Ok(())
}

//! A service with a guarded route and the endpoints of OAuth, for clients that others have written: `.ci/clients` starts it.
//!
//! It says in one line of JSON where it listens and which tokens there are, and ends when its standard input does.
#![allow(clippy::print_stdout)]

use std::{error::Error, io::Read, sync::Arc, thread, time::Duration};

use axum::{Json, routing::any_service};
use token_core::{RequireScopes, TokenKind, record::InMemory};
use token_guard::{
    Challenge, Credentials, Guard,
    axum::{Proof, Router, get, post, public},
    oauth::{Exchange, Introspection, Metadata, Revocation},
};
use token_issue::{Issuer, Mint, Verifier, registry::Memory};

token_core::policy!("tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

#[derive(RequireScopes)]
#[require(scope::DeployRead)]
struct Look;

#[derive(RequireScopes)]
#[require(scope::TokenIntrospect)]
struct Introspect;

#[derive(RequireScopes)]
#[require(scope::TokenRevokeAny)]
struct RevokeAny;

async fn start(may: Proof<Start, kind::Deploy>, Json(repository): Json<String>) -> String {
    format!("{} deploys a repository of {} letters", subject(&may), repository.len())
}

async fn look(may: Proof<Look, kind::Deploy>) -> String {
    subject(&may).to_owned()
}

fn subject(caller: &token_core::AnyCaller) -> &str {
    caller.subject().unwrap_or_default()
}

fn app(guard: Guard, issuer: &Issuer, metadata: &Metadata) -> axum::Router {
    type Clients = (kind::Service, kind::Deploy);
    let introspection = Introspection::<Introspect, Clients>::new(guard.clone(), issuer.clone());
    let revocation = Revocation::<RevokeAny, Clients>::new(guard.clone(), issuer.clone());
    let exchange = Exchange::new(issuer.clone()).kind::<kind::Deploy>().audience("deployer");
    let own = "it checks who calls by itself";
    Router::new()
        .route("/deploy", post(start))
        .route("/look", get(look))
        .route("/introspect", public(own, any_service(introspection)))
        .route("/revoke", public(own, any_service(revocation)))
        .route("/token", public("the subject token is the credential", any_service(exchange)))
        .route(metadata.path(), public("RFC 9728", any_service(metadata.clone())))
        .with_state(guard)
        .finish()
}

/// A token for a client, which is another process.
fn mint<K: TokenKind>(issuer: &Issuer, mint: Mint<K>) -> Result<String, Box<dyn Error>> {
    let token = pollster::block_on(issuer.mint(mint))?.release();
    Ok(token.with_bytes("the client has it", |token| String::from_utf8(token.to_vec()))?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let (registry, log) = (Arc::new(Memory::new()), Arc::new(InMemory::new()));
    let issuer = Issuer::options(&POLICY, registry.clone(), log).start()?;
    let verifier = pollster::block_on(Verifier::options(&POLICY, registry).start())?;
    let metadata = Metadata::new("https://api.example.com/")?
        .authorization_server("https://login.example.com")?
        .scopes(["deploy:read", "deploy:run"]);
    let challenge = Challenge::new("api")?.resource_metadata(metadata.url())?;
    let guard = Guard::new(Arc::new(verifier), Credentials::bearer(), challenge);
    let app = app(guard, &issuer, &metadata);

    let deploy = || Mint::<kind::Deploy>::new().subject("job-17");
    let tokens = serde_json::json!({
        "service": mint(&issuer, Mint::<kind::Service>::new().subject("deployer"))?,
        "deploy": mint(&issuer, deploy())?,
        "other": mint(&issuer, deploy().subject("job-18"))?,
        "narrow": mint(&issuer, deploy().scopes::<(scope::DeployRead,)>().lifetime(Duration::from_secs(60)))?,
    });
    thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        #[allow(clippy::exit, reason = "the server has no other end")]
        std::process::exit(0);
    });
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?.to_string();
        println!("{}", serde_json::json!({ "address": address, "tokens": tokens }));
        axum::serve(listener, app).await?;
        Ok(())
    })
}

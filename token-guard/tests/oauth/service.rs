//! A service with a guarded route and all endpoints, on a port of its own.

use std::{
    net::SocketAddr,
    sync::{Arc, LazyLock},
    thread,
    time::Duration,
};

use axum::{Json, routing::any_service};
use token_core::{RequireScopes, Secret, TokenKind, record::InMemory};
use token_guard::{
    Challenge, Credentials, Guard,
    axum::{Proof, Router, get, guarded, post, public},
    oauth::{Exchange, Introspection, Metadata, Revocation},
};
use token_issue::{Issuer, Mint, Verifier};

use crate::{
    POLICY,
    breakable::Breakable,
    client::{FORM, Reply, bearer, form, request, send},
    kind, scope,
};

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
pub(crate) struct Start;

#[derive(RequireScopes)]
#[require(scope::DeployRead)]
pub(crate) struct Look;

#[derive(RequireScopes)]
#[require(scope::TokenIntrospect)]
pub(crate) struct Introspect;

#[derive(RequireScopes)]
#[require(scope::TokenRevokeAny)]
pub(crate) struct RevokeAny;

pub(crate) const RESOURCE: &str = "https://api.example.com/v1";

pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    pub(crate) issuer: Issuer,
    pub(crate) registry: Arc<Breakable>,
}

async fn start(_: Proof<Start, kind::Deploy>, Json(_): Json<u8>) {}

async fn look(may: Proof<Look, (kind::Deploy, kind::Ticket)>) -> String {
    may.subject().unwrap_or_default().to_owned()
}

fn app(guard: &Guard, issuer: &Issuer, metadata: &Metadata) -> axum::Router {
    type Clients = (kind::Deploy, kind::Service, kind::Ticket);
    let introspection = Introspection::<Introspect, (kind::Service, kind::Deploy)>::new(
        guard.clone(),
        issuer.clone(),
    )
    .issued_by("https://login.example.com");
    let revocation = Revocation::<RevokeAny, Clients>::new(guard.clone(), issuer.clone());
    let exchange = Exchange::new(issuer.clone())
        .kind::<kind::Deploy>()
        .kind::<kind::Reader>()
        .audience("deployer")
        .audience("https://deployer.example.com/api")
        .lifetime_at_most(Duration::from_secs(120));
    let own = "it checks who calls by itself";
    Router::new()
        .route("/deploy", post(start))
        .route("/look", get(look))
        .route("/introspect", public(own, any_service(introspection.clone())))
        .route("/guarded-introspect", guarded::<Introspect, kind::Service>(introspection))
        .route("/revoke", public(own, any_service(revocation.clone())))
        .route("/revoke-deploy", public(own, any_service(revocation.only::<kind::Deploy>())))
        .route("/token", public("the subject token is the credential", any_service(exchange)))
        .route(metadata.path(), public("RFC 9728", any_service(metadata.clone())))
        .with_state(guard.clone())
        .finish()
}

impl Service {
    /// One that many tests use.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: LazyLock<Service> = LazyLock::new(Service::start);
        &SHARED
    }

    pub(crate) fn start() -> Self {
        let registry = Arc::new(Breakable::new());
        let log = Arc::new(InMemory::new());
        let issuer = Issuer::options(&POLICY, registry.clone(), log).start().unwrap();
        let verifier = Verifier::options(&POLICY, registry.clone()).audience("api").start();
        let verifier = pollster::block_on(verifier).unwrap();
        let metadata = Metadata::new(RESOURCE).unwrap();
        let metadata = metadata.authorization_server("https://login.example.com").unwrap();
        let metadata = metadata.scopes(["deploy:read", "deploy:run"]);
        let challenge = Challenge::new("api").unwrap().resource_metadata(metadata.url()).unwrap();
        let guard = Guard::new(Arc::new(verifier), Credentials::bearer(), challenge);
        let app = app(&guard, &issuer, &metadata);
        Self { address: served(app), issuer, registry }
    }

    /// A token as a client has it.
    pub(crate) fn mint<K: TokenKind>(&self, mint: Mint<K>) -> String {
        text(pollster::block_on(self.issuer.mint(mint)).unwrap().release())
    }

    /// A deployment's token with a subject.
    pub(crate) fn deploy(&self, subject: &str) -> String {
        self.mint(Mint::<kind::Deploy>::new().subject(subject))
    }

    /// The token of a service that may ask for others and revoke theirs.
    pub(crate) fn service(&self, subject: &str) -> String {
        self.mint(Mint::<kind::Service>::new().subject(subject))
    }

    pub(crate) fn send(&self, method: &str, path: &str, lines: &[String], body: &str) -> Reply {
        send(self.address, &request(method, path, lines, body))
    }

    pub(crate) fn post(&self, path: &str, token: &str, parameters: &[(&str, &str)]) -> Reply {
        self.send("POST", path, &[FORM.to_owned(), bearer(token)], &form(parameters))
    }

    pub(crate) fn look(&self, token: &str) -> Reply {
        self.send("GET", "/look", &[bearer(token)], "")
    }

    /// What introspection says, to a service of the name that the tokens are meant for.
    pub(crate) fn is_active(&self, token: &str) -> bool {
        let reply = self.post("/introspect", &self.service("api"), &[("token", token)]);
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()["active"].as_bool().unwrap()
    }

    pub(crate) fn exchange(&self, token: &str, more: &[(&str, &str)]) -> Reply {
        let parameters = [&exchange_of(token)[..], more].concat();
        self.send("POST", "/token", &[FORM.to_owned()], &form(&parameters))
    }
}

pub(crate) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
pub(crate) const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

pub(crate) fn exchange_of(token: &str) -> [(&str, &str); 3] {
    [("grant_type", TOKEN_EXCHANGE), ("subject_token", token), ("subject_token_type", ACCESS_TOKEN)]
}

/// A token that was never minted.
pub(crate) fn unknown() -> String {
    text(token_issue::generate::<kind::Deploy>().unwrap())
}

#[allow(clippy::needless_pass_by_value, reason = "it is wiped here")]
fn text(secret: Secret) -> String {
    secret.with_bytes("a client has it", |token| String::from_utf8(token.to_vec()).unwrap())
}

/// Serves on a thread of its own, for as long as the tests run.
fn served(app: axum::Router) -> SocketAddr {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, app).await.unwrap();
        });
    });
    address
}

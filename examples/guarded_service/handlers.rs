//! The handlers. Each takes the proof of its scope as an argument: without one the program does not compile.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Json,
    extract::{
        FromRef, Path, State, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket},
    },
    http::{StatusCode, header},
    response::{IntoResponse, Response, Sse, sse::Event},
};
use futures_util::{Stream, StreamExt as _, stream};
use serde::Deserialize;
use token_core::{Authorized, RequireScopes};
use token_guard::{Guard, Until, axum::Proof};
use token_issue::{Issuer, Mint, registry::Rule};
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::timeout,
};

use crate::{kind, scope};

#[derive(RequireScopes)]
#[require(scope::DeployRead)]
pub(crate) struct See;

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
pub(crate) struct Start;

/// Who may see: a job, or a dashboard.
type MaySee = Proof<See, (kind::Deploy, kind::Viewer)>;

#[derive(Clone)]
pub(crate) struct App {
    guard: Guard,
    issuer: Issuer,
    deployments: Arc<Mutex<Vec<String>>>,
    news: broadcast::Sender<String>,
}

impl App {
    pub(crate) fn new(guard: Guard, issuer: Issuer) -> Self {
        let (news, _) = broadcast::channel(16);
        Self { guard, issuer, deployments: Arc::default(), news }
    }

    fn deployments(&self) -> Vec<String> {
        self.deployments.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The domain asks for the proof, too.
    fn deploy(&self, may: &Authorized<Start, kind::Deploy>, repo: &str, version: &str) -> String {
        let line = format!("{repo} {version} by {}", may.subject().unwrap_or("somebody"));
        self.deployments.lock().unwrap_or_else(PoisonError::into_inner).push(line.clone());
        // Nobody may be listening.
        let _ = self.news.send(line.clone());
        line
    }
}

/// By this the extractors find the guard.
impl FromRef<App> for Guard {
    fn from_ref(app: &App) -> Self {
        app.guard.clone()
    }
}

pub(crate) async fn health() -> &'static str {
    "ok"
}

pub(crate) async fn list(_: MaySee, State(app): State<App>) -> Json<Vec<String>> {
    Json(app.deployments())
}

pub(crate) async fn show(
    State(app): State<App>, // cannot fail, so it may stand before the proof
    _: MaySee,
    Path(repo): Path<String>,
) -> Json<Vec<String>> {
    let mut deployments = app.deployments();
    deployments.retain(|line| line.split(' ').next() == Some(&repo));
    Json(deployments)
}

#[derive(Deserialize)]
pub(crate) struct Order {
    version: String,
}

pub(crate) async fn start(
    may: Proof<Start, kind::Deploy>,
    State(app): State<App>,
    Path(repo): Path<String>,
    Json(order): Json<Order>,
) -> (StatusCode, String) {
    (StatusCode::CREATED, app.deploy(&may, &repo, &order.version))
}

/// Whoever needs a token no longer gives it back: it is revoked, and so is what was opened with tickets.
pub(crate) async fn give_back(may: MaySee, State(app): State<App>) -> Result<StatusCode, Failed> {
    let _ = app.issuer.revoke(may.token(), "given back").await?;
    // A token without a subject gets no tickets.
    if let Some(subject) = may.subject() {
        let tickets = Rule::all().subject(subject).kind("ticket");
        let _ = app.issuer.revoke_matching(tickets, "given back").await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A token for one use, with which a page opens `/socket`. It has the subject of the page's own token, by which what it opened is
/// ended; whoever has none uses its own token.
pub(crate) async fn ticket(may: MaySee, State(app): State<App>) -> Result<Response, Failed> {
    let Some(subject) = may.subject() else { return Ok(StatusCode::CONFLICT.into_response()) };
    let ticket = Mint::<kind::Ticket>::new().subject(subject).reason("opens a socket");
    let body = app.issuer.mint(ticket).await?.into_response().into_body("the caller asked for it");
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, body).into_response())
}

/// The issuer cannot do it at the moment. Why, its log says.
pub(crate) struct Failed;

impl From<token_issue::Error> for Failed {
    fn from(_: token_issue::Error) -> Self {
        Self
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")]).into_response()
    }
}

/// Each new deployment, until the client goes or its token is no longer valid.
pub(crate) async fn events(may: MaySee, State(app): State<App>) -> impl IntoResponse {
    let events = news(&app).map(|line| Ok::<_, axum::Error>(Event::default().data(line)));
    // The first event says that the client will hear of everything from now on.
    let hello = stream::once(async { Ok(Event::default().data("listening")) });
    Sse::new(Until::new(hello.chain(events).boxed(), may.until_invalid()))
}

pub(crate) async fn socket(
    may: Proof<See, (kind::Deploy, kind::Viewer, kind::Ticket)>,
    State(app): State<App>,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade.protocols(["deployments.v1"]).on_upgrade(async move |mut socket| {
        if let Err(refused) = may.while_valid(talk(&mut socket, &app)).await {
            // RFC 6455 section 7.4.1: the other side breaks a rule.
            let frame = CloseFrame { code: 1008, reason: refused.name().into() };
            // A client that reads nothing must not hold the socket.
            let _ = timeout(A_SECOND, socket.send(Message::Close(Some(frame)))).await;
        }
    })
}

const A_SECOND: Duration = Duration::from_secs(1);

async fn talk(socket: &mut WebSocket, app: &App) {
    let mut news = Box::pin(news(app));
    while let Some(line) = news.next().await {
        if socket.send(line.into()).await.is_err() {
            return;
        }
    }
}

fn news(app: &App) -> impl Stream<Item = String> + Send + use<> {
    stream::unfold(app.news.subscribe(), async |mut news| {
        loop {
            match news.recv().await {
                Ok(line) => return Some((line, news)),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    })
}

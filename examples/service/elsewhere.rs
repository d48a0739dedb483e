//! What somebody else runs: a token endpoint and the service of orders. It stands in for them, so that the example needs no network,
//! and it is as careless as others are: an error of it has the request's token in its text.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Read as _},
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{self, State},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::json;
use tokio::net::TcpListener;

#[derive(Clone)]
pub(crate) struct Elsewhere {
    address: SocketAddr,
    client_secret: PathBuf,
    #[cfg(test)]
    state: Arc<Inner>,
}

struct Inner {
    /// What the token endpoint expects in the header.
    client: String,
    life: Duration,
    /// The tokens that the service of orders takes.
    issued: Mutex<Vec<String>>,
    addresses: HashMap<u32, &'static str>,
}

/// Listens on a free port, and writes the client's secret to a file, as an administrator would. Its tokens say that they live
/// for `life`.
pub(crate) async fn start(dir: &Path, life: Duration) -> io::Result<Elsewhere> {
    let (client_secret, secret) = (dir.join("client-secret"), random()?);
    fs::write(&client_secret, &secret)?;
    fs::set_permissions(&client_secret, fs::Permissions::from_mode(0o600))?;
    let client = format!("Basic {}", BASE64_STANDARD.encode(format!("shipping:{secret}")));
    let addresses = HashMap::from([(7, "12 Main Street"), (8, "1 Harbour Road")]);
    let state = Arc::new(Inner { client, life, issued: Mutex::default(), addresses });
    let app = Router::new().route("/token", post(token)).route("/orders/{number}", get(order));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let app = app.with_state(Arc::clone(&state));
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(Elsewhere {
        address,
        client_secret,
        #[cfg(test)]
        state,
    })
}

impl Elsewhere {
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn client_secret(&self) -> &Path {
        &self.client_secret
    }

    /// The tokens that it has issued.
    #[cfg(test)]
    pub(crate) fn issued(&self) -> Vec<String> {
        self.state.lock().clone()
    }

    /// From now on it takes none of the tokens that it has issued.
    #[cfg(test)]
    pub(crate) fn revoke_all(&self) {
        self.state.lock().iter_mut().for_each(|token| token.insert(0, '!'));
    }
}

impl Inner {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn header(headers: &HeaderMap) -> &str {
    headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

async fn token(State(state): State<Arc<Inner>>, headers: HeaderMap) -> Response {
    if header(&headers) != state.client {
        let error = json!({ "error": "invalid_client" });
        return (StatusCode::UNAUTHORIZED, Json(error)).into_response();
    }
    let Ok(token) = random() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    state.lock().push(token.clone());
    let expires_in = state.life.as_secs();
    let answer = json!({ "access_token": token, "token_type": "Bearer", "expires_in": expires_in });
    Json(answer).into_response()
}

async fn order(
    State(state): State<Arc<Inner>>,
    extract::Path(number): extract::Path<u32>,
    headers: HeaderMap,
) -> Response {
    let sent = header(&headers);
    let is_known = sent
        .strip_prefix("Bearer ")
        .is_some_and(|sent| state.lock().iter().any(|token| token == sent));
    match (is_known, state.addresses.get(&number)) {
        (false, _) => {
            let challenge = [("www-authenticate", "Bearer error=\"invalid_token\"")];
            (StatusCode::UNAUTHORIZED, challenge).into_response()
        }
        // An error page with the whole request, as many frameworks show it.
        (true, None) if number == 13 => {
            let page = format!("panic at order 13; headers: authorization: {sent}");
            (StatusCode::INTERNAL_SERVER_ERROR, page).into_response()
        }
        (true, None) => StatusCode::NOT_FOUND.into_response(),
        (true, Some(address)) => Json(json!({ "address": address })).into_response(),
    }
}

fn random() -> io::Result<String> {
    let mut bytes = [0; 20];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

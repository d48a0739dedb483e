//! The HTTP client, and the token endpoint that it asks (RFC 6749 section 4.4).

use std::{error::Error, time::Duration};

use axum::{
    body::Bytes,
    http::{Request, Response, Uri},
};
use token_core::source;
use token_rotate::{
    Attempt, Failure,
    oauth::{ClientAuth, ClientCredentials, Endpoint},
};
use tokio::runtime::Handle;

use crate::{elsewhere::Elsewhere, kind};

/// The one client of the service. It follows no redirect: a request has a secret in it. Behind a name it needs a feature of reqwest
/// for TLS.
pub(crate) fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(10))
        .build()
}

/// Where the tokens of kind `Orders` come from. The client's secret is read from its file for each request, and wiped after it: so
/// a secret that was replaced is used without a restart.
pub(crate) fn credentials(
    at: &Elsewhere,
    http: reqwest::Client,
    runtime: Handle,
) -> Result<ClientCredentials<kind::Orders>, Box<dyn Error>> {
    let file = at.client_secret().to_owned();
    let auth = ClientAuth::basic("shipping", move || source::file(&file));
    let uri: Uri = format!("{}/token", at.url()).parse()?;
    let send = move |request: Request<Bytes>, attempt: &Attempt| {
        // `Rotating` calls this on a thread of its own, so it may block.
        runtime.block_on(send(&http, request, attempt.within()))
    };
    Ok(ClientCredentials::new(Endpoint::new(uri, send).auth(auth)))
}

async fn send(
    http: &reqwest::Client,
    request: Request<Bytes>,
    within: Duration,
) -> Result<Response<Bytes>, Failure> {
    let mut request = reqwest::Request::try_from(request).map_err(Failure::permanent)?;
    *request.timeout_mut() = Some(within);
    // Its error names the address, and nothing of the request.
    let answer = http.execute(request).await.map_err(Failure::transient)?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut response = Response::new(answer.bytes().await.map_err(Failure::transient)?);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

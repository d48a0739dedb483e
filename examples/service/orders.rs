//! The client of the service of orders.

use std::sync::Arc;

use axum::http::{StatusCode, header::AUTHORIZATION};
use serde::Deserialize;
use token_core::{Current, RequireScopes, http::Rejected};

use crate::{kind, scope};

#[derive(RequireScopes)]
#[require(scope::OrdersRead)]
struct ReadOrder;

#[derive(Deserialize)]
pub(crate) struct Order {
    pub(crate) address: String,
}

/// Asks for whatever has the token to use now: in `main` one that is kept fresh, in a test a plain one.
#[derive(Clone)]
pub(crate) struct Orders {
    token: Arc<dyn Current<kind::Orders>>,
    http: reqwest::Client,
    url: String,
}

/// Why there is no order. What the other side said is logged, and masked.
#[derive(Debug)]
pub(crate) enum Failed {
    /// There is no such order.
    Unknown,
    /// Another try in a moment may help.
    Unavailable,
}

impl Orders {
    pub(crate) fn new(
        token: Arc<dyn Current<kind::Orders>>,
        http: reqwest::Client,
        url: String,
    ) -> Self {
        Self { token, http, url }
    }

    /// Whether there is a token now, for the health check.
    pub(crate) fn has_token(&self) -> bool {
        self.token.current().is_ok_and(|token| token.is_valid())
    }

    pub(crate) async fn order(&self, number: u32) -> Result<Order, Failed> {
        // No lease is held while something is awaited. The header is wiped when the request is.
        let (header, id) = {
            let token = self.token.current().map_err(unavailable)?;
            (token.header(&ReadOrder).map_err(unavailable)?, token.id())
        };
        let request = self.http.get(format!("{}/orders/{number}", self.url));
        let answer = request.header(AUTHORIZATION, header).send().await.map_err(unavailable)?;
        match answer.status() {
            StatusCode::OK => answer.json().await.map_err(unavailable),
            StatusCode::NOT_FOUND => Err(Failed::Unknown),
            _ => {
                // The scopes that were needed are of no use here: this client has one kind of token.
                if Rejected::of(answer.status(), answer.headers(), &[]).is_some() {
                    // Of many requests that come back like this, the first leads to a fetch.
                    self.token.rejected(id);
                }
                let (status, body) = (answer.status(), answer.text().await.unwrap_or_default());
                let body: String = body.chars().take(2_000).collect();
                tracing::warn!(%status, body, "the service of orders failed");
                Err(Failed::Unavailable)
            }
        }
    }
}

fn unavailable(error: impl std::error::Error + 'static) -> Failed {
    tracing::warn!(error = &error as &dyn std::error::Error, "no order");
    Failed::Unavailable
}

//! The client of the service of orders.

use std::sync::Arc;

use axum::http::header::AUTHORIZATION;
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
        // The header is made before anything is awaited; it is wiped when the request is.
        let (header, id) = {
            let token = self.token.current().map_err(unavailable)?;
            (token.header(&ReadOrder).map_err(unavailable)?, token.id())
        };
        let request = self.http.get(format!("{}/orders/{number}", self.url));
        let answer = request.header(AUTHORIZATION, header).send().await.map_err(unavailable)?;
        match answer.status().as_u16() {
            200 => answer.json().await.map_err(unavailable),
            404 => Err(Failed::Unknown),
            _ => {
                if Rejected::of(answer.status(), answer.headers(), &[]).is_some() {
                    // Of many requests that come back like this, the first leads to a fetch.
                    self.token.rejected(id);
                }
                let (status, body) = (answer.status(), answer.text().await.unwrap_or_default());
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

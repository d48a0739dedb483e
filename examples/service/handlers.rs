//! The routes and their handlers. Each handler but that of `/health` takes the proof of its scope: without one the program does not
//! compile.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    Json,
    extract::{FromRef, Path, State},
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use token_core::{Authorized, RequireScopes};
use token_guard::{
    Guard,
    axum::{Proof, Router, get, post, public},
};

use crate::{
    kind,
    orders::{Failed, Order, Orders},
    scope,
};

#[derive(RequireScopes)]
#[require(scope::ShipmentRead)]
pub(crate) struct See;

#[derive(RequireScopes)]
#[require(scope::ShipmentCreate)]
pub(crate) struct Ship;

#[derive(Clone)]
pub(crate) struct App {
    guard: Guard,
    orders: Orders,
    shipments: Arc<Mutex<Vec<String>>>,
}

impl App {
    pub(crate) fn new(guard: Guard, orders: Orders) -> Self {
        Self { guard, orders, shipments: Arc::default() }
    }

    /// The domain asks for the proof, too.
    fn ship(&self, may: &Authorized<Ship, kind::Clerk>, number: u32, order: &Order) -> String {
        let clerk = may.subject().unwrap_or("somebody");
        let line = format!("order {number} to {} by {clerk}", order.address);
        self.shipments.lock().unwrap_or_else(PoisonError::into_inner).push(line.clone());
        line
    }
}

/// By this the extractors find the guard.
impl FromRef<App> for Guard {
    fn from_ref(app: &App) -> Self {
        app.guard.clone()
    }
}

pub(crate) fn router(app: App) -> axum::Router {
    let router = Router::new()
        .route("/health", public("load balancer", get(health)))
        .route("/shipments", get(list))
        .route("/shipments/{order}", post(ship));
    router.with_state(app).finish()
}

async fn health(State(app): State<App>) -> StatusCode {
    match app.orders.has_token() {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    }
}

async fn list(_: Proof<See, kind::Clerk>, State(app): State<App>) -> Json<Vec<String>> {
    Json(app.shipments.lock().unwrap_or_else(PoisonError::into_inner).clone())
}

async fn ship(
    may: Proof<Ship, kind::Clerk>,
    State(app): State<App>,
    Path(number): Path<u32>,
) -> Result<(StatusCode, String), Failed> {
    let order = app.orders.order(number).await?;
    let line = app.ship(&may, number, &order);
    tracing::info!(line, "shipped");
    Ok((StatusCode::CREATED, line))
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        match self {
            Self::Unknown => StatusCode::NOT_FOUND.into_response(),
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")]).into_response()
            }
        }
    }
}

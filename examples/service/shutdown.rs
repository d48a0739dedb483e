//! Serves until the service is to end, and not much longer.

use std::{future::IntoFuture as _, io, time::Duration};

use axum::Router;
use tokio::{
    net::TcpListener,
    signal::{
        ctrl_c,
        unix::{SignalKind, signal},
    },
    sync::oneshot,
    time::sleep,
};

/// Serves until somebody asks for the end. Requests that are under way then have this long; a second signal cuts them off at once.
///
/// Without an end to the wait, anybody who opens a connection and sends half a request keeps the service from closing its log.
pub(crate) async fn serve(listener: TcpListener, app: Router, drain: Duration) -> io::Result<()> {
    let (tell, asked) = oneshot::channel::<()>();
    let served = axum::serve(listener, app).with_graceful_shutdown(async move {
        let signal = told().await;
        tracing::info!(signal, "ending");
        drop(tell);
    });
    let too_long = async {
        let _ = asked.await;
        tokio::select! {
            () = sleep(drain) => {}
            _ = told() => {}
        }
    };
    tokio::select! {
        ended = served.into_future() => ended,
        () = too_long => {
            tracing::warn!("requests are cut off");
            Ok(())
        }
    }
}

/// Waits for Ctrl-C, or for SIGTERM, by which systemd and Kubernetes end a service.
async fn told() -> &'static str {
    let term = async {
        match signal(SignalKind::terminate()) {
            Ok(mut term) => drop(term.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = ctrl_c() => "SIGINT",
        () = term => "SIGTERM",
    }
}

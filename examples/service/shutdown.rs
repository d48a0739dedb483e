//! When the service is to end.

use std::io::Read as _;

use tokio::{
    signal::{
        ctrl_c,
        unix::{SignalKind, signal},
    },
    sync::oneshot,
};

/// Ends with Ctrl-C, with SIGTERM, by which systemd and Kubernetes end a service, or when standard input does.
pub(crate) async fn asked_for() {
    let (ended, input) = oneshot::channel::<()>();
    // A read of standard input cannot be cancelled, so no task of the runtime does it.
    std::thread::spawn(move || {
        let _ = std::io::stdin().read(&mut [0]);
        drop(ended);
    });
    let term = async {
        match signal(SignalKind::terminate()) {
            Ok(mut term) => drop(term.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = ctrl_c() => {}
        () = term => {}
        _ = input => {}
    }
}

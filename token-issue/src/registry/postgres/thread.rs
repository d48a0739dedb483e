//! A thread with a runtime of its own, so that the registry works under any runtime and under none.

use std::thread;

use tokio::{
    runtime::{Builder, Handle},
    sync::{mpsc, oneshot},
};

use super::trouble::Trouble;
use crate::registry::{Boxed, RegistryError};

pub(super) struct Thread {
    handle: Handle,
    /// Each task has one, too. The thread ends when all are dropped.
    busy: mpsc::Sender<()>,
}

impl Thread {
    /// The thread ends when this is dropped and all that was asked of it is done.
    pub(super) fn start() -> Result<Self, RegistryError> {
        let failed = |error: std::io::Error| {
            RegistryError::unavailable(format!("no thread can be started: {}", error.kind()))
        };
        let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let handle = runtime.handle().clone();
        let (busy, mut idle) = mpsc::channel::<()>(1);
        // Nothing is ever sent.
        let run = move || {
            runtime.block_on(idle.recv());
        };
        thread::Builder::new().name("token-registry".into()).spawn(run).map_err(failed)?;
        Ok(Self { handle, busy })
    }

    /// Does something on the thread, also if the future that yields its answer is dropped.
    pub(super) fn run<'r, T: Send + 'static>(
        &self,
        how: impl Future<Output = Result<T, Trouble>> + Send + 'static,
    ) -> Boxed<'r, T> {
        let (tell, told) = oneshot::channel();
        let busy = self.busy.clone();
        self.handle.spawn(async move {
            let _busy = busy;
            // Nobody may wait any more.
            drop(tell.send(how.await.map_err(|Trouble(error)| error)));
        });
        Box::pin(async move { told.await.unwrap_or_else(|_| Err(ended())) })
    }

    /// Does something on the thread for as long as there is one.
    pub(super) fn keep(&self, how: impl Future<Output = ()> + Send + 'static) {
        drop(self.handle.spawn(how));
    }
}

#[cold]
fn ended() -> RegistryError {
    RegistryError::unavailable("the thread of the registry has ended; open the registry again")
}

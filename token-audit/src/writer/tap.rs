//! Gives tokens a handle on the log.

use std::sync::Arc;

use super::{Handle, Log};
use crate::{Error, Event, Receipt, Recorder, error::FaultProblem};

/// The handle on the log that tokens hold. They may be dropped where a thread must not wait. So if this is the last
/// handle, dropping it does not wait for the log to close.
pub(super) struct Tap(Option<Arc<Handle>>);

impl Tap {
    pub(super) fn new(handle: Arc<Handle>) -> Self {
        Self(Some(handle))
    }
}

impl Recorder for Tap {
    fn record(&self, event: Event) -> Result<Receipt, token_core::Error> {
        match &self.0 {
            Some(handle) => Log(handle.clone()).record(event),
            None => Err(token_core::Error::not_recorded(Error::from(FaultProblem::Closed.alone()))),
        }
    }

    fn note(&self, event: Event) {
        if let Some(handle) = &self.0 {
            handle.note(event);
        }
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        if let Some(mut last) = self.0.take().and_then(Arc::into_inner) {
            last.waits = false;
        }
    }
}

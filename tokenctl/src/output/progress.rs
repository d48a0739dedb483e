//! How far a long run is, for whoever watches a terminal.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::ProgressBar;

use super::Output;

/// A run that is shorter shows nothing.
const PATIENCE: Duration = Duration::from_millis(500);
const BETWEEN: Duration = Duration::from_millis(100);

/// Shows how far a run is, until it is dropped.
pub(crate) struct Watch {
    running: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Watch {
    /// Begins to watch, if somebody looks at a terminal.
    pub(crate) fn new(output: &Output, said: impl Fn() -> String + Send + 'static) -> Watch {
        let running = output.is_watched().then(|| {
            let (stop, stopped) = mpsc::channel();
            let thread = thread::spawn(move || {
                if stopped.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
                let bar = ProgressBar::new_spinner();
                loop {
                    bar.set_message(said());
                    bar.tick();
                    if stopped.recv_timeout(BETWEEN) != Err(RecvTimeoutError::Timeout) {
                        break;
                    }
                }
                bar.finish_and_clear();
            });
            (stop, thread)
        });
        Watch { running }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            drop(stop);
            // It only draws; if it panicked, nothing is lost.
            let _ = thread.join();
        }
    }
}

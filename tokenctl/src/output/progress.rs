//! Shows on a terminal how far a long run is.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::ProgressBar;

use super::Output;

/// How long a run must take before anything is shown.
const PATIENCE: Duration = Duration::from_millis(500);
const BETWEEN: Duration = Duration::from_millis(100);

/// Shows how far a run is, until it is dropped.
pub(crate) struct Watch {
    running: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Watch {
    /// Starts to show progress, if standard error is a terminal and `--quiet` is not given. `said` returns the text to
    /// show.
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
            // The thread only draws, so nothing is lost if it panicked.
            let _ = thread.join();
        }
    }
}

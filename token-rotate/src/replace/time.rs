//! Defines the clock of a run.

use std::time::Duration;

use token_core::UtcDateTime;

/// The clock by which a run waits. A test's need not be the system's.
pub trait Time {
    /// Returns what time it is.
    fn now(&self) -> UtcDateTime;

    /// Lets this much time pass.
    fn wait(&mut self, time: Duration);
}

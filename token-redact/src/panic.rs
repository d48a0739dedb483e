//! Masks the messages of panics.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    boxed::Box,
    format,
    io::{self, Write},
    panic::{self, PanicHookInfo},
    string::String,
    thread,
};

use super::redaction::Redaction;

impl Redaction {
    /// Sets a panic hook that masks the messages of panics, and what `RUST_BACKTRACE` adds to them, on standard error.
    ///
    /// The previous hook is replaced and not called, since it would print the same text unmasked. Call this first in
    /// `main`; a hook that is set later replaces this one.
    pub fn set_panic_hook(&self) {
        let redaction = self.clone();
        panic::set_hook(Box::new(move |info| {
            let mut stderr = redaction.writer(io::stderr().lock());
            // An error cannot be reported here. The standard library's hook ignores it too.
            let _ = stderr.write_all(message(info).as_bytes()).and_then(|()| stderr.finish());
        }));
    }
}

/// Returns the text that the standard library's hook prints.
fn message(info: &PanicHookInfo<'_>) -> String {
    let thread = thread::current();
    let name = thread.name().unwrap_or("<unnamed>");
    let place = info.location().map(|place| format!(" at {place}")).unwrap_or_default();
    let payload = info.payload_as_str().unwrap_or("Box<dyn Any>");
    let trace = Backtrace::capture();
    let trace = match trace.status() {
        BacktraceStatus::Captured => format!("\nstack backtrace:\n{trace}"),
        _ => String::from(
            "\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n",
        ),
    };
    format!("\nthread '{name}' panicked{place}:\n{payload}{trace}")
}

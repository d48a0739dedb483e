//! Masks the messages of panics.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    io::{self, BufWriter, Write},
    panic::{self, PanicHookInfo},
    thread,
};

use super::redaction::Redaction;

impl Redaction {
    /// Sets a panic hook that masks the messages of panics, and what `RUST_BACKTRACE` adds to them, on standard error.
    /// The hook keeps no copy of the message; the payload of the panic is its owner's.
    ///
    /// The previous hook is replaced and not called, since it would print the same text unmasked. Call this first in
    /// `main`; a hook that is set later replaces this one.
    pub fn set_panic_hook(&self) {
        let redaction = self.clone();
        panic::set_hook(Box::new(move |info| {
            // An error cannot be reported here. The standard library's hook ignores it too.
            let _ = write_masked(&redaction, info);
        }));
    }
}

fn write_masked(redaction: &Redaction, info: &PanicHookInfo<'_>) -> io::Result<()> {
    // The buffer holds text that is masked already.
    let mut masked = redaction.writer(BufWriter::new(io::stderr().lock()));
    write_message(&mut masked, info)?;
    masked.finish()
}

/// Writes the text that the standard library's hook prints, piece by piece: a `String` of it would be a copy that
/// nobody wipes.
fn write_message(to: &mut impl Write, info: &PanicHookInfo<'_>) -> io::Result<()> {
    let thread = thread::current();
    let name = thread.name().unwrap_or("<unnamed>");
    write!(to, "\nthread '{name}' panicked")?;
    if let Some(place) = info.location() {
        write!(to, " at {place}")?;
    }
    let payload = info.payload_as_str().unwrap_or("Box<dyn Any>");
    write!(to, ":\n{payload}")?;
    let trace = Backtrace::capture();
    match trace.status() {
        BacktraceStatus::Captured => write!(to, "\nstack backtrace:\n{trace}"),
        _ => to.write_all(
            b"\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n",
        ),
    }
}

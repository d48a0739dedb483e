//! Masks values while they are formatted.

use core::{
    error::Error,
    fmt::{self, Write},
};

use zeroize::Zeroize;

use super::{engine::Engine, redaction::Redaction};

/// A value whose text is masked. [`Redaction::display`] makes it.
///
/// Of the format flags only `#` reaches the value. Width, fill and precision have no effect, since a token has to be
/// seen whole to be masked.
pub struct Redacted<'a, T: ?Sized> {
    redaction: &'a Redaction,
    value: &'a T,
}

impl Redaction {
    /// Wraps a value, so that its text is masked when it is formatted with `{}` or `{:?}`.
    pub fn display<'a, T: ?Sized>(&'a self, value: &'a T) -> Redacted<'a, T> {
        Redacted { redaction: self, value }
    }

    /// Wraps an error, so that its text and that of all its sources, joined by `: `, is masked when it is formatted.
    pub fn error<'a>(&'a self, error: &'a (dyn Error + 'a)) -> RedactedError<'a> {
        RedactedError { redaction: self, error }
    }
}

impl<T: fmt::Display + ?Sized> fmt::Display for Redacted<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        masked(self.redaction, f, |masking, is_alternate| match is_alternate {
            true => write!(masking, "{:#}", self.value),
            false => write!(masking, "{}", self.value),
        })
    }
}

impl<T: fmt::Debug + ?Sized> fmt::Debug for Redacted<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        masked(self.redaction, f, |masking, is_alternate| match is_alternate {
            true => write!(masking, "{:#?}", self.value),
            false => write!(masking, "{:?}", self.value),
        })
    }
}

/// An error whose text, and that of its sources, is masked. [`Redaction::error`] makes it.
pub struct RedactedError<'a> {
    redaction: &'a Redaction,
    error: &'a (dyn Error + 'a),
}

impl fmt::Display for RedactedError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        masked(self.redaction, f, |masking, _| {
            write!(masking, "{}", self.error)?;
            let mut next = self.error.source();
            while let Some(source) = next {
                write!(masking, ": {source}")?;
                next = source.source();
            }
            Ok(())
        })
    }
}

impl fmt::Debug for RedactedError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        masked(self.redaction, f, |masking, is_alternate| match is_alternate {
            true => write!(masking, "{:#?}", self.error),
            false => write!(masking, "{:?}", self.error),
        })
    }
}

/// Formats a value into a `Masking`, which passes the masked text on to `f`.
fn masked(
    redaction: &Redaction,
    f: &mut fmt::Formatter<'_>,
    format: impl FnOnce(&mut Masking<'_, '_>, bool) -> fmt::Result,
) -> fmt::Result {
    let is_alternate = f.alternate();
    let mut masking = Masking { f, engine: redaction.engine(), out: Vec::new(), waiting: 0 };
    format(&mut masking, is_alternate)?;
    masking.engine.finish(&mut masking.out);
    masking.pass()
}

/// Masks the text that a value writes.
struct Masking<'f, 'b> {
    f: &'f mut fmt::Formatter<'b>,
    engine: Engine,
    out: Vec<u8>,
    /// How many bytes the engine holds that it has not scanned yet.
    waiting: usize,
}

impl Masking<'_, '_> {
    fn pass(&mut self) -> fmt::Result {
        // Every piece is UTF-8, since text is cut only where a token may begin, and a token is ASCII.
        let text = core::str::from_utf8(&self.out).map_err(|_| fmt::Error)?;
        self.f.write_str(text)?;
        self.out.as_mut_slice().zeroize();
        self.out.clear();
        Ok(())
    }
}

impl Write for Masking<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.engine.hold(text.as_bytes());
        self.waiting += text.len();
        if self.waiting < PIECE.max(self.engine.holds() / 2) {
            return Ok(());
        }
        self.waiting = 0;
        self.engine.pass_on(&mut self.out);
        self.pass()
    }
}

/// How many bytes are scanned together at least. Without this, text that is held back would be scanned again for each write, and
/// `{:?}` writes single characters.
const PIECE: usize = 4096;

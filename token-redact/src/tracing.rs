//! Masks the output of `tracing-subscriber`.

use std::fmt;

use tracing_core::Metadata;
use tracing_subscriber::fmt::MakeWriter;

use super::{redaction::Redaction, writer::Redactor};

/// Makes writers that mask tokens. [`Redaction::make_writer`] makes it.
///
/// ```
/// use std::io::Stderr;
/// use token_redact::{MakeRedactor, Redaction};
///
/// struct Output {
///     writer: MakeRedactor<fn() -> Stderr>,
/// }
///
/// let output = Output { writer: Redaction::new([]).make_writer(std::io::stderr) };
/// let subscriber = tracing_subscriber::fmt().json().with_writer(output.writer).finish();
/// # drop(subscriber);
/// ```
#[derive(Clone)]
pub struct MakeRedactor<M> {
    redaction: Redaction,
    inner: M,
}

impl Redaction {
    /// Returns a `MakeWriter` that masks everything that a subscriber writes: messages, fields and spans, plain or as
    /// JSON.
    ///
    /// A `Layer` could not do this: it sees values, and the text is made by the layer that formats them. Each event is
    /// one text, so no text is held back beyond the end of its event.
    ///
    /// ```
    /// use token_redact::Redaction;
    ///
    /// let redaction = Redaction::new([]);
    /// let subscriber = tracing_subscriber::fmt()
    ///     .with_writer(redaction.make_writer(std::io::stderr))
    ///     .finish();
    /// # drop(subscriber);
    /// ```
    pub fn make_writer<M>(&self, inner: M) -> MakeRedactor<M> {
        MakeRedactor { redaction: self.clone(), inner }
    }
}

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for MakeRedactor<M> {
    type Writer = Redactor<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        self.redaction.writer(self.inner.make_writer())
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> Self::Writer {
        self.redaction.writer(self.inner.make_writer_for(metadata))
    }
}

impl<M: fmt::Debug> fmt::Debug for MakeRedactor<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MakeRedactor").field("inner", &self.inner).finish_non_exhaustive()
    }
}

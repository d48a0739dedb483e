//! Masks the tokens in what is written to a writer.

use std::{
    fmt,
    io::{self, ErrorKind, Write},
    vec::Vec,
};

use token_core::wipe;
use zeroize::Zeroize;

use super::engine::Engine;

/// Masks tokens in the text that is written to it, and passes all other text on.
/// [`Redaction::writer`](super::Redaction::writer) makes it.
///
/// The output does not depend on how the text is cut into writes, nor on where it is flushed. The work for each byte is
/// bounded, however small the writes and however long the registered values are.
///
/// # Which text is held back, and how long
///
/// - Text that may be the beginning of a token waits for the text that comes next. No token has white space in it, so
///   after a space or a line break nothing waits. Otherwise the beginning of a token of our own format waits, and, if
///   values are registered, the last word. The text that waits is shorter than twice the longest form of a token (six bytes
///   for each byte of the token), or than 64 bytes. Control sequences of a terminal count besides: up to 64 bytes for each
///   character.
/// - [`flush`](Write::flush) passes on all text with which no token can begin, as far as its first characters tell (one,
///   two, four, eight and sixteen of them), and flushes the inner writer. So progress and prompts are shown. What may be
///   half a token is still held back. A last letter or digit may wait because a token in base64 may begin with it; end a
///   prompt with another character.
/// - [`finish`](Self::finish) and dropping the writer end the text: the text that waits can no longer become a whole
///   token, and is passed on.
///
/// # Errors
///
/// Text that `write` has accepted is never lost: if the inner writer fails, the text is kept, and the next call tries
/// again. A `write` that has already accepted its text cannot return the error. Then the next call returns it, and
/// accepts nothing. Only `WouldBlock` is not kept for the next call, which meets it again anyway. `write_all` returns
/// each error itself, also `WouldBlock`. As with any writer, it is not known how much text was written before the
/// error, so don't call it again with the same text. A dropped writer cannot report an error, so call
/// [`finish`](Self::finish).
///
/// If the inner writer panics, every later call fails and nothing more is written, not even when this is dropped: it is not
/// known how much was written, so the rest of a token could be taken for clean text.
///
/// The writer holds at most 64 KiB of text beyond what waits, and the masked form of as much text. The
/// masked form can be longer, since the name of a kind can be longer than a token.
pub struct Redactor<W: Write> {
    inner: W,
    engine: Engine,
    /// The text that was accepted and masked, and is not written yet.
    out: Vec<u8>,
    /// How many bytes of `out` are written.
    written: usize,
    /// The error of a call that had accepted its text, and so could not return the error.
    error: Option<io::Error>,
    /// Whether the inner writer is at work. If it panics, this stays `true`, and nothing more is written: it is not known
    /// what was written, so a part of a token could be taken for clean text.
    is_writing: bool,
}

impl<W: Write> Redactor<W> {
    pub(super) fn new(engine: Engine, inner: W) -> Self {
        Self { inner, engine, out: Vec::new(), written: 0, error: None, is_writing: false }
    }

    /// Returns the inner writer.
    pub fn get_ref(&self) -> &W {
        &self.inner
    }

    /// Returns the inner writer. Text that is written to it directly is not masked, and comes before the text that is
    /// held back.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.inner
    }

    /// Returns how many bytes are held back, since they may be the beginning of a token.
    pub fn held(&self) -> usize {
        self.engine.holds()
    }

    /// Ends the text: passes on what is held back, and flushes the inner writer. Another text may follow.
    ///
    /// # Errors
    ///
    /// Returns an error of the inner writer, from this call or from an earlier one. No text is lost; call it again.
    pub fn finish(&mut self) -> io::Result<()> {
        self.settle()?;
        self.engine.finish(&mut self.out);
        self.drain()?;
        self.flush_inner()
    }

    fn flush_inner(&mut self) -> io::Result<()> {
        self.is_writing = true;
        let flushed = self.inner.flush();
        self.is_writing = false;
        flushed
    }

    /// Returns the error of an earlier call, if there is one. Otherwise writes the text that is left.
    #[inline]
    fn settle(&mut self) -> io::Result<()> {
        if self.is_writing {
            return Err(io::Error::other(PANICKED));
        }
        match self.error.take() {
            Some(error) => Err(error),
            None => self.drain(),
        }
    }

    /// Writes the text that was accepted and masked.
    #[inline]
    fn drain(&mut self) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        self.drain_out()
    }

    fn drain_out(&mut self) -> io::Result<()> {
        while let Some(rest) = self.out.get(self.written..)
            && !rest.is_empty()
        {
            self.is_writing = true;
            let written = self.inner.write(rest);
            self.is_writing = false;
            match written {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => self.written += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        // The memory is wiped, since at the end of a text it may hold half a token.
        self.out.as_mut_slice().zeroize();
        self.out.clear();
        self.out.shrink_to(CHUNK);
        self.written = 0;
        Ok(())
    }

    /// Passes on the first `clean` bytes of a text without copying them, holds the rest back, and returns how many
    /// bytes were accepted. If the inner writer takes fewer than `clean` bytes, only these are accepted.
    fn pass(&mut self, text: &[u8], clean: usize) -> io::Result<usize> {
        let (head, tail) = text.split_at_checked(clean).unwrap_or((text, &[]));
        if !head.is_empty() {
            self.is_writing = true;
            let written = self.inner.write(head);
            self.is_writing = false;
            let count = written?;
            self.engine.passed(text, count);
            if count < clean {
                return Ok(count);
            }
        }
        self.engine.hold(tail);
        Ok(text.len())
    }

    /// Writes text that was accepted. What the inner writer does not take now is written by a later call.
    fn drain_later(&mut self) {
        if let Err(error) = self.drain()
            && error.kind() != ErrorKind::WouldBlock
        {
            self.error = Some(error);
        }
    }
}

impl<W: Write> Write for Redactor<W> {
    #[inline]
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.settle()?;
        let text = text.get(..CHUNK).unwrap_or(text);
        if let Some(clean) = self.engine.clean(text) {
            return self.pass(text, clean);
        }
        self.engine.take(text, &mut self.out);
        self.drain_later();
        Ok(text.len())
    }

    /// Writes all of the text, and returns the error of its own writes. There may be no next call that could return it:
    /// a tracing subscriber drops its writer after each event.
    fn write_all(&mut self, mut text: &[u8]) -> io::Result<()> {
        while !text.is_empty() {
            match self.write(text) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => text = text.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.settle()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.settle()?;
        self.engine.flush(&mut self.out);
        self.drain()?;
        self.flush_inner()
    }
}

impl<W: Write> Drop for Redactor<W> {
    fn drop(&mut self) {
        if !self.is_writing {
            // There is no way to return an error here.
            let _ = self.drain();
            self.engine.finish(&mut self.out);
            let _ = self.drain();
        }
        self.out.as_mut_slice().zeroize();
        wipe::registers();
    }
}

impl<W: Write + fmt::Debug> fmt::Debug for Redactor<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").field("inner", &self.inner).field("held", &self.held()).finish()
    }
}

/// The error of each call after a panic.
const PANICKED: &str =
    "the inner writer panicked, so nothing more is written to it; make a new one";

/// The most bytes that one call accepts. This bounds the memory.
const CHUNK: usize = 64 * 1024;

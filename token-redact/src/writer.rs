//! A writer that masks tokens.

use std::{
    fmt,
    io::{self, ErrorKind, Write},
    mem,
    vec::Vec,
};

use token_core::wipe;
use zeroize::Zeroize;

use super::engine::Engine;

/// Masks tokens in what is written, and passes the rest on: see [`Redaction::writer`](super::Redaction::writer).
///
/// However the text is cut into writes, the output is the same.
///
/// # What is held back, and how long
///
/// - Text that may be the beginning of a token waits for what comes next. No token has white space in it, so after a space
///   or a line break nothing waits. Otherwise of our own format only what is the beginning of a token waits, of registered
///   values the last word; in both cases less than the longest form that a token can have (six bytes for each of its own).
/// - [`flush`](Write::flush) passes on all else and flushes the inner writer. The text that waits goes on waiting, or half a
///   token could get out. So end a prompt in a space.
/// - [`finish`](Self::finish) and dropping the writer end the text: what waits is no whole token any more, and is passed on.
///
/// # Errors
///
/// What a `write` has accepted is never lost: if the inner writer fails, it is kept and tried again by the next call. That
/// call also returns the error, and accepts nothing, if the one at fault could not. Then `WouldBlock` is not repeated, but
/// found out anew. `write_all` returns each error of its own, also `WouldBlock`; as with any writer, what was written before
/// an error is not known, so it is not to be called again with the same text. A dropped writer cannot report an error: call [`finish`](Self::finish).
///
/// It has at most 64 KiB of text beyond the longest form that a token can have, and what so much text became when it was
/// masked: that may be more, since the name of a token can be longer than the token.
pub struct Redactor<W: Write> {
    inner: W,
    engine: Engine,
    /// What was accepted and masked, but not written yet.
    out: Vec<u8>,
    /// How much of it is written.
    written: usize,
    /// Whose call has accepted its text and so could not say.
    error: Option<io::Error>,
    /// While the inner writer is at work; if it panics, nothing more is written.
    is_writing: bool,
}

impl<W: Write> Redactor<W> {
    pub(super) fn new(engine: Engine, inner: W) -> Self {
        Self { inner, engine, out: Vec::new(), written: 0, error: None, is_writing: false }
    }

    /// The inner writer.
    pub fn get_ref(&self) -> &W {
        &self.inner
    }

    /// The inner writer. What is written to it is not masked, and what is held back comes after it.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.inner
    }

    /// How many bytes are held back, since they may be the beginning of a token.
    pub fn held(&self) -> usize {
        self.engine.holds()
    }

    /// Ends the text: passes on what is held back, and flushes the inner writer. Another text may follow.
    ///
    /// # Errors
    ///
    /// The inner writer's, now or of an earlier call. Nothing is lost; call it again.
    pub fn finish(&mut self) -> io::Result<()> {
        self.settle()?;
        self.engine.finish(&mut self.out);
        self.drain()?;
        self.inner.flush()
    }

    /// Reports the error that is due, and writes what is left.
    #[inline]
    fn settle(&mut self) -> io::Result<()> {
        match self.error.take() {
            Some(error) => Err(error),
            None => self.drain(),
        }
    }

    /// Writes what was accepted.
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
        // At the end of a text half a token may be in it.
        self.out.as_mut_slice().zeroize();
        self.out.clear();
        self.out.shrink_to(CHUNK);
        self.written = 0;
        Ok(())
    }

    /// Passes on text without tokens, without copying it. Nothing is accepted that the inner writer does not take.
    fn pass(&mut self, text: &[u8], clean: usize) -> io::Result<usize> {
        let (head, tail) = text.split_at_checked(clean).unwrap_or((text, &[]));
        if !head.is_empty() {
            self.is_writing = true;
            let written = self.inner.write(head);
            self.is_writing = false;
            let count = written?.min(clean);
            self.engine.passed(text, count);
            if count < clean {
                return Ok(count);
            }
        }
        self.engine.hold(tail);
        Ok(text.len())
    }

    /// Text that was accepted is written by this call or by a later one.
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

    /// Reports an error itself, since nobody may call again: a subscriber drops its writer after each event.
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
        self.inner.flush()
    }
}

impl<W: Write> Drop for Redactor<W> {
    fn drop(&mut self) {
        if mem::replace(&mut self.is_writing, false) {
            return;
        }
        // Nobody can be told of an error here.
        let _ = self.drain();
        self.engine.finish(&mut self.out);
        let _ = self.drain();
        self.out.as_mut_slice().zeroize();
        wipe::registers();
    }
}

impl<W: Write + fmt::Debug> fmt::Debug for Redactor<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").field("inner", &self.inner).field("held", &self.held()).finish()
    }
}

/// As much as a call accepts; it bounds the memory.
const CHUNK: usize = 64 * 1024;

//! Finding registered values in a text.

use std::{cell::LazyCell, vec::Vec};

use super::{Entry, Fingerprint, Foreign, WINDOW, can_be_part, decode::Digits};
use crate::redact::{
    buffer::Buffer,
    escape::{Escape, Unit},
    label::Found,
};

/// Text without a byte that no value has in any form.
#[derive(Clone, Copy)]
struct Run<'t> {
    text: &'t [u8],
    /// Where it begins in the whole text.
    at: usize,
    /// For each [`Escape`], where the first whole character begins.
    skipped: [usize; 2],
}

/// Where finds go, and memory to decode in.
struct Work<'w> {
    scratch: &'w mut Buffer,
    found: &'w mut Vec<Found>,
}

impl Foreign {
    /// Adds the values in `text` to `found`. Returns where the first may begin whose end is not here.
    ///
    /// Whether a value stands at a place depends on the bytes of that place alone, but for escapes: a character may have
    /// begun before the text, and ends `skipped` bytes into it.
    pub(in super::super) fn scan(
        &self,
        text: &[u8],
        skipped: [usize; 2],
        scratch: &mut Buffer,
        found: &mut Vec<Found>,
    ) -> usize {
        let mut work = Work { scratch, found };
        for (at, run) in long_runs(text, self.min_len, can_be_part) {
            let skipped = if at == 0 { skipped } else { [0; 2] };
            self.scan_run(Run { text: run, at, skipped }, &mut work);
        }
        let last = text.iter().rposition(|byte| !can_be_part(*byte)).map_or(0, |at| at + 1);
        last.max((text.len() + 1).saturating_sub(self.max_written()))
    }

    fn scan_run(&self, run: Run<'_>, work: &mut Work<'_>) {
        self.windows(run.text, |start, end, entry| work.push(run.at + start, run.at + end, entry));
        Digits::ALL.iter().for_each(|digits| self.digits(*digits, run, work));
        for (escape, skipped) in Escape::ALL.into_iter().zip(run.skipped) {
            if run.text.contains(&escape.mark()) {
                self.escaped(escape, skipped, run, work);
            }
        }
        if run.text.contains(&0) {
            (0..2).for_each(|phase| self.utf16(phase, run, work));
        }
    }

    /// Calls `hit` with the place of each value in `text`.
    fn windows(&self, text: &[u8], mut hit: impl FnMut(usize, usize, &Entry)) {
        // A value is at least so long, so none ends in a window before.
        let mut next = self.min_len - WINDOW;
        while let Some((start, fingerprint)) = self.next(text, next) {
            let end = start + WINDOW;
            let text = text.get(..end).unwrap_or_default();
            self.ending(text, fingerprint).for_each(|entry| hit(end - entry.len, end, entry));
            next = start + 1;
        }
    }

    /// The first window from `start` on that may be the end of a value.
    // Alone, so that all it needs stays in registers.
    #[inline(never)]
    fn next(&self, text: &[u8], start: usize) -> Option<(usize, Fingerprint)> {
        let windows = text.get(start..)?.array_windows::<WINDOW>();
        let mut fingerprints = windows.map(|window| self.keys.fingerprint(window)).enumerate();
        let (at, fingerprint) =
            fingerprints.find(|(_, fingerprint)| self.filter.may_have(*fingerprint))?;
        Some((start + at, fingerprint))
    }

    fn digits(&self, digits: Digits, run: Run<'_>, work: &mut Work<'_>) {
        let min_len = digits.min_len(self.min_len);
        for (at, part) in long_runs(run.text, min_len, |byte| digits.is_digit(byte)) {
            let groupings = 0..digits.group();
            groupings.for_each(|missing| self.grouped(digits, part, run.at + at, missing, work));
        }
    }

    /// Values in digits of which the first `missing` of a group are not here: so what is found does not depend on what stands
    /// before a value, but on the bits it shares a digit with.
    fn grouped(&self, digits: Digits, part: &[u8], at: usize, missing: usize, work: &mut Work<'_>) {
        let room = work.scratch.room(part.len() + 3);
        let bytes = digits.decode(part, missing, room).unwrap_or_default();
        let found = &mut *work.found;
        // What was no encoding has bytes that no value has, mostly one in two.
        for (first, bytes) in long_runs(bytes, self.min_len, |byte| byte.is_ascii_graphic()) {
            self.windows(bytes, |start, end, entry| {
                let (start, end) = digits.of_bytes(first + start, first + end);
                if start >= missing {
                    found.push(find(at + start - missing, at + end - missing, entry));
                }
            });
        }
    }

    /// Values in which some characters are escapes.
    fn escaped(&self, escape: Escape, skipped: usize, run: Run<'_>, work: &mut Work<'_>) {
        let bytes = work.scratch.room(run.text.len());
        let count = bytes
            .iter_mut()
            .zip(units(escape, run.text, skipped))
            .map(|(to, (byte, _))| *to = byte)
            .count();
        let bytes = bytes.get(..count).unwrap_or_default();
        let found = &mut *work.found;
        // Counted once for all that is found, however often a value is repeated.
        let places = LazyCell::new(|| places(escape, run.text, skipped));
        let place = |unit: usize| run.at + places.get(unit).copied().unwrap_or(run.text.len());
        self.windows(bytes, |start, end, entry| found.push(find(place(start), place(end), entry)));
    }

    /// Values with a zero byte between each character and the next.
    fn utf16(&self, phase: usize, run: Run<'_>, work: &mut Work<'_>) {
        let text = run.text.get(phase..).unwrap_or_default();
        let mut at = run.at + phase;
        let units: Vec<&[u8]> = text.chunks(2).collect();
        // A unit with another second byte can only be the last of a value.
        for part in units.split_inclusive(|unit| unit.get(1) != Some(&0)) {
            let bytes = work.scratch.room(part.len());
            for (to, unit) in bytes.iter_mut().zip(part) {
                *to = unit.first().copied().unwrap_or_default();
            }
            let found = &mut *work.found;
            self.windows(bytes, |start, end, entry| {
                let place = find(at + 2 * start, at + 2 * end - 1, entry);
                found.push(Found { is_utf16: true, ..place });
            });
            at += 2 * part.len();
        }
    }
}

impl Work<'_> {
    fn push(&mut self, start: usize, end: usize, entry: &Entry) {
        self.found.push(find(start, end, entry));
    }
}

fn find(start: usize, end: usize, entry: &Entry) -> Found {
    Found { start, end, label: entry.label.clone(), is_utf16: false }
}

/// The parts of a text, as long as can be, that have `min_len` bytes or more, all of them fit.
///
/// Looks at a byte that each such part would have, and skips what stands before one that is not fit: so of a text with short
/// words it reads a few bytes only.
#[inline]
fn long_runs(
    text: &[u8],
    min_len: usize,
    is_fit: impl Fn(u8) -> bool,
) -> impl Iterator<Item = (usize, &[u8])> {
    let mut start = 0;
    std::iter::from_fn(move || {
        loop {
            let first = text.get(start..start + min_len)?;
            if let Some(at) = first.iter().rposition(|byte| !is_fit(*byte)) {
                start += at + 1;
                continue;
            }
            let rest = text.get(start..).unwrap_or_default();
            let more = rest.get(min_len..).unwrap_or_default();
            let more = more.iter().position(|byte| !is_fit(*byte)).unwrap_or(more.len());
            let run = rest.get(..min_len + more)?;
            let at = start;
            start += run.len();
            return Some((at, run));
        }
    })
}

/// Where each character of a text begins, and the last one ends.
fn places(escape: Escape, text: &[u8], skipped: usize) -> Vec<usize> {
    let ends = units(escape, text, skipped).scan(skipped, |at, (_, len)| {
        *at += len;
        Some(*at)
    });
    std::iter::once(skipped).chain(ends).collect()
}

/// The characters of a text, and in how many bytes each is written.
fn units(escape: Escape, text: &[u8], skipped: usize) -> impl Iterator<Item = (u8, usize)> {
    let mut rest = text.get(skipped..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (byte, len) = match escape.unit(rest)? {
            Unit::Byte(byte, len) => (byte, len),
            // At the end of a run it is no escape.
            Unit::Incomplete => (escape.mark(), 1),
        };
        rest = rest.get(len..).unwrap_or_default();
        Some((byte, len))
    })
}

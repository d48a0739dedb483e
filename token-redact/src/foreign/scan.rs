//! Finds registered values in a text.

use std::cell::LazyCell;

use super::{Entry, Fingerprint, Foreign, WINDOW, can_be_part, decode::Digits, leading};
use crate::{
    buffer::Buffer,
    escape::{Escape, Unit, is_needless},
    label::Found,
};

/// A part of a text in which each byte can be part of a value in some form.
#[derive(Clone, Copy)]
struct Run<'t> {
    text: &'t [u8],
    /// The place in the whole text at which this part begins.
    at: usize,
    /// For each [`Escape`], the offset in this part at which the first whole character begins: the bytes before it
    /// belong to a character that began before the part.
    skipped: [usize; 2],
}

/// Holds the list of finds, and memory to decode in.
struct Work<'w> {
    scratch: &'w mut Buffer,
    found: &'w mut Vec<Found>,
}

impl Foreign {
    /// Adds the values in `text` to `found`. Returns the place at which the first value may begin whose end is not in
    /// `text`.
    ///
    /// Whether a value stands at a place depends only on the bytes there, with one exception: a character that is
    /// written as an escape may have begun before the text. Such a character ends `skipped` bytes into the text, for
    /// each [`Escape`].
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

    /// Adds the values in a word to `found` whose characters are not written as escapes. The word has only bytes that
    /// can be part of a value. Returns the place at which the first such value may begin whose end is not in the word.
    pub(in super::super) fn scan_word(
        &self,
        text: &[u8],
        scratch: &mut Buffer,
        found: &mut Vec<Found>,
    ) -> usize {
        self.scan_plain(Run { text, at: 0, skipped: [0; 2] }, &mut Work { scratch, found });
        (text.len() + 1).saturating_sub(self.max_plain())
    }

    fn scan_plain(&self, run: Run<'_>, work: &mut Work<'_>) {
        self.windows(run.text, |start, end, entry| work.push(run.at + start, run.at + end, entry));
        Digits::ALL.iter().for_each(|digits| self.digits(*digits, run, work));
    }

    fn scan_run(&self, run: Run<'_>, work: &mut Work<'_>) {
        self.scan_plain(run, work);
        for (escape, skipped) in Escape::ALL.into_iter().zip(run.skipped) {
            if run.text.contains(&escape.mark()) {
                self.escaped(escape, skipped, run, work);
            }
        }
        if run.text.contains(&0) {
            (0..2).for_each(|phase| self.utf16(phase, run, work));
        }
    }

    /// Calls `hit` for each value in `text`, with its beginning, its end and its entry.
    fn windows(&self, text: &[u8], mut hit: impl FnMut(usize, usize, &Entry)) {
        let mut next = self.min_start;
        while let Some((window, fingerprint)) = self.next(text, next) {
            let values = self.around(text, window, fingerprint);
            values.for_each(|(start, end, entry)| hit(start, end, entry));
            next = window + 1;
        }
    }

    /// Returns the first window from `start` on that may be the window of a value, and its fingerprint; `None` if there
    /// is none.
    // The function is not inlined, so that all that it needs stays in registers.
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

    /// Finds values in digits, if the first group lacks its first `missing` digits. The caller tries all groupings. So
    /// whether a value is found does not depend on the text before the value, but only on the bits with which it shares
    /// a digit.
    ///
    /// Text that is not encoded decodes to bytes of which about every second one occurs in no value. So a look at a few
    /// bytes rules out most of it, and little of it is decoded.
    fn grouped(&self, digits: Digits, part: &[u8], at: usize, missing: usize, work: &mut Work<'_>) {
        let bit = |byte: usize| digits.first_bit(missing) + 8 * byte;
        let count = digits.bytes(part, missing);
        let is_fit =
            |byte| digits.byte(part, bit(byte)).is_some_and(|byte| byte.is_ascii_graphic());
        let mut next = 0;
        while let Some(first) = long_span(next, count, self.min_len, is_fit) {
            let (from, _) = digits.of_bits(bit(first), bit(first));
            let part = part.get(from..).unwrap_or_default();
            let bytes = digits.visible(part, missing + from, work.scratch);
            let found = &mut *work.found;
            self.windows(bytes, |start, end, entry| {
                let start = bit(first + start);
                let shared = usize::from(digits.is_shared(start));
                let (start, end) = digits.of_bits(start, bit(first + end));
                let start = start + shared;
                found.push(after(shared, find(at + start, at + end, entry)));
            });
            next = first + bytes.len();
        }
    }

    /// Finds values in which some characters are written as escapes.
    fn escaped(&self, escape: Escape, skipped: usize, run: Run<'_>, work: &mut Work<'_>) {
        let bytes = work.scratch.room(run.text.len());
        let count = bytes
            .iter_mut()
            .zip(units(escape, run.text, skipped))
            .map(|(to, (byte, _))| *to = byte)
            .count();
        let bytes = bytes.get(..count).unwrap_or_default();
        let found = &mut *work.found;
        // The places are computed once for all finds, however often a value is repeated.
        let places = LazyCell::new(|| places(escape, run.text, skipped));
        let place = |unit: usize| run.at + places.get(unit).copied().unwrap_or(run.text.len());
        self.windows(bytes, |start, end, entry| {
            let at = place(start);
            let is_marked = run.text.get(at - run.at) == Some(&escape.mark());
            let stays = is_marked && bytes.get(start).is_some_and(|first| is_needless(*first));
            let stays = usize::from(stays);
            found.push(after(stays, find(at + stays, place(end), entry)));
        });
    }

    /// Finds values in UTF-16, which has a zero byte between each character and the next. `phase` is the offset of the
    /// first character: 0 or 1.
    fn utf16(&self, phase: usize, run: Run<'_>, work: &mut Work<'_>) {
        let text = run.text.get(phase..).unwrap_or_default();
        let mut at = run.at + phase;
        let units: Vec<&[u8]> = text.chunks(2).collect();
        // A unit whose second byte is not zero can only be the last one of a value.
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
    Found { from: start, start, end, label: entry.label.clone(), is_utf16: false }
}

/// Notes that the `count` bytes before a find tell of it.
fn after(count: usize, found: Found) -> Found {
    Found { from: found.start - count, ..found }
}

/// Yields each part of a text that has `min_len` bytes or more, all of them fit, and is as long as possible. Its place
/// comes before it.
#[inline]
fn long_runs(
    text: &[u8],
    min_len: usize,
    is_fit: impl Fn(u8) -> bool,
) -> impl Iterator<Item = (usize, &[u8])> {
    let mut next = 0;
    std::iter::from_fn(move || {
        let is_fit_at = |at: usize| text.get(at).is_some_and(|byte| is_fit(*byte));
        let start = long_span(next, text.len(), min_len, is_fit_at)?;
        let rest = text.get(start..).unwrap_or_default();
        let more = rest.get(min_len..).unwrap_or_default();
        let more = leading(more, &is_fit);
        next = start + min_len + more;
        Some((start, rest.get(..min_len + more).unwrap_or_default()))
    })
}

/// Returns the first place from `start` on at which `min_len` bytes stand that are all fit, or `None` if there is none.
///
/// It looks at the last byte of a possible part first, and goes on after a byte that is not fit. So it reads only a few
/// bytes of a text with short words.
#[inline]
fn long_span(
    mut start: usize,
    len: usize,
    min_len: usize,
    is_fit: impl Fn(usize) -> bool,
) -> Option<usize> {
    while start + min_len <= len {
        match (start..start + min_len).rev().find(|at| !is_fit(*at)) {
            Some(other) => start = other + 1,
            None => return Some(start),
        }
    }
    None
}

/// Returns where each character of a text begins, and as the last element where the last character ends.
fn places(escape: Escape, text: &[u8], skipped: usize) -> Vec<usize> {
    let ends = units(escape, text, skipped).scan(skipped, |at, (_, len)| {
        *at += len;
        Some(*at)
    });
    std::iter::once(skipped).chain(ends).collect()
}

/// Yields the characters of a text, each with the number of bytes in which it is written.
fn units(escape: Escape, text: &[u8], skipped: usize) -> impl Iterator<Item = (u8, usize)> {
    let mut rest = text.get(skipped..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (byte, len) = match escape.unit(rest)? {
            Unit::Byte(byte, len) => (byte, len),
            // At the end of a run an incomplete escape is none, so its mark stands for itself.
            Unit::Incomplete => (escape.mark(), 1),
        };
        rest = rest.get(len..).unwrap_or_default();
        Some((byte, len))
    })
}

//! Scans one text, whatever its source.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use crate::{Progress, Why};

use crate::decode::{self, Encoded};
use crate::engine::{Engine, Hit, Scratch, Which};
use crate::finding::{KNOWN, Kind, Names, OWN};
use crate::known::Known;
use crate::levels::Levels;
use crate::rule::{Rank, Rule, Sort};
use crate::rust;
use crate::suppress::Suppressions;
use crate::text::{Decoded, Text, slice};

mod outcome;

pub(crate) use self::outcome::Outcome;

/// How deep encodings may be nested, such as JSON with base64 in gzip in base64.
const DEPTH: usize = 4;
/// How many bytes may be decoded from a file, in addition to the length of its text.
const DECODED: usize = 32 << 20;
/// How many bytes of a file are searched for a zero byte. If they have one, the file is binary, as for git.
const HEAD: usize = 8000;

/// A scan that is ready to run. [`Scan::build`](crate::Scan::build) makes it; many threads may use one.
pub struct Scanner {
    pub(crate) engine: Engine,
    pub(crate) kinds: Vec<Option<Kind>>,
    pub(crate) known: Known,
    pub(crate) levels: Levels,
    pub(crate) settings: Settings,
    pub(crate) suppressions: Suppressions,
    /// The names of all rules; none if the scan has no rules.
    pub(crate) rule_names: HashSet<String>,
    /// What the keys of new suppressions are made from.
    pub(crate) secret: [u8; 16],
}

pub(crate) struct Settings {
    pub(crate) max_file_bytes: u64,
    pub(crate) binary: bool,
    pub(crate) decode: bool,
    pub(crate) gitignored: bool,
    pub(crate) threads: usize,
    pub(crate) today: i64,
    pub(crate) progress: Option<Arc<Progress>>,
}

/// Holds what was found in a file.
pub(crate) struct Found<'b> {
    /// The content of the file as text.
    text: Cow<'b, [u8]>,
    /// The reason why `text` is not the whole file; `None` if it is.
    why: Option<Why>,
    hits: Vec<Hit>,
    /// All hits, also those that a better one replaces, since their bytes must not be shown either.
    all: Vec<Hit>,
    is_binary: bool,
}

/// Memory that is reused for each file, and how many bytes may still be decoded from the current one.
#[derive(Default)]
pub(crate) struct Work {
    scratch: Scratch,
    decoded: usize,
    /// Whether only rules whose findings are certain are applied.
    certain: bool,
    /// Whether something was encoded that was not decoded, because it is too much or too deep.
    undecoded: bool,
}

impl Scanner {
    /// Returns the rules in use.
    pub fn rules(&self) -> &[Rule] {
        self.engine.rules()
    }

    /// Returns the names to which a policy or the caller gives a [level](crate::Scan::level), but which are neither a sort
    /// nor a rule of this scan, nor the code of a token's finding.
    pub fn unknown_levels(&self) -> Vec<&str> {
        let sorts = Sort::ALL.map(Sort::as_str);
        let is_known = |name: &str| {
            sorts.contains(&name) || [OWN, KNOWN].contains(&name) || self.rule_names.contains(name)
        };
        self.levels.names().filter(|name| !is_known(name)).collect()
    }

    /// Returns whether this scan can have findings with this code.
    pub(crate) fn looks_for(&self, code: &str) -> bool {
        match code {
            OWN => !self.kinds.is_empty(),
            KNOWN => !self.known.is_empty(),
            _ => self.rule_names.contains(code),
        }
    }

    fn names(&self) -> Names<'_> {
        Names { engine: &self.engine, kinds: &self.kinds, levels: &self.levels }
    }

    /// Finds tokens in a file, in each of its readings.
    pub(crate) fn found<'b>(
        &self,
        path: &str,
        bytes: &'b [u8],
        work: &mut Work,
    ) -> (Found<'b>, Option<Found<'b>>) {
        let Readable { text, why } = readable(bytes);
        work.decoded = text.len() + DECODED;
        work.undecoded = false;
        path.clone_into(&mut work.scratch.path);
        let is_decoded = matches!(text, Cow::Owned(_));
        let found = self.read(path, text, work);
        let raw = is_decoded.then(|| self.raw(bytes, work));
        let why = why.or(work.undecoded.then_some(Why::Undecoded));
        let raw = raw.map(|raw| raw.without(&found)).filter(|raw| !raw.hits.is_empty());
        (Found { why, ..found }, raw)
    }

    /// Finds tokens in the content of a file.
    fn read<'b>(&self, path: &str, text: Cow<'b, [u8]>, work: &mut Work) -> Found<'b> {
        let mut hits = Vec::new();
        let is_binary = memchr::memchr(0, slice(&text, 0, HEAD)).is_some();
        if is_binary && self.settings.binary {
            hits.extend(self.engine.file(&text));
            self.engine.scan(Text::file(&text), true, &mut work.scratch, &mut hits);
        }
        if !is_binary {
            self.search(Text::file(&text), 0, work, &mut hits);
            if path.ends_with(".rs") && self.settings.decode {
                let mut literals = Decoded::default();
                rust::literals(&text, &mut literals);
                self.search_decoded(&literals, 1, work, &mut hits);
            }
        }
        Found::new(text, hits, is_binary)
    }

    /// Finds in the bytes of a file, as they are, what is certain. A few bytes at its beginning make a file one of UTF-16
    /// or gzip, but other programs may read on all the same.
    fn raw<'b>(&self, bytes: &'b [u8], work: &mut Work) -> Found<'b> {
        let mut hits = Vec::new();
        if self.settings.binary || memchr::memchr(0, slice(bytes, 0, HEAD)).is_none() {
            self.engine.scan(Text::file(bytes), true, &mut work.scratch, &mut hits);
            hits.retain(|hit| hit.sort == Sort::Certain);
        }
        Found::new(Cow::Borrowed(bytes), hits, true)
    }

    /// Returns the hits in a short text that are certain, such as in a path, without those that a better one replaces.
    pub(crate) fn certain(&self, text: &str, work: &mut Work) -> Vec<Hit> {
        let mut hits = Vec::new();
        (work.certain, work.decoded) = (true, text.len() + DECODED);
        work.scratch.path.clear();
        self.search(Text::file(text.as_bytes()), 0, work, &mut hits);
        work.certain = false;
        hits.retain(|hit| hit.sort == Sort::Certain);
        hits.sort_by_key(|hit| (hit.start, hit.last, hit.which));
        resolve(hits)
    }

    /// Searches a text and whatever is encoded in it, and adds the hits.
    fn search(&self, text: Text<'_>, depth: usize, work: &mut Work, hits: &mut Vec<Hit>) {
        self.engine.scan(text, work.certain, &mut work.scratch, hits);
        self.search_known(text, hits);
        if !self.settings.decode {
            return;
        }
        if depth >= DEPTH {
            decode::encoded(text, |encoded| {
                work.undecoded |= !matches!(encoded, Encoded::Joined(_));
            });
            return;
        }
        let mut escapes = Decoded::default();
        decode::escapes(text, &mut escapes);
        self.search_decoded(&escapes, depth + 1, work, hits);
        decode::encoded(text, |encoded| match encoded {
            Encoded::Joined(digits) => {
                let before = hits.len();
                self.engine.scan(digits.text(), work.certain, &mut work.scratch, hits);
                // Two lines of a program may be digits too, and together look like anything.
                let joined = hits.split_off(before);
                hits.extend(joined.into_iter().filter(|hit| hit.sort != Sort::Guess));
            }
            Encoded::Text(decoded) => self.search_decoded(&decoded, depth + 1, work, hits),
            Encoded::Gzip(bytes, place) => {
                let mut decoded = Decoded::default();
                let text = decode::gunzip(&bytes, work.decoded).0;
                work.undecoded |= text.len() >= work.decoded;
                decoded.extend(&text, place);
                self.search_decoded(&decoded, depth + 1, work, hits);
            }
        });
    }

    fn search_decoded(
        &self,
        decoded: &Decoded,
        depth: usize,
        work: &mut Work,
        hits: &mut Vec<Hit>,
    ) {
        if decoded.len() == 0 {
            return;
        }
        if decoded.len() > work.decoded {
            work.undecoded = true;
            return;
        }
        work.decoded -= decoded.len();
        self.search(decoded.text(), depth, work, hits);
    }

    fn search_known(&self, text: Text<'_>, hits: &mut Vec<Hit>) {
        if self.known.is_empty() {
            return;
        }
        self.known.find(text.bytes(), |start, end| {
            hits.push(Hit {
                which: Which::Known,
                rank: Rank::Own,
                sort: Sort::Certain,
                start: text.place(start),
                last: text.place(end - 1),
                value: text.slice(start, end).to_vec(),
                public: 0,
            });
        });
    }
}

impl<'b> Found<'b> {
    fn new(text: Cow<'b, [u8]>, mut hits: Vec<Hit>, is_binary: bool) -> Found<'b> {
        hits.sort_by_key(|hit| (hit.start, hit.last, hit.which));
        Found { hits: resolve(hits.clone()), all: hits, is_binary, text, why: None }
    }

    /// Leaves out the hits that another reading has too, as that of a file that is gzip without being compressed.
    fn without(mut self, other: &Found<'_>) -> Found<'b> {
        self.hits.retain(|hit| !other.all.iter().any(|known| known.value == hit.value));
        self
    }
}

/// The content of a file as text.
struct Readable<'b> {
    text: Cow<'b, [u8]>,
    /// The reason why `text` is not the whole file; `None` if it is.
    why: Option<Why>,
}

/// Makes a file searchable: decompresses gzip, decodes UTF-16, and leaves other files as they are.
fn readable(bytes: &[u8]) -> Readable<'_> {
    if decode::is_gzip(bytes) {
        let (text, whole) = decode::gunzip(bytes, DECODED);
        let why = match text.len() >= DECODED {
            _ if !whole => Some(Why::Damaged),
            true => Some(Why::Decompressed),
            false => None,
        };
        return Readable { text: Cow::Owned(text), why };
    }
    let text = match decode::looks_like_utf16(bytes) {
        true => Cow::Owned(decode::from_utf16(bytes).into_bytes()),
        false => Cow::Borrowed(bytes),
    };
    Readable { text, why: None }
}

/// Keeps of several hits in the same bytes the one that knows most. `hits` must be sorted by where they begin.
fn resolve(hits: Vec<Hit>) -> Vec<Hit> {
    let (mut kept, mut group, mut end) = (Vec::new(), Vec::new(), 0);
    for hit in hits {
        if hit.start > end {
            kept.extend(best(std::mem::take(&mut group)));
        }
        end = hit.last.max(end);
        group.push(hit);
    }
    kept.extend(best(group));
    kept
}

/// Keeps the best hits of one group of overlapping ones. A hit of a less sure sort never replaces a surer one.
fn best(mut group: Vec<Hit>) -> Vec<Hit> {
    group.sort_by_key(|hit| (hit.sort, hit.rank));
    let mut kept: Vec<Hit> = Vec::new();
    for hit in group {
        if !kept.iter().any(|better| covers(better, &hit)) {
            kept.push(hit);
        }
    }
    kept.sort_by_key(|hit| (hit.start, hit.which));
    kept
}

/// Returns whether the better hit replaces the lesser one.
fn covers(better: &Hit, lesser: &Hit) -> bool {
    if better.start > lesser.last || lesser.start > better.last {
        return false;
    }
    let part = |inner: &[u8], outer: &[u8]| memchr::memmem::find(outer, inner).is_some();
    // A key in PEM is found twice: as a whole, and, with its lines joined, as a key in base64 alone.
    let encloses = |outer: &Hit, inner: &Hit| outer.start < inner.start && inner.last <= outer.last;
    // These are the same token, once read with its escapes and once without.
    let alike = better.which == lesser.which
        && better.value.first_chunk::<12>() == lesser.value.first_chunk();
    alike
        || encloses(better, lesser)
        || encloses(lesser, better)
        || lesser.rank >= Rank::Assigned
        || part(&better.value, &lesser.value)
        || part(&lesser.value, &better.value)
}

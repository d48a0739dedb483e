//! Looks for a secret, and for fragments of it, in the memory of a process.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
};

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Copies of the whole secret.
    pub(crate) full: usize,
    /// Pieces of at least [`FRAGMENT`] bytes.
    pub(crate) fragments: usize,
    /// The length of the longest piece.
    pub(crate) longest: usize,
}

/// Shorter than what `free` overwrites of a block, long enough not to occur by chance.
const FRAGMENT: usize = 16;

/// How many bytes of a word a hash function swaps: not at all, SHA-256, SHA-512.
const WORDS: [usize; 3] = [1, 4, 8];

pub(crate) struct Scanner {
    windows: AhoCorasick,
    len: usize,
}

impl Scanner {
    /// Looks for all of them; as long as the shortest is a whole one.
    pub(crate) fn new(secrets: &[Vec<u8>]) -> Self {
        let windows = secrets.iter().flat_map(|secret| secret.windows(FRAGMENT));
        // Big-endian words, as a hash function's message schedule holds them.
        let windows = windows.flat_map(|window| WORDS.map(|word| swapped(window, word)));
        let kind = Some(AhoCorasickKind::DFA);
        Self {
            windows: AhoCorasick::builder().kind(kind).build(windows).unwrap(),
            len: secrets.iter().map(Vec::len).min().unwrap(),
        }
    }

    pub(crate) fn scan(&self, memory: &[u8]) -> Found {
        let mut found = Found::default();
        let mut piece = 0..0;
        for hit in self.windows.find_overlapping_iter(memory) {
            if hit.start() < piece.end {
                piece.end = hit.end();
                continue;
            }
            self.count(&mut found, piece.len());
            piece = hit.range();
        }
        self.count(&mut found, piece.len());
        found
    }

    /// All readable memory of a process that this one may trace. Pages that are a file's as it is on disk hold nothing of the process.
    pub(crate) fn scan_process(&self, pid: u32) -> Found {
        let memory = File::open(format!("/proc/{pid}/mem")).unwrap();
        let maps = fs::read_to_string(format!("/proc/{pid}/smaps")).unwrap();
        let mut total = Found::default();
        let mut bytes = 0;
        for (start, end) in mappings(&maps).filter_map(|mapping| mapping.to_be_read()) {
            let mut region = vec![0; usize::try_from(end - start).unwrap()];
            // Some of the kernel's own pages cannot be read; they hold no data.
            if memory.read_exact_at(&mut region, start).is_err() {
                continue;
            }
            bytes += region.len();
            let found = self.scan(&region);
            total.full += found.full;
            total.fragments += found.fragments;
            total.longest = total.longest.max(found.longest);
        }
        assert!(bytes > 400_000, "only {bytes} bytes of the process could be read");
        total
    }

    fn count(&self, found: &mut Found, piece: usize) {
        match piece {
            0 => return,
            _ if piece >= self.len => found.full += 1,
            _ => found.fragments += 1,
        }
        found.longest = found.longest.max(piece);
    }
}

fn swapped(window: &[u8], word: usize) -> Vec<u8> {
    window.chunks(word).flat_map(|word| word.iter().rev().copied()).collect()
}

/// A mapping of a process, and whether it holds pages that are not those of its file.
struct Mapping<'m> {
    line: &'m str,
    is_changed: bool,
}

/// The mappings in `/proc/PID/smaps`: each has a line with its range, some with what the kernel counts in it, and one with its flags.
fn mappings(maps: &str) -> impl Iterator<Item = Mapping<'_>> {
    let mut mapping = Mapping { line: "", is_changed: false };
    maps.lines().filter_map(move |line| {
        match line.split_once(' ').unwrap() {
            ("VmFlags:", _) => return Some(Mapping { ..mapping }),
            ("Anonymous:" | "Swap:", size) => mapping.is_changed |= size.trim() != "0 kB",
            (range, _) if !range.ends_with(':') => mapping = Mapping { line, is_changed: false },
            (_, _) => {}
        }
        None
    })
}

impl Mapping<'_> {
    fn to_be_read(&self) -> Option<(u64, u64)> {
        let [range, rights, _, _, file, ..] = self.line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("not a line of smaps: {}", self.line);
        };
        // What others write to a shared file is not counted here.
        let is_own = rights.contains('w') || rights.ends_with('s') || self.is_changed;
        let is_readable = rights.starts_with('r')
            && !self.line.ends_with("[vvar]")
            && !self.line.ends_with("[vsyscall]");
        let (start, end) = range.split_once('-').unwrap();
        let parse = |hex| u64::from_str_radix(hex, 16).unwrap();
        (is_readable && (is_own || file == "0")).then(|| (parse(start), parse(end)))
    }
}

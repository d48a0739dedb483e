//! Reads which files commits changed, from what `git log --raw -z` and `git diff --raw -z` write.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::process::Process;
use crate::Error;

/// The mode of a submodule, which is another repository within this one.
const SUBMODULE: &[u8] = b"160000";

/// The id of an object of git.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id {
    bytes: [u8; 32],
    length: u8,
}

impl Id {
    /// Reads an id of 40 or 64 hexadecimal digits.
    pub(super) fn parse(digits: &[u8]) -> Option<Id> {
        let mut id = Id { bytes: [0; 32], length: u8::try_from(digits.len() / 2).ok()? };
        if !matches!(digits.len(), 40 | 64) {
            return None;
        }
        for (byte, pair) in id.bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(id)
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = self.bytes.iter().take(usize::from(self.length));
        bytes.into_iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A text that a commit has and its parents have not.
pub(super) struct New {
    pub(super) path: Arc<[u8]>,
    pub(super) text: Id,
    /// The commit; `None` if the text is staged.
    pub(super) commit: Option<Id>,
    /// For each parent, the text that it has at this path; `None` if it has none there, or something else than a file.
    pub(super) old: Vec<Option<Id>>,
}

/// Reads the changes of each commit while git lists them, and calls `found` with each new text. A text is new in a merge
/// only if it differs from all parents: a text that one parent has was added by an earlier commit. `seen` is called
/// with each commit.
pub(super) fn read(
    mut git: Process,
    mut seen: impl FnMut(Id),
    mut found: impl FnMut(New),
) -> Result<(), Error> {
    let (mut word, mut path) = (Vec::new(), Vec::new());
    let mut current = Commit::default();
    while git.until(0, &mut word)? {
        // After the head of a commit comes a line feed.
        let line = word.strip_prefix(b"\n").unwrap_or(&word);
        if line.is_empty() {
            continue;
        }
        if let Some(head) = line.strip_prefix(b"commit ") {
            let head = Head::parse(head).ok_or_else(|| git.failed())?;
            if current.head.as_ref() != Some(&head) {
                current.give(&mut found);
                seen(head.id);
                current.head = Some(head);
            }
            continue;
        }
        let change = change(line);
        if !git.until(0, &mut path)? {
            return Err(git.failed());
        }
        match change {
            Some(Change::Text { new, old }) => current.add(&path, new, old),
            Some(Change::Other) => {}
            None => return Err(git.failed()),
        }
    }
    current.give(&mut found);
    git.end()
}

/// The ids of a commit and its parents.
#[derive(PartialEq, Eq)]
struct Head {
    id: Id,
    parents: usize,
}

impl Head {
    fn parse(text: &[u8]) -> Option<Head> {
        let mut words = text.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        Some(Head { id: Id::parse(words.next()?)?, parents: words.count() })
    }
}

/// The changes of one commit, compared with each of its parents.
#[derive(Default)]
struct Commit {
    head: Option<Head>,
    changes: Vec<New>,
    /// The places of the paths in `changes`, if the commit is a merge.
    places: HashMap<Arc<[u8]>, usize>,
    /// Every path so far, each once: a path comes again with each commit that changes its file.
    paths: HashSet<Arc<[u8]>>,
}

impl Commit {
    fn parents(&self) -> usize {
        self.head.as_ref().map_or(1, |head| head.parents.max(1))
    }

    fn add(&mut self, path: &[u8], text: Id, old: Option<Id>) {
        let is_merge = self.parents() > 1;
        if is_merge
            && let Some(place) = self.places.get(path)
            && let Some(new) = self.changes.get_mut(*place)
        {
            new.old.push(old);
            return;
        }
        let path = self.paths.get(path).cloned().unwrap_or_else(|| {
            let path: Arc<[u8]> = path.into();
            self.paths.insert(path.clone());
            path
        });
        if is_merge {
            self.places.insert(path.clone(), self.changes.len());
        }
        let commit = self.head.as_ref().map(|head| head.id);
        self.changes.push(New { path, text, commit, old: vec![old] });
    }

    fn give(&mut self, found: &mut impl FnMut(New)) {
        let parents = self.parents();
        self.places.clear();
        self.changes.drain(..).filter(|new| new.old.len() >= parents).for_each(found);
        self.head = None;
    }
}

enum Change {
    Text {
        new: Id,
        old: Option<Id>,
    },
    /// A file was deleted, is not merged yet, or is a submodule.
    Other,
}

/// Reads `:100644 100755 OLD NEW M`: two modes, two ids and a letter. Returns `None` if the text is no such line.
fn change(line: &[u8]) -> Option<Change> {
    let words: Vec<&[u8]> = line.strip_prefix(b":")?.split(|byte| *byte == b' ').collect();
    let [_, mode, old, new, sort] = words.as_slice() else { return None };
    Some(match sort.first()? {
        b'D' | b'U' => Change::Other,
        _ if *mode == SUBMODULE => Change::Other,
        // Of a file that was a link before, every line is new.
        b'A' | b'T' => Change::Text { new: Id::parse(new)?, old: None },
        // Only the mode was changed.
        b'M' if old == new => Change::Other,
        b'M' => Change::Text { new: Id::parse(new)?, old: Some(Id::parse(old)?) },
        _ => return None,
    })
}

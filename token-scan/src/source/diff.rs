//! Reads a patch from git, which says which lines of which files are new.

use super::quoted;
use crate::added::Ranges;

/// One file of a patch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// The commit; empty unless the patch is one of several in a log.
    pub(super) commit: String,
    pub(super) path: Vec<u8>,
    /// The id of the object with the new text.
    pub(super) blob: String,
    /// Whether the file is new. A new file is kept even if it is empty, since its name is searched.
    pub(super) is_new: bool,
    /// The numbers of the new lines.
    pub(super) added: Ranges,
}

/// Reads a patch without context. Returns `None` if the bytes are no such patch.
///
/// The lines of a hunk are counted, so that a line of a file cannot be mistaken for a header of the patch.
pub(super) fn changes(patch: &[u8]) -> Option<Vec<Change>> {
    let mut changes = Vec::new();
    let (mut commit, mut current) = (String::new(), None::<Change>);
    let mut lines = patch.split(|byte| *byte == b'\n');
    while let Some(line) = lines.next() {
        if let Some(id) = line.strip_prefix(b"commit ") {
            changes.extend(current.take());
            commit = String::from_utf8_lossy(id).into_owned();
        } else if let Some(names) = line.strip_prefix(b"diff --git ") {
            changes.extend(current.take());
            let path = name_twice(names)?;
            current = Some(Change { commit: commit.clone(), path, ..Change::default() });
        } else if let Some(change) = &mut current {
            let skipped = change.header(line)?;
            for _ in 0..skipped {
                skip_line(&mut lines)?;
            }
        }
    }
    changes.extend(current);
    changes.retain(|change| change.is_new || !change.added.is_empty());
    Some(changes)
}

/// Returns the path in `a/PATH b/PATH`, or `None` if the two paths differ. Without renames they are the same, so the
/// second half is the path even if it has spaces.
fn name_twice(names: &[u8]) -> Option<Vec<u8>> {
    let (old, new) = (names.get(..names.len() / 2)?, names.get(names.len() / 2 + 1..)?);
    let path = quoted::path(new, b"b/")?;
    (quoted::path(old, b"a/")? == path).then_some(path)
}

/// Skips one line of a hunk; `None` if there is no further line. The remark that a file has no line feed at its end
/// doesn't count as a line.
fn skip_line<'p>(lines: &mut impl Iterator<Item = &'p [u8]>) -> Option<()> {
    loop {
        match lines.next()? {
            [b'+' | b'-' | b' ', ..] => return Some(()),
            [b'\\', ..] => {}
            _ => return None,
        }
    }
}

impl Change {
    /// Reads a line outside of hunks. Returns how many lines of a hunk follow, or `None` if the line is not understood.
    fn header(&mut self, line: &[u8]) -> Option<usize> {
        if let Some(rest) = line.strip_prefix(b"index ") {
            self.blob = new_blob(rest)?;
        } else if line.starts_with(b"new file mode ") {
            self.is_new = true;
        } else if let Some(rest) = line.strip_prefix(b"@@ -") {
            return self.hunk(std::str::from_utf8(rest.split(|byte| *byte == b'@').next()?).ok()?);
        }
        Some(0)
    }

    /// Reads the beginning of a hunk, such as `12,0 +13,2 `: where it begins in the old and in the new text, and how
    /// many lines it has there. Returns how many lines follow.
    fn hunk(&mut self, text: &str) -> Option<usize> {
        let (old, new) = text.trim_end().split_once(" +")?;
        let ((_, removed), (start, added)) = (range(old)?, range(new)?);
        if added > 0 {
            self.added.push(start..=start + added - 1);
        }
        removed.checked_add(added)
    }
}

fn range(text: &str) -> Option<(usize, usize)> {
    let (start, count) = text.split_once(',').unwrap_or((text, "1"));
    Some((start.parse().ok()?, count.parse().ok()?))
}

/// Returns the second id of `old..new mode`, or `None` if the text has another form.
fn new_blob(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    let (_, new) = text.split(' ').next()?.split_once("..")?;
    Some(new.to_owned())
}

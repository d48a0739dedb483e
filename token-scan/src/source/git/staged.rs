//! Reads which files are staged, without their texts.

use crate::source::diff::Change;

/// The mode of a submodule, which is another repository within this one.
const SUBMODULE: &[u8] = b"160000";

/// Reads the output of `git diff --raw -z`. Returns the files that are new or of a new type, of which every line is
/// new, and the number of the other changed files. Returns `None` if the bytes are no such output.
pub(super) fn new_files(raw: &[u8]) -> Option<(Vec<Change>, usize)> {
    let (mut new, mut others) = (Vec::new(), 0);
    let mut words = raw.split(|byte| *byte == 0).filter(|word| !word.is_empty());
    while let Some(head) = words.next() {
        let path = words.next()?;
        let head: Vec<&[u8]> = head.strip_prefix(b":")?.split(|byte| *byte == b' ').collect();
        let [_, mode, _, blob, sort] = head.as_slice() else { return None };
        match sort.first()? {
            // A deleted file has no text, and an unmerged one cannot be committed.
            b'D' | b'U' => {}
            _ if *mode == SUBMODULE => {}
            b'A' | b'T' => new.push(Change {
                path: path.to_vec(),
                blob: std::str::from_utf8(blob).ok()?.to_owned(),
                is_new: true,
                added: vec![1..=usize::MAX],
                ..Change::default()
            }),
            _ => others += 1,
        }
    }
    Some((new, others))
}

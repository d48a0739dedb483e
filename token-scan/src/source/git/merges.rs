//! Handles merge commits, which git compares with one parent at a time.

use std::collections::HashMap;

use crate::added::Ranges;
use crate::source::diff::Change;

/// A new text of a file, in one commit.
pub(super) struct New {
    pub(super) commit: String,
    pub(super) path: Vec<u8>,
    pub(super) blob: String,
    /// For each parent of the commit, the lines that are new compared with it.
    pub(super) parents: Vec<Ranges>,
}

/// Groups the comparisons of a text with each parent, and keeps the order of the changes. A text is new in a merge only
/// if it differs from all parents: a text that one parent has was added by an earlier commit.
pub(super) fn new_to_all_parents(changes: Vec<Change>) -> Vec<New> {
    let mut places = HashMap::<(String, Vec<u8>), usize>::new();
    let mut texts: Vec<New> = Vec::new();
    for Change { commit, path, blob, added, .. } in changes {
        let place = *places.entry((commit.clone(), path.clone())).or_insert(texts.len());
        match texts.get_mut(place) {
            Some(text) => text.parents.push(added),
            None => texts.push(New { commit, path, blob, parents: vec![added] }),
        }
    }
    // `commit` holds the commit's id and those of its parents.
    let parents = |commit: &str| commit.split_ascii_whitespace().skip(1).count().max(1);
    texts.retain(|new| new.parents.len() >= parents(&new.commit));
    texts
}

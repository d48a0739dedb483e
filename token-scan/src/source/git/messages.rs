//! Scans what commits, tags and notes say.

use std::collections::HashSet;
use std::path::Path;

use super::changed::with_commit;
use super::command::output;
use super::objects::{Objects, sizes};
use super::raw::Id;
use crate::added::Added;
use crate::scanner::{Outcome, Scanner, Work};
use crate::{Error, Report, Why};

/// An object that somebody wrote a text into: its name in findings, its id, and the commit that it is about.
struct Message {
    name: String,
    id: Id,
    commit: Option<Id>,
}

impl Scanner {
    /// Scans commits themselves, the annotated tags that point at them, and the notes about them. If `whole` is true,
    /// all tags and notes count, whatever they are about.
    pub(super) fn messages(
        &self,
        repository: &Path,
        commits: &HashSet<Id>,
        whole: bool,
    ) -> Result<Report, Error> {
        let mut messages: Vec<Message> = commits.iter().map(of_commit).collect();
        messages.sort_by_key(|message| message.id);
        let counts = |id: &Id| whole || commits.contains(id);
        messages.extend(tags(repository, counts)?);
        messages.extend(notes(repository, counts)?);
        let (mut all, mut work) = (Outcome::default(), Work::default());
        let most = self.settings.max_file_bytes;
        let sizes = sizes(repository, messages.iter().map(|message| &message.id))?;
        let all_of_them = messages.into_iter().zip(sizes);
        let (fit, large): (Vec<_>, Vec<_>) = all_of_them.partition(|(_, size)| *size <= most);
        for (message, _) in large {
            all.add(self.unsearched(&message.name, Why::CommitTooLarge, &mut work));
        }
        let ids = fit.iter().map(|(message, _)| &message.id);
        let mut objects = Objects::ask(repository, ids)?;
        for (Message { name, id, commit }, _) in &fit {
            if let Some(bytes) = objects.next(id, most)? {
                let mut added = Added::everything;
                let outcome = self.file(name, &bytes, Some(&mut added), &mut work);
                all.add(with_commit(outcome, *commit));
            }
        }
        // The counts are of files.
        (all.report.files, all.report.bytes) = (0, 0);
        Ok(all.report)
    }
}

fn of_commit(id: &Id) -> Message {
    let text = id.to_string();
    let name = format!("commit {}", text.get(..12).unwrap_or(&text));
    Message { name, id: *id, commit: Some(*id) }
}

/// Returns the annotated tags that are about something that counts.
fn tags(repository: &Path, counts: impl Fn(&Id) -> bool) -> Result<Vec<Message>, Error> {
    let format = "--format=%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(refname)";
    let refs = output(repository, "for-each-ref", ["for-each-ref", format, "refs/tags"])?;
    let tag = |line: &[u8]| {
        let words: Vec<&[u8]> = line.splitn(5, |byte| *byte == b' ').collect();
        let [b"tag", id, sort, about, name] = words.as_slice() else { return None };
        let about = Id::parse(about)?;
        // Older versions of git do not say what a tag of a tag is about in the end.
        let is_meant = *sort == b"tag" || counts(&about);
        let name = String::from_utf8_lossy(name).into_owned();
        is_meant.then_some(Message { name, id: Id::parse(id)?, commit: None })
    };
    Ok(refs.split(|byte| *byte == b'\n').filter_map(tag).collect())
}

/// Returns the notes about objects that count.
fn notes(repository: &Path, counts: impl Fn(&Id) -> bool) -> Result<Vec<Message>, Error> {
    let arguments = ["for-each-ref", "--format=%(objectname) %(refname)", "refs/notes"];
    let refs = output(repository, "for-each-ref", arguments)?;
    let mut notes = Vec::new();
    for line in String::from_utf8_lossy(&refs).lines() {
        let Some((id, name)) = line.split_once(' ') else { continue };
        let tree = output(repository, "ls-tree", ["ls-tree", "-r", "-z", "--full-tree", id])?;
        notes.extend(tree.split(|byte| *byte == 0).filter_map(|entry| note(entry, name, &counts)));
    }
    Ok(notes)
}

/// Reads `100644 blob ID<TAB>PATH`, where the path is the id of the object that the note is about, with `/` in it.
fn note(entry: &[u8], name: &str, counts: &impl Fn(&Id) -> bool) -> Option<Message> {
    let (head, path) = std::str::from_utf8(entry).ok()?.split_once('\t')?;
    let (_, id) = head.split_once(" blob ")?;
    let about = Id::parse(path.replace('/', "").as_bytes())?;
    let short = about.to_string();
    let name = format!("{name}/{}", short.get(..12).unwrap_or(&short));
    counts(&about).then_some(Message { name, id: Id::parse(id.as_bytes())?, commit: Some(about) })
}

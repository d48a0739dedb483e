//! Scans the texts that commits, or what is staged, have and their parents have not.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;

use imara_diff::{Algorithm, Diff, InternedInput};
use token_policy::report::path_text;

use super::objects::{Objects, sizes};
use super::raw::{Id, New};
use super::{from_git, working};
use crate::added::{Added, Ranges};
use crate::scanner::{Outcome, Scanner, Work};
use crate::source::lock::locked;
use crate::source::root::Root;
use crate::{Error, Report, Why};

/// For each time this many texts, one more thread with a `git` process is worth its cost.
const WORTH: usize = 64;

/// One text at one path, with each change that brought it. The oldest change is the last.
type Text<'n> = &'n [New];

impl Scanner {
    /// Scans the new texts, on all cores.
    pub(super) fn changed(&self, repository: &Path, mut news: Vec<New>) -> Result<Report, Error> {
        // The sort is stable, and `git log` lists the newest commit first.
        news.sort_by(|a, b| (&a.path, &a.text).cmp(&(&b.path, &b.text)));
        let texts: Vec<Text<'_>> =
            news.chunk_by(|a, b| (&a.path, &a.text) == (&b.path, &b.text)).collect();
        let threads = (texts.len() / WORTH).clamp(1, self.settings.threads);
        let all = Mutex::new(Ok(Outcome::default()));
        thread::scope(|scope| {
            for part in texts.chunks(texts.len().div_ceil(threads).max(1)) {
                let all = &all;
                scope.spawn(move || {
                    let part = self.part(repository, part);
                    let mut all = locked(all);
                    match (all.as_mut(), part) {
                        (Ok(all), Ok(part)) => all.add(part),
                        (Ok(_), Err(error)) => *all = Err(error),
                        (Err(_), _) => {}
                    }
                });
            }
        });
        let Outcome { mut report, .. } =
            all.into_inner().unwrap_or_else(PoisonError::into_inner)?;
        report.sort();
        Ok(report)
    }

    fn part(&self, repository: &Path, texts: &[Text<'_>]) -> Result<Outcome, Error> {
        let (mut all, mut work) = (Outcome::default(), Work::default());
        let mut old = Old { repository, objects: None, most: self.settings.max_file_bytes };
        let root = Root::new(repository).ok();
        let mut left = Vec::new();
        for text in texts {
            let Some(newest) = text.first() else { continue };
            let bytes = root.as_ref().filter(|_| newest.commit.is_none()).and_then(|root| {
                working::text(root, &from_git(&newest.path), &newest.text.to_string(), old.most)
            });
            match bytes {
                Some(bytes) => all.add(self.text(text, &bytes, &mut old, &mut work)),
                None => left.push(*text),
            }
        }
        if !left.is_empty() {
            self.objects(repository, &left, &mut old, &mut all, &mut work)?;
        }
        Ok(all)
    }

    /// Scans texts that are not in the working tree, and adds the results to `all`. The size of each is looked at
    /// first, since git would read a large one whole.
    fn objects(
        &self,
        repository: &Path,
        texts: &[Text<'_>],
        old: &mut Old<'_>,
        all: &mut Outcome,
        work: &mut Work,
    ) -> Result<(), Error> {
        let ids = texts.iter().filter_map(|text| text.first()).map(|new| &new.text);
        let sizes = sizes(repository, ids)?;
        let (mut fit, mut large) = (Vec::new(), Vec::new());
        for (text, size) in texts.iter().zip(sizes) {
            if size <= old.most { fit.push(*text) } else { large.push(*text) }
        }
        for new in large.into_iter().filter_map(<[New]>::last) {
            let outcome = self.unsearched(&shown(new), Why::CommitTooLarge, work);
            all.add(with_commit(outcome, new.commit));
        }
        let ids = fit.iter().filter_map(|text| text.first()).map(|new| &new.text);
        let mut objects = Objects::ask(repository, ids.clone())?;
        for (text, id) in fit.iter().zip(ids) {
            if let Some(bytes) = objects.next(id, old.most)? {
                all.add(self.text(text, &bytes, old, work));
            }
        }
        Ok(())
    }

    fn text(&self, text: Text<'_>, bytes: &[u8], old: &mut Old<'_>, work: &mut Work) -> Outcome {
        let Some(oldest) = text.last() else { return Outcome::default() };
        let mut added = || old.added(text, bytes);
        let outcome = self.file(&shown(oldest), bytes, Some(&mut added), work);
        with_commit(outcome, oldest.commit)
    }
}

fn shown(new: &New) -> String {
    path_text(&new.path).into_owned()
}

/// Adds the commit to each finding.
pub(super) fn with_commit(mut outcome: Outcome, commit: Option<Id>) -> Outcome {
    if let Some(commit) = commit {
        let id = commit.to_string();
        let short = id.get(..12).unwrap_or(&id);
        let findings = std::mem::take(&mut outcome.report.findings);
        outcome.report.findings =
            findings.into_iter().map(|finding| finding.fact("commit", short)).collect();
    }
    outcome
}

/// Reads the texts that were there before. They are read only where something was found: mostly, nothing is.
struct Old<'r> {
    repository: &'r Path,
    objects: Option<Objects>,
    most: u64,
}

impl Old<'_> {
    /// Returns which lines of a text are new, for each change that brought it.
    fn added(&mut self, text: Text<'_>, bytes: &[u8]) -> Added {
        let mut added = Added::default();
        for new in text {
            let parents = new.old.iter().map(|old| self.new_lines(old.as_ref(), bytes));
            added.push(parents.collect());
        }
        added
    }

    /// Returns which lines a text has that the old one has not. If the old one cannot be read, every line counts.
    fn new_lines(&mut self, old: Option<&Id>, bytes: &[u8]) -> Ranges {
        let everything = || vec![1..=usize::MAX];
        let Some(old) = old else { return everything() };
        if self.objects.is_none() {
            self.objects = Objects::one_by_one(self.repository).ok();
        }
        let Some(objects) = &mut self.objects else { return everything() };
        match objects.get(old, self.most) {
            Ok(Some(old)) => new_lines(&old, bytes),
            Ok(None) => everything(),
            Err(_) => {
                self.objects = None;
                everything()
            }
        }
    }
}

/// Returns the numbers of the lines that are in `new` and not in `old`.
fn new_lines(old: &[u8], new: &[u8]) -> Ranges {
    let lines = InternedInput::new(old, new);
    let diff = Diff::compute(Algorithm::Histogram, &lines);
    let number = |line: u32| usize::try_from(line).unwrap_or(usize::MAX);
    let hunks = diff.hunks().filter(|hunk| !hunk.after.is_empty());
    hunks.map(|hunk| number(hunk.after.start) + 1..=number(hunk.after.end)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_not_in_the_old_text_are_new() {
        let of = |old: &str, new: &str| new_lines(old.as_bytes(), new.as_bytes());
        assert_eq!(of("a\nb\n", "a\nb\n"), []);
        assert_eq!(of("a\nb\n", "a\nx\nb\ny\n"), [2..=2, 4..=4]);
        assert_eq!(of("", "a\nb"), [1..=2]);
        assert_eq!(of("a\nb\n", "b\n"), []);
        // The end of the last line is a part of it.
        assert_eq!(of("a\nb", "a\nb\n"), [2..=2]);
    }
}

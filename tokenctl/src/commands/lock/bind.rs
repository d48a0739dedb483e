//! Binds lines to the source and the image of the programs that may use their tokens.

use std::str::FromStr;

use token_policy::lock::{Entry, Lock, LockedImage, SlotName};
use token_policy::{AssuranceLevel, ImageDigest, ParseIdentityError, SourceDigest};

use super::arguments::Binding;
use crate::commands::source_id;
use crate::failure::Failure;
use crate::output::Output;
use crate::project::Project;

/// A source as it is given on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// What `tokenctl source-id` prints here.
    Auto,
    /// The one that is named.
    Named(SourceDigest),
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Source, String> {
        match text {
            "auto" => Ok(Source::Auto),
            named => named.parse().map(Source::Named).map_err(|error: ParseIdentityError| {
                format!("{error}; `auto` takes that of the commit that is checked out")
            }),
        }
    }
}

impl Binding {
    /// Binds the lines of the environment that was named, and each line that is new.
    pub(super) fn apply(
        &self,
        environment: Option<&str>,
        lock: &mut Lock,
        old: &Lock,
        project: &Project,
        output: &Output,
    ) -> Result<(), Failure> {
        copy_to_new(lock, old);
        if let Some(environment) = environment {
            let source = match self.source {
                None => None,
                Some(Source::Named(source)) => Some(source),
                Some(Source::Auto) => Some(source_id::here(project, output)?),
            };
            change(lock, environment, source, self.image.map(asserted));
        }
        Ok(())
    }
}

/// Returns the image as somebody says it: no path leads from an argument to a higher assurance.
fn asserted(digest: ImageDigest) -> LockedImage {
    LockedImage { digest, assurance: AssuranceLevel::Asserted }
}

/// Binds the current lines of an environment. With another source the image is forgotten: it was built from the old one.
fn change(
    lock: &mut Lock,
    environment: &str,
    source: Option<SourceDigest>,
    image: Option<LockedImage>,
) {
    for name in slots(lock, environment) {
        let Some(entry) = &mut lock.slot_mut(name).current else { continue };
        if source.is_some() && entry.source != source {
            (entry.source, entry.image) = (source, None);
        }
        entry.image = image.or(entry.image);
    }
}

/// Binds each new line to what the other lines of its environment are bound to, if that is the same for all.
fn copy_to_new(lock: &mut Lock, old: &Lock) {
    let is_new = |name: &SlotName| {
        old.slot(name.kind(), name.environment()).is_none_or(|slot| slot.current.is_none())
    };
    let new: Vec<SlotName> = lock
        .slots()
        .filter(|(name, slot)| slot.current.is_some() && is_new(name))
        .map(|(name, _)| name.clone())
        .collect();
    for name in &new {
        let others = lock
            .slots()
            .filter(|(other, _)| other.environment() == name.environment() && !new.contains(other));
        let bound: Vec<&Entry> = others.filter_map(|(_, slot)| slot.current.as_ref()).collect();
        let Some((first, rest)) = bound.split_first() else { continue };
        let (source, image) = (first.source, first.image);
        if rest.iter().any(|entry| (entry.source, entry.image) != (source, image)) {
            continue;
        }
        if let Some(entry) = &mut lock.slot_mut(name.clone()).current {
            (entry.source, entry.image) = (source, image);
        }
    }
}

fn slots(lock: &Lock, environment: &str) -> Vec<SlotName> {
    let names = lock.slots().map(|(name, _)| name);
    names.filter(|name| name.environment() == environment).cloned().collect()
}

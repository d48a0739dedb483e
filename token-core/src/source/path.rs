//! The name of a field in a document: `github.token`, `auths."ghcr.io".auth`, `users[0].token`.

use std::{string::String, vec::Vec};

/// One step from a value to one inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The member or key with this name.
    Name(String),
    /// The element of an array, counted from 0.
    Element(usize),
}

/// The steps that a field's name says. `None` if it is no such name.
///
/// A name with a dot, a bracket or a quote in it stands in double quotes, in which `\"` and `\\` are escapes.
pub(super) fn steps(field: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = field;
    loop {
        let (name, behind) = match rest.strip_prefix('"') {
            Some(quoted) => in_quotes(quoted)?,
            None => bare(rest)?,
        };
        steps.push(Step::Name(name));
        rest = behind;
        while let Some(bracket) = rest.strip_prefix('[') {
            let (number, behind) = bracket.split_once(']')?;
            steps.push(Step::Element(number.parse().ok()?));
            rest = behind;
        }
        if rest.is_empty() {
            return Some(steps);
        }
        rest = rest.strip_prefix('.')?;
    }
}

fn bare(text: &str) -> Option<(String, &str)> {
    let end = text.find(['.', '[', ']', '"']).unwrap_or(text.len());
    let (name, behind) = text.split_at(end);
    (!name.is_empty()).then(|| (name.into(), behind))
}

fn in_quotes(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut characters = text.chars();
    loop {
        match characters.next()? {
            '"' => return Some((name, characters.as_str())),
            '\\' => name.push(characters.next().filter(|next| matches!(next, '"' | '\\'))?),
            other => name.push(other),
        }
    }
}

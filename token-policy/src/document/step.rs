//! Reads one step: a program and its arguments, with placeholders.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::context::Context;
use super::entry::Entry;
use crate::PolicyErrorKind;
use crate::hidden::Quoted;
use crate::steps::{Placeholder, Step, Template, TemplateError};

/// Reads a step. Beside the placeholders that every step may have, it may have `more`. Reports each mistake, and returns
/// `None` if there was one.
pub(super) fn read(
    cx: &mut Context<'_>,
    entry: &Entry<'_, '_>,
    more: &[Placeholder],
) -> Option<Step> {
    let items = entry.items(cx, HELP)?;
    let read: Vec<Option<Template>> =
        items.iter().map(|item| template(cx, item, HELP, more)).collect();
    let template: Vec<Template> = read.into_iter().collect::<Option<_>>()?;
    let program = template.first()?;
    if program.as_str().is_empty() {
        cx.report(entry.at(), PolicyErrorKind::Empty, format!("{} has no program", entry.what()))
            .help(HELP);
    }
    if let (Some(placeholder), Some(item)) = (program.placeholders().next(), items.first()) {
        let message = format!(
            "the program of {} has the placeholder `{{{}}}`",
            entry.what(),
            placeholder.as_str()
        );
        cx.report(item.at(), PolicyErrorKind::InvalidPlaceholder, message)
            .help("name one program; placeholders stand in its arguments");
        return None;
    }
    Some(Step { template })
}

/// Reads a text with placeholders: those that every step may have, and `more`. Reports a mistake and returns `None`.
pub(super) fn template(
    cx: &mut Context<'_>,
    entry: &Entry<'_, '_>,
    help: &str,
    more: &[Placeholder],
) -> Option<Template> {
    let text = entry.text(cx, help)?;
    match Template::parse(text) {
        Ok(template) => check_known(cx, entry, &template, more).then_some(template),
        Err(error) => {
            report(cx, entry, error, more);
            None
        }
    }
}

/// Checks that each placeholder has a value here.
fn check_known(
    cx: &mut Context<'_>,
    entry: &Entry<'_, '_>,
    template: &Template,
    more: &[Placeholder],
) -> bool {
    let is_strange = |placeholder: &Placeholder| {
        !Placeholder::EVERYWHERE.contains(placeholder) && !more.contains(placeholder)
    };
    let Some(strange) = template.placeholders().find(is_strange) else { return true };
    let owner = if strange == Placeholder::Handle { "retire" } else { "claim" };
    let message =
        format!("{} has `{{{}}}`, which has no value there", entry.what(), strange.as_str());
    cx.report(entry.at(), PolicyErrorKind::InvalidPlaceholder, message)
        .help(format!("it is only for `{owner}`; here are {}", list(more)));
    false
}

fn report(
    cx: &mut Context<'_>,
    entry: &Entry<'_, '_>,
    error: TemplateError<'_>,
    more: &[Placeholder],
) {
    let what = entry.what();
    let (message, help) = match error {
        TemplateError::Unclosed => (
            format!("{what} has a `{{` without a `}}` after it"),
            String::from("write `{{` for a brace that begins no placeholder"),
        ),
        TemplateError::Unopened => (
            format!("{what} has a `}}` without a `{{` before it"),
            String::from("write `}}` for a brace that ends no placeholder"),
        ),
        TemplateError::Unknown(name) => {
            let known = known(more).map(Placeholder::as_str);
            let help = match cx.nearest(name, known) {
                Some(meant) => format!("did you mean `{{{meant}}}`?"),
                None => format!("it may have {}; write `{{{{` and `}}}}` for braces", list(more)),
            };
            (format!("{what} has the unknown placeholder {}", Quoted(&format!("{{{name}}}"))), help)
        }
    };
    cx.report(entry.at(), PolicyErrorKind::InvalidPlaceholder, message).help(help);
}

/// Iterates over the placeholders that have a value.
fn known(more: &[Placeholder]) -> impl Iterator<Item = Placeholder> {
    Placeholder::EVERYWHERE.into_iter().chain(more.iter().copied())
}

fn list(more: &[Placeholder]) -> String {
    let names: Vec<String> =
        known(more).map(|placeholder| format!("`{{{}}}`", placeholder.as_str())).collect();
    names.join(", ")
}

const HELP: &str = "write the program and its arguments, such as [\"./ci/probe\"]";

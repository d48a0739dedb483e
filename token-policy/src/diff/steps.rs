//! Compares the steps of one kind. What a command does is not known, so another one permits neither more nor less.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use super::words::{self, Act};
use super::{Aspect, Fact, Verdict};
use crate::KindRule;
use crate::limits::{DEFAULT_SETTLE, DEFAULT_STEP_TIMEOUT};
use crate::steps::{Reply, ReplyExpiry, ReplyHandle, Step, Steps, Template};

/// Iterates over the facts about what differs in the steps, one for each key.
pub(super) fn changes<'a>(
    old: &'a KindRule,
    new: &'a KindRule,
) -> impl Iterator<Item = Fact> + use<'a> {
    ROWS.iter().filter_map(|(key, value)| {
        let (was, is) = (value(old.steps()), value(new.steps()));
        (was != is).then(|| Fact {
            bearing: Verdict::Incomparable,
            subject: new.name().to_owned(),
            aspect: Aspect::Steps,
            scope: None,
            position: Some(new.position()),
            change: format!("`{}.{key}` is {is}, was {was}", Aspect::Steps.as_str()),
            reason: reason(old, new),
        })
    })
}

fn reason(old: &KindRule, new: &KindRule) -> String {
    let act = |kind, steps: Option<&Steps>, by: &str| {
        let by = if steps.is_some() { by } else { " replaced without steps" };
        Act::any(kind).more(by.to_owned())
    };
    let admitted = act(new, new.steps(), " replaced by these steps");
    let refused = act(old, old.steps(), " replaced by the steps before");
    words::reason(Verdict::Incomparable, &admitted, &refused)
}

/// A key of the steps, and the function that writes its value in words; two values never look the same. A kind without
/// steps has the values that are taken if the policy doesn't say.
type Row = (&'static str, fn(Option<&Steps>) -> String);

const ROWS: &[Row] = &[
    ("claim", |steps| step(steps.and_then(Steps::claim))),
    ("create", |steps| step(steps.map(Steps::create))),
    ("reply", |steps| reply(steps.and_then(Steps::reply))),
    ("set", |steps| step(steps.map(Steps::set))),
    ("test", |steps| step(steps.map(Steps::test))),
    ("find", |steps| step(steps.and_then(Steps::find))),
    ("retire", |steps| step(steps.map(Steps::retire))),
    ("limit", |steps| {
        let limit = steps.and_then(Steps::limit);
        limit.map_or_else(|| words::optional(None), |limit| format!("{limit}"))
    }),
    ("settle", |steps| format!("{}", steps.map_or(DEFAULT_SETTLE, Steps::settle))),
    ("timeout", |steps| format!("{}", steps.map_or(DEFAULT_STEP_TIMEOUT, Steps::timeout))),
    ("idempotent", |steps| format!("`{}`", steps.is_some_and(Steps::is_idempotent))),
];

fn step(step: Option<&Step>) -> String {
    let Some(step) = step else { return words::optional(None) };
    format!("`{}`", words::command(step.template().iter().map(Template::as_str)))
}

fn reply(reply: Option<&Reply>) -> String {
    let Some(reply) = reply else { return words::optional(None) };
    let mut text = format!("token at `{}`", words::argument(reply.token()));
    match reply.handle() {
        None => {}
        Some(ReplyHandle::Path(path)) => {
            text += &format!(", handle at `{}`", words::argument(path));
        }
        Some(ReplyHandle::Text(handle)) => {
            text += &format!(", handle `{}`", words::argument(handle.as_str()));
        }
    }
    match reply.expires() {
        None => {}
        Some(ReplyExpiry::In(path)) => {
            text += &format!(", seconds to its end at `{}`", words::argument(path));
        }
        Some(ReplyExpiry::At(path)) => {
            text += &format!(", time of its end at `{}`", words::argument(path));
        }
    }
    text
}

//! Cuts the texts of an event that are longer than a record allows.
//!
//! An actor or a reason is often a caller's own text, such as a header of a request. An event is on record in any case: if
//! it were refused, a long text would hide a refusal, or keep a good token from being admitted. So a long text is cut,
//! and ends with a mark that says how long it was.

use std::borrow::Cow;

use super::super::{Action, Event, Use};

/// The most bytes of an actor, a subject or an origin, and of the name of a kind, scope, event or error.
const MAX_NAME: usize = 256;

/// The most bytes of a reason.
const MAX_REASON: usize = 1_024;

/// The most bytes of a list of scopes in JSON, if the whole record is too long. Then the record fits, whatever else is in
/// it: all other texts together have less than 20,000 bytes, each byte written as `\u0001`.
const MAX_LIST: usize = 20_000;

/// Returns the event with each text within its limit.
pub(super) fn texts(event: &Event) -> Cow<'_, Event> {
    if all(event).all(|(text, limit)| text.len() <= limit) {
        return Cow::Borrowed(event);
    }
    let mut event = event.clone();
    let Event { action, kind, scopes, actor, reason, subject, origin, .. } = &mut event;
    scopes.iter_mut().chain([kind]).for_each(|text| cut(text, MAX_NAME));
    [actor, subject, origin].into_iter().flatten().for_each(|text| cut(text, MAX_NAME));
    reason.iter_mut().for_each(|text| cut(text, MAX_REASON));
    match action {
        Action::Exposed { uses, .. } => {
            uses.iter_mut().for_each(|used| cut(&mut used.scope, MAX_NAME));
        }
        Action::Refused { error: text, .. } | Action::Other { name: text, .. } => {
            cut(text, MAX_NAME);
        }
        _ => {}
    }
    Cow::Owned(event)
}

/// Yields each text of an event, with the most bytes that a record has of it.
fn all(event: &Event) -> impl Iterator<Item = (&str, usize)> {
    let uses = match &event.action {
        Action::Exposed { uses, .. } => uses.as_slice(),
        _ => &[],
    };
    let own = match &event.action {
        Action::Refused { error: text, .. } | Action::Other { name: text, .. } => Some(text),
        _ => None,
    };
    let named = [&event.actor, &event.subject, &event.origin].into_iter().flatten();
    let names = named.chain([&event.kind]).chain(own).chain(&event.scopes);
    let names = names.chain(uses.iter().map(|used| &used.scope));
    let reason = event.reason.iter().map(|reason| (&**reason, MAX_REASON));
    names.map(|name| (&**name, MAX_NAME)).chain(reason)
}

fn cut(text: &mut Cow<'static, str>, limit: usize) {
    if text.len() > limit {
        let mark = format!("…[{} bytes]", text.len());
        let most = limit.saturating_sub(mark.len());
        let end = (0..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        *text = format!("{}{mark}", text.get(..end).unwrap_or_default()).into();
    }
}

/// Returns the event with shorter lists of scopes. The last element of a list that was cut says how many scopes it had,
/// and counts the uses of those that are left out.
pub(super) fn lists(event: &Event) -> Event {
    let mut event = event.clone();
    let granted = event.scopes.len();
    if let Some(kept) = within(event.scopes.iter().map(|scope| json_len(scope))) {
        event.scopes.truncate(kept);
        event.scopes.push(mark(granted));
    }
    if let Action::Exposed { uses, .. } = &mut event.action {
        let used = uses.len();
        if let Some(kept) = within(uses.iter().map(|used| json_len(&used.scope) + NUMBER)) {
            let rest = uses.split_off(kept);
            let times = rest.iter().fold(0_u64, |sum, used| sum.saturating_add(used.times));
            uses.push(Use::new(mark(used), times));
        }
    }
    event
}

/// Returns how many elements with these lengths fit in a list; `None` if all of them do.
fn within(lengths: impl Iterator<Item = usize>) -> Option<usize> {
    let mut sum = 0;
    lengths.into_iter().position(|length| {
        sum += length;
        sum > MAX_LIST
    })
}

fn mark(scopes: usize) -> Cow<'static, str> {
    format!("…[{scopes} scopes]").into()
}

/// Returns how many bytes a text takes in JSON, with a comma.
fn json_len(text: &str) -> usize {
    serde_json::to_string(text).map_or(0, |json| json.len() + 1)
}

/// The most bytes of a colon and a number.
const NUMBER: usize = 21;

//! The service that an exchanged token is for: the parameters `audience` and `resource` of RFC 8693 section 2.1.

use std::sync::Arc;

use token_issue::Inspected;

use super::{answer::Problem, form::Form};

/// The one service that all these parameters name. `None` if there are none: then the new token is for whom the subject token is for.
pub(super) fn of(
    form: &Form<'_>,
    subject: &Inspected,
    audiences: &[Arc<str>],
) -> Result<Option<String>, Problem> {
    let resources = form.all("resource").map(checked);
    let mut asked = None;
    for name in form.all("audience").map(Ok).chain(resources) {
        let name = name?;
        if asked.is_some_and(|before| before != name) {
            return Err(SEVERAL);
        }
        asked = Some(name);
    }
    let Some(asked) = asked else { return Ok(None) };
    match is_allowed(asked, subject, audiences) {
        true => Ok(Some(asked.to_owned())),
        false => Err(OTHER),
    }
}

/// A resource is an absolute URI without a fragment.
fn checked(resource: &str) -> Result<&str, Problem> {
    if resource.contains('#') {
        return Err(FRAGMENT);
    }
    let scheme = resource.split_once(':').map_or("", |(scheme, _)| scheme);
    // RFC 3986 section 3.1.
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    match scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(is_fit)
    {
        true => Ok(resource),
        false => Err(NO_URI),
    }
}

fn is_allowed(asked: &str, subject: &Inspected, audiences: &[Arc<str>]) -> bool {
    match subject.audience().or(subject.kind().audience) {
        Some(own) => own == asked,
        None => audiences.iter().any(|known| **known == *asked),
    }
}

pub(super) const OTHER: Problem =
    Problem::Other("invalid_target", "the subject token gives no access to this service");
const SEVERAL: Problem = Problem::Other("invalid_target", "a token is for one service; name one");
const NO_URI: Problem = Problem::Other("invalid_target", "a resource is an absolute URI");
const FRAGMENT: Problem = Problem::Other("invalid_target", "a resource has no fragment");

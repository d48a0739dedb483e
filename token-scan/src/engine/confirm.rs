//! Decides whether a rule finds a token where its keyword stands.

use super::{assignment, boundary};
use crate::checksum::Checksum;
use crate::judge;
use crate::rule::{Rank, Rule};
use crate::text::{Text, slice};

/// Looks for a token of `rule` whose keyword stands at `at`. Returns the beginning and the end of the token, or `None`
/// if the rule finds none there.
pub(super) fn confirm(
    rule: &Rule,
    checked: &[String],
    text: Text<'_>,
    at: usize,
) -> Option<(usize, usize)> {
    let bytes = text.bytes();
    if rule.assignment {
        return assignment::find(rule, checked, bytes, at);
    }
    if rule.rank == Rank::Assigned {
        if !assignment::begins_word(bytes, at) {
            return None;
        }
        let start = assignment::place(bytes, at)?;
        let value = rule.regex()?.find(slice(bytes, start, start + rule.after))?;
        let end = start + value.end();
        return fits(rule, bytes, start, start, end).then_some((start, end));
    }
    let anywhere = rule.checksum.is_some_and(Checksum::is_enough);
    let begins = anywhere || boundary::begins(bytes, at) || (text.is_cut() && at < 3);
    if rule.before == 0 && !begins {
        return None;
    }
    let base = at.saturating_sub(rule.before);
    // No token can begin inside a long run of digits. That is quicker to check than to match the pattern.
    let is_near = (1..=NEAR).contains(&rule.before) && rule.is_whole();
    if is_near && !(base..=at).any(|at| boundary::begins(bytes, at)) {
        return None;
    }
    let window = slice(bytes, base, at + rule.after);
    let regex = rule.regex()?;
    let mut from = 0;
    while let Some(found) = regex.captures_at(window, from) {
        let whole = found.get(0)?;
        if base + whole.start() > at {
            return None;
        }
        let token = found.name("token").unwrap_or(whole);
        let (start, end) = (base + token.start(), base + token.end());
        if base + whole.end() > at && fits(rule, bytes, base + whole.start(), start, end) {
            return Some((start, end));
        }
        from = whole.start() + 1;
        if rule.before == 0 || from > window.len() {
            return None;
        }
    }
    None
}

/// If a match of a rule may begin at most this many bytes before its keyword, each of these places is checked.
const NEAR: usize = 16;

/// Calls `found` with the range of everything that a rule without a keyword finds.
pub(super) fn everywhere(rule: &Rule, text: Text<'_>, mut found: impl FnMut(usize, usize)) {
    let Some(regex) = rule.regex() else { return };
    for captures in regex.captures_iter(text.bytes()) {
        let Some(whole) = captures.get(0) else { continue };
        let token = captures.name("token").unwrap_or(whole);
        if fits(rule, text.bytes(), whole.start(), token.start(), token.end()) {
            found(token.start(), token.end());
        }
    }
}

/// Returns whether what the pattern matched from `whole` on is a token, which begins at `start`.
fn fits(rule: &Rule, bytes: &[u8], whole: usize, start: usize, end: usize) -> bool {
    let token = slice(bytes, start, end);
    let anywhere = rule.rank == Rank::User || rule.checksum.is_some_and(Checksum::is_enough);
    let bounded = anywhere || boundary::ends(bytes, end);
    let begun = anywhere
        || rule.before == 0
        || [whole, start].iter().any(|at| boundary::begins(bytes, *at));
    bounded
        && begun
        && is_token(rule, token)
        && !is_near_public(rule, bytes, start, end)
        && !(rule.rank == Rank::Issuer && boundary::is_inside(bytes, start, end))
}

/// How many bytes around a token say that it is public by design.
const NEAR_PUBLIC: usize = 200;

fn is_near_public(rule: &Rule, bytes: &[u8], start: usize, end: usize) -> bool {
    let around = slice(bytes, start.saturating_sub(NEAR_PUBLIC), end + NEAR_PUBLIC);
    let is_near = |text: &String| memchr::memmem::find(around, text.as_bytes()).is_some();
    rule.unless_near.iter().any(is_near)
}

fn is_token(rule: &Rule, token: &[u8]) -> bool {
    if rule.judged && (judge::is_placeholder(token) || judge::is_template(token)) {
        return false;
    }
    // Words with `_` between them are a name and not a token, even if the pattern matches. Without a `_`, only a
    // generic rule refuses words: a random token of an issuer may happen to have letters only.
    let words = rule.rank == Rank::Generic || token.contains(&b'_');
    let made_up = || judge::is_made_up(token) || judge::is_drawn(token);
    let named = rule.judged && words && judge::is_name(token);
    if named && !(rule.rank == Rank::Generic && made_up()) {
        return false;
    }
    let weak = token.len() < 12 && (judge::is_weak(token) || judge::has_percent(token));
    if rule.rank == Rank::Generic && (judge::is_percent_encoded(token) || weak) {
        return false;
    }
    if rule.entropy > 0.0 && judge::entropy(token) < least_entropy(rule, token) {
        return false;
    }
    if rule.refuse.iter().any(|refused| refused.is_match(token)) {
        return false;
    }
    rule.checksum.is_none_or(|checksum| checksum.holds(token)) && !judge::is_known(token)
}

/// Returns the least entropy of a token, in bits per character. A short token that looks drawn by chance needs less,
/// since six characters have at most 2.6 bits each.
fn least_entropy(rule: &Rule, token: &[u8]) -> f64 {
    let short = rule.rank == Rank::Generic && token.len() < 8 && judge::is_drawn(token);
    if short { rule.entropy.min(SHORT) } else { rule.entropy }
}

/// The least entropy of a token of fewer than eight characters, in bits per character.
const SHORT: f64 = 2.2;

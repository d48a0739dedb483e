//! Writes values and acts in words.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Aspect, Verdict};
use crate::hidden::is_ignorable;
use crate::{KindRule, Lifetime, ReadableBy, Rotate, Source, Uses};

/// An act in words: the use of one token, which lives as long as its kind allows.
pub(super) struct Act<'a> {
    kind: &'a KindRule,
    scope: &'a str,
    more: String,
}

impl<'a> Act<'a> {
    /// Makes the act of using a token of `kind` for the first scope that the kind carries.
    pub(super) fn any(kind: &'a KindRule) -> Act<'a> {
        Act::with(kind, kind.closure().first().map(String::as_str).unwrap_or_default())
    }

    /// Makes the act of using a token of `kind` for `scope`, which the kind carries.
    pub(super) fn with(kind: &'a KindRule, scope: &'a str) -> Act<'a> {
        Act { kind, scope, more: String::new() }
    }

    /// Makes the same act, said more exactly.
    pub(super) fn more(self, more: String) -> Act<'a> {
        Act { more, ..self }
    }

    /// Makes the act of using a token of `kind` that `other` refuses because of `aspect`. If `other` refuses none, the
    /// act is [`any`](Act::any).
    pub(super) fn beyond(aspect: Aspect, kind: &'a KindRule, other: &KindRule) -> Act<'a> {
        let more = match aspect {
            Aspect::Leeway => format!(" while clocks are {} apart", kind.leeway()),
            Aspect::Audience => match (kind.audience(), other.audience()) {
                (None, Some(other)) => format!(" for others than `{other}`"),
                (audience, _) => format!(" for {}", optional(audience)),
            },
            Aspect::Uses => String::from(" used a second time"),
            Aspect::Source => match kind.source() {
                None => String::from(" from elsewhere"),
                source => format!(" from {}", self::source(source)),
            },
            Aspect::Rotate => beyond_rotate(kind.rotate(), other.rotate()),
            Aspect::Store => match kind.store() {
                Some(store) => format!(" whose refresh token is kept in `{store}`"),
                None => String::new(),
            },
            Aspect::Format => match (kind.format(), other.format()) {
                (None, Some(other)) => format!(" not beginning with `{}`", other.value().as_str()),
                (Some(format), _) => format!(" beginning with `{}`", format.value().as_str()),
                (None, None) => String::new(),
            },
            Aspect::Kind
            | Aspect::Scope
            | Aspect::MaxLifetime
            | Aspect::Steps
            | Aspect::Owner
            | Aspect::Declared
            | Aspect::Implies
            | Aspect::Type
            | Aspect::IssuerName
            | Aspect::Environment
            | Aspect::Release
            | Aspect::Strict
            | Aspect::Assurance
            | Aspect::Slot => String::new(),
        };
        Act { more, ..Act::any(kind) }
    }
}

/// Returns a sentence that says what is admitted now and was not before, or what is refused now.
pub(super) fn reason(bearing: Verdict, admitted: &Act<'_>, refused: &Act<'_>) -> String {
    match bearing {
        Verdict::Equal => String::from("it permits the same"),
        Verdict::Wider => format!("{} is now admitted", admitted.text()),
        Verdict::Narrower => format!("{} is now refused", refused.text()),
        Verdict::Incomparable => {
            format!("{} is now admitted, one{} refused", admitted.text(), refused.more)
        }
    }
}

impl Act<'_> {
    fn text(&self) -> String {
        let Act { kind, scope, more } = self;
        format!("a token with `{scope}` living {}{more}", lifetime(kind.max_lifetime()))
    }
}

pub(super) fn lifetime(longest: Option<Lifetime>) -> String {
    longest.map_or_else(|| String::from("without end"), |longest| format!("{longest}"))
}

pub(super) fn optional(text: Option<&str>) -> String {
    text.map_or_else(|| String::from("not set"), |text| format!("`{text}`"))
}

pub(super) fn uses(uses: Uses) -> &'static str {
    match uses {
        Uses::Many => "`many`",
        Uses::Once => "`once`",
    }
}

pub(super) fn source(source: Option<&Source>) -> String {
    match source {
        None => String::from("not set"),
        Some(Source::Env { name }) => format!("the variable `{name}`"),
        Some(Source::Credential { name }) => format!("the credential `{name}`"),
        Some(Source::File { path, readable_by }) => {
            format!("the file `{path}` readable by {}", readers(*readable_by))
        }
        Some(Source::Command { argv, timeout }) => {
            format!("the command `{}` within {timeout}", command(argv.iter().map(String::as_str)))
        }
    }
}

/// Joins the arguments of a command, so that two different commands never look the same.
pub(super) fn command<'a>(argv: impl Iterator<Item = &'a str>) -> String {
    argv.map(argument).collect::<Vec<_>>().join(" ")
}

/// Quotes a text with white space, quotation marks or invisible characters, or without any character.
pub(super) fn argument(text: &str) -> String {
    let is_plain = !text.is_empty()
        && text.chars().all(|c| !c.is_whitespace() && !is_ignorable(c) && !matches!(c, '"' | '\\'));
    if is_plain { text.into() } else { format!("{text:?}") }
}

fn readers(readable_by: ReadableBy) -> &'static str {
    match readable_by {
        ReadableBy::Owner => "its owner",
        ReadableBy::Group => "its group",
        ReadableBy::Everyone => "everyone",
    }
}

pub(super) fn rotate(rotate: Option<&Rotate>) -> String {
    match rotate {
        None => String::from("not set"),
        Some(Rotate::BeforeExpiry { before_expiry, overlap }) => {
            format!("{before_expiry} before the end with {overlap} of overlap")
        }
        Some(Rotate::ByAge { after, overlap }) => {
            format!("at the age of {after} with {overlap} of overlap")
        }
    }
}

fn beyond_rotate(rotate: Option<&Rotate>, other: Option<&Rotate>) -> String {
    let Some(rotate) = rotate else { return String::from(" that is never replaced") };
    let is_earlier = match (rotate.after(), other.and_then(Rotate::after)) {
        (Some(after), Some(other)) => after <= other,
        (Some(_), None) => false,
        (None, _) => rotate.before_expiry() >= other.and_then(Rotate::before_expiry),
    };
    match rotate {
        _ if is_earlier => format!(" valid {} beside its successor", rotate.overlap()),
        Rotate::ByAge { after, .. } => format!(" replaced at the age of {after}"),
        Rotate::BeforeExpiry { before_expiry, .. } => {
            format!(" replaced {before_expiry} before its end")
        }
    }
}

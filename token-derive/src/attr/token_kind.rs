//! Parses `#[token_kind(name = "github-ci", scopes(RepoRead), max_lifetime = "1h")]`.

use syn::{DeriveInput, Ident, LitStr, Path};
use token_policy::{Lifetime, Uses, format::Prefix, kind_name, limits, nearest};

use super::{
    Argument, CratePath, Keys, Value,
    require::{refuse_name, refuse_repeated},
};
use crate::mistakes::Mistakes;

/// The rules of a token kind. A required rule is `None` if it was missing or wrong, which was reported.
#[derive(Default)]
pub(crate) struct TokenKindAttr {
    pub(crate) name: Option<LitStr>,
    pub(crate) scopes: Option<Vec<Path>>,
    pub(crate) max_lifetime: Option<Lifetime>,
    pub(crate) leeway: Option<Lifetime>,
    pub(crate) owner: Option<LitStr>,
    pub(crate) audience: Option<LitStr>,
    pub(crate) format: Option<Prefix>,
    pub(crate) uses: Option<Uses>,
    pub(crate) krate: CratePath,
}

impl TokenKindAttr {
    pub(crate) fn parse(input: &DeriveInput, mistakes: &mut Mistakes) -> Self {
        let mut attr = Self::default();
        let arguments = Argument::of(&input.attrs, "token_kind", mistakes);
        let was_readable = mistakes.is_empty();
        let mut seen = Seen::default();
        for argument in arguments.unwrap_or_default() {
            match argument {
                Argument::List(key, list) if key == "scopes" => {
                    seen.note(&key, mistakes);
                    attr.scopes = Some(scopes(&key, list, mistakes));
                }
                Argument::Value(key, _) if key == "scopes" => {
                    seen.note(&key, mistakes);
                    mistakes.at(
                        key,
                        "`scopes` is a list of types: write `scopes(RepoRead, DeployRun)`",
                    );
                }
                Argument::Value(key, value) => {
                    seen.note(&key, mistakes);
                    attr.set(&key, value, mistakes);
                }
                Argument::List(key, _) => KEYS.refuse(&key, mistakes),
                other => mistakes.at(other, "expected `key = \"value\"` or `scopes(...)`"),
            }
        }
        if was_readable {
            seen.demand(&input.ident, mistakes);
        }
        attr
    }

    fn set(&mut self, key: &Ident, value: Value, mistakes: &mut Mistakes) {
        match key.to_string().as_str() {
            "audience" => self.audience = some_text(value, key, mistakes),
            "crate" => self.krate = CratePath::read(&value, mistakes),
            "format" => {
                self.format = value.text(key, mistakes).and_then(|text| prefix(&text, mistakes));
            }
            "leeway" => {
                self.leeway = lifetime(value, key, Lifetime::ZERO, limits::MAX_LEEWAY, mistakes);
            }
            "max_lifetime" => {
                self.max_lifetime =
                    lifetime(value, key, Lifetime::from_secs(1), limits::MAX_LIFETIME, mistakes);
            }
            "name" => {
                self.name = value.text(key, mistakes).inspect(|name| check_name(name, mistakes));
            }
            "owner" => self.owner = some_text(value, key, mistakes),
            "uses" => self.uses = value.text(key, mistakes).and_then(|text| uses(&text, mistakes)),
            _ => KEYS.refuse(key, mistakes),
        }
    }
}

/// The keys that were read so far.
#[derive(Default)]
struct Seen(Vec<String>);

impl Seen {
    fn note(&mut self, key: &Ident, mistakes: &mut Mistakes) {
        let name = key.to_string();
        match self.0.contains(&name) {
            true => mistakes.at(key, format_args!("`{key}` is written twice")),
            false => self.0.push(name),
        }
    }

    /// Reports all missing keys in one error, with an example of each.
    fn demand(&self, ident: &Ident, mistakes: &mut Mistakes) {
        let examples = [
            ("name", "name = \"github-ci\""),
            ("scopes", "scopes(RepoRead)"),
            ("max_lifetime", "max_lifetime = \"1h\""),
        ];
        let missing = examples.iter().filter(|(key, _)| !self.0.iter().any(|seen| seen == key));
        let missing: Vec<_> = missing.map(|(_, example)| *example).collect();
        if !missing.is_empty() {
            let rules = missing.join(", ");
            mistakes.at(
                ident,
                format_args!("token kind `{ident}` lacks rules; add `#[token_kind({rules})]`"),
            );
        }
    }
}

fn scopes(key: &Ident, list: Vec<Argument>, mistakes: &mut Mistakes) -> Vec<Path> {
    if list.is_empty() {
        mistakes.at(key, "a token kind carries at least one scope: write `scopes(RepoRead)`");
    }
    let mut scopes = Vec::new();
    for argument in list {
        match argument {
            Argument::Path(path) => scopes.push(path),
            Argument::Text(text) => refuse_name(&text, mistakes),
            other => mistakes.at(other, "expected the path of a scope"),
        }
    }
    if let Some(excess) = scopes.get(limits::MAX_CLOSURE) {
        mistakes.at(
            excess,
            format_args!("a token kind carries at most {} scopes", limits::MAX_CLOSURE),
        );
    }
    refuse_repeated(&scopes, mistakes);
    scopes
}

fn check_name(name: &LitStr, mistakes: &mut Mistakes) {
    if let Err(error) = kind_name::check(&name.value()) {
        mistakes.at(name, format_args!("{error}, such as \"github-ci\""));
    }
}

fn prefix(text: &LitStr, mistakes: &mut Mistakes) -> Option<Prefix> {
    let refuse =
        |error| mistakes.at(text, format_args!("{error}; write one such as \"acme_deploy\""));
    Prefix::parse(&text.value()).map_err(refuse).ok()
}

fn some_text(value: Value, key: &Ident, mistakes: &mut Mistakes) -> Option<LitStr> {
    let text = value.text(key, mistakes)?;
    if text.value().trim().is_empty() {
        mistakes.at(&text, format_args!("`{key}` is empty; leave it out if there is none"));
    }
    Some(text)
}

fn lifetime(
    value: Value,
    key: &Ident,
    min: Lifetime,
    max: Lifetime,
    mistakes: &mut Mistakes,
) -> Option<Lifetime> {
    let text = value.text(key, mistakes)?;
    let lifetime = Value::Text(text.clone()).lifetime(key, mistakes)?;
    if !(min..=max).contains(&lifetime) {
        mistakes.at(text, format_args!("`{key}` is {lifetime}; it must be from {min} to {max}"));
    }
    Some(lifetime)
}

fn uses(text: &LitStr, mistakes: &mut Mistakes) -> Option<Uses> {
    let value = text.value();
    match value.as_str() {
        "many" => return Some(Uses::Many),
        "once" => return Some(Uses::Once),
        _ => {}
    }
    let near = nearest(&value, ["many", "once"].into_iter());
    let help = near.map_or(String::from("it is \"many\" or \"once\""), |near| {
        format!("did you mean \"{near}\"?")
    });
    mistakes.at(text, format_args!("unknown `uses`; {help}"));
    None
}

const KEYS: Keys = Keys(&[
    "audience",
    "crate",
    "format",
    "leeway",
    "max_lifetime",
    "name",
    "owner",
    "scopes",
    "uses",
]);

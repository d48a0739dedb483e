//! Checks a valid policy: each name must give a type's name of its own, and token-policy's checks are run.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream};
use syn::{LitStr, Path};
use token_policy::{KindRule, Level, Policy, Position, ScopeRule, Spanned, checks};

use crate::{mistakes::Mistakes, name, policy::PolicyFile, warning::warning};

/// Holds the scopes and kinds of a policy, each with the name of its type.
pub(crate) struct Checked<'p> {
    pub(crate) scopes: Vec<Scope<'p>>,
    pub(crate) kinds: Vec<Kind<'p>>,
}

/// A scope, and the name of its type.
pub(crate) struct Scope<'p> {
    pub(crate) rule: &'p ScopeRule,
    pub(crate) ident: Ident,
    /// The type of another crate that stands for the scope; `None` if the macro makes the type.
    pub(crate) rust_type: Option<Path>,
}

/// A token kind, and the name of its type.
pub(crate) struct Kind<'p> {
    pub(crate) rule: &'p KindRule,
    pub(crate) ident: Ident,
}

/// Gives each name of the policy the name of a type, and reports those that cannot have one.
pub(crate) fn check<'p>(
    policy: &'p Policy,
    file: &PolicyFile,
    mistakes: &mut Mistakes,
) -> Checked<'p> {
    let scopes = policy.scopes().iter().map(|rule| Scope {
        rule,
        ident: scope_ident(rule.name(), file.span()),
        rust_type: rule.rust_type().and_then(|path| check_type(path, file, mistakes)),
    });
    let scopes: Vec<_> = scopes.collect();
    let kinds = policy
        .kinds()
        .iter()
        .map(|rule| Kind { rule, ident: kind_ident(rule.name(), file.span()) });
    let kinds: Vec<_> = kinds.collect();

    let places =
        scopes.iter().map(|scope| (&scope.ident, scope.rule.name(), scope.rule.position()));
    refuse_equal("scopes", places, file, mistakes);
    let places = kinds.iter().map(|kind| (&kind.ident, kind.rule.name(), kind.rule.position()));
    refuse_equal("token kinds", places, file, mistakes);
    Checked { scopes, kinds }
}

/// Runs token-policy's checks. Returns code that makes the compiler warn of the findings. A finding of level deny is
/// reported as a mistake instead.
///
/// Unused scopes are not checked, since the compiler doesn't know which scopes tokens used.
pub(crate) fn findings(policy: &Policy, file: &PolicyFile, mistakes: &mut Mistakes) -> TokenStream {
    let mut warnings = TokenStream::new();
    for finding in checks::check(policy, &file.literal.value(), None) {
        let at =
            finding.place().map(|place| Position { line: place.line(), column: place.column() });
        let message = format!("{} [{}]", finding.message(), finding.code());
        let message = file.sentence(at.unwrap_or(Position::START), message, finding.help());
        match finding.level() {
            Level::Deny => mistakes.at_span(file.literal.span(), message),
            _ => warnings.extend(warning(file.span(), &message)),
        }
    }
    warnings
}

/// Returns the name of the type of a scope.
pub(crate) fn scope_ident(scope: &str, span: Span) -> Ident {
    Ident::new(&name::of_type(scope, "Scope"), span)
}

/// Returns the name of the type of a token kind.
pub(crate) fn kind_ident(kind: &str, span: Span) -> Ident {
    Ident::new(&name::of_type(kind, "Kind"), span)
}

/// Reads the path of a type, and changes it so that it is right inside `mod scope`.
///
/// If the path does not begin with `::`, `crate`, `self` or `super`, its first word is the name of a crate.
pub(crate) fn type_path(written: &str, span: Span) -> syn::Result<Path> {
    let from_module = match written.split("::").next() {
        Some("super") => format!("super::{written}"),
        Some("self") => format!("super{}", written.trim_start_matches("self")),
        Some("" | "crate") => written.to_owned(),
        _ => format!("::{written}"),
    };
    LitStr::new(&from_module, span).parse_with(Path::parse_mod_style)
}

fn check_type(path: &Spanned<String>, file: &PolicyFile, mistakes: &mut Mistakes) -> Option<Path> {
    let parsed = type_path(path, file.span());
    if parsed.is_err() {
        let help = Some("write the path of a type, such as \"github_sdk::scope::RepoRead\"");
        file.report(
            path.position(),
            format_args!("`{}` is not the path of a type", path.value()),
            help,
            mistakes,
        );
    }
    parsed.ok()
}

/// Reports two names that give the same type, since a grant of one would be a grant of the other.
fn refuse_equal<'a>(
    what: &str,
    items: impl Iterator<Item = (&'a Ident, &'a str, Position)>,
    file: &PolicyFile,
    mistakes: &mut Mistakes,
) {
    let mut places: Vec<_> = items.collect();
    places.sort_by_key(|&(_, _, position)| position);
    let mut first = BTreeMap::new();
    for (ident, name, at) in places {
        if let Some((other, other_at)) = first.get(ident) {
            let message = format!(
                "{what} `{other}` (at {other_at}) and `{name}` would both be the type `{ident}`"
            );
            file.report(
                at,
                message,
                Some("rename one of them: names differ by their words and letters"),
                mistakes,
            );
        } else {
            first.insert(ident, (name, at));
        }
    }
}

//! Writes the documentation of generated items, so that an editor shows the rule.

use token_policy::{Lifetime, Position, Rotate, Uses};

use crate::check::{Kind, Scope};

/// Writes the documentation of a scope's type.
pub(super) fn scope(scope: &Scope<'_>, file: &str) -> String {
    let rule = scope.rule;
    let implied = match rule.implies() {
        [] => String::new(),
        implies => format!(" It implies {}.", list(implies)),
    };
    let issuer = match rule.issuer_name() {
        name if name == rule.name() => String::new(),
        name => format!(" Its issuer calls it {}.", code(name)),
    };
    let facts = format!("Scope {}.{issuer}{implied}", code(rule.name()));
    paragraphs(rule.description(), &facts, file, rule.position())
}

/// Writes the documentation of a token kind's type.
pub(super) fn kind(kind: &Kind<'_>, file: &str) -> String {
    let rule = kind.rule;
    let owner =
        rule.owner().map(|owner| format!(" Its owner is {}.", plain(owner))).unwrap_or_default();
    let lives = match rule.max_lifetime() {
        Some(longest) => format!("lives at most {longest}"),
        None => String::from("need not expire"),
    };
    let age = match rule.rotate().and_then(Rotate::after) {
        Some(after) => format!(" It is replaced at the age of {after}."),
        None => String::new(),
    };
    let leeway = match rule.leeway() {
        Lifetime::ZERO => String::new(),
        leeway => format!(", and {leeway} of leeway"),
    };
    let uses = match rule.uses() {
        Uses::Many => "",
        Uses::Once => " It is used once.",
    };
    let audience = rule
        .audience()
        .map(|audience| format!(" It is meant for {}.", code(audience)))
        .unwrap_or_default();
    let format = rule
        .format()
        .map(|prefix| format!(" It begins with {}.", code(prefix.value().as_str())))
        .unwrap_or_default();
    let facts = format!(
        "Token kind {}.{owner} A token {lives}{leeway}.{age}{uses}{audience}{format}\n\nIt carries {}{}.",
        code(rule.name()),
        list(rule.scopes()),
        implied(kind),
    );
    paragraphs(rule.description(), &facts, file, rule.position())
}

/// Writes the documentation of `POLICY`.
pub(super) fn policy(file: &str) -> String {
    format!("The token policy {} that this program was compiled with.", code(file))
}

fn implied(kind: &Kind<'_>) -> String {
    let implied = kind.rule.closure().iter().filter(|scope| !kind.rule.scopes().contains(scope));
    let implied: Vec<_> = implied.cloned().collect();
    match implied.as_slice() {
        [] => String::new(),
        implied => format!(", and by implication {}", list(implied)),
    }
}

fn paragraphs(description: Option<&str>, facts: &str, file: &str, at: Position) -> String {
    let description = description.map(|text| format!("{}\n\n", plain(text))).unwrap_or_default();
    format!("{description}{facts}\n\nDeclared in {}, line {}.", code(file), at.line)
}

fn list(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| code(name)).collect();
    names.join(", ")
}

/// Escapes a text of the policy, so that rustdoc finds no links, HTML or code blocks in it.
fn plain(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.trim().chars() {
        if c.is_ascii_punctuation()
            && !matches!(c, '.' | ',' | ';' | '\'' | '/' | '(' | ')' | '?' | '%')
        {
            escaped.push('\\');
        }
        escaped.push(if c.is_whitespace() { ' ' } else { c });
    }
    escaped
}

/// Writes a name as code. The name of a scope may contain a backtick.
fn code(name: &str) -> String {
    match name.contains('`') {
        true => format!("``` {name} ```"),
        false => format!("`{name}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::{code, plain};

    #[test]
    fn text_of_the_policy_is_not_markup() {
        assert_eq!(plain("See [here] <b>\n# not a title"), r"See \[here\] \<b\> \# not a title");
        assert_eq!(plain("CI's access, daily."), "CI's access, daily.");
    }

    #[test]
    fn a_backtick_in_a_name_stays_inside_the_code() {
        assert_eq!(code("repo:read"), "`repo:read`");
        assert_eq!(code("a`b"), "``` a`b ```");
    }
}

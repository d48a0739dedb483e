//! Reads `--level`, and finds levels for names that mean nothing.

use std::str::FromStr;

use token_policy::report::Notice;
use token_policy::{Level, nearest};
use token_scan::{Scan, Scanner, Sort};

use crate::commands::explain::topics::UNKNOWN_LEVEL;
use crate::failure::Failure;

/// A level that an argument gives to a sort of findings or to a rule, such as `guess=deny`.
#[derive(Clone)]
pub(crate) struct Given {
    name: String,
    level: Level,
}

impl FromStr for Given {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Given, Self::Err> {
        let (name, word) = text.split_once('=').ok_or("expected NAME=LEVEL")?;
        let levels = [Level::Allow, Level::Warn, Level::Deny];
        let level = levels.into_iter().find(|level| level.as_str() == word);
        let level = level.ok_or("the level is `allow`, `warn` or `deny`")?;
        Ok(Given { name: name.to_owned(), level })
    }
}

/// Gives the levels to a scan.
pub(super) fn set(scan: Scan, given: &[Given]) -> Scan {
    given.iter().fold(scan, |scan, given| scan.level(&given.name, given.level))
}

/// Fails if an argument gives a level to a name that means nothing. Returns a notice about such names in policies.
pub(super) fn check(scanner: &Scanner, given: &[Given]) -> Result<Option<Notice>, Failure> {
    let unknown = scanner.unknown_levels();
    if let Some(given) = given.iter().find(|given| unknown.contains(&given.name.as_str())) {
        return Err(wrong(scanner, &given.name));
    }
    let names: Vec<String> = unknown.iter().map(|name| format!("`{name}`")).collect();
    let message = format!("no sort of findings and no rule has this name: {}", names.join(", "));
    let notice = || Notice::new(UNKNOWN_LEVEL.code, UNKNOWN_LEVEL.level, message.clone());
    Ok((!names.is_empty()).then(notice))
}

fn wrong(scanner: &Scanner, name: &str) -> Failure {
    let sorts = Sort::ALL.map(Sort::as_str);
    let known = || sorts.into_iter().chain(scanner.rules().iter().map(token_scan::Rule::id));
    let help = match nearest(name, known()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => {
            format!(
                "there are `{}`, and the rules that `tokenctl explain` lists",
                sorts.join("`, `")
            )
        }
    };
    Failure::usage("`--level` names neither a sort of findings nor a rule").help(help)
}

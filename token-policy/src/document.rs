//! Reads a policy's text into a [`Policy`]. Each part keeps what it understands and reports its mistakes, so that one
//! run finds them all.

mod checks;
mod closure;
mod context;
mod entry;
mod environment;
mod kind;
mod prefix;
mod reference;
mod reply;
mod rotate;
mod salvage;
mod scan;
mod scope;
mod source;
mod step;
mod steps;
mod store;
mod syntax;
mod table;

use alloc::format;
use alloc::vec::Vec;

use toml::de::{DeTable, DeValue};

use self::context::Context;
use self::scope::Scopes;
use self::table::Table;
use crate::error::Salvaged;
use crate::limits::MAX_POLICY_BYTES;
use crate::mark::CheckRules;
use crate::scan_rules::ScanRules;
use crate::{EnvironmentRule, KindRule, Policy, PolicyErrorKind, PolicyErrors, ScopeRule, meaning};

/// Reads a policy file. The error holds every mistake in it.
pub(crate) fn read(text: &str) -> Result<Policy, PolicyErrors> {
    if text.len() > MAX_POLICY_BYTES {
        return Err(too_large(text.len()));
    }
    let mut cx = Context::new(text);
    let (root, mistakes) = DeTable::parse_recoverable(text);
    let root = root.get_ref();
    // After a syntax error the rules are not read, since further errors would be about values that the author didn't
    // write.
    let rules = match mistakes.as_slice() {
        [] => read_rules(&mut cx, root),
        mistakes => {
            syntax::report(&mut cx, root, mistakes);
            None
        }
    };
    match rules {
        Some(rules) if cx.is_clean() => Ok(policy(rules)),
        _ => Err(cx.into_errors(salvage::names(root))),
    }
}

/// Makes the error for a text that is too long, which is not read.
fn too_large(length: usize) -> PolicyErrors {
    let mut cx = Context::new("");
    cx.report(0, PolicyErrorKind::TooLarge, format!("the policy has {length} bytes"))
        .help(format!("a policy has at most {MAX_POLICY_BYTES} bytes"));
    cx.into_errors(Salvaged::default())
}

struct Rules {
    scopes: Vec<ScopeRule>,
    kinds: Vec<KindRule>,
    environments: Vec<EnvironmentRule>,
    checks: CheckRules,
    scan: ScanRules,
}

fn policy(Rules { scopes, kinds, environments, checks, scan }: Rules) -> Policy {
    let digest = meaning::of_policy(&scopes, &kinds, &environments);
    Policy { scopes, kinds, environments, checks, scan, digest }
}

fn read_rules(cx: &mut Context<'_>, root: &DeTable<'_>) -> Option<Rules> {
    cx.report_misleading_lines();
    check_version(cx, root)?;
    let root = Table::open(cx, root, 0, "the policy", KEYS);
    root.require(cx, "version", "begin the file with `version = 1`");
    let scopes = Scopes::read(cx, &root)?;
    let environments = environment::read_all(cx, &root);
    let kinds = kind::read_all(cx, &root, &scopes, &environments)?;
    let checks = checks::read(cx, &root);
    let scan = scan::read(cx, &root);
    Some(Rules { scopes: scopes.rules, kinds, environments: environments.rules, checks, scan })
}

const KEYS: &[&str] = &["version", "scopes", "tokens", "environments", "checks", "scan"];

/// Checks the version before anything else. Returns `None` if it is unknown: such a file has other rules, and errors
/// about them would mislead.
fn check_version(cx: &mut Context<'_>, root: &DeTable<'_>) -> Option<()> {
    let Some(version) = root.get("version") else { return Some(()) };
    match version.get_ref() {
        DeValue::Integer(number) if is_one(number.as_str()) => Some(()),
        DeValue::Integer(number) => {
            let message = format!("the policy's version is `{number}`, which is not known here");
            cx.report(version.span().start, PolicyErrorKind::UnknownVersion, message)
                .help("write `version = 1`");
            None
        }
        other => {
            let message =
                format!("the policy's version must be an integer, not {}", entry::type_name(other));
            cx.report(version.span().start, PolicyErrorKind::WrongType, message)
                .help("write `version = 1`");
            Some(())
        }
    }
}

/// Returns whether these are the digits of the number 1. The prefix of a radix, such as `0x`, is already removed.
fn is_one(digits: &str) -> bool {
    digits.trim_start_matches(['+', '0', '_']) == "1"
}

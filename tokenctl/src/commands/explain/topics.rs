//! Collects everything that has a code.

mod locks;
mod texts;

pub(crate) use self::locks::{NOT_LIVE, NOT_LOCKED, OTHER_FACTS};
pub(crate) use self::texts::{NO_POLICY, POLICY_MISTAKE, UNKNOWN_LEVEL};

use token_policy::report::Rule;
use token_policy::{Level, checks};
use token_scan::{Explanation, Scan, Sort};

use crate::exit::TABLE;
use crate::failure::Failure;
use crate::output::LEFT_OUT;

/// Explains one code.
pub(crate) struct Topic {
    pub(crate) code: String,
    /// The level of the findings with this code; `None` if the code is not that of a finding.
    pub(crate) level: Option<Level>,
    pub(crate) summary: String,
    pub(crate) reason: String,
    pub(crate) example: String,
    pub(crate) fix: String,
    pub(crate) source: String,
    /// The reason and the fix in one text, for a code host.
    help: String,
}

/// A title, and the codes that belong under it.
pub(crate) struct Group {
    pub(crate) title: &'static str,
    pub(crate) topics: Vec<Topic>,
}

/// Returns all codes, in groups.
pub(super) fn all() -> Result<Vec<Group>, Failure> {
    let scanner = Scan::new().build()?;
    Ok(vec![
        Group { title: "Findings in a policy", topics: of_policy() },
        Group { title: "Differences of two policies", topics: of_diff() },
        Group { title: "Differences of two tables of routes", topics: of_routes() },
        Group {
            title: "Findings in a lock",
            topics: locks::FOUND.iter().map(Topic::from).collect(),
        },
        Group {
            title: "Differences of two locks",
            topics: locks::DIFF.iter().map(Topic::from).collect(),
        },
        Group { title: "Findings of a scan", topics: of_codes() },
        Group { title: "Notices of a scan", topics: of_notices() },
        Group { title: "Rules of a scan", topics: of_rules(scanner.rules()) },
        Group { title: "Findings in an audit log", topics: of_audit() },
        Group { title: "Exit codes", topics: TABLE.iter().map(exit).collect() },
    ])
}

/// Returns the codes that `check` can find. They include those of tokens in the policy itself, and those of its lock.
pub(crate) fn of_check() -> Vec<Topic> {
    of_policy().into_iter().chain(of_lock()).collect()
}

/// Returns the codes that can be found in a lock. They include those of tokens in the lock itself.
pub(crate) fn of_lock() -> Vec<Topic> {
    locks::FOUND.iter().map(Topic::from).chain(of_codes()).collect()
}

/// Returns the codes of the differences of two policies, and of the locks beside them.
pub(crate) fn of_diff() -> Vec<Topic> {
    texts::DIFF.iter().chain(&locks::DIFF).map(Topic::from).collect()
}

pub(crate) fn of_routes() -> Vec<Topic> {
    texts::ROUTES.iter().map(Topic::from).collect()
}

pub(crate) fn of_audit() -> Vec<Topic> {
    texts::AUDIT.iter().map(Topic::from).collect()
}

/// Returns the codes that a scan with these rules can find.
pub(crate) fn of_scan(rules: &[token_scan::Rule]) -> Vec<Topic> {
    of_codes().into_iter().chain(of_rules(rules)).collect()
}

/// Returns the same topics as rules for SARIF.
pub(crate) fn rules(topics: &[Topic]) -> Vec<Rule<'_>> {
    fn rule(topic: &Topic) -> Rule<'_> {
        let Topic { code, level, summary, help, .. } = topic;
        Rule { code, level: level.unwrap_or(Level::Allow), summary, help }
    }
    topics.iter().map(rule).collect()
}

fn of_policy() -> Vec<Topic> {
    std::iter::once(&texts::INVALID).chain(checks::explanations()).map(Topic::from).collect()
}

fn of_codes() -> Vec<Topic> {
    token_scan::explanations().map(Topic::from).collect()
}

fn of_notices() -> Vec<Topic> {
    let all = token_scan::notice_explanations().chain([
        &LEFT_OUT,
        &NO_POLICY,
        &POLICY_MISTAKE,
        &UNKNOWN_LEVEL,
    ]);
    let mut topics: Vec<Topic> = all.map(Topic::from).collect();
    topics.sort_by(|a, b| a.code.cmp(&b.code));
    topics
}

fn of_rules(rules: &[token_scan::Rule]) -> Vec<Topic> {
    let mut topics: Vec<Topic> = rules.iter().map(rule).collect();
    topics.sort_by(|a, b| a.code.cmp(&b.code));
    topics
}

fn rule(rule: &token_scan::Rule) -> Topic {
    let (level, reason, fix) = match rule.sort() {
        Sort::Certain => (Level::Deny, texts::CERTAIN, texts::REVOKE),
        Sort::Specific => (Level::Deny, texts::SPECIFIC, texts::REVOKE_OR_SAY),
        Sort::Guess => (Level::Warn, texts::GUESS, texts::DECIDE),
    };
    Topic {
        source: rule.source().unwrap_or_default().to_owned(),
        ..Topic::new(rule.id(), Some(level), rule.description(), reason, fix)
    }
}

fn exit(row: &crate::exit::Row) -> Topic {
    Topic::new(&format!("exit-{}", row.code), None, row.meaning, "", row.advice)
}

impl Topic {
    fn new(code: &str, level: Option<Level>, summary: &str, reason: &str, fix: &str) -> Topic {
        Topic {
            code: code.to_owned(),
            level,
            summary: summary.to_owned(),
            reason: reason.to_owned(),
            example: String::new(),
            fix: fix.to_owned(),
            source: String::new(),
            help: format!("{reason} {fix}"),
        }
    }
}

impl From<&Explanation> for Topic {
    fn from(known: &Explanation) -> Topic {
        Topic {
            example: known.example.to_owned(),
            ..Topic::new(known.code, Some(known.level), known.summary, known.reason, known.fix)
        }
    }
}

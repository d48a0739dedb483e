//! Explains each code of a check: what it finds, why that matters, what to do.

use crate::Level;

/// Explains one code: what the check finds, why that matters, and what to do about it.
#[derive(Clone, Copy, Debug)]
pub struct Explanation {
    /// The code of the check's findings, such as `no-owner`. It never changes.
    pub code: &'static str,
    /// The level of the check's findings, unless `[checks]` of the policy sets another one.
    pub level: Level,
    /// What the check finds.
    pub summary: &'static str,
    /// Why that matters.
    pub reason: &'static str,
    /// A piece of a policy that gives a finding, in TOML.
    pub example: &'static str,
    /// What to do about a finding, in TOML or in words.
    pub fix: &'static str,
}

/// Returns the explanation of a code, or `None` if no check has this code.
pub fn explain(code: &str) -> Option<&'static Explanation> {
    ALL.iter().find(|explanation| explanation.code == code).copied()
}

/// Iterates over the explanations of all checks, sorted by code.
pub fn explanations() -> impl Iterator<Item = &'static Explanation> {
    ALL.iter().copied()
}

const ALL: &[&Explanation] = &[
    &BIDIRECTIONAL_NAME,
    &CONFUSABLE_NAME,
    &DERIVED_KIND,
    &FURTHER_POLICY,
    &LIFETIME_ABOVE_CEILING,
    &NO_DESCRIPTION,
    &NO_OWNER,
    &NO_ROTATION,
    &SHADOWING_MODULE,
    &UNMATCHED_CHECK,
    &UNMATCHED_EXCEPTION,
    &UNMATCHED_SCOPE,
    &UNUSED_SCOPE,
    &WILDCARD_SCOPE,
    &WRITTEN_GRANT,
];

/// The checks of what Rust sources declare beside the policy.
pub(super) const OF_SOURCES: &[&Explanation] =
    &[&DERIVED_KIND, &FURTHER_POLICY, &SHADOWING_MODULE, &WRITTEN_GRANT];

pub(super) static BIDIRECTIONAL_NAME: Explanation = Explanation {
    code: "bidirectional-name",
    level: Level::Deny,
    summary: "an owner or audience has letters that run from right to left",
    reason: "An editor shows a line with letters of both directions in another order than it is read, so a reviewer may \
             see another rule than the one enforced (Unicode UAX #9; CVE-2021-42574). The marks that change the \
             direction by themselves are refused everywhere in a policy.",
    example: "[tokens.ci]\naudience = \"https://\u{5d0}\u{5d1}.example/1\"",
    fix: "Write the name in letters that run from left to right; a domain has such a form (RFC 5891): \
          `https://xn--4dbc.example/1`.",
};

pub(super) static CONFUSABLE_NAME: Explanation = Explanation {
    code: "confusable-name",
    level: Level::Deny,
    summary: "two names look alike, or one has characters that are taken for others",
    reason: "A reviewer reads `1` for `l`, `0` for `O`, `rn` for `m`, a Cyrillic letter for a Latin one, and overlooks a \
             space without width (Unicode UTS #39). So a wide scope may be taken for a narrow one, and an owner that \
             doesn't exist for the team that does.",
    example: "[scopes]\n\"repo:all\" = \"Everything\"\n\"repo:al1\" = \"Nothing\"",
    fix: "Rename one of the two, or write the name in one script.",
};

pub(super) static LIFETIME_ABOVE_CEILING: Explanation = Explanation {
    code: "lifetime-above-ceiling",
    level: Level::Deny,
    summary: "tokens of a kind may live longer than the policy's ceiling",
    reason: "A leaked token is worth as much as it has left to live. The ceiling, `max_lifetime` of `[checks]`, is decided \
             once for all kinds; one that needs more is a decision of its own, with a reason.",
    example: "[tokens.ci]\nmax_lifetime = \"30d\"\n\n[checks]\nmax_lifetime = \"24h\"",
    fix: "Shorten the kind's `max_lifetime` and let its tokens be replaced, or except the kind with a reason.",
};

pub(super) static NO_DESCRIPTION: Explanation = Explanation {
    code: "no-description",
    level: Level::Allow,
    summary: "a scope or token kind has no description",
    reason: "A name is clear to those who know the system. The description is for the others: editors show it where a \
             token is used, and reports show it too.",
    example: "[scopes]\n\"repo:read\" = {}",
    fix: "\"repo:read\" = \"Read repositories\"",
};

pub(super) static NO_OWNER: Explanation = Explanation {
    code: "no-owner",
    level: Level::Warn,
    summary: "a token kind has no owner",
    reason: "When a token leaks, somebody must decide within minutes whether it may be revoked. A kind that nobody answers \
             for is found out about then.",
    example: "[tokens.ci]\nscopes       = [\"repo:read\"]\nmax_lifetime = \"1h\"",
    fix: "owner = \"platform-team\"",
};

pub(super) static NO_ROTATION: Explanation = Explanation {
    code: "no-rotation",
    level: Level::Warn,
    summary: "a token kind does not say when its tokens are replaced",
    reason: "A token that nobody replaces ends in an outage, or in a lifetime that is made longer each time. The crate \
             token-rotate does what the policy says here, and `tokenctl rotate` runs its `steps` in a pipeline. Kinds whose tokens are used once, and those that are only issued (with a \
             `format` and without a `source`), need no rotation and are not looked at.",
    example: "[tokens.ci]\nscopes       = [\"repo:read\"]\nmax_lifetime = \"1h\"",
    fix: "rotate = { before_expiry = \"10m\", overlap = \"2m\" }",
};

pub(super) static UNMATCHED_CHECK: Explanation = Explanation {
    code: "unmatched-check",
    level: Level::Warn,
    summary: "the policy sets a level for, or makes an exception from, a check that is not there",
    reason: "The check that was meant has its usual level. It may be misspelt, or belong to a newer version: a service \
             that only reads the policy must not refuse it for that.",
    example: "[checks]\nno-ower = \"deny\"",
    fix: "no-owner = \"deny\"",
};

pub(super) static UNMATCHED_EXCEPTION: Explanation = Explanation {
    code: "unmatched-exception",
    level: Level::Warn,
    summary: "an exception matches no finding",
    reason: "The finding that it excepted is repaired or gone. If the exception stays, the same mistake made again is \
             not reported.",
    example: "[[checks.exceptions]]\ncode   = \"no-owner\"\nkind   = \"ci\" # which has an owner\nreason = \"new\"",
    fix: "Remove the exception.",
};

pub(super) static UNMATCHED_SCOPE: Explanation = Explanation {
    code: "unmatched-scope",
    level: Level::Warn,
    summary: "no token kind carries a scope",
    reason: "An operation that needs the scope can never be run. It may be left over, or a kind lost it by mistake.",
    example: "[scopes]\n\"repo:read\"  = \"Read\"\n\"repo:write\" = \"Write\"\n\n[tokens.ci]\nscopes = [\"repo:read\"]",
    fix: "Grant the scope to a kind, or remove it.",
};

pub(super) static UNUSED_SCOPE: Explanation = Explanation {
    code: "unused-scope",
    level: Level::Warn,
    summary: "tokens of a kind carry a scope that they did not use",
    reason: "A scope that a token never uses helps only a thief. The check compares the scopes that the kind lists with \
             those that were used according to the audit log.",
    example: "[tokens.ci]\nscopes = [\"repo:read\", \"repo:write\"] # the log has only uses of `repo:read`",
    fix: "Remove the scope from the kind, or list the narrower one that is used.",
};

pub(super) static WILDCARD_SCOPE: Explanation = Explanation {
    code: "wildcard-scope",
    level: Level::Warn,
    summary: "a list of scopes has a wildcard",
    reason: "A new scope that the wildcard matches is granted to every token of the kind, by a line that doesn't name \
             the kind. Only the policy's digest and the diff show it.",
    example: "[tokens.ci]\nscopes = [\"repo:*\"]",
    fix: "scopes = [\"repo:read\", \"repo:write\"]",
};

pub(super) static DERIVED_KIND: Explanation = Explanation {
    code: "derived-kind",
    level: Level::Deny,
    summary: "Rust code derives a token kind beside the policy",
    reason: "`derive(TokenKind)` makes a kind of any scopes and any lifetime, also one of the same name as a kind in the \
             policy. Neither `check` nor `diff` sees its rules, so a pull request can widen a token without touching the \
             policy. Tests are not looked at: what is under `#[cfg(test)]` or `#[test]`, and the folders `tests`, \
             `examples` and `benches` of a package.",
    example: "#[derive(TokenKind)]\n#[token_kind(name = \"ci\", scopes(RepoAdmin), max_lifetime = \"3650d\")]\nenum Ci {}",
    fix: "Declare the kind in the policy, and use `kind::Ci`.",
};

pub(super) static FURTHER_POLICY: Explanation = Explanation {
    code: "further-policy",
    level: Level::Deny,
    summary: "Rust code reads another policy than the one that is checked",
    reason: "A second `policy!` with a file of its own makes kinds that nobody reviews as a policy: the file may have any \
             name, and `check` and `diff` don't read it.",
    example: "mod wide { token_core::policy!(\"../wide.txt\"); }",
    fix: "Declare its kinds in the one policy. If the package really has two, check both: `tokenctl check a.toml b.toml`.",
};

pub(super) static SHADOWING_MODULE: Explanation = Explanation {
    code: "shadowing-module",
    level: Level::Deny,
    summary: "a module or an import has the name `scope` or `kind`, in a package that uses `policy!`",
    reason: "Below such a module, `#[require(scope::RepoAdmin)]` names another scope than a reviewer thinks: with `mod \
             scope { pub type RepoAdmin = crate::scope::RepoRead; }` an operation needs less than it says.",
    example: "mod scope { pub type RepoAdmin = crate::scope::RepoRead; }",
    fix: "Give the module another name.",
};

pub(super) static WRITTEN_GRANT: Explanation = Explanation {
    code: "written-grant",
    level: Level::Deny,
    summary: "Rust code implements `Grants` or `TokenKind` by hand",
    reason: "The macros implement these traits as the policy says. Written by hand they permit what the policy does not, \
             and Rust cannot forbid it in the crate that calls `policy!`.",
    example: "impl Grants<scope::RepoAdmin> for kind::Ci {}",
    fix: "Grant the scope in the policy.",
};

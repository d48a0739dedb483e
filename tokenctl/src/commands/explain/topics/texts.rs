//! Holds the texts of those codes that belong to no check and no scan.

use token_policy::Level;
use token_scan::Explanation;

use crate::policy;

pub(super) const CERTAIN: &str = "Its checksum or structure says that it is one, so the finding is certain and fails \
    the run. A copy in the sources lives on in every clone, also after its line is removed.";
pub(super) const REVOKE: &str =
    "Revoke it first: it is no secret any more. Then load the new one from outside the sources.";
pub(super) const SPECIFIC: &str = "It has the issuer's own prefix, length and alphabet, and looks drawn at random, so the finding \
    is specific and fails the run. `[scan] specific = \"warn\"` in the policy, or the rule's name in place of `specific`, changes that.";
pub(super) const REVOKE_OR_SAY: &str = "Revoke it first: it is no secret any more. Then load the new one from outside the \
    sources. If it never was a token, say so in a comment in its line, `token-scan:ignore(RULE) reason`.";
pub(super) const GUESS: &str = "It has the form of one, or stands where one would; nothing proves it, so the finding is a guess \
    and warns. `[scan] guess = \"deny\"` in the policy, or `--level guess=deny`, makes it fail.";
pub(super) const DECIDE: &str = "If it is one, revoke it and load it from outside the sources. If not, say so in a comment \
    in its line, `token-scan:ignore(RULE) reason`, or with `tokenctl scan --suppress`.";

pub(super) static INVALID: Explanation = Explanation {
    code: policy::INVALID,
    level: Level::Deny,
    summary: "a mistake in the policy file",
    reason: "A policy with a mistake says nothing: programs with it don't compile, and services refuse it.",
    example: "scopes = [\"repo:raed\"] # which is not declared",
    fix: "Correct it. Every key and every form of a value is in token-policy/reference.toml.",
};

pub(crate) static POLICY_MISTAKE: Explanation = Explanation {
    code: "policy-mistake",
    level: Level::Allow,
    summary: "a policy of another folder, with a mistake",
    reason: "A scan looks for the tokens of every policy in the repository. One that is above the current folder must be \
             valid. Of the others, which may be made for a test, the formats count even so.",
    example: "a `tokens.toml` below `tests/` that a test expects to be refused",
    fix: "`tokenctl check FILE` shows the mistake.",
};

pub(crate) static UNKNOWN_LEVEL: Explanation = Explanation {
    code: "unknown-level",
    level: Level::Warn,
    summary: "a policy gives a level to a name that means nothing to a scan",
    reason: "The `[scan]` table gives levels to `certain`, `specific`, `guess`, and the rules of the scan. This name is none of \
             them: it may be misspelt, or be that of a rule of another version or of `--rules`. The findings that were meant \
             keep their level.",
    example: "`stripe-kye = \"allow\"` in `[scan]`",
    fix: "Correct the name; `tokenctl explain` lists the rules.",
};

pub(crate) static NO_POLICY: Explanation = Explanation {
    code: "no-policy",
    level: Level::Allow,
    summary: "a scan of a repository in which no policy was found",
    reason: "Tokens of a format of your own are known only from a `tokens.toml`. There is none that git tracks or would add, \
             so none of them were looked for. It may have been moved or renamed.",
    example: "a repository whose `tokens.toml` was renamed to `policy.toml`",
    fix: "If there is a policy, put it back, or name it with `--policy`. If there is none, `tokenctl init` makes one, and \
          `--no-policy` says that there is to be none.",
};

const fn diff(
    code: &'static str,
    level: Level,
    summary: &'static str,
    reason: &'static str,
    example: &'static str,
    fix: &'static str,
) -> Explanation {
    Explanation { code, level, summary, reason, example, fix }
}

pub(super) static DIFF: [Explanation; 4] = [
    diff(
        "policy-changed",
        Level::Allow,
        "a change that permits nothing more and nothing less",
        "It changes the policy's digest all the same, so services with the old policy refuse the new one.",
        "owner = \"platform-team\" # was not set",
        "Nothing.",
    ),
    diff(
        "policy-incomparable",
        Level::Deny,
        "a change that permits something more and something less",
        "What it permits more is a widening, though the same line takes something away.",
        "audience = \"https://b.example\" # was https://a.example",
        "Have the owner of the policy agree, and see whether a service needs what is gone.",
    ),
    diff(
        "policy-narrower",
        Level::Allow,
        "a change that permits less",
        "Least privilege. A service that needed what is gone fails, at compile time or at admission.",
        "max_lifetime = \"15m\" # was 1h",
        "Nothing.",
    ),
    diff(
        "policy-wider",
        Level::Deny,
        "a change that permits more",
        "Most incidents come from valid tokens that may do more than they need.",
        "max_lifetime = \"8h\" # was 1h",
        "Have the owner of the policy agree.",
    ),
];

pub(super) static ROUTES: [Explanation; 4] = [
    diff(
        "routes-changed",
        Level::Allow,
        "a change of a table of routes that lets nobody else in and keeps nobody out",
        "The reason of a public route is for whoever reviews it.",
        "GET /health public=\"probes of the load balancer\" # was another reason",
        "Read the new reason.",
    ),
    diff(
        "routes-incomparable",
        Level::Deny,
        "a route that lets somebody in who was kept out, and keeps somebody out who was let in",
        "Also a route that is gone, and whose requests another one answers now, for more callers than before.",
        "GET /{name} public=\"pages\" # and no more GET /admin",
        "Have the owner of the service agree, and see whether a caller needs what is gone.",
    ),
    diff(
        "routes-narrower",
        Level::Allow,
        "a route that is gone, or keeps somebody out who was let in",
        "Least privilege. A caller that needed it is refused, with 401, 403 or 404.",
        "POST /deploy scopes=deploy:run kinds=deploy # was public",
        "Nothing.",
    ),
    diff(
        "routes-wider",
        Level::Deny,
        "a route that is new, or lets somebody in who was kept out",
        "One page that forgot its check is enough.",
        "POST /deploy public=\"for now\" # was scopes=deploy:run kinds=deploy",
        "Have the owner of the service agree. What a new route asks for stands in the line.",
    ),
];

const EVIDENCE: &str = "Keep a copy of the files as evidence, and restore the log from a backup. See \
    docs/audit-operating.md.";

const fn log(code: &'static str, summary: &'static str, reason: &'static str) -> Explanation {
    Explanation { code, level: Level::Deny, summary, reason, example: "", fix: EVIDENCE }
}

pub(super) static AUDIT: [Explanation; 8] = [
    log(
        "log-edited",
        "a record is not the one that was logged",
        "Its hash is not the one under the signed root.",
    ),
    log(
        "log-file",
        "a file of the log is missing or damaged",
        "What it says about records, if anything, is in other findings.",
    ),
    log(
        "log-inserted",
        "there is a record that was not logged",
        "The signed tree has no place for it, and those around it are where they were.",
    ),
    log(
        "log-malformed",
        "what was logged is not a record with that index",
        "It is under the signed root, so whoever has the key signed it.",
    ),
    log("log-removed", "records that were logged are gone", "The signed checkpoint counts them."),
    log(
        "log-reordered",
        "a record stands in another place than it was logged at",
        "Its hash is that of another place under the signed root.",
    ),
    log(
        "log-rewritten",
        "records were replaced together with the tree over them",
        "A checkpoint that was kept elsewhere has another root: whoever has the key signed two histories.",
    ),
    log(
        "log-rolled-back",
        "the log is an older copy of itself",
        "A checkpoint that was kept elsewhere counts more records.",
    ),
];

//! Holds the texts of the codes about locks.

use token_policy::Level;
use token_scan::Explanation;

use crate::lock;

const fn found(
    code: &'static str,
    summary: &'static str,
    reason: &'static str,
    example: &'static str,
    fix: &'static str,
) -> Explanation {
    Explanation { code, level: Level::Deny, summary, reason, example, fix }
}

const FOLLOW: &str =
    "Run `tokenctl lock`, and have its change reviewed together with that of the policy.";

pub(super) static FOUND: [Explanation; 20] = [
    found(
        "lock-assurance",
        "the image of a line is known less well than its environment demands",
        "The policy says how well it must be known what a program runs in. A variable or a file that says so stops mistakes, \
         and no thief.",
        "assurance=asserted # and in the policy: environments.production = { assurance = \"platform-attested\" }",
        "Have an attestor tell the image, or demand less in `[environments]`.",
    ),
    found(
        "lock-expired",
        "the lock lists a token that has expired",
        "Nothing accepts it any more. Either what uses it fails, or nothing does and the line is left over.",
        "expires=2026-01-01T00:00:00Z # and it is February",
        "Replace the token. If nothing used it any more, run `tokenctl lock`: it takes the line out.",
    ),
    found(
        "lock-generation",
        "a previous token that is not older than the current one",
        "Generations count the tokens of a slot. A merge that kept the lines of two branches can turn them round.",
        "current has generation=4, previous has generation=5",
        "Keep the line of the token that is in use; `tokenctl lock verify` says which tokens are live.",
    ),
    found(
        lock::INVALID,
        "a mistake in tokens.lock",
        "A lock has one spelling, so that it can be reviewed and merged line by line. A conflict that git left, a slot that \
         is there twice, a tag instead of a digest or a key that it does not have makes it say nothing.",
        "[ci.production] # twice: two branches have rotated the same slot, and git merged them",
        "Correct it as the finding says, and write it with `tokenctl lock`. docs/locking.md has what to do after a conflict.",
    ),
    found(
        "lock-line-missing",
        "the slot of an ephemeral kind without a line",
        "Its tokens have no lines of their own, but the slot says what they are bound to.",
        "[oidc.production] # and no line below it",
        FOLLOW,
    ),
    found(
        "lock-listed",
        "a line that lists a token of an ephemeral kind",
        "Such tokens live for an hour and come by the hundred; the lock would change with each of them.",
        "id=... in a slot whose kind is `ephemeral = true`",
        FOLLOW,
    ),
    found(
        lock::MISSING,
        "no tokens.lock, though the policy declares environments",
        "The policy says where its tokens are used, and nothing says which ones are live there.",
        "[environments.production] # and no tokens.lock beside tokens.toml",
        "Run `tokenctl lock`, and commit the file.",
    ),
    found(
        "lock-never-expires",
        "a token that never expires, though its kind does",
        "Whoever finds it has it for ever, and the policy permits a lifetime.",
        "expires=never # and in the policy: max_lifetime = \"90d\"",
        "Replace the token by one that expires.",
    ),
    found(
        NOT_LIVE,
        "the lock lists a token that is not live",
        "Whoever reviews the lock believes that it is in use. What uses it is refused.",
        "a token that was revoked, and whose line was left",
        "Run `tokenctl lock` with the same log or registry, and commit the file. If the token was to be live, find out who \
         has ended it.",
    ),
    found(
        NOT_LOCKED,
        "a live token that the lock does not list",
        "Somebody has made it, or uses it, without a review. It may be a rotation whose change of the lock was not merged \
         yet.",
        "a token that was minted by hand during an outage",
        "If it is right, run `tokenctl lock` with the same log or registry, and have the change reviewed. If not, revoke it.",
    ),
    found(
        OTHER_FACTS,
        "the lock says something else of a live token than the log or the registry",
        "What was reviewed is not what is live: another expiry, more scopes, or the record of another token.",
        "expires=2026-12-01T00:00:00Z # and 2027-12-01 in the registry",
        "Find out which is right. `tokenctl lock` with the same log or registry writes what these say.",
    ),
    Explanation {
        level: Level::Warn,
        ..found(
            "lock-overdue",
            "a token that was replaced, and was to be ended before now",
            "Two tokens live where one is needed, and nobody uses the older one.",
            "retire_after=2026-01-01T00:00:00Z # and it is February",
            "Where the kind has steps, `tokenctl rotate KIND --sweep` ends it. Otherwise end the token at its issuer, then run `tokenctl lock` with what says so.",
        )
    },
    found(
        "lock-policy",
        "a line whose kind is another one in the policy now",
        "The token was made under other rules for its kind. A policy that changes another kind changes no line.",
        "max_lifetime = \"8h\" # in the policy, after the lock was written",
        FOLLOW,
    ),
    found(
        "lock-repeated-token",
        "a token that stands in two lines",
        "It would be revoked in one slot, and used in the other.",
        "the same id in [ci.production] and [ci.staging]",
        "Give each slot a token of its own, and keep the line of the one that is in use.",
    ),
    found(
        "lock-scopes",
        "a line whose kind carries other scopes now",
        "What the token may do is not what was reviewed with the lock.",
        "scopes = [\"repo:read\", \"repo:write\"] # in the policy, after the lock was written",
        FOLLOW,
    ),
    found(
        "lock-slot-missing",
        "a slot that the policy declares and the lock does not have",
        "Each kind has a slot in each of its environments, also without a token, so that two branches that lock different \
         tokens change lines that are apart.",
        "[environments.staging] # in the policy, after the lock was written",
        FOLLOW,
    ),
    found(
        "lock-slot-undeclared",
        "a slot that the policy does not declare",
        "Its tokens may still be live, and no rule is about them any more.",
        "[old-ci.production] # and the policy has no kind `old-ci`",
        "End its tokens at their issuer. Then run `tokenctl lock`: it takes the slot out.",
    ),
    found(
        "lock-source",
        "a line that binds to no source, in an environment for releases",
        "The policy says `release = true` there: only programs whose source is known may run, and no program fits.",
        "a line without source=...",
        "Run `tokenctl lock --environment NAME --source auto` in the repository of the program.",
    ),
    found(
        "lock-unlisted",
        "a line that names no token, though its kind is not ephemeral",
        "The kind was ephemeral before. Now each of its tokens has a line, or the slot has none.",
        "a line without id=...",
        FOLLOW,
    ),
    found(
        lock::UNNEEDED,
        "a tokens.lock, though the policy declares no environment",
        "No slot of it is declared, so nothing compares it with anything.",
        "tokens.lock beside a policy without [environments]",
        "Declare the environments under `[environments]`, or remove the lock.",
    ),
];

/// The code of the finding that the lock lists a token that is not live.
pub(crate) const NOT_LIVE: &str = "lock-not-live";
/// The code of the finding that the lock does not list a live token.
pub(crate) const NOT_LOCKED: &str = "lock-not-locked";
/// The code of the finding that the lock says something else of a live token.
pub(crate) const OTHER_FACTS: &str = "lock-other-facts";

const fn changed(
    code: &'static str,
    summary: &'static str,
    reason: &'static str,
    example: &'static str,
) -> Explanation {
    let fix = "Nothing, if it is what this change is for.";
    Explanation { code, level: Level::Allow, summary, reason, example, fix }
}

pub(super) static DIFF: [Explanation; 4] = [
    changed(
        "lock-bound",
        "a token or a slot that is bound to something else",
        "Another source, image, kind or end. A program that was built from the old source is refused from then on.",
        "source=git:... # was another tree",
    ),
    changed(
        "lock-ended",
        "a token that is not listed as live any more",
        "It has ended, or the change takes it out of the lock: then `tokenctl lock verify` finds it.",
        "the previous token of a slot, after its end",
    ),
    changed(
        "lock-live",
        "a token that becomes live",
        "Programs that are deployed with this lock accept it.",
        "the new token of a rotation",
    ),
    changed(
        "lock-replaced",
        "a token that is replaced by another one",
        "It may be in use until it is ended.",
        "the current token of a slot becomes the previous one",
    ),
];

#[cfg(test)]
mod tests {
    use token_policy::lock::ProblemKind;

    use super::*;

    #[test]
    fn each_problem_of_a_lock_is_explained_once_and_in_order() {
        let codes: Vec<&str> = FOUND.iter().map(|topic| topic.code).collect();
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
        for kind in ProblemKind::ALL {
            assert!(codes.contains(&kind.code()), "{}", kind.code());
        }
        assert_eq!(codes.len(), ProblemKind::ALL.len() + 6);
    }
}

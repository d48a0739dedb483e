//! Explains the codes that are not the names of rules.

use token_policy::Level;
use token_policy::checks::Explanation;

/// Iterates over the explanations of all codes that are not the name of a [`Rule`](crate::Rule), sorted by code. Their
/// examples are text, not TOML.
pub fn explanations() -> impl Iterator<Item = &'static Explanation> {
    ALL.iter()
}

static ALL: [Explanation; 8] = [
    Explanation {
        code: "known-token",
        level: Level::Deny,
        summary: "a token is written here whose id is known",
        reason: "The id was given to the scan as that of a live token. Everybody who can read the sources can use it.",
        example: "a file with a token that the audit log has as open",
        fix: "Revoke the token first: it is no secret any more. Then load it from outside the sources.",
    },
    Explanation {
        code: "own-token",
        level: Level::Deny,
        summary: "a token of a kind of the policy is written here",
        reason: "It has the kind's prefix and a valid checksum, so it is a token and nothing that looks like one. A copy in \
                 the sources lives on in every clone and every build, also after its line is removed.",
        example: "the kind's `format`, `_`, and 36 letters and digits, the last six of them a checksum",
        fix: "Revoke the token first: it is no secret any more. Then load it from outside the sources.",
    },
    Explanation {
        code: "suppression-expired",
        level: Level::Warn,
        summary: "an entry of the file of suppressions has expired",
        reason: "A finding is accepted until a date, so that it is reviewed then. That date has passed, so it is \
                 reported again.",
        example: "an entry whose end is 2020-01-31",
        fix: "Remove the token and the entry, or decide again: write a new end.",
    },
    Explanation {
        code: "suppression-of-certain",
        level: Level::Deny,
        summary: "a comment would suppress a certain finding",
        reason: "A certain finding is a token. A comment beside it is quickly written and never expires; an entry in the \
                 file of suppressions is reviewed, and has an end.",
        example: "a comment that ignores the rule `private-key`, beside a private key",
        fix: "Remove the token, or write an entry: `tokenctl scan --suppress`.",
    },
    Explanation {
        code: "suppression-too-many-keys",
        level: Level::Warn,
        summary: "entries of one rule and path have more than 16 keys",
        reason: "With each key the value of a finding is hashed once, so the number of keys is bounded. Entries that are \
                 written together share one; each branch that is merged may add one. The entries with further keys \
                 accept nothing.",
        example: "a file of suppressions that was made by something else",
        fix: "Remove the entries of this rule and path, and accept the findings again: `tokenctl scan --suppress`.",
    },
    Explanation {
        code: "suppression-unknown-rule",
        level: Level::Warn,
        summary: "a comment or an entry names a rule that does not exist",
        reason: "It suppresses nothing. The name may be misspelt, or be that of a rule which was not loaded.",
        example: "a comment that ignores `genericsecret`",
        fix: "Correct the name: `generic-secret`.",
    },
    Explanation {
        code: "suppression-unused",
        level: Level::Warn,
        summary: "a comment or an entry suppresses nothing",
        reason: "The finding that it accepted is repaired or gone. If it stays, the same mistake made again is accepted \
                 unseen.",
        example: "an entry for a file that was removed",
        fix: "Remove it.",
    },
    Explanation {
        code: "suppression-without-reason",
        level: Level::Deny,
        summary: "a comment suppresses a finding and gives no reason",
        reason: "Without a reason, a later reader cannot tell whether it was right.",
        example: "a comment that ends with the parentheses around the rule's name",
        fix: "Write the reason after the parentheses: `... the published test vector`.",
    },
];

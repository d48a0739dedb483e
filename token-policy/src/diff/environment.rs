//! Compares one declared environment of two policies.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use super::{Aspect, Fact, Verdict, pairs, position};
use crate::{EnvironmentRule, KindRule, Policy};

/// Adds the facts about an environment that at least one of the policies has. `None` stands for a policy without it.
pub(super) fn compare(
    policies: (&Policy, &Policy),
    old: Option<&EnvironmentRule>,
    new: Option<&EnvironmentRule>,
    add: &mut impl FnMut(Fact),
) {
    let name = new.or(old).map(EnvironmentRule::name).unwrap_or_default();
    let mut tell = |aspect, bearing, change: String, reason: &str| {
        add(Fact {
            bearing,
            subject: name.to_owned(),
            aspect,
            scope: None,
            position: position(new, EnvironmentRule::position),
            change,
            reason: reason.to_owned(),
        });
    };
    match (old, new) {
        (Some(old), Some(new)) => {
            for row in ROWS {
                let (was, is) = ((row.rank)(old), (row.rank)(new));
                let change = || (row.words)(old, new);
                if is < was {
                    tell(row.aspect, Verdict::Wider, change(), row.admits);
                } else if is > was {
                    tell(row.aspect, Verdict::Narrower, change(), row.refuses);
                }
            }
            slots(policies, name, &mut tell);
        }
        (None, Some(_)) => {
            let reason = "tokens that a lock has there are now admitted";
            tell(Aspect::Environment, Verdict::Wider, "is new".to_owned(), reason);
        }
        (Some(_), None) => {
            let reason = "every token there is now refused";
            tell(Aspect::Environment, Verdict::Narrower, "is gone".to_owned(), reason);
        }
        (None, None) => {}
    }
}

/// Tells which kinds gained or lost a slot in an environment that both policies have, or have another sort of slot.
/// What a new or removed kind means is told about the kind.
fn slots(
    (old, new): (&Policy, &Policy),
    environment: &str,
    tell: &mut impl FnMut(Aspect, Verdict, String, &str),
) {
    for pair in pairs(old.kinds(), new.kinds(), KindRule::name) {
        let (Some(old), Some(new)) = pair else { continue };
        let (was, is) = (Slot::of(old, environment), Slot::of(new, environment));
        let bearing = Verdict::of(is <= was, was <= is);
        let reason = match (was, is) {
            _ if was == is => continue,
            (_, Slot::Absent) => "its tokens are now refused there",
            (Slot::Absent, _) => "its tokens are now admitted there",
            (_, Slot::Ephemeral) => "a token of it that no lock has is now admitted there",
            (_, Slot::Listed) => "a token of it that no lock has is now refused there",
        };
        let change =
            format!("kind `{}` {}, {}", new.name(), is.words("is", "has"), was.words("was", "had"));
        tell(Aspect::Slot, bearing, change, reason);
    }
}

/// What an environment admits of a kind. Each variant admits more than the one before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    Absent,
    Listed,
    Ephemeral,
}

impl Slot {
    fn of(kind: &KindRule, environment: &str) -> Slot {
        let has_slot = kind.environments().iter().any(|name| name == environment);
        match (has_slot, kind.is_ephemeral()) {
            (false, _) => Slot::Absent,
            (true, false) => Slot::Listed,
            (true, true) => Slot::Ephemeral,
        }
    }

    fn words(self, is: &str, has: &str) -> String {
        match self {
            Slot::Absent => format!("{has} no slot"),
            Slot::Listed => format!("{is} locked token by token"),
            Slot::Ephemeral => format!("{is} ephemeral"),
        }
    }
}

/// A setting of an environment. A higher rank refuses more.
struct Row {
    aspect: Aspect,
    rank: fn(&EnvironmentRule) -> u8,
    words: fn(&EnvironmentRule, &EnvironmentRule) -> String,
    admits: &'static str,
    refuses: &'static str,
}

const ROWS: &[Row] = &[
    Row {
        aspect: Aspect::Release,
        rank: |rule| u8::from(rule.is_release()),
        words: |old, new| changed("release", old.is_release(), new.is_release()),
        admits: "a program whose source is unknown is now admitted",
        refuses: "a program whose source is unknown is now refused",
    },
    Row {
        aspect: Aspect::Strict,
        rank: |rule| u8::from(rule.is_strict()),
        words: |old, new| changed("strict", old.is_strict(), new.is_strict()),
        admits: "a token that is newer than the lock is now admitted",
        refuses: "a token that is newer than the lock is now refused",
    },
    Row {
        aspect: Aspect::Assurance,
        rank: |rule| rule.assurance() as u8,
        words: |old, new| changed("assurance", old.assurance(), new.assurance()),
        admits: "an image that is known less well is now admitted",
        refuses: "an image that is known less well is now refused",
    },
];

fn changed(key: &str, was: impl core::fmt::Display, is: impl core::fmt::Display) -> String {
    format!("`{key}` is `{is}`, was `{was}`")
}

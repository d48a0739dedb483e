//! What every registry must do, as one suite of checks for who writes one.
//!
//! [`run`] awaits; so it runs under any runtime, and in a plain `#[test]` with `pollster::block_on`:
//!
//! ```
//! use token_issue::registry::{Memory, conformance};
//!
//! pollster::block_on(conformance::run(async || Memory::new()));
//! ```
//!
//! Each check has a registry of its own. What the suite cannot know: whether a change is durable, and whether several processes on
//! one store agree. Try that too.
#![allow(
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "a check that fails panics, and reads best with values"
)]

use super::Registry;

mod closing;
mod insert;
mod narrow;
mod peppers;
mod poll;
mod prune;
mod read;
mod revoke;
mod rules;
mod spend;
mod trial;

use trial::Trial;

/// Runs all checks, each on a registry that `fresh` makes: an empty one, with a history of its own.
///
/// # Panics
///
/// If a check fails. The message begins with its name, and says what should be so.
pub async fn run<R: Registry>(fresh: impl AsyncFn() -> R) {
    macro_rules! run {
        ($($room:ident: $($check:ident),+;)+) => {$($({
            let registry = fresh().await;
            let trial = Trial::new(&registry, concat!(stringify!($room), "::", stringify!($check)));
            $room::$check(&trial).await;
        })+)+};
    }
    run! {
        insert: keeps_what_it_is_given, keeps_builds_apart, decides_born_and_state, refuses_a_second_row, keeps_scopes_apart;
        narrow: refuses_what_exceeds_the_parent, is_bound_to_the_build_of_the_parent, refuses_a_dead_parent, ends_at_the_greatest_depth,
            inherits_when_it_was_born, never_slips_past_a_revocation;
        revoke: ends_the_subtree, reaches_the_deepest, counts_and_marks, changes_nothing_twice, knows_the_dead,
            ends_what_was_spent, goes_below_what_was_spent;
        rules: match_as_they_say, spare_what_is_minted_later, hold_for_descendants, are_one_entry, count_once_dead;
        read: finds_by_either_digest, answers_for_the_unknown, knows_its_history;
        spend: uses_once, is_tried_by_many, is_for_the_build_it_is_bound_to, leaves_what_does_not_fit;
        poll: lists_what_came_after, stops_between_numbers, lists_every_rule, goes_nowhere_for_another_history;
        closing: lists_tombstones_of_the_log, lists_rows_in_pages, notes_the_last_use, takes_a_snapshot;
        prune: forgets_the_expired, keeps_what_may_be_asked, forgets_rules;
        peppers: replace_one_at_a_time, outlive_the_longest_lifetime;
    }
    poll::tells_two_histories_apart(&fresh().await, &fresh().await).await;
}

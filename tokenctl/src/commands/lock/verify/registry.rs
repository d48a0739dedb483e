//! Compares the lock with the registry of an issuer.

use time::UtcDateTime;
use token_policy::lock::SlotName;

use super::{Comparison, Told};
use crate::commands::lock::live::Id;
use crate::commands::lock::registry::{Rows, is_live};

pub(super) fn compare(rows: &Rows, now: UtcDateTime, against: &mut Comparison<'_>) {
    for row in rows.live(now) {
        let (id, expires) = (*row.token.as_bytes(), Some(row.expires_at));
        let (kind, scopes) = (row.kind.as_str(), row.scopes.clone());
        against.live(&Told { id, kind, by: "the registry", expires, scopes });
    }
    let locked: Vec<(Id, SlotName)> =
        against.locked.tokens.iter().map(|(id, (slot, ..))| (*id, (*slot).clone())).collect();
    for (id, slot) in locked {
        let is_ours =
            against.kinds.listed(slot.kind()).is_some_and(|(_, kind)| kind.format().is_some());
        match rows.row(&id) {
            Some(row) if is_live(row, now) => {}
            Some(_) => against.not_live(&id, "the registry says that it has ended"),
            // The registry forgets a token some time after its end. Tokens of a kind without a format are somebody else's.
            None if is_ours => against.not_live(&id, "the registry does not have it"),
            None => {}
        }
    }
}

//! Lists the fields of a record, and says which event has which field.

use super::super::Action;

/// A field that this version knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Version,
    Index,
    Missed,
    Time,
    Event,
    Token,
    Kind,
    Scopes,
    Opened,
    Uses,
    Parent,
    Closes,
    Successor,
    Error,
    Size,
    Root,
    Policy,
    Actor,
    Reason,
    Subject,
    ExpiresAt,
    ParentToken,
    Origin,
    Epoch,
}

/// The names of the fields, in the order in which they are written. A new one comes last: a library that does not know it
/// keeps it there, so both write the same bytes.
const NAMES: [(Field, &str); 24] = [
    (Field::Version, "v"),
    (Field::Index, "index"),
    (Field::Missed, "missed"),
    (Field::Time, "time"),
    (Field::Event, "event"),
    (Field::Token, "token"),
    (Field::Kind, "kind"),
    (Field::Scopes, "scopes"),
    (Field::Opened, "opened"),
    (Field::Uses, "uses"),
    (Field::Parent, "parent"),
    (Field::Closes, "closes"),
    (Field::Successor, "successor"),
    (Field::Error, "error"),
    (Field::Size, "size"),
    (Field::Root, "root"),
    (Field::Policy, "policy"),
    (Field::Actor, "actor"),
    (Field::Reason, "reason"),
    (Field::Subject, "subject"),
    (Field::ExpiresAt, "expires_at"),
    (Field::ParentToken, "parent_token"),
    (Field::Origin, "origin"),
    (Field::Epoch, "epoch"),
];

impl Field {
    pub(super) fn of(name: &str) -> Option<Self> {
        NAMES.iter().find(|known| known.1 == name).map(|known| known.0)
    }

    pub(super) fn name(self) -> &'static str {
        NAMES.iter().find(|known| known.0 == self).map_or("", |known| known.1)
    }

    pub(super) const fn bit(self) -> u32 {
        1 << self as u32
    }

    /// Returns whether every event may have the field.
    fn is_common(self) -> bool {
        (self as u32) < Self::Opened as u32 || (self as u32) > Self::Root as u32
    }

    /// Returns whether the field says what the event does to the set of open tokens. Then an event of a newer version
    /// whose field is not understood is not understood either.
    pub(super) fn decides(self) -> bool {
        !self.is_common() || self == Self::Origin
    }

    /// Returns whether the event may have the field. If it may not, the field is treated like one with an unknown name.
    pub(super) fn belongs_to(self, action: &Action) -> bool {
        match action {
            Action::Exposed { .. } if matches!(self, Self::Opened | Self::Uses) => true,
            Action::Overdue { .. } | Action::Behind { .. } if self == Self::Opened => true,
            Action::Narrowed { .. } if self == Self::Parent => true,
            Action::Rotated { .. } if self == Self::Successor => true,
            Action::Refused { .. } if self == Self::Error => true,
            Action::Checkpointed { .. } if matches!(self, Self::Size | Self::Root) => true,
            _ => self.is_common() || (self == Self::Closes && action.is_closing()),
        }
    }

    /// Returns the bits of the fields that the event must have.
    pub(super) fn required_by(action: &Action) -> u32 {
        match action {
            Action::Refused { .. } => Self::Error.bit(),
            Action::Checkpointed { .. } => Self::Size.bit() | Self::Root.bit(),
            _ => 0,
        }
    }
}

/// Makes the event with this name. The fields that only this event has are still empty.
pub(super) fn action(name: &str) -> Action {
    match name {
        "created" => Action::Created,
        "admitted" => Action::Admitted,
        "exposed" => Action::exposed(None, Default::default()),
        "overdue" => Action::overdue(None),
        "behind" => Action::behind(None),
        "narrowed" => Action::narrowed(None),
        "rotated" => Action::rotated(None, None),
        "revoked" => Action::revoked(None),
        "expired" => Action::expired(None),
        "destroyed" => Action::destroyed(None),
        "refused" => Action::refused(""),
        "checkpointed" => Action::checkpointed(0, [0; 32]),
        _ => Action::other(name.to_owned()),
    }
}

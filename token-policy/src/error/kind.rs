//! Lists the sorts of mistakes.

/// What sort of mistake a [`PolicyError`](super::PolicyError) is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PolicyErrorKind {
    /// Two rules exclude each other, such as `expiry = "none"` and `max_lifetime`.
    Contradiction,
    /// An audience, owner, path or name is empty, or a list has no items.
    Empty,
    /// A text has a control character, or one that changes the direction of text.
    HiddenCharacter,
    /// Scopes imply each other in a cycle.
    ImplicationCycle,
    /// A text is not the name of an environment.
    InvalidEnvironmentName,
    /// A text is not the prefix of a token format.
    InvalidFormat,
    /// A text is not the name of a token kind.
    InvalidKindName,
    /// A text is not a lifetime.
    InvalidLifetime,
    /// A placeholder of a step is unknown, has no value there or is missing, or a brace belongs to none.
    InvalidPlaceholder,
    /// What `reply` says of the answer of a step leads nowhere, or to the same for two tokens.
    InvalidReply,
    /// A text is not the path of a Rust type.
    InvalidRustType,
    /// A text is not the name of a scope.
    InvalidScopeName,
    /// The name of an environment variable or credential has a form that the system refuses.
    InvalidSource,
    /// A `*` stands where no wildcard may stand, or is not one whole last segment.
    InvalidWildcard,
    /// A required key is missing.
    MissingKey,
    /// A wildcard stands for no declared scope.
    NothingMatched,
    /// A lifetime is zero, a number or lifetime is outside of the limits for its key, or, in `rotate`, is not shorter than the kind's
    /// `max_lifetime` or its own `after`.
    OutOfRange,
    /// A kind lists an environment twice.
    RepeatedEnvironment,
    /// Two token kinds have the same format.
    RepeatedFormat,
    /// Two scopes have the same Rust type.
    RepeatedRustType,
    /// A scope is listed twice.
    RepeatedScope,
    /// A source names none or several of the known sources, or has an option that belongs to another one.
    SourceForm,
    /// The text is not TOML.
    Syntax,
    /// The policy's text is too long.
    TooLarge,
    /// There are too many scopes, kinds or exceptions, or a scope or kind stands for too many scopes.
    TooMany,
    /// A kind lists an environment that is not declared.
    UnknownEnvironment,
    /// A table has a key that it must not have.
    UnknownKey,
    /// A listed scope is not declared.
    UnknownScope,
    /// A word is not one of those allowed.
    UnknownValue,
    /// The file format has a version that this crate doesn't know.
    UnknownVersion,
    /// A value has another type than is expected.
    WrongType,
}

//! The sorts of mistakes.

/// What sort of mistake a [`PolicyError`](super::PolicyError) is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PolicyErrorKind {
    /// An audience, owner, path or name is there but empty, or a list has no items.
    Empty,
    /// A control character or one that changes the direction of text.
    HiddenCharacter,
    /// Scopes that imply each other in a circle.
    ImplicationCycle,
    /// A text that is not the prefix of a token format.
    InvalidFormat,
    /// A text that is not the name of a token kind.
    InvalidKindName,
    /// A text that is not a lifetime.
    InvalidLifetime,
    /// A text that cannot be the path of a Rust type.
    InvalidRustType,
    /// A text that is not a scope name.
    InvalidScopeName,
    /// The name of an environment variable or credential has a form that the system refuses.
    InvalidSource,
    /// A `*` where no wildcard may stand, or in another form than one whole last segment.
    InvalidWildcard,
    /// A required key is not there.
    MissingKey,
    /// A wildcard that stands for no declared scope.
    NothingMatched,
    /// A lifetime is too long, too short, or doesn't fit the others.
    OutOfRange,
    /// Two token kinds with the same format.
    RepeatedFormat,
    /// Two scopes with the same Rust type.
    RepeatedRustType,
    /// A scope that is listed twice.
    RepeatedScope,
    /// A source that names none or several of the known sources, or has an option of another one.
    SourceForm,
    /// The text is not TOML.
    Syntax,
    /// The policy's text is too long.
    TooLarge,
    /// Too many scopes or kinds.
    TooMany,
    /// A key that has no meaning here.
    UnknownKey,
    /// A scope that is not declared.
    UnknownScope,
    /// A word that is not one of those allowed.
    UnknownValue,
    /// A version of the file format that this crate doesn't know.
    UnknownVersion,
    /// A value of another type than expected.
    WrongType,
}

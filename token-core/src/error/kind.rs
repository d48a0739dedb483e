//! The kinds of errors, for programs to decide on.

/// Declares the kinds, each with its own name.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident,)*) => {
        /// What went wrong, for a program to decide on.
        ///
        /// Later versions have more kinds, so a `match` needs a `_` arm.
        ///
        /// ```
        /// use token_core::{Error, ErrorKind};
        ///
        /// /// Whether it makes sense to try again in a moment, and change nothing.
        /// fn is_temporary(error: &Error) -> bool {
        ///     match error.kind() {
        ///         ErrorKind::Timeout | ErrorKind::NotYetValid | ErrorKind::NotRecorded => true,
        ///         ErrorKind::Expired => false, // fetch a new token
        ///         _ => false,                  // somebody has to mend it: tell them `error`
        ///     }
        /// }
        /// # let error = "4f2a".parse::<token_core::TokenId>().unwrap_err();
        /// assert!(!is_temporary(&error));
        /// assert_eq!(error.kind().name(), "MalformedId"); // as it stands in audit records
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[$doc])* $kind,)*
        }

        impl ErrorKind {
            /// The variant's name, as it stands in audit records. It stays the same in later versions.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => stringify!($kind),)*
                }
            }
        }
    };
}

kinds! {
    // Admission and exposure.
    /// The token was issued for the build of another source than that of this program.
    BuildMismatch,
    /// The token is newer than the deployed lock, and the policy is strict in this environment.
    BehindLock,
    /// The token was [ended](crate::Token::end) by whoever holds it, before it expired.
    Ended,
    /// The grant has a scope that the kind does not.
    ExcessScope,
    /// The token has expired, by the wall clock or by the monotonic clock.
    Expired,
    /// The token may live longer than its kind allows.
    LifetimeTooLong,
    /// The text is not a token: empty, or with a byte no token can have.
    Malformed,
    /// The text is not the word for an assurance.
    MalformedAssurance,
    /// The text is not a policy digest.
    MalformedDigest,
    /// The text is not a token id.
    MalformedId,
    /// The text is not the digest of a source or of an image.
    MalformedIdentity,
    /// The scheme for an `Authorization` header is not a token of HTTP (RFC 9110 section 5.6.2).
    MalformedScheme,
    /// The grant's scope list does not follow RFC 6749 section 3.3.
    MalformedScope,
    /// The user for a `Basic` header has a colon or a control character (RFC 7617 section 2).
    MalformedUser,
    /// The kind lists a scope that the grant lacks.
    MissingScope,
    /// The grant does not say when the token expires.
    NoExpiry,
    /// The token is not valid yet.
    NotYetValid,
    /// The token is not in the deployed lock, or another fact about it is.
    NotLocked,
    /// The token was issued under another policy than the compiled one.
    PolicyMismatch,
    /// The token's audience is not the one that its kind requires.
    WrongAudience,
    /// The token does not have the format of its kind: it may be a token of another kind.
    WrongFormat,

    // Loading.
    /// A field stands in the document twice.
    DuplicateField,
    /// The helper command failed.
    HelperFailed,
    /// The lock has mistakes.
    InvalidLock,
    /// The policy file has mistakes.
    InvalidPolicy,
    /// The operating system refused to read.
    Io,
    /// The issuer answered with an error instead of a token.
    IssuerRefused,
    /// The deployed lock was made for another program, policy, source or image.
    LockDrift,
    /// The field is not in the document.
    MissingField,
    /// The policy does not say where tokens of the kind come from.
    NoSource,
    /// The deployed policy is not the one that this program was compiled with.
    PolicyDrift,
    /// The path leads to a directory, a pipe or a device.
    NotAFile,
    /// There is no such file, variable or credential.
    NotFound,
    /// Other threads run, so the environment cannot be changed safely.
    OtherThreads,
    /// More users may read or write the file than the policy allows, or the file belongs to another user.
    ReadableByOthers,
    /// The document does not parse.
    Syntax,
    /// The helper command took too long.
    Timeout,
    /// The source holds more bytes than a token or a config file may have.
    TooLong,
    /// This system does not have the source. [`load_from`](crate::source::load_from) loads from a file instead.
    Unsupported,
    /// The field's value has another type than expected.
    WrongType,

    // Keeping fresh.
    /// Whoever keeps the token fresh has no valid one now. [`source`](core::error::Error::source) is its own error.
    NoCurrent,

    // Masking.
    /// The token cannot be masked in output, so it was not admitted. [`source`](core::error::Error::source) says why.
    NotMasked,

    // Recording.
    /// The recorder could not confirm that the event is on record. [`source`](core::error::Error::source) is its own error.
    NotRecorded,
    /// The log's records could not be read back. [`source`](core::error::Error::source) is the log's own error.
    NotReadBack,
}

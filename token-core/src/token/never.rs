//! What is not for tokens: an `impl` for each trait, with a bound that no type meets. It exists for the message alone.

use core::fmt;

use super::Token;
use crate::scope::TokenKind;

/// Declares traits that nothing implements and nobody else can name. The compiler prints their messages, or these lines.
macro_rules! never {
    ($($(#[$meta:meta])* $name:ident $(<$life:lifetime>)?: $note:literal, $message:literal, $label:literal;)*) => {$(
        $(#[$meta])*
        #[diagnostic::on_unimplemented(message = $message, label = $label, note = $note)]
        #[allow(unnameable_types, reason = "nobody may implement it")]
        pub trait $name $(<$life>)? {
            fn never<T>() -> T;
        }
    )*};
}

never! {
    CompareIdsInstead: "compare their ids: `token.id()`",
        "tokens of kind `{Self}` cannot be compared", "not comparable";
    CloneArcInstead: "share it: hold an `Arc<Token<{Self}>>`, and clone the `Arc`",
        "a token of kind `{Self}` cannot be cloned", "a token has one place in memory";
    DebugInstead: "`{{:?}}` prints the kind and the id, and nothing of the secret",
        "a token of kind `{Self}` cannot be printed with `{{}}`", "not for output";
    #[cfg(feature = "serde")]
    SerializeIdInstead: "leave the field out with `#[serde(skip_serializing)]`, or serialize `token.id()` in its place",
        "a token of kind `{Self}` cannot be serialized", "not for output";
    #[cfg(not(feature = "http"))]
    FeatureHttp<'a>: "in Cargo.toml: `token-core = {{ version = \"…\", features = [\"http\"] }}`",
        "this method needs the feature `http` of token-core", "the feature `http` is off";
}

#[doc(hidden)]
impl<K: TokenKind + CloneArcInstead> Clone for Token<K> {
    fn clone(&self) -> Self {
        K::never()
    }
}

#[doc(hidden)]
impl<K: TokenKind + CompareIdsInstead> PartialEq for Token<K> {
    fn eq(&self, _: &Self) -> bool {
        K::never()
    }
}

#[doc(hidden)]
impl<K: TokenKind + DebugInstead> fmt::Display for Token<K> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        K::never()
    }
}

#[cfg(feature = "serde")]
#[doc(hidden)]
impl<K: TokenKind + SerializeIdInstead> serde::Serialize for Token<K> {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        K::never()
    }
}

/// Declares the methods of a feature that is off.
#[cfg(not(feature = "http"))]
macro_rules! without {
    ($feature:ident: $($method:ident($($argument:ty)?))*) => {$(
        #[doc(hidden)]
        pub fn $method<T>(&self $(, _: $argument)?) -> Result<T, crate::Error>
        where
            for<'a> Self: $feature<'a>,
        {
            <Self as $feature<'_>>::never()
        }
    )*};
}

#[cfg(not(feature = "http"))]
impl<K: TokenKind> Token<K> {
    #[doc(hidden)]
    pub fn header<O: ?Sized, T>(&self, _: &O) -> Result<T, crate::Error>
    where
        for<'a> Self: FeatureHttp<'a>,
    {
        <Self as FeatureHttp<'_>>::never()
    }
}

#[cfg(not(feature = "http"))]
impl super::Exposed<'_> {
    without!(FeatureHttp: bearer_header() scheme_header(&str) basic_header(&str) raw_header());
}

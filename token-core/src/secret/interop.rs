//! Exchange with other crates' secret types, by value.

#[cfg(feature = "secrecy")]
mod with_secrecy {
    use alloc::{boxed::Box, string::String};

    use secrecy::{ExposeSecret, SecretString};

    use crate::Secret;

    impl From<SecretString> for Secret {
        /// Copies the bytes; the `SecretString` wipes its own bytes when it drops.
        fn from(secret: SecretString) -> Self {
            Self::copy_of(secret.expose_secret().as_bytes())
        }
    }

    impl TryFrom<Secret> for SecretString {
        type Error = crate::Error;

        /// Moves the block into a `SecretString` without a copy. From here on
        /// secrecy's rules hold: no expiry, no scopes.
        ///
        /// # Errors
        ///
        /// [`Malformed`](crate::ErrorKind::Malformed) if the secret is not UTF-8; it is wiped.
        fn try_from(secret: Secret) -> Result<Self, Self::Error> {
            if let Err(error) = core::str::from_utf8(secret.bytes()) {
                return Err(crate::error::Refusal::Malformed { offset: error.valid_up_to() }.into());
            }
            // The bytes were checked above, so this second check cannot fail.
            let text = String::from_utf8(secret.into_bytes().into_vec()).unwrap_or_default();
            let text: Box<str> = text.into_boxed_str();
            Ok(text.into())
        }
    }
}

#[cfg(feature = "serde")]
mod with_serde {
    use alloc::{string::String, vec::Vec};
    use core::fmt;

    use serde::de::{Deserialize, Deserializer, Error, Visitor};

    use crate::Secret;

    impl<'de> Deserialize<'de> for Secret {
        /// Takes a string. The buffers used here leave no copy, but the deserializer's input and
        /// scratch space are not wiped: prefer [`ConfigFile`](crate::source::ConfigFile), which
        /// owns and wipes its buffers.
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            // If asked for a string, serde_json refuses a number with a message that quotes it. If
            // asked for any value, it calls the visitor, whose messages quote nothing.
            match deserializer.is_human_readable() {
                true => deserializer.deserialize_any(SecretVisitor),
                false => deserializer.deserialize_string(SecretVisitor),
            }
        }
    }

    struct SecretVisitor;

    /// serde's own messages quote the unexpected value. A token that was written as a number would
    /// then stand in a log, so every wrong type is refused here, with a message that quotes nothing.
    macro_rules! refuse {
        ($($visit:ident($($value:ty)?)),* $(,)?) => {
            $(fn $visit<E: Error>(self $(, _: $value)?) -> Result<Secret, E> {
                Err(E::custom("a token must be a string"))
            })*
        };
    }

    impl<'de> Visitor<'de> for SecretVisitor {
        type Value = Secret;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a token as a string")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Secret, E> {
            Ok(Secret::copy_of(text.as_bytes()))
        }

        fn visit_string<E: Error>(self, text: String) -> Result<Secret, E> {
            Ok(text.into())
        }

        refuse! {
            visit_bool(bool), visit_i64(i64), visit_i128(i128), visit_u64(u64), visit_u128(u128),
            visit_f64(f64), visit_char(char), visit_bytes(&[u8]), visit_none(), visit_unit(),
        }

        fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Secret, E> {
            drop(Secret::from(bytes));
            Err(E::custom("a token must be a string"))
        }
    }
}

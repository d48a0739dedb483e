//! The keys of a log: one spelling, known answers, nothing repeated, nothing printed.

use proptest::prelude::*;
use static_assertions::{assert_impl_all, assert_not_impl_any};
use token_audit::{__test::sign, Error, ErrorKind, SigningKey, VerifyingKey};
use token_core::Secret;
use zeroize::ZeroizeOnDrop;

use crate::support::kind_of;

/// From the documentation and the tests of Go's `golang.org/x/mod/sumdb/note`.
const GO_SECRET: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const GO_PUBLIC: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

/// Seed, public key: RFC 8032 section 7.1, TEST 1, as keys of the log `rfc8032`. The ids are
/// Python's `sha256(b"rfc8032\n\x01" + public)[:4].hex()`.
const RFC_SECRET: &str =
    "PRIVATE+KEY+rfc8032+bf1ef259+AZ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g";
const RFC_PUBLIC: &str = "rfc8032+bf1ef259+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";

assert_impl_all!(SigningKey: Send, Sync, ZeroizeOnDrop, std::fmt::Debug);
assert_not_impl_any!(
    SigningKey: Clone, Copy, Default, PartialEq, std::hash::Hash, std::fmt::Display, AsRef<[u8]>, serde::Serialize
);
assert_impl_all!(VerifyingKey: Clone, Send, Sync, Eq, std::fmt::Display, std::str::FromStr);

fn secret(text: &str) -> Secret {
    Secret::from(text.to_owned())
}

fn signing(text: &str) -> Result<SigningKey, Error> {
    SigningKey::from_secret(secret(text))
}

#[test]
fn known_keys() {
    for (private, public) in [(GO_SECRET, GO_PUBLIC), (RFC_SECRET, RFC_PUBLIC)] {
        let key = signing(private).unwrap();
        assert_eq!(key.verifying_key().to_string(), public);
        assert_eq!(key.verifying_key(), &public.parse::<VerifyingKey>().unwrap());
        assert!(key.to_secret().constant_time_eq(private.as_bytes()));
        assert_eq!(key.name(), public.split('+').next().unwrap());
    }
}

#[test]
fn a_new_key_is_new_and_reads_back() {
    let [one, two] = [(); 2].map(|()| SigningKey::generate("example.com/tokens").unwrap());
    assert_ne!(one.verifying_key(), two.verifying_key());
    let again = SigningKey::from_secret(one.to_secret()).unwrap();
    assert_eq!(again.verifying_key(), one.verifying_key());
    assert_eq!(again.name(), "example.com/tokens");
    let checkpoint = sign(&one, 1, &[7; 32]).unwrap();
    assert_eq!(checkpoint, sign(&again, 1, &[7; 32]).unwrap());
}

#[test]
fn debug_has_no_byte_of_the_secret() {
    let key = signing(GO_SECRET).unwrap();
    assert_eq!(format!("{key:?}"), "SigningKey(PeterNeumann, [redacted])");
    assert_eq!(format!("{key:#?}"), "SigningKey(PeterNeumann, [redacted])");
    assert_eq!(format!("{:?}", key.verifying_key()), format!("VerifyingKey({GO_PUBLIC})"));
}

#[test]
fn names() {
    let longest = "é".repeat(127) + "x";
    for name in ["a", "example.com/tokens", "Ω", "-", &longest] {
        let key = SigningKey::generate(name).unwrap();
        assert_eq!(key.name(), name);
        assert_eq!(key.verifying_key().to_string().parse::<VerifyingKey>().unwrap().name(), name);
        assert_eq!(SigningKey::from_secret(key.to_secret()).unwrap().name(), name);
    }
    let too_long = "x".repeat(256);
    for name in ["", " ", "a b", "a\tb", "a\nb", "a+b", "a\u{a0}b", "a\u{2003}b", "a\0b", &too_long]
    {
        let error = SigningKey::generate(name).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MalformedKey, "{name:?}");
    }
}

#[test]
fn other_spellings_are_refused() {
    let (name, rest) = GO_PUBLIC.split_once('+').unwrap();
    let (_, key) = rest.split_once('+').unwrap();
    let (_, private) = GO_SECRET.rsplit_once("a3+").unwrap();
    let wrong = |id: &str, key: &str| format!("{name}+{id}+{key}");
    let mut refused = vec![String::new(), "+".into(), "++".into(), "+++++".into(), name.into()];
    for key in [key, private] {
        refused.extend([
            wrong("", key),
            wrong("c74f20a4", key),
            wrong("C74F20A3", key),
            wrong("+74f20a3", key),
            wrong("0c74f20a3", key),
            wrong("c74f20a3", ""),
            wrong("c74f20a3", &key[1..]),
            wrong("c74f20a3", &format!("{key}A")),
            wrong("c74f20a3", &format!("{key}AAAA")),
            wrong("c74f20a3", &format!(" {key}")),
            wrong("c74f20a3", &format!("{key}\n")),
            wrong("c74f20a3", &format!("{}=", &key[..43])),
            wrong("c74f20a3", &key.replacen("A", "B", 1)), // another type of key
            wrong("c74f20a3", &key.replace('/', "_")).replacen("PeterNeumann", "X", 1),
            format!("Peter Neumann+c74f20a3+{key}"),
            format!("+c74f20a3+{key}"),
        ]);
    }
    for text in refused {
        assert_eq!(
            kind_of(text.parse::<VerifyingKey>()),
            Some(ErrorKind::MalformedKey),
            "{text:?}"
        );
        for private in [text.clone(), format!("PRIVATE+KEY+{text}"), format!("private+key+{text}")]
        {
            let error = signing(&private).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::MalformedKey, "{private:?}");
        }
    }
    let latin1 = SigningKey::from_secret(Secret::from(b"PRIVATE+KEY+\xe9+".to_vec()));
    assert_eq!(kind_of(latin1), Some(ErrorKind::MalformedKey));
}

#[test]
fn every_changed_bit_of_a_key_is_noticed() {
    for (text, private) in [(GO_PUBLIC, false), (GO_SECRET, true)] {
        for at in 0..text.len() * 8 {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at / 8] ^= 1 << (at % 8);
            let kind = match private {
                true => kind_of(SigningKey::from_secret(Secret::from(bytes))),
                false => String::from_utf8(bytes).map_or(Some(ErrorKind::MalformedKey), |text| {
                    kind_of(text.parse::<VerifyingKey>())
                }),
            };
            assert_eq!(kind, Some(ErrorKind::MalformedKey), "bit {at}, private {private}");
        }
    }
}

#[test]
fn keys_with_which_anybody_can_sign_are_refused() {
    // The neutral element, and points of order two and four: with them some signature fits every text.
    // Ids by Python, as above.
    for text in [
        "weak+8b94416d+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "weak+5fca9169+Aez///////////////////////////////////////9/",
        "weak+7c98233a+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        assert_eq!(kind_of(text.parse::<VerifyingKey>()), Some(ErrorKind::MalformedKey), "{text}");
    }
}

/// No error repeats as much as eight bytes of the key.
#[test]
fn errors_repeat_nothing() {
    let (head, key) = GO_SECRET.split_at(GO_SECRET.len() - 44);
    let texts = [
        format!("{head}{}", &key[1..]),
        format!("{head}{key}A"),
        format!("{}{key}", head.replace("c74f", "c74e")),
        format!("{}{key}", head.replace("PeterNeumann", "Peter Neumann")),
        format!("{head}B{}", &key[1..]),
        key.to_owned(),
    ];
    for text in texts {
        let error = signing(&text).unwrap_err();
        let shown = format!("{error} {error:?} {error:#?}");
        let repeated = key
            .as_bytes()
            .windows(8)
            .any(|part| shown.as_bytes().windows(8).any(|window| window == part));
        assert!(!repeated, "{shown}");
        let public = text.replacen("PRIVATE+KEY+", "", 1);
        let error = public.parse::<VerifyingKey>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("Neumann"), "{error}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(PRIVATE\\+KEY\\+)?[a-z+]{0,9}\\+[0-9a-f]{7,8}\\+A[A-Za-z0-9+/=]{40,44}") {
        prop_assert_eq!(kind_of(signing(&text)), Some(ErrorKind::MalformedKey));
        prop_assert_eq!(kind_of(text.parse::<VerifyingKey>()), Some(ErrorKind::MalformedKey));
    }
}

//! Secrets: the source is wiped, nothing prints, the block is zero when freed.

use std::{collections::BTreeMap, panic, sync::Arc};

use proptest::prelude::*;
use secrecy::zeroize::ZeroizeOnDrop;
use token_core::{Secret, Token};

use test_support::alloc_watch::{Seen, frees_of};

use crate::support::{self, TEXT, ci_grant, clock, kind, secret};

/// A size that nothing else in a test allocates.
const SIZE: usize = 4093;

#[test]
fn take_from_wipes_its_source_and_keeps_the_bytes() {
    for len in [0, 1, 7, 8, 64, 4096] {
        let original: Vec<u8> = (0..len).map(|i| (i % 251) as u8 + 1).collect();
        let mut source = original.clone();
        let secret = Secret::take_from(&mut source);
        assert!(secret.constant_time_eq(&original), "{len} bytes");
        assert_eq!(source, vec![0; len], "{len} bytes");
    }
}

#[test]
fn take_from_wipes_only_what_it_was_given() {
    let mut line = *b"token=abc; path=/";
    drop(Secret::take_from(&mut line[6..9]));
    assert_eq!(&line, b"token=\0\0\0; path=/");
}

#[test]
fn the_watch_finds_a_block_that_is_not_wiped() {
    let seen = frees_of(SIZE, || drop(vec![b'x'; SIZE]));
    assert_eq!(seen, Seen { zero: 0, dirty: 1 }, "the control: a plain vector is not wiped");
    let seen = frees_of(SIZE, || {
        let mut bytes = vec![0_u8; SIZE];
        bytes[SIZE - 1] = 1;
        drop(bytes);
    });
    assert_eq!(seen, Seen { zero: 0, dirty: 1 }, "one byte is enough");
}

#[test]
fn the_block_is_zero_when_it_is_freed() {
    let seen = frees_of(SIZE, || drop(Secret::from(vec![b'x'; SIZE])));
    assert_eq!(seen, Seen { zero: 1, dirty: 0 }, "from a vector");

    let seen = frees_of(SIZE, || drop(Secret::from("x".repeat(SIZE))));
    assert_eq!(seen, Seen { zero: 1, dirty: 0 }, "from a string");

    let mut source = [b'x'; SIZE];
    let seen = frees_of(SIZE, || drop(Secret::take_from(&mut source)));
    assert_eq!(seen, Seen { zero: 1, dirty: 0 }, "from a slice");
}

#[test]
fn the_block_is_zero_after_a_panic() {
    let seen = frees_of(SIZE, || {
        let secret = Secret::from(vec![b'x'; SIZE]);
        let _ = panic::catch_unwind(panic::AssertUnwindSafe(|| {
            let _moved = secret;
            panic::resume_unwind(Box::new(()));
        }));
    });
    assert_eq!(seen, Seen { zero: 1, dirty: 0 });
}

#[test]
fn the_block_is_zero_when_admission_refuses() {
    let seen = frees_of(SIZE, || {
        let secret = Secret::from(vec![b'x'; SIZE]);
        Token::<kind::Ci>::admit_with_clock(secret, &token_core::Grant::new(""), clock())
            .unwrap_err()
    });
    assert_eq!(seen, Seen { zero: 1, dirty: 0 });
}

#[test]
fn the_block_is_zero_when_a_token_or_its_spent_exposure_drops() {
    let seen = frees_of(SIZE, || {
        Token::<kind::Ci>::admit_with_clock(vec![b'x'; SIZE].into(), &ci_grant(), clock()).unwrap()
    });
    assert!(seen.is_clean(), "dropped: {seen:?}");

    let seen = frees_of(SIZE, || {
        let secret = Secret::from(vec![b'x'; SIZE]);
        let token = Token::<kind::Ci>::admit_with_clock(secret, &ci_grant(), clock()).unwrap();
        token.spend_for(&support::ListRepos).unwrap()
    });
    assert!(seen.is_clean(), "spent: {seen:?}");
}

#[test]
fn spare_capacity_is_wiped_too() {
    let capacity = SIZE;
    let seen = frees_of(capacity, || {
        let mut text = String::with_capacity(capacity);
        text.push_str(&"x".repeat(200)); // An earlier, longer content …
        text.truncate(20); // … that still stands behind the end.
        assert_eq!(text.capacity(), capacity);
        let secret = Secret::from(text);
        assert!(secret.constant_time_eq(&[b'x'; 20]));
    });
    assert_eq!(seen, Seen { zero: 1, dirty: 0 });
}

#[test]
fn an_empty_secret_is_no_special_case() {
    assert!(Secret::from(String::new()).constant_time_eq(b""));
    assert!(Secret::from(String::with_capacity(100)).constant_time_eq(b""));
    assert!(!Secret::from(String::new()).constant_time_eq(b"\0"));
}

#[derive(Debug)]
#[allow(dead_code, reason = "read by `Debug` alone")]
struct Holder<T> {
    name: &'static str,
    inner: T,
}

#[test]
fn debug_is_redacted_at_every_depth() {
    fn show(value: &dyn std::fmt::Debug) {
        for text in [format!("{value:?}"), format!("{value:#?}"), format!("{value:02x?}")] {
            assert!(text.contains("[redacted]"), "{text}");
            for window in TEXT.as_bytes().windows(4) {
                let raw = str::from_utf8(window).unwrap();
                assert!(!text.contains(raw), "{text}");
                let [a, b, c, d] = window else { panic!() };
                let flat: String = text.split_whitespace().collect();
                assert!(!flat.contains(&format!("{a},{b},{c},{d}")), "{text}");
                assert!(!flat.contains(&format!("{a:x},{b:x},{c:x},{d:x}")), "{text}");
            }
        }
    }
    let err: Result<(), Secret> = Err(secret());
    show(&secret());
    show(&Some(secret()));
    show(&vec![secret(), secret()]);
    show(&Arc::new(secret()));
    show(&err);
    show(&Holder { name: "a", inner: secret() });
    show(&Holder { name: "b", inner: Some(vec![Box::new(secret())]) });
    show(&BTreeMap::from([("github", secret())]));

    let token = Token::<kind::Ci>::admit_with_clock(secret(), &ci_grant(), clock()).unwrap();
    show(&token);
    show(&Holder { name: "c", inner: &token });
    show(&token.expose_for(&support::ListRepos).unwrap());
    show(&token.spend_for(&support::ListRepos).unwrap());
}

#[test]
fn a_token_names_its_kind_and_id_when_it_is_printed() {
    let token = Token::<kind::Ci>::admit_with_clock(secret(), &ci_grant(), clock()).unwrap();
    assert_eq!(format!("{token:?}"), format!("Token(ci#{} [redacted])", token.id().unwrap()));
}

#[test]
fn a_panic_message_is_redacted() {
    let unwrapped = panic::catch_unwind(|| {
        let rejected = |secret: Secret| -> Result<(), Secret> { Err(secret) };
        rejected(secret()).unwrap();
    });
    let message = *unwrapped.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("[redacted]"), "{message}");
    assert!(!message.contains(&TEXT[..8]), "{message}");
}

#[test]
fn secrets_and_tokens_say_that_they_wipe_themselves() {
    fn wipes<T: ZeroizeOnDrop>() {}
    wipes::<Secret>();
    wipes::<Token<kind::Ci>>();
}

#[test]
fn constant_time_eq_finds_a_difference_in_every_bit() {
    for len in [1, 15, 16, 17, 31, 32, 33, 64, 65] {
        let bytes = vec![0xa5; len];
        let secret = Secret::from(bytes.clone());
        assert!(secret.constant_time_eq(&bytes));
        for bit in 0..len * 8 {
            let mut other = bytes.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(!secret.constant_time_eq(&other), "bit {bit} of {len} bytes");
        }
    }
}

proptest! {
    /// A small alphabet, so that equal texts, prefixes and permutations are frequent.
    #[test]
    fn constant_time_eq_is_equality(a in "[ab]{0,5}", b in "[ab]{0,5}") {
        let equal = Secret::from(a.clone()).constant_time_eq(b.as_bytes());
        prop_assert_eq!(equal, a == b);
    }

    #[test]
    fn every_constructor_keeps_exactly_the_bytes(bytes in any::<Vec<u8>>(), spare in 0_usize..50) {
        let mut roomy = Vec::with_capacity(bytes.len() + spare);
        roomy.extend_from_slice(&bytes);
        prop_assert!(Secret::from(roomy).constant_time_eq(&bytes));
        prop_assert!(Secret::from(bytes.clone()).constant_time_eq(&bytes));
        prop_assert!(Secret::take_from(&mut bytes.clone()).constant_time_eq(&bytes));
    }
}

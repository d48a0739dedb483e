//! Token ids: known answers, one spelling, nothing of the token.

use proptest::prelude::*;
use token_core::{ErrorKind, Secret, Token, TokenId};

use crate::support::{ListRepos, TEXT, ci_grant, clock, kind, kind_of, secret};

fn id() -> TokenId {
    TokenId::from_bytes(*b"\x13\xc7\x4d\xcd\x01\xb1\xb5\xd4\x6e\xd4\xad\xdf\x17\x19\x49\xda")
}

/// Computed with Python: `sha256(b"token-core/id/v1\0" + token).hexdigest()[:32]`.
const KNOWN: [(&str, &str); 4] = [
    ("acme_deploy_4Jk0Qe8sVtZ1mW3yXb5Rc7UaPn9LgD0c1Kx2", "8949c63927c4e4067684f594909e2ee0"),
    ("0e3a1f62-6d0c-4b8e-9a27-c1d54f7be893", "e215a5b24e65ede6ce6b5807348ec100"),
    ("9f4e2b7a61d03c85e7b1904fd26a83c5", "adf5b764e814b2dfcc6770a6df8cfb71"),
    ("2YotnFZFEjr1zCsicMWpAA", "ea308e790fc35c8bec02f2506a6773aa"),
];

#[test]
fn known_answers() {
    for (token, id) in KNOWN {
        let of = TokenId::of(token.as_bytes());
        assert_eq!(of.expect("a random token").to_string(), id, "{token}");
    }
}

/// The table of what can be guessed is in token-policy's tests.
#[test]
fn what_can_be_guessed_has_no_id() {
    for text in ["", "a", "Sunshine2024!", "correct-horse-battery", "ghp_exampleexampleexample"] {
        assert_eq!(TokenId::of(text.as_bytes()), None, "{text}");
    }
}

/// It works like any other token, and nothing of it is shown.
#[test]
fn a_password_is_a_token_without_an_id() {
    let secret = Secret::from("Sunshine2024!".to_owned());
    let token = Token::<kind::Ci>::admit_with_clock(secret, &ci_grant(), clock()).unwrap();
    assert_eq!(token.id(), None);
    assert_eq!(format!("{token:?}"), "Token(ci [redacted])");
    assert_eq!(token.expose_for(&ListRepos).unwrap().as_str(), "Sunshine2024!");
}

#[test]
fn a_token_has_the_id_of_its_text() {
    let token = Token::<kind::Ci>::admit_with_clock(secret(), &ci_grant(), clock()).unwrap();
    assert_eq!(token.id(), TokenId::of(TEXT.as_bytes()));
}

#[test]
fn precision_shortens_and_width_pads() {
    let id = id();
    assert_eq!(format!("{id:.8}"), "13c74dcd");
    assert_eq!(format!("{id:>10.4}|"), "      13c7|");
    assert_eq!(format!("{id:?}"), "TokenId(13c74dcd01b1b5d46ed4addf171949da)");
}

#[test]
fn other_spellings_are_refused() {
    let refused = [
        "",
        "13c74dcd",
        "13c74dcd01b1b5d46ed4addf171949d",
        "13c74dcd01b1b5d46ed4addf171949da0",
        "13c74dcd01b1b5d46ed4addf171949daff",
        "13C74DCD01B1B5D46ED4ADDF171949DA",
        "13c74dcd01b1b5d46ed4addf171949dg",
        "0x3c74dcd01b1b5d46ed4addf171949da",
        "+3c74dcd01b1b5d46ed4addf171949da",
        " 3c74dcd01b1b5d46ed4addf171949da",
        "13c74dcd01b1b5d46ed4addf171949da\n",
        "13c74dcd01b1b5d46ed4addf171949\u{e9}", // 32 bytes
        "\u{ff11}3c74dcd01b1b5d46ed4addf17194",
    ];
    for text in refused {
        assert_eq!(kind_of(text.parse::<TokenId>()), Some(ErrorKind::MalformedId), "{text:?}");
    }
}

#[test]
fn serde_writes_and_reads_the_hexadecimal_form() {
    let id = id();
    let json = serde_json::to_string(&id).unwrap();
    assert_eq!(json, "\"13c74dcd01b1b5d46ed4addf171949da\"");
    assert_eq!(serde_json::from_str::<TokenId>(&json).unwrap(), id);
    assert!(serde_json::from_str::<TokenId>("\"13C74DCD01B1B5D46ED4ADDF171949DA\"").is_err());
    assert!(serde_json::from_str::<TokenId>("7").is_err());
}

proptest! {
    #[test]
    fn display_and_parse_are_inverse(bytes in any::<[u8; 16]>()) {
        let id = TokenId::from_bytes(bytes);
        prop_assert_eq!(id.to_string().parse::<TokenId>().unwrap(), id);
        prop_assert_eq!(u128::from_str_radix(&id.to_string(), 16).unwrap().to_be_bytes(), bytes);
    }

    #[test]
    fn what_parses_is_its_own_spelling(text in "[0-9a-gA-F]{30,34}") {
        match text.parse::<TokenId>() {
            Ok(id) => prop_assert_eq!(id.to_string(), text),
            Err(_) => prop_assert!(text.len() != 32 || text.contains(|c| matches!(c, 'g' | 'A'..='F'))),
        }
    }

    #[test]
    fn different_tokens_have_different_ids(a in "[A-Za-z0-9]{64}", b in "[A-Za-z0-9]{64}") {
        let (of_a, of_b) = (TokenId::of(a.as_bytes()), TokenId::of(b.as_bytes()));
        prop_assert!(of_a.is_some() && of_b.is_some(), "{a} {b}");
        prop_assert_eq!(of_a == of_b, a == b);
    }
}

//! Token ids: known answers, one spelling, nothing of the token.

use proptest::prelude::*;
use token_core::{ErrorKind, Token, TokenId};

use crate::support::{TEXT, ci_grant, clock, kind, kind_of, secret};

/// Computed with Python: `sha256(b"token-core/id/v1\0" + token).hexdigest()[:32]`.
const KNOWN: [(&str, &str); 4] = [
    ("", "acc20be83bab2fe91d1b968ac6bc4bdd"),
    ("a", "13c74dcd01b1b5d46ed4addf171949da"),
    ("ghp_exampleexampleexample", "ab5c4f94ec1d8f3e619d87a6e02407c1"),
    ("2YotnFZFEjr1zCsicMWpAA", "ea308e790fc35c8bec02f2506a6773aa"),
];

#[test]
fn known_answers() {
    for (token, id) in KNOWN {
        assert_eq!(TokenId::of(token.as_bytes()).to_string(), id, "{token}");
    }
}

#[test]
fn a_token_has_the_id_of_its_text() {
    let token = Token::<kind::Ci>::admit_with_clock(secret(), &ci_grant(), clock()).unwrap();
    assert_eq!(token.id(), TokenId::of(TEXT.as_bytes()));
}

#[test]
fn precision_shortens_and_width_pads() {
    let id = TokenId::of(b"a");
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
    let id = TokenId::of(b"a");
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
    fn different_tokens_have_different_ids(a in any::<Vec<u8>>(), b in any::<Vec<u8>>()) {
        prop_assert_eq!(TokenId::of(&a) == TokenId::of(&b), a == b);
    }
}

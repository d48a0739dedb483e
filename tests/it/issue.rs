//! Tokens that are generated, found by the scanner and masked by the redactor.

use proptest::prelude::*;
use secrecy::{ExposeSecret, SecretString};
use test_support::forms::{FORMS, encode, leaks_form};
use token_policy::{
    Level, Policy,
    format::{self, Malformed},
};
use token_redact::Redaction;
use token_scan::{Scan, Scanner};

token_core::policy!("tokens.toml");

fn generated() -> String {
    let secret = token_issue::generate::<kind::Deploy>().unwrap();
    SecretString::try_from(secret).unwrap().expose_secret().to_owned()
}

/// The scanner and the redactor of one policy, as a service and its CI have them.
fn both() -> (Scanner, Redaction) {
    let policy = Policy::parse(include_str!("tokens.toml")).unwrap();
    (Scan::new().policy(&policy).build().unwrap(), Redaction::for_kinds(POLICY.kinds))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 200 } else { 2000 }))]

    #[test]
    fn whatever_is_generated_is_found_and_masked_in_every_form(form in 0..FORMS) {
        let (scanner, redaction) = both();
        let token = generated();
        let written = encode(form, &token);
        let text = [b"key = ", written.as_slice(), b"\n"].concat();

        let report = scanner.reader("a.txt", text.as_slice()).unwrap();
        let found: Vec<_> = report.findings().iter().filter(|f| f.level() == Level::Deny).collect();
        prop_assert_eq!(found.len(), 1, "form {}", form);
        prop_assert!(found[0].facts().any(|fact| fact == ("kind", "deploy")));

        let masked = redaction.redact(&text);
        prop_assert_eq!(redaction.count(), 1, "form {}", form);
        prop_assert!(!leaks_form(&masked, &written));
    }

    #[test]
    fn what_is_mistyped_is_neither_found_nor_masked(at in 0_usize..48, other in 0_u8..62) {
        let (scanner, redaction) = both();
        let mut token = generated().into_bytes();
        let digit = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[usize::from(other)];
        prop_assume!(token[at] != digit);
        token[at] = digit;
        prop_assert!(matches!(format::check(&token), Err(Malformed::Checksum | Malformed::Form)));
        let text = [b"# ", token.as_slice(), b"\n"].concat();
        prop_assert!(scanner.reader("a.txt", text.as_slice()).unwrap().findings().is_empty());
        prop_assert_eq!(redaction.redact(&text), text);
    }
}

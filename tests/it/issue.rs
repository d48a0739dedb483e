//! Tokens that are generated: of the one format, told from any other, found by the scanner, masked by the redactor.

use std::collections::BTreeSet;

use proptest::prelude::*;
use secrecy::{ExposeSecret, SecretString};
use token_redact::{Prefix, Redaction};
use token_core::{
    ErrorKind, Grant, Secret, Token, TokenId, TokenKind, };
use token_policy::{
    Level, Policy,
    format::{self, Malformed},
};
use token_scan::{Scan, Scanner};

use crate::{
    redact::forms::{FORMS, encode, leaks_form},
    support::{POLICY, kind, secs},
};

fn generated() -> String {
    text_of(issue::generate::<kind::Deploy>().unwrap())
}

fn text_of(secret: Secret) -> String {
    SecretString::try_from(secret).unwrap().expose_secret().to_owned()
}

fn admit<K: TokenKind>(text: &str) -> Option<ErrorKind> {
    let grant = Grant::new("deploy:run").expires_in(secs(60));
    Token::<K>::admit(text.to_owned().into(), &grant).err().map(|error| error.kind())
}

#[test]
fn a_generated_token_is_of_the_format() {
    let token = generated();
    let parts = format::check(token.as_bytes()).unwrap();
    assert_eq!(parts.prefix(), "acme_deploy_");
    assert_eq!(token.len(), Prefix::parse("acme_deploy").unwrap().token_bytes());
}

#[test]
fn no_two_are_equal_and_each_character_is_as_likely() {
    const TOKENS: usize = 20_000;
    let tokens: BTreeSet<String> = (0..TOKENS).map(|_| generated()).collect();
    assert_eq!(tokens.len(), TOKENS);
    let mut counts = [0_u32; 128];
    let random = tokens.iter().flat_map(|token| token.as_bytes()[12..42].iter());
    random.for_each(|byte| counts[usize::from(*byte)] += 1);
    let expected = f64::from(u32::try_from(TOKENS * 30).unwrap()) / 62.0;
    let used: Vec<f64> = counts.into_iter().filter(|count| *count > 0).map(f64::from).collect();
    assert_eq!(used.len(), 62);
    // Chi squared with 61 degrees of freedom is above 150 once in 10^9.
    let chi: f64 = used.iter().map(|count| (count - expected).powi(2) / expected).sum();
    assert!(chi < 150.0, "{chi}");
}

#[test]
fn a_kind_without_a_format_has_no_tokens_of_ours() {
    let error = issue::generate::<kind::Ci>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoFormat);
    assert!(error.to_string().contains("`ci`"), "{error}");
}

#[test]
fn a_kind_with_a_format_admits_no_token_of_another() {
    assert_eq!(admit::<kind::Deploy>(&generated()), None);
    let another = text_of(issue::generate::<kind::Release>().unwrap());
    assert_eq!(admit::<kind::Release>(&another), None);
    assert_eq!(admit::<kind::Deploy>(&another), Some(ErrorKind::WrongFormat));
    assert_eq!(admit::<kind::Deploy>("ghp_exampleexampleexample"), Some(ErrorKind::WrongFormat));
}

#[test]
fn a_kind_with_a_format_admits_no_part_of_a_token() {
    let token = generated();
    for wrong in [&token[1..], &token[..47], &format!("{token}A"), &token.replace('_', "-")] {
        assert_eq!(admit::<kind::Deploy>(wrong), Some(ErrorKind::WrongFormat));
    }
    let mut hyphen = token.into_bytes();
    hyphen[20] = b'-';
    let hyphen = String::from_utf8(hyphen).unwrap();
    assert_eq!(admit::<kind::Deploy>(&hyphen), Some(ErrorKind::WrongFormat));
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

#[test]
fn a_secret_is_masked_as_a_token_of_its_kind() {
    let (_, redaction) = both();
    let text = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
    let secret = Secret::from(text.to_owned());
    let registered = redaction.register_secret::<kind::Ci>(&secret).unwrap();
    let id = TokenId::of(text.as_bytes());
    assert_eq!(registered.id(), id);
    let expected = format!("a [token:ci#{id:.4}] b");
    assert_eq!(redaction.redact(format!("a {text} b").as_bytes()), expected.as_bytes());
    drop(registered);
    assert_eq!(redaction.redact(text.as_bytes()), text.as_bytes());
}

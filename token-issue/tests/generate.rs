//! Tokens that are generated: of the one format, no two alike, told from any other.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::{collections::BTreeSet, time::Duration};

use token_core::{Grant, Scope, Secret, Token, TokenKind};
use token_issue::{ErrorKind, generate};
use token_policy::format::{self, Prefix};

#[derive(Scope)]
#[scope("deploy:run")]
enum DeployRun {}

#[derive(TokenKind)]
#[token_kind(name = "ci", scopes(DeployRun), max_lifetime = "1h")]
enum Ci {}

#[derive(TokenKind)]
#[token_kind(name = "deploy", scopes(DeployRun), max_lifetime = "1h", format = "acme_deploy")]
enum Deploy {}

#[derive(TokenKind)]
#[token_kind(name = "release", scopes(DeployRun), max_lifetime = "1h", format = "acme_release")]
enum Release {}

fn generated() -> String {
    text_of(&generate::<Deploy>().unwrap())
}

fn text_of(secret: &Secret) -> String {
    secret.with_bytes("a test looks at it", |bytes| str::from_utf8(bytes).unwrap().to_owned())
}

fn admit<K: TokenKind>(text: &str) -> Option<token_core::ErrorKind> {
    let grant = Grant::new("deploy:run").expires_in(Duration::from_secs(60));
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
    let error = generate::<Ci>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoFormat);
    assert!(error.to_string().contains("`ci`"), "{error}");
}

/// A `main` that returns an error prints its `Debug`.
#[test]
fn an_error_is_its_message() {
    let error = generate::<Ci>().unwrap_err();
    let message = error.to_string();
    for shown in [format!("{error:?}"), format!("{error:#?}"), format!("{error:#}")] {
        assert_eq!(shown, message);
    }
}

#[test]
fn a_kind_with_a_format_admits_no_token_of_another() {
    use token_core::ErrorKind;
    assert_eq!(admit::<Deploy>(&generated()), None);
    let another = text_of(&generate::<Release>().unwrap());
    assert_eq!(admit::<Release>(&another), None);
    assert_eq!(admit::<Deploy>(&another), Some(ErrorKind::WrongFormat));
    assert_eq!(admit::<Deploy>("ghp_exampleexampleexample"), Some(ErrorKind::WrongFormat));
}

#[test]
fn a_kind_with_a_format_admits_no_part_of_a_token() {
    use token_core::ErrorKind;
    let token = generated();
    for wrong in [&token[1..], &token[..47], &format!("{token}A"), &token.replace('_', "-")] {
        assert_eq!(admit::<Deploy>(wrong), Some(ErrorKind::WrongFormat));
    }
    let mut hyphen = token.into_bytes();
    hyphen[20] = b'-';
    let hyphen = String::from_utf8(hyphen).unwrap();
    assert_eq!(admit::<Deploy>(&hyphen), Some(ErrorKind::WrongFormat));
}

//! The compiled policy against the deployed file.

use token_core::{Error, ErrorKind, PolicyDigest};

use crate::support::{POLICY, TempDir, fresh_token, kind_of, scope};

const DEPLOYED: &str = include_str!("tokens.toml");

fn check(text: impl AsRef<[u8]>) -> Result<(), Error> {
    let dir = TempDir::new();
    POLICY.check_file(dir.file("tokens.toml", text, 0o644))
}

#[test]
fn the_policy_knows_its_file_and_kinds() {
    assert!(POLICY.file.ends_with("tokens.toml"), "{}", POLICY.file);
    let mut names: Vec<&str> = POLICY.kinds.iter().map(|kind| kind.name).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["ci", "deploy", "lax", "lenient", "one-shot", "partner", "release", "writer"]
    );
    assert!(POLICY.kinds.iter().all(|kind| kind.policy == Some(POLICY.digest)));
    assert!(POLICY.kinds.iter().all(|kind| kind.built_from == POLICY.built_from));
}

#[test]
fn a_kind_knows_the_digest_of_its_own_rules() {
    let policy = token_policy::Policy::parse(DEPLOYED).unwrap();
    for kind in POLICY.kinds {
        let own = policy.kind(kind.name).unwrap().digest();
        assert_eq!(kind.digest.unwrap().to_string(), own.to_string(), "{}", kind.name);
    }
}

#[test]
fn a_kind_without_a_policy_file_knows_neither_digest_nor_source() {
    #[derive(token_core::TokenKind)]
    #[token_kind(name = "by-hand", scopes(scope::RepoRead), max_lifetime = "1h")]
    struct ByHand;

    let ByHand = ByHand;
    let kind = <ByHand as token_core::TokenKind>::COMPILED;
    assert!(kind.policy.is_none() && kind.digest.is_none() && kind.built_from.is_none());
}

#[test]
fn a_kind_knows_what_its_tokens_begin_with() {
    let formats = POLICY.kinds.iter().filter_map(|kind| Some((kind.name, kind.format?)));
    let mut formats: Vec<_> = formats.map(|(name, prefix)| (name, prefix.to_string())).collect();
    formats.sort_unstable();
    let expected = [("deploy", "acme_deploy"), ("release", "acme_release")];
    assert_eq!(formats, expected.map(|(name, prefix)| (name, prefix.to_owned())));
}

#[test]
fn a_digest_is_equal_or_refused() {
    assert!(POLICY.check(POLICY.digest).is_ok());
    for bit in 0..256 {
        let mut bytes = *POLICY.digest.as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let found = kind_of(POLICY.check(PolicyDigest::from_bytes(bytes)));
        assert_eq!(found, Some(ErrorKind::PolicyDrift), "bit {bit}");
    }
}

#[test]
fn the_same_meaning_is_accepted_however_it_is_written() {
    check(DEPLOYED).unwrap();
    check(DEPLOYED.replace('\n', "\r\n")).unwrap();
    check(DEPLOYED.replace(" = ", "=").replace("\n\n", "\n")).unwrap();
    check(format!("# A comment.\n{DEPLOYED}\n# Another.\n")).unwrap();
    check(DEPLOYED.replace("\"1h\"", "\"60m\"")).unwrap();
    check(DEPLOYED.replace("[\"repo:read\", \"deploy:run\"]", "[\"deploy:run\", \"repo:read\"]"))
        .unwrap();
}

#[test]
fn a_changed_rule_is_refused() {
    let changes = [
        ("max_lifetime = \"1h\"", "max_lifetime = \"2h\""),
        ("[\"repo:read\", \"deploy:run\"]", "[\"repo:read\"]"),
        ("implies = [\"repo:read\"]", "implies = [\"deploy:run\"]"),
        ("leeway       = \"30s\"", "leeway       = \"31s\""),
        ("https://api.example.com", "https://api.example.org"),
        ("uses         = \"once\"", "uses         = \"many\""),
        ("[tokens.ci]", "[tokens.cd]"),
    ];
    for (from, to) in changes {
        let changed = DEPLOYED.replacen(from, to, 1);
        assert_ne!(changed, DEPLOYED, "{from}");
        assert_eq!(kind_of(check(changed)), Some(ErrorKind::PolicyDrift), "{from}");
    }
}

#[test]
fn the_error_names_both_digests_in_short() {
    let error = check(DEPLOYED.replace("\"1h\"", "\"2h\"")).unwrap_err();
    let compiled = format!("{:.12}", POLICY.digest);
    assert!(error.to_string().contains(&compiled), "{error}");
}

#[test]
fn mistakes_are_shown_with_their_places() {
    let error =
        check("version = 1\n[scopes]\na = \"A\"\n[tokens.t]\nscopes = [\"b\"]\n").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPolicy);
    let text = error.to_string();
    assert!(text.contains("tokens.toml"), "{text}");
    assert!(text.contains("5:11:"), "the unknown scope: {text}");
    assert!(text.contains("4:"), "no max_lifetime: {text}");

    let error = check("version = 1\n[scopes\n").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPolicy);
    assert!(error.to_string().contains("\n2:"), "{error}");

    assert_eq!(kind_of(check("")), Some(ErrorKind::InvalidPolicy));
    let endless = "#".repeat(1024 * 1024);
    assert_eq!(kind_of(check(endless)), Some(ErrorKind::InvalidPolicy));
}

#[test]
fn a_file_that_cannot_be_read_is_refused() {
    let dir = TempDir::new();
    let missing = dir.join("missing.toml");
    let error = POLICY.check_file(&missing).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("missing.toml"), "{error}");
    assert_eq!(kind_of(POLICY.check_file(dir.path())), Some(ErrorKind::Io), "a folder");
    assert_eq!(kind_of(check(b"\xff\xfe")), Some(ErrorKind::Io), "not UTF-8");
}

/// The path of the token where the path of the policy was meant. (A *key* that the
/// policy does not know is named: a policy is a reviewed file, and keys are no place
/// for tokens.)
#[test]
fn a_token_file_is_not_quoted() {
    let token = fresh_token();
    let contents = [
        token.clone(),
        format!("{token}\n"),
        format!("TOKEN={token}\n"),
        format!("a = {token}"),
        format!("token = \"{token}\"\n"),
        format!("{{\"token\":\"{token}\"}}"),
    ];
    for content in contents {
        let error = check(&content).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPolicy);
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(!text.contains(&token[..8]), "{text}");
        }
    }
}

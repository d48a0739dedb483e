//! The digest counts what a policy means, and only that.
#![cfg(feature = "parse")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use token_policy::{Policy, PolicyDigest};

const POLICY: &str = r#"version = 1
[scopes]
"repo:read" = "Read"
"repo:write" = { implies = ["repo:read"] }
"repo:admin" = { implies = ["repo:write"], description = "All" }
"deploy:run" = { type = "x::Deploy" }
[tokens.ci]
description = "CI"
owner = "platform"
scopes = ["repo:write", "deploy:run"]
max_lifetime = "90m"
leeway = "30s"
audience = "https://api.example"
uses = "once"
source = { file = "/run/a", readable_by = "group" }
rotate = { before_expiry = "10m", overlap = "2m" }
[tokens.other]
scopes = ["repo:read"]
max_lifetime = "1h"
source = { command = ["vault", "read"], timeout = "20s" }
[tokens.env]
scopes = ["repo:read"]
max_lifetime = "1h"
source = { env = "X" }
[tokens.credential]
scopes = ["repo:read"]
max_lifetime = "1h"
source = { credential = "x" }
"#;

/// A policy with environments: edits of [`ENVIRONMENTS`] that each change one rule.
const SLOTS: &[(&str, &str)] = &[
    ("release = true", "release = false"),
    ("strict = true", "strict = false"),
    ("\"platform-attested\"", "\"asserted\""),
    ("\"platform-attested\"", "\"hardware-attested\""),
    ("[environments.staging]\n", ""),
    ("[environments.staging]\n", "[environments.test]\n"),
    ("max_lifetime = \"2h\"\n", "max_lifetime = \"2h\"\nephemeral = true\n"),
    ("max_lifetime = \"2h\"\n", "max_lifetime = \"2h\"\nenvironments = [\"staging\"]\n"),
    ("max_lifetime = \"2h\"\n", "max_lifetime = \"2h\"\nenvironments = [\"production\"]\n"),
];

const ENVIRONMENTS: &str = r#"version = 1
scopes.a = ""
[tokens.ci]
scopes = ["a"]
max_lifetime = "2h"
[environments.staging]
[environments.production]
release = true
strict = true
assurance = "platform-attested"
"#;

/// Edits that change no rule.
const SAME: &[(&str, &str)] = &[
    ("\"Read\"", "{ description = \"Read a repository\" }"),
    ("\"Read\"", "{}"),
    (", description = \"All\"", ""),
    ("{ type = \"x::Deploy\" }", "\"\""),
    ("description = \"CI\"\n", ""),
    ("\"90m\"", "\"1h30m\""),
    ("\"90m\"", "\"5400s\""),
    ("\"90m\"", "\"0d90m\""),
    ("\"20s\"", "\"0m20s\""),
    ("[\"repo:write\", \"deploy:run\"]", "[\"deploy:run\", \"repo:write\"]"),
    ("[\"repo:write\", \"deploy:run\"]", "[\"deploy:*\", \"repo:read\", \"repo:write\"]"),
    ("implies = [\"repo:write\"]", "implies = [\"repo:write\", \"repo:read\"]"),
    ("implies = [\"repo:write\"]", "implies = [\"repo:*\"]"),
    ("source = { env = \"X\" }\n", "source.env = 'X'\nleeway = \"0s\"\nuses = \"many\"\n"),
    ("version = 1\n", "version = 0x1 # one\n\n"),
    ("version = 1\n", "version = 1\nchecks = { max_lifetime = '1h', no-owner = 'deny' }\n"),
];

/// Edits that each change one rule.
const DIFFERENT: &[(&str, &str)] = &[
    ("\"repo:read\" = \"Read\"", "\"repo:read\" = \"Read\"\n\"unused\" = \"\""),
    (
        "\"repo:read\" = \"Read\"",
        "\"repo:read\" = \"Read\"\n\"unused2\" = { implies = [\"repo:read\"] }",
    ),
    ("{ type = \"x::Deploy\" }", "{ implies = [\"repo:read\"] }"),
    ("implies = [\"repo:write\"], description", "implies = [\"repo:read\"], description"),
    (
        "implies = [\"repo:write\"], description",
        "implies = [\"deploy:run\", \"repo:write\"], description",
    ),
    ("{ implies = [\"repo:read\"] }", "{}"),
    ("[tokens.ci]", "[tokens.ci2]"),
    ("owner = \"platform\"", "owner = \"security\""),
    ("owner = \"platform\"\n", ""),
    ("[\"repo:write\", \"deploy:run\"]", "[\"repo:write\"]"),
    ("[\"repo:write\", \"deploy:run\"]", "[\"repo:read\", \"deploy:run\"]"),
    ("[\"repo:write\", \"deploy:run\"]", "[\"repo:admin\", \"deploy:run\"]"),
    ("\"90m\"", "\"91m\""),
    ("\"90m\"", "\"5401s\""),
    ("leeway = \"30s\"", "leeway = \"31s\""),
    ("leeway = \"30s\"\n", ""),
    ("audience = \"https://api.example\"", "audience = \"https://api.example/\""),
    ("audience = \"https://api.example\"\n", ""),
    ("uses = \"once\"\n", ""),
    ("\"/run/a\"", "\"/run/b\""),
    (", readable_by = \"group\"", ""),
    ("readable_by = \"group\"", "readable_by = \"everyone\""),
    ("source = { file = \"/run/a\", readable_by = \"group\" }\n", ""),
    ("before_expiry = \"10m\"", "before_expiry = \"11m\""),
    ("overlap = \"2m\"", "overlap = \"3m\""),
    ("before_expiry = \"10m\", overlap = \"2m\"", "before_expiry = \"2m\", overlap = \"10m\""),
    ("rotate = { before_expiry = \"10m\", overlap = \"2m\" }\n", ""),
    ("uses = \"once\"\n", "uses = \"once\"\nformat = \"acme_deploy\"\n"),
    ("uses = \"once\"\n", "uses = \"once\"\nformat = \"acme_review\"\n"),
    ("{ env = \"X\" }", "{ env = \"X\" }\nformat = \"acme_deploy\""),
    ("uses = \"once\"\n", "uses = \"once\"\nstore = \"/s\"\n"),
    ("uses = \"once\"\n", "uses = \"once\"\nstore = \"/t\"\n"),
    ("{ env = \"X\" }", "{ env = \"X\" }\nstore = \"/s\""),
    ("[\"vault\", \"read\"]", "[\"vault\", \"list\"]"),
    ("[\"vault\", \"read\"]", "[\"read\", \"vault\"]"),
    ("[\"vault\", \"read\"]", "[\"vaultread\"]"),
    ("[\"vault\", \"read\"]", "[\"vault\", \"read\", \"\"]"),
    (", timeout = \"20s\"", ""),
    ("timeout = \"20s\"", "timeout = \"21s\""),
    ("{ env = \"X\" }", "{ env = \"Y\" }"),
    ("{ env = \"X\" }", "{ credential = \"X\" }"),
    ("{ env = \"X\" }", "{ file = \"X\" }"),
    ("{ env = \"X\" }", "{ command = [\"X\"] }"),
    ("{ credential = \"x\" }", "{ credential = \"y\" }"),
    (
        "[tokens.env]\nscopes = [\"repo:read\"]\nmax_lifetime = \"1h\"\nsource = { env = \"X\" }\n",
        "",
    ),
];

#[test]
fn edits_that_change_no_rule_keep_the_digest() {
    for (from, to) in SAME {
        assert_eq!(digest(&edited(from, to)), digest(POLICY), "{from} -> {to}");
    }
}

#[test]
fn edits_that_change_a_rule_change_the_digest() {
    let mut seen = BTreeMap::from([(digest(POLICY), "the original")]);
    for (from, to) in DIFFERENT {
        let other = seen.insert(digest(&edited(from, to)), to);
        assert_eq!(other, None, "{from} -> {to}");
    }
}

/// A lock states a kind's digest in each of its slots, so slots are counted in the policy's digest alone.
#[test]
fn environments_and_slots_are_counted_in_the_policy_and_not_in_the_kind() {
    let kind = |text: &str| Policy::parse(text).unwrap().kind("ci").unwrap().digest();
    let without = ENVIRONMENTS.split_once("[environments").unwrap().0;
    let mut seen = BTreeMap::from([
        (digest(ENVIRONMENTS), "as it is"),
        (digest(without), "without environments"),
    ]);
    assert_eq!(kind(without), kind(ENVIRONMENTS));
    for (from, to) in SLOTS {
        assert!(ENVIRONMENTS.contains(from), "{from}");
        let text = ENVIRONMENTS.replacen(from, to, 1);
        assert_eq!(seen.insert(digest(&text), to), None, "{from} -> {to}");
        assert_eq!(kind(&text), kind(ENVIRONMENTS), "{from} -> {to}");
    }
    for (from, to) in [
        ("max_lifetime = \"2h\"\n", "max_lifetime = \"2h\"\nephemeral = false\n"),
        (
            "max_lifetime = \"2h\"\n",
            "max_lifetime = \"2h\"\nenvironments = [\"production\", \"staging\"]\n",
        ),
        (
            "[environments.staging]\n",
            "[environments.staging]\ndescription = \"One\"\nstrict = false\n",
        ),
    ] {
        assert!(ENVIRONMENTS.contains(from), "{from}");
        assert_eq!(digest(&ENVIRONMENTS.replacen(from, to, 1)), digest(ENVIRONMENTS), "{to}");
    }
}

#[test]
fn the_digest_of_a_kind_covers_that_kind_and_its_scopes_only() {
    let digest = |text: &str, kind| Policy::parse(text).unwrap().kind(kind).unwrap().digest();
    let unrelated =
        edited("\"repo:read\" = \"Read\"", "\"repo:read\" = \"Read\"\n\"unused\" = \"\"");
    assert_eq!(digest(&unrelated, "ci"), digest(POLICY, "ci"));
    let other_kind = edited("{ env = \"X\" }", "{ env = \"Y\" }");
    assert_eq!(digest(&other_kind, "ci"), digest(POLICY, "ci"));
    assert_ne!(digest(&other_kind, "env"), digest(POLICY, "env"));
    let implied =
        edited("{ implies = [\"repo:read\"] }", "{ implies = [\"repo:read\", \"deploy:run\"] }");
    assert_ne!(
        digest(&implied, "ci"),
        digest(POLICY, "ci"),
        "same closure, but a scope in it stands for more"
    );
    assert_eq!(digest(&implied, "env"), digest(POLICY, "env"));
}

/// The encoding, written down a second time from the documentation alone.
#[test]
fn the_digest_is_as_documented() {
    fn text(bytes: &mut Vec<u8>, text: &str) {
        bytes.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    let scope = |bytes: &mut Vec<u8>| {
        bytes.extend(1_u32.to_be_bytes());
        text(bytes, "a:b");
        bytes.extend(0_u32.to_be_bytes());
    };
    let kind = |bytes: &mut Vec<u8>| {
        text(bytes, "ci");
        bytes.extend(1_u32.to_be_bytes());
        text(bytes, "a:b");
        bytes.extend(3600_u64.to_be_bytes());
        bytes.extend(0_u64.to_be_bytes());
        bytes.extend([0, 1, 1, 2]);
        text(bytes, "/t");
        bytes.extend([1, 1]);
        bytes.extend(60_u64.to_be_bytes());
        bytes.extend(5_u64.to_be_bytes());
        bytes.push(1);
        text(bytes, "me");
        bytes.push(1);
        text(bytes, "acme_deploy");
        bytes.push(2);
        text(bytes, "/var/lib/ci");
    };
    let (mut whole, mut alone) = (Vec::new(), Vec::new());
    text(&mut whole, "token-policy/policy/1");
    scope(&mut whole);
    whole.extend(1_u32.to_be_bytes());
    kind(&mut whole);
    text(&mut alone, "token-policy/kind/1");
    kind(&mut alone);
    scope(&mut alone);

    whole.extend(1_u32.to_be_bytes());
    text(&mut whole, "prod");
    whole.extend([1, 0, 2]);
    whole.extend(1_u32.to_be_bytes());
    text(&mut whole, "ci");
    whole.push(1);

    let policy = Policy::parse(
        r#"
        version = 1
        environments.prod = { release = true, assurance = "hardware-attested" }
        scopes."a:b" = "x"
        [tokens.ci]
        scopes = ["a:*"]
        max_lifetime = "1h"
        owner = "me"
        uses = "once"
        format = "acme_deploy"
        store = "/var/lib/ci"
        source = { file = "/t", readable_by = "group" }
        rotate = { before_expiry = "1m", overlap = "5s" }
        "#,
    );
    let policy = policy.unwrap();
    assert_eq!(policy.digest(), PolicyDigest::from_bytes(hmac_sha256::Hash::hash(&whole)));
    assert_eq!(
        policy.kinds()[0].digest(),
        PolicyDigest::from_bytes(hmac_sha256::Hash::hash(&alone))
    );
}

/// What came later has an encoding of its own, written down a second time from the documentation alone.
#[test]
fn the_digest_of_later_keys_is_as_documented() {
    fn text(bytes: &mut Vec<u8>, text: &str) {
        bytes.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    let mut bytes = Vec::new();
    text(&mut bytes, "token-policy/policy/1");
    bytes.extend(1_u32.to_be_bytes());
    text(&mut bytes, "lab:read");
    bytes.extend(0_u32.to_be_bytes());
    bytes.push(1);
    text(&mut bytes, "read");
    bytes.extend(1_u32.to_be_bytes());
    text(&mut bytes, "pat");
    bytes.extend(1_u32.to_be_bytes());
    text(&mut bytes, "lab:read");
    bytes.extend([0xff; 8]);
    bytes.extend(0_u64.to_be_bytes());
    bytes.extend([0, 0, 0, 2]);
    bytes.extend((90 * 86_400_u64).to_be_bytes());
    bytes.extend(0_u64.to_be_bytes());
    bytes.push(0);
    let text = "version = 1\nscopes.'lab:read' = { name = 'read' }\n\
                tokens.pat = { scopes = ['lab:*'], expiry = 'none', rotate = { after = '90d' } }\n";
    assert_eq!(digest(text), PolicyDigest::from_bytes(hmac_sha256::Hash::hash(&bytes)));
    let long = text.replace("after = '90d'", "after = '2160h', overlap = '0s'");
    assert_eq!(digest(&long), digest(text), "what is left out is as if it were written");
    let others = [
        ("'90d'", "'91d'"),
        ("'90d'", "'90d', overlap = '1h'"),
        ("expiry = 'none', rotate = { after = '90d' }", "max_lifetime = '3650d'"),
        ("name = 'read'", "name = 'write'"),
        ("name = 'read'", ""),
    ];
    for (from, to) in others {
        assert!(text.contains(from));
        assert_ne!(digest(&text.replace(from, to)), digest(text), "{to}");
    }
    assert_eq!(
        digest(&text.replace("name = 'read'", "name = 'lab:read'")),
        digest(&text.replace("name = 'read'", "")),
        "a name that is the policy's own says nothing"
    );
}

/// Digests are compiled into services: a change of this value needs a new version tag in the encoding.
#[test]
fn the_digest_never_changes() {
    assert_eq!(
        digest(POLICY).to_string(),
        "8a89bc5c5b23f343ee707f35cbf9137b0de151fafa1f38b2139eea3e8b9d9d96"
    );
}

proptest! {
    #[test]
    fn order_and_layout_keep_the_digest(
        scopes in shuffled(SCOPES),
        kinds in shuffled(KINDS),
        keys in shuffled(KEYS),
        scopes_first: bool,
        layout in prop::sample::select(vec!["", "\n", "# note\n", "  \t\n", "\r\n"]),
    ) {
        let scopes = format!("[scopes]{layout}\n{}\n", scopes.join("\n"));
        let kinds = kinds.join(layout).replace("KEYS", &keys.join(&format!("\n{layout}")));
        let text = if scopes_first { format!("version = 1\n{scopes}{kinds}") } else { format!("version = 1\n{kinds}{scopes}") };
        let plain = format!("version = 1\n[scopes]\n{}\n{}", SCOPES.join("\n"), KINDS.concat().replace("KEYS", &KEYS.join("\n")));
        prop_assert_eq!(digest(&text), digest(&plain));
    }
}

const SCOPES: &[&str] = &[
    "\"a:b\" = \"\"",
    "\"a:c\" = { implies = [\"a:b\", \"d\"] }",
    "d = {}",
    "e.implies = [ 'd', 'a:*' ]",
];
const KINDS: &[&str] = &[
    "[tokens.x]\nKEYS\n",
    "[tokens.y]\nscopes = [\"e\"]\nmax_lifetime = \"1h\"\n",
    "[tokens.\"z\"]\nscopes = [\"d\"]\nmax_lifetime = \"1m\"\n",
];
const KEYS: &[&str] = &[
    "scopes = [\"a:*\", \"d\"]",
    "max_lifetime = \"1h\"",
    "owner = \"o\"",
    "source.readable_by = \"group\"",
    "source.file = \"/x\"",
];

fn shuffled(items: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    Just(items.to_vec()).prop_shuffle()
}

fn edited(from: &str, to: &str) -> String {
    assert!(POLICY.contains(from), "{from}");
    POLICY.replacen(from, to, 1)
}

fn digest(text: &str) -> PolicyDigest {
    match Policy::parse(text) {
        Ok(policy) => policy.digest(),
        Err(errors) => panic!("{errors}\n{text}"),
    }
}

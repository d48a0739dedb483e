//! What is a secret, and what only looks like one: a line for each reason that the judge knows.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::LazyLock;

use token_scan::{Scan, Scanner};

/// A value that a generator could have drawn. It opens nothing.
const DRAWN: &str = "q7VfzL2xWd94hKm3Tz8bNw5c";

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| Scan::new().build().unwrap());

/// Judges lines in which `@` stands for a value, and returns those that are judged otherwise.
fn judged_otherwise(lines: &[&str], value: &str, is_found: bool) -> Vec<String> {
    let judge = |line: &&&str| {
        let text = line.replace('@', value);
        let found = SCANNER.bytes("a.txt", text.as_bytes());
        found.findings().is_empty() == is_found
    };
    lines.iter().filter(judge).map(|line| line.replace('@', value)).collect()
}

#[track_caller]
fn found(lines: &[&str]) {
    assert_eq!(judged_otherwise(lines, DRAWN, true), Vec::<String>::new());
}

#[track_caller]
fn quiet(lines: &[&str]) {
    assert_eq!(judged_otherwise(lines, DRAWN, false), Vec::<String>::new());
}

#[test]
fn a_value_follows_its_name_in_many_ways() {
    found(&[
        "API_TOKEN ?= @\n",
        "API_TOKEN ::= @\n",
        "$api_token .= '@';\n",
        "api_token -> \"@\"\n",
        "\"api_token\" to \"@\"\n",
        "if [ \"$API_TOKEN\" -eq \"@\" ]\n",
        "if ($ApiToken -ceq '@')\n",
        "if ($api_token eq '@')\n",
        "WHERE api_token <> '@'\n",
        "let(:api_token) { '@' }\n",
        "{{ api_token | default('@') }}\n",
        "API_TOKEN: ${API_TOKEN:-@}\n",
        "API_TOKEN: ${API_TOKEN-@}\n",
        "API_TOKEN=${API_TOKEN:=@}\n",
        "set(API_TOKEN \"@\")\n",
        "setx API_TOKEN @\n",
        "proxy_set_header X-Api-Token \"@\";\n",
        "if (\"@\".equals(apiToken)) {\n",
        "if (\"@\".equalsIgnoreCase(apiToken)) {\n",
        "apiToken = new Token(\"@\")\n",
        "apiToken: [\"@\"]\n",
        "<apiToken><![CDATA[@]]></apiToken>\n",
        "index.api.key=@\n",
        "PASS=@\n",
        "connect: password=@, ssl=True\n",
        "api_token = \"<@\"\n",
        "api_token = \"@>\"\n",
    ]);
}

#[test]
fn a_value_may_stand_in_the_next_line() {
    found(&[
        "<apiToken>\n  @\n</apiToken>\n",
        "api_token:\n  @\n",
        "api_token:\n\"@\"\n",
        "api_token: >-\n  @\n",
        "api_token=\\\n  @\n",
        "api_token = (\n    \"@\"\n)\n",
        "const apiToken: string =\n  '@';\n",
        "const apiToken = \"\" +\n\t\"@\"\n",
        "$ApiToken = `\n  \"@\"\n",
        "api_token = <<EOT\n@\nEOT\n",
        "api_token = <<-\"END\"\n@\nEND\n",
    ]);
    quiet(&[
        "<apiToken>\n  @\n  <b/>\n</apiToken>\n",
        "api_token:\n  @: 1\n",
        "api_token:\n  - @\n",
        "api_token = x << y\n@\n",
    ]);
}

#[test]
fn a_word_in_a_name_counts_as_a_whole() {
    found(&[
        "STATUSPAGE_API_KEY=@\n",
        "EXCHANGE_TOKEN=@\n",
        "STATUSPAGE_TOKEN=@\n",
        "PRIMARY_ACCESS_KEY=@\n",
        "NEXT_SECRET=@\n",
        "git commit -m x && API_TOKEN=@ ./deploy\n",
        "publicPassword = \"@1\"\n",
        "HASH_SALT_SECRET=@\n",
        "HASHICORP_TOKEN=@\n",
    ]);
    quiet(&[
        "nextToken = \"@\"\n",
        "next_page_token = \"@\"\n",
        "csrf-token: \"@\"\n",
        "publicKeyToken=\"@\"\n",
        "PUBLIC_API_KEY=@\n",
        "encrypted_api_token = \"@\"\n",
        "encryptedApiToken = \"@\"\n",
        "hashToken = \"@\"\n",
        "api_token_uuid = \"@\"\n",
        "apiTokenName = \"@\"\n",
        "division_key = \"@\"\n",
    ]);
}

#[test]
fn a_hash_has_the_length_of_one() {
    let hash = "957c8529b6b31e1d18cda3ff4912c8f357cf5c6e0ab4f4d1bf2ad8bd0b76ac10";
    let line = "sha256 of the file: api_token = \"@\"\n";
    assert!(judged_otherwise(&[line], hash, false).is_empty());
    assert!(judged_otherwise(&[line], &hash[..40], true).is_empty());
    assert!(judged_otherwise(&["commit x, api_token = \"@\"\n"], &hash[..40], false).is_empty());
    assert!(judged_otherwise(&["commit x, api_token = \"@\"\n"], &hash[..32], true).is_empty());
}

#[test]
fn a_uuid_is_a_secret_under_the_name_of_one() {
    let line = ["client_secret = \"@\"\n"];
    let uuid = "957c8529-b6b3-4e1d-98cd-a3ff4912c8f3";
    assert!(judged_otherwise(&line, uuid, true).is_empty());
    for value in [
        "request-957c8529-b6b3-4e1d-98cd-a3ff4912c8f3",
        "00000000-0000-4000-8000-000000000001",
        "12345678-1234-1234-1234-123456789012",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    ] {
        assert!(judged_otherwise(&line, value, false).is_empty(), "{value}");
    }
    assert!(judged_otherwise(&["client_secret_id = \"@\"\n"], uuid, false).is_empty());
}

#[test]
fn what_names_something_is_no_secret() {
    for value in [
        // Addresses of packages, and files.
        "k8s.io/api/authorization/v1beta1",
        "github.com/acme/x7k2/v3",
        "my-host7.acme.io/x7k2q9/v3b",
        "sec1/prime256v1-aes-128.key",
        "KnAM4a_dev3k.yml",
        "x9k2q7.pem",
        // Constants, variables, paths of types.
        "SERVICE2_API_TOKEN",
        "NEO4J_AUTH",
        // Addresses of contracts.
        "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48",
        // Samples.
        "s3cr3t-t0k3n",
        "S3cretP@ssw0rd!",
        "5up3r53cr37",
        "password12345",
        "verYs3cret",
    ] {
        let lines = ["password = \"@\"\n", "token := \"@\"\n"];
        assert_eq!(judged_otherwise(&lines, value, false), Vec::<String>::new());
    }
    quiet(&[
        "#define CURLE_PASSWORD_ENTERED CURLE_OBSOLETE46\n",
        "register(:argon2, SecurePassword::Argon2Password)\n",
        "authorizationv1 \"k8s.io/api/authorization/v1\"\n",
        "Authorization: Digest username=\"fddc3bc7b753b73ab0848fd83cb20cbbca971258eb8d20c9\"\n",
        "<script data-cf-beacon='{\"token\": \"957c8529b6b31e1d18cda3ff4912c8f3\"}'></script>\n",
    ]);
    // Something of them is not enough.
    for value in
        ["k8s.io", "q7VfzL2xWd94hKm3.Tz8bNw5c", "s3cr3t-q7VfzL2xWd94", "0xq7VfzL2xWd94hKm3Tz8b"]
    {
        let is_found = value != "k8s.io";
        assert!(judged_otherwise(&["token = \"@\"\n"], value, is_found).is_empty(), "{value}");
    }
}

/// Letters alone, without a digit, are a secret under its name, and not where they are only the next argument.
#[test]
fn letters_are_judged_by_their_place() {
    let letters = "xkqvzjwpfgdbhm";
    assert!(judged_otherwise(&["token = \"@\"\n"], letters, true).is_empty());
    assert!(judged_otherwise(&["getattr(token, \"@\")\n"], letters, false).is_empty());
    assert!(judged_otherwise(&["COMPASS=@\n"], DRAWN, false).is_empty());
}

/// The value of a key in the data of a Secret is in base64, that in another manifest is not.
#[test]
fn data_of_a_secret_is_decoded() {
    let manifest = |kind: &str, field: &str| {
        format!(
            "apiVersion: v1\nkind: {kind}\nmetadata:\n  name: db\n{field}:\n  password: V2ludGVyMTIzIXg=\n"
        )
    };
    let findings = |text: &str| SCANNER.bytes("db.yaml", text.as_bytes()).findings().len();
    assert_eq!(findings(&manifest("Secret", "data")), 1);
    assert_eq!(findings(&manifest("ConfigMap", "data")), 0);
    assert_eq!(findings(&manifest("Secret", "stringData")), 0);
    let other = format!("{}---\n{}", manifest("Secret", "spec"), manifest("ConfigMap", "data"));
    assert_eq!(findings(&other), 0);
}

/// A key of Google's that a page shows to everybody is public by design.
#[test]
fn a_key_of_a_page_is_public() {
    let key = ["AI", "zaSyXj7tffxEWNsWTzu8taep417OuKUS6cmN4"].concat();
    let lines = ["apiKey = \"@\"\n"];
    assert!(judged_otherwise(&lines, &key, true).is_empty());
    for line in [
        "<script src=\"https://maps.googleapis.com/maps/api/js?key=@\"></script>\n",
        "firebase.initializeApp({ apiKey: \"@\", authDomain: \"x\" })\n",
    ] {
        assert!(judged_otherwise(&[line], &key, false).is_empty(), "{line}");
    }
    let far = format!("apiKey = \"@\"\n{}\nauthDomain\n", "x ".repeat(200));
    assert!(judged_otherwise(&[&far], &key, true).is_empty());
}

/// An issuer's word may stand inside another word; then the name is not about the issuer.
#[test]
fn an_issuers_word_is_a_word() {
    let codes = |text: &str| {
        let report = SCANNER.bytes("a.txt", text.as_bytes());
        report.findings().iter().map(|finding| finding.code().to_owned()).collect::<Vec<_>>()
    };
    let value = "957c8529b6b31e1d18cda3ff4912c8f3";
    assert_eq!(codes(&format!("twilio_auth = \"{value}\"\n")), ["twilio-key"]);
    assert_eq!(codes(&format!("myTwilioAuth = \"{value}\"\n")), ["twilio-key"]);
    assert!(!codes(&format!("xtwilio_sum = \"{value}\"\n")).contains(&"twilio-key".to_owned()));
}

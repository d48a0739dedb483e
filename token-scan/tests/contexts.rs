//! A token is found in whatever sort of file and sentence it stands, and encoded too.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod support;

use base64::Engine as _;
use support::scan;

/// How tokens are written. `@` stands for one.
const CONTEXTS: &[(&str, &str)] = &[
    (".env", "A=1\nTOKEN=@\nB=2\n"),
    ("a.yml", "a:\n  - token: @\n"),
    ("a.yml", "run: curl -H \"Authorization: Bearer @\" https://h/\n"),
    ("a.json", "{\"a\": {\"token\":\"@\"}, \"b\": 1}"),
    ("a.json", "{\"a\": \"{\\\"token\\\":\\\"@\\\"}\"}"),
    ("a.js", "const client = new Client({ token: '@' });\n"),
    ("a.py", "client = Client(\"@\")  # ours\n"),
    ("a.rs", "const T: &str = \"@\";\n"),
    ("a.rs", "/// Use `@` here.\n"),
    ("a.md", "Use `@`, or (@).\n"),
    ("a.xml", "<token>@</token>"),
    ("a.sh", "export T=@; run\n"),
    ("Dockerfile", "ENV T @\n"),
    ("a.txt", "https://h/?key=@&x=1"),
    ("a.txt", "https://u:@@h/x.git"),
    ("a.txt", "a\\n@\\n"),
    ("a.txt", "@"),
    ("a.csv", "1,@,2\r\n"),
    ("a.ini", "[a]\r\nkey = @\r\n"),
];

/// The tokens of all rules whose examples are a token and nothing else.
fn tokens() -> Vec<(String, String)> {
    let scanner = scan();
    let mut tokens = Vec::new();
    for rule in scanner.rules() {
        for example in rule.examples() {
            let inner = example.strip_prefix("token = \"").and_then(|rest| rest.strip_suffix('"'));
            tokens.extend(inner.map(|token| (rule.id().to_owned(), token.to_owned())));
        }
    }
    tokens
}

#[test]
fn in_every_context() {
    let scanner = scan();
    let tokens = tokens();
    assert!(tokens.len() > 100, "{} tokens", tokens.len());
    let mut missed = Vec::new();
    for (id, token) in &tokens {
        for (path, context) in CONTEXTS {
            let text = context.replacen('@', token, 1);
            let report = scanner.bytes(path, text.as_bytes());
            if report.findings().is_empty() {
                missed.push(format!("{id} in {context:?}"));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

/// Logs colour what they tell: a colour ends in a letter, and is no part of what comes after it.
#[test]
fn after_a_colour() {
    let scanner = scan();
    let own = ("own-token".to_owned(), support::token(3));
    let mut missed = Vec::new();
    for (id, token) in tokens().into_iter().chain([own]) {
        for escape in
            ["\u{1b}", "\\x1b", "\\x1B", "\\u001b", "\\\\u001b", "\\u{1b}", "\\033", "\\e"]
        {
            for colour in ["[94m", "[0;1m", "[38;2;255;100;0m", "[m", "[2K"] {
                let text = format!("log: {escape}{colour}{token}{escape}[0m\n");
                let report = scanner.bytes("a.log", text.as_bytes());
                if !report.findings().iter().any(|finding| finding.code() == id) {
                    missed.push(format!("{id} after {escape:?} {colour}"));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

/// The same letters without the byte before them are a part of a word.
#[test]
fn not_after_what_is_no_colour() {
    let scanner = scan();
    let token = format!("sq0{}-{}", "csp", "ST2dsfwyVI7Ydj343EY72hb48ehKQINMST2dswyVIab");
    for (before, findings) in
        [("\u{1b}[94m", 1), ("[94m", 0), ("x1b[94m", 0), ("\u{1b}94m", 0), ("94m", 0)]
    {
        let report = scanner.bytes("a.log", format!("{before}{token}\n").as_bytes());
        assert_eq!(report.findings().len(), findings, "{before:?}");
    }
}

#[test]
fn encoded() {
    let scanner = scan();
    let mut missed = Vec::new();
    for (id, token) in tokens() {
        let plain = format!("{{\"user\": \"ci\", \"token\": \"{token}\"}}\n");
        let base64 = base64::engine::general_purpose::STANDARD.encode(&plain);
        let hex: String = plain.bytes().map(|byte| format!("{byte:02x}")).collect();
        let percent: String = token.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let utf16: Vec<u8> = plain.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let joined = format!("concat!(\"{}\", \"{}\")", &token[..2], &token[2..]);
        let forms: [(&str, Vec<u8>); 5] = [
            ("a.yml", format!("data: {base64}\n").into_bytes()),
            ("a.txt", hex.into_bytes()),
            ("a.txt", percent.into_bytes()),
            ("a.txt", utf16),
            ("a.rs", joined.into_bytes()),
        ];
        for (number, (path, text)) in forms.iter().enumerate() {
            if !scanner.bytes(path, text).findings().iter().any(|finding| finding.code() == id) {
                missed.push(format!("{id} in form {number}"));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

fn codes(text: &str) -> Vec<String> {
    let report = scan().bytes("a.txt", text.as_bytes());
    report.findings().iter().map(|finding| finding.code().to_owned()).collect()
}

/// Two rules find a header, and one of them what stands alone.
#[test]
fn credentials_are_one_finding() {
    let credentials = |password: &str| {
        base64::engine::general_purpose::STANDARD.encode(["deploy:", password].concat())
    };
    let strong = credentials("q7VfzL2xWd94");
    assert_eq!(codes(&format!("Authorization: Basic {strong}\n")), ["basic-auth"]);
    assert_eq!(codes(&format!("h.set(AUTH, 'Basic {strong}')\n")), ["basic-credentials"]);
    for weak in ["password", "changeme", "${SECRET}", "abc"] {
        assert_eq!(codes(&format!("'Basic {}'\n", credentials(weak))), [""; 0], "{weak}");
    }
}

/// A registry's may hold a token of a cloud, which is long.
#[test]
fn a_long_registry_auth() {
    let token: String =
        (0_u32..200).map(|n| format!("{:x}.", n.wrapping_mul(2_654_435_761))).collect();
    let long = base64::engine::general_purpose::STANDARD.encode(["AWS:", &token].concat());
    assert!((2000..8000).contains(&long.len()));
    assert_eq!(
        codes(&format!("{{\"auths\": {{\"r.io\": {{\"auth\": \"{long}\"}}}}}}")),
        ["registry-auth"]
    );
}

/// What is often written in the place of a token, and is none.
#[test]
fn what_is_no_token() {
    let scanner = scan();
    for text in [
        "password = \"correct horse battery staple\"",
        "token: ${{ secrets.DEPLOY_TOKEN_2 }}",
        "API_KEY=$(vault read -field=key2 secret/app)",
        "secret = process.env.SECRET_V2 || \"\"",
        "\"integrity\": \"sha512-9Qd0sW8mYdE4yN0w1xkq3C0m7Jr2XhVbT5oZaLpKfUeGcRnHiStMvBjOyPwAzQxEuDl6gFk4I8sNqWm2Vt7Yrw==\"",
        "checksum = \"0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9\"",
        "password: !vault |",
        "passwordField = document.getElementById(\"password2Field\")",
        "let token = Token::new(Kind2::Ident3, span4);",
        "secretKeyRef: { name: app-secret-v2, key: token }",
        "- secret: arn:aws:secretsmanager:eu-west-1:123456789012:secret:app-AbCdEf",
        "password_reset_token_expires_at = \"2024-01-01T00:00:00Z\"",
        "access_token=<YOUR_ACCESS_TOKEN_HERE>",
        "api_key: \"00000000-0000-0000-0000-000000000000\"",
        "auth_token = \"0123456789abcdef0123456789abcdef\"",
        "MAX_TOKENS=128000",
        "csrf_token = \"{{ csrf_token() }}\"",
        "token = \"ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"",
        "key: AKIAIOSFODNN7EXAMPLE",
        "[![Coverage](https://codecov.io/gh/org/app/graph/badge.svg?token=W83QKZJX4M)]",
        "mock.patch.object(pwd, 'getpwuid', side_effect=KeyError)",
        "should_pass(\"WinDLL('./_sqlite3.dll')\")",
        "'PKStrokePoint', 'PKSuicaPassProperties', 'PKTool', 'PKPushRegistry'",
        "# tokens:\n(r'(A[BW]|AE|AN|AP|AR|AS|[BW]L|BM|[BW]R|[BW]S|[BW]T|CA|CH|CP|CR|'",
    ] {
        let report = scanner.bytes("a.txt", text.as_bytes());
        assert!(report.findings().is_empty(), "{text}: {:?}", report.findings());
    }
}

//! No error repeats a byte of a token, whatever mistake led to it.
//!
//! Each case makes one mistake with a token that was never seen before, and looks
//! for any 8 bytes of it in all that the error shows.
//!
//! Two ways in run through other people's parsers: `serde_json::from_str::<Secret>`
//! and `toml::from_str::<Secret>`. What *they* quote is theirs: toml's `Display`
//! prints the whole line, its `Debug` the whole file, and serde_json's own messages
//! quote values of fields that are not secrets (both are the controls below). So
//! the cases take inputs where only our words are said; `ConfigFile` is the way
//! that needs no such care, and its cases have no exceptions.

use std::{error::Error, io, sync::Arc, time::Duration};

use secrecy::SecretString;
use serde::Deserialize;
use token_core::{
    AssuranceLevel,
    ErrorKind::{self, *},
    Grant, ImageDigest, PolicyDigest, ScopeSet, Secret, SourceDigest, Token, TokenId,
    source::{self, ConfigFile, TokenResponse},
};

use crate::support::{
    ListRepos, NOW, POLICY, TempDir, ci_grant, ci_token, clock, fresh_token, kind, secs,
};

/// Where the token shows in the error, or in any error below it.
fn leak(token: &str, error: &(dyn Error + 'static)) -> Option<String> {
    let mut below = Some(error);
    while let Some(error) = below {
        let texts =
            [format!("{error}"), format!("{error:#}"), format!("{error:?}"), format!("{error:#?}")];
        if let Some(text) = texts.into_iter().find(|text| shows(token, text)) {
            return Some(text);
        }
        below = error.source();
    }
    None
}

/// As text in any case, or as a list of bytes in decimal or hexadecimal.
fn shows(token: &str, text: &str) -> bool {
    let lower = text.to_lowercase();
    let list: String = lower.split_whitespace().collect();
    let number = |form: fn(&u8) -> String, window: &[u8]| -> String {
        window.iter().map(form).collect::<Vec<_>>().join(",")
    };
    token.as_bytes().windows(8).any(|window| {
        let raw = String::from_utf8_lossy(window).to_lowercase();
        lower.contains(&raw)
            || list.contains(&number(|byte| format!("{byte}"), window))
            || list.contains(&number(|byte| format!("{byte:x}"), window))
            || list.contains(&number(|byte| format!("0x{byte:x}"), window))
    })
}

#[derive(Default)]
struct Cases {
    run: usize,
    leaks: Vec<String>,
}

impl Cases {
    /// A mistake that one of our errors answers.
    fn case<T>(
        &mut self,
        mistake: &str,
        kind: ErrorKind,
        make: impl FnOnce(&str) -> Result<T, token_core::Error>,
    ) {
        let token = fresh_token();
        let Err(error) = make(&token) else { panic!("no error: {mistake}") };
        assert_eq!(error.kind(), kind, "{mistake}: {error}");
        assert!(!error.to_string().is_empty(), "{mistake}");
        self.look(mistake, &token, &error);
    }

    /// A mistake that another crate's error answers, in our words.
    fn foreign<T, E: Error + 'static>(
        &mut self,
        mistake: &str,
        make: impl FnOnce(&str) -> Result<T, E>,
    ) {
        let token = fresh_token();
        let Err(error) = make(&token) else { panic!("no error: {mistake}") };
        self.look(mistake, &token, &error);
    }

    fn look(&mut self, mistake: &str, token: &str, error: &(dyn Error + 'static)) {
        self.run += 1;
        self.leaks.extend(leak(token, error).map(|text| format!("{mistake}: {text}")));
    }
}

#[test]
fn no_error_repeats_a_token() {
    let mut cases = Cases::default();
    files(&mut cases);
    readers(&mut cases);
    commands(&mut cases);
    toml_configs(&mut cases);
    json_configs(&mut cases);
    responses(&mut cases);
    admissions(&mut cases);
    exposures(&mut cases);
    names(&mut cases);
    exchanges(&mut cases);
    println!("error echo: {} of {}", cases.leaks.len(), cases.run);
    assert!(cases.leaks.is_empty(), "{:#?}", cases.leaks);
    assert!(cases.run >= 45, "{} cases", cases.run);
}

fn files(cases: &mut Cases) {
    let dir = TempDir::new();
    let load = |content: String, mode| source::file(dir.file("token", content, mode));
    cases.case("file: open to others", ReadableByOthers, |t| load(t.into(), 0o644));
    cases.case("file: two line endings", Malformed, |t| load(format!("{t}\n\n"), 0o600));
    cases.case("file: two tokens", Malformed, |t| load(format!("{t}\n{t}\n"), 0o600));
    cases.case("file: a name before it", Malformed, |t| load(format!("token: {t}"), 0o600));
    cases.case("file: byte order mark", Malformed, |t| load(format!("\u{feff}{t}"), 0o600));
    cases.case("file: not ASCII", Malformed, |t| load(format!("{t}\u{e9}"), 0o600));
    cases.case("file: NUL", Malformed, |t| load(format!("{t}\0"), 0o600));
    cases.case("file: too long", TooLong, |t| load(t.repeat(2000), 0o600));
    cases.case("file: invalid UTF-8", Malformed, |t| {
        source::file(dir.file("token", [t.as_bytes(), b"\xff\xfe"].concat(), 0o600))
    });
    cases.case("policy: a token file in its place", InvalidPolicy, |t| {
        POLICY.check_file(dir.file("tokens.toml", t, 0o600))
    });
    cases.case("policy: an environment file in its place", InvalidPolicy, |t| {
        POLICY.check_file(dir.file("tokens.toml", format!("TOKEN={t}\n"), 0o600))
    });
    cases.case("policy: a config in its place", InvalidPolicy, |t| {
        POLICY.check_file(dir.file("tokens.toml", format!("[github]\ntoken = \"{t}\"\n"), 0o600))
    });
}

fn readers(cases: &mut Cases) {
    cases.case("reader: a space", Malformed, |t| source::reader(format!("{t} x").as_bytes()));
    cases.case("reader: too long", TooLong, |t| source::reader(t.repeat(2000).as_bytes()));
    cases.case("reader: fails with the token in its words", Io, |t| {
        struct Fails(String);
        impl io::Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other(self.0.clone()))
            }
        }
        source::reader(Fails(t.into()))
    });
}

fn commands(cases: &mut Cases) {
    let sh = |script: String| source::command(["sh", "-c", &script], secs(30));
    cases.case("command: fails after the token", HelperFailed, |t| sh(format!("echo {t}; exit 1")));
    cases.case("command: token on standard error", HelperFailed, |t| {
        sh(format!("echo {t} >&2; exit 1"))
    });
    cases.case("command: its words, with colours", HelperFailed, |t| {
        let (front, back) = t.split_at(7);
        sh(format!("printf '\\033[31mtoken=%s\\033[0m%s is bad' {front} {back} >&2; exit 1"))
    });
    cases
        .case("command: its words, in a trace", HelperFailed, |t| sh(format!("set -x; false {t}")));
    cases.case("command: its words, in quotes and encoded", HelperFailed, |t| {
        sh(format!("printf '\"%s\",%s' {t} $(printf {t} | base64 -w0) >&2; printf {t}; exit 1"))
    });
    cases.case("command: its words, in pieces of seven", HelperFailed, |t| {
        sh(format!("printf {t} | fold -w7 | tr '\\n' ' ' >&2; exit 1"))
    });
    cases.case("command: its words, before a timeout", Timeout, |t| {
        let argv = ["sh", "-c", &format!("echo no {t} >&2; sleep 60")];
        source::command(argv, Duration::from_millis(100))
    });
    cases.case("command: killed", HelperFailed, |t| sh(format!("echo {t}; kill -9 $$")));
    cases.case("command: two lines", Malformed, |t| sh(format!("echo {t}; echo {t}")));
    cases.case("command: too long", TooLong, |t| sh(format!("yes {t}")));
    cases.case("command: token as an argument", HelperFailed, |t| {
        source::command(["sh", "-c", "exit 1", t], secs(30))
    });
    cases.case("command: argument with NUL", Io, |t| {
        source::command(["sh", &format!("{t}\0")], secs(30))
    });
    cases.case("command: absent, token as an argument", NotFound, |t| {
        source::command(["no-such-program-here", t], secs(30))
    });
    cases.case("command: timeout after the token", Timeout, |t| {
        source::command(["sh", "-c", &format!("echo {t}; sleep 60")], Duration::from_millis(100))
    });
}

fn toml_configs(cases: &mut Cases) {
    let dir = TempDir::new();
    let take = |text: String| ConfigFile::from_toml(text)?.take("github.token");
    cases.case("toml: missing field", MissingField, |t| take(format!("token = '{t}'")));
    cases.case("toml: misspelt field", MissingField, |t| take(format!("github.tokn = '{t}'")));
    cases.case("toml: token as a key", MissingField, |t| take(format!("github.{t} = 1")));
    cases.case("toml: token as a table", MissingField, |t| take(format!("[{t}]\ntoken = 1")));
    cases.case("toml: unquoted", WrongType, |t| take(format!("github.token = {t}")));
    cases
        .case("toml: unquoted, with a slash", WrongType, |t| take(format!("github.token = {t}/x")));
    cases.case("toml: in a list", WrongType, |t| take(format!("github.token = ['{t}']")));
    cases.case("toml: in a table", WrongType, |t| take(format!("github.token = {{ a = '{t}' }}")));
    cases.case("toml: the table is the token", WrongType, |t| take(format!("github = '{t}'")));
    cases.case("toml: escapes", Malformed, |t| take(format!("github.token = \"{t}\\n\"")));
    cases.case("toml: a bad escape", Syntax, |t| {
        // Either answer is right; what counts is what it says.
        match take(format!("github.token = \"{t}\\q\"")) {
            Err(error) if error.kind() == WrongType => {
                assert!(leak(t, &error).is_none());
                take("github.token = ".into())
            }
            other => other,
        }
    });
    cases.case("toml: no end quote", Syntax, |t| take(format!("github.token = '{t}\n")));
    cases.case("toml: no end of a long string", Syntax, |t| take(format!("github.token = '''{t}")));
    cases.case("toml: trailing garbage", Syntax, |t| take(format!("github.token = '{t}' {t}")));
    cases.case("toml: no equals sign", Syntax, |t| take(format!("github.token '{t}'")));
    cases.case("toml: token alone", Syntax, |t| take(t.into()));
    cases.case("toml: mistake in another field", Syntax, |t| {
        take(format!("github.token = '{t}'\nx = = 1"))
    });
    cases.case("toml: mistake on the same line", Syntax, |t| {
        take(format!("github = {{ token = '{t}', x y }}"))
    });
    cases.case("toml: twice", DuplicateField, |t| {
        take(format!("github.token = '{t}'\ngithub.token = '{t}'"))
    });
    cases.case("toml: token as a key, twice", MissingField, |t| take(format!("{t} = 1\n{t} = 2")));
    cases.case("toml: empty string before the token", Malformed, |t| {
        take(format!("github.token = '' # {t}"))
    });
    cases.case("toml: a space", Malformed, |t| take(format!("github.token = '{t} '")));
    cases.case("toml: a line break", Malformed, |t| take(format!("github.token = '''{t}\n'''")));
    cases.case("toml: byte order mark", Malformed, |t| take(format!("github.token='\u{feff}{t}'")));
    cases.case("toml: invalid UTF-8", Syntax, |t| {
        let text = [b"a='", t.as_bytes(), b"\xff'"].concat();
        ConfigFile::open_toml(dir.file("utf8.toml", text, 0o600))
    });
    cases.case("toml: too long", TooLong, |t| ConfigFile::from_toml(t.repeat(30_000)));
    cases.case("toml: file open to others", ReadableByOthers, |t| {
        ConfigFile::open_toml(dir.file("a.toml", format!("a = '{t}'"), 0o644))
    });
}

fn json_configs(cases: &mut Cases) {
    let dir = TempDir::new();
    let take = |text: String| ConfigFile::from_json(text)?.take("a.token");
    cases.case("json: missing field", MissingField, |t| take(format!(r#"{{"a":{{"b":"{t}"}}}}"#)));
    cases.case("json: token as a key", MissingField, |t| take(format!(r#"{{"a":{{"{t}":1}}}}"#)));
    cases.case("json: in a list", WrongType, |t| take(format!(r#"{{"a":{{"token":["{t}"]}}}}"#)));
    cases.case("json: the object is the token", WrongType, |t| take(format!(r#"{{"a":"{t}"}}"#)));
    cases.case("json: token alone", WrongType, |t| take(t.into()));
    cases.case("json: token alone, quoted", WrongType, |t| take(format!("\"{t}\"")));
    cases.case("json: escapes", Malformed, |t| take(format!(r#"{{"a":{{"token":"{t}\n"}}}}"#)));
    cases.case("json: half an escape", Syntax, |t| {
        take(format!(r#"{{"a":{{"token":"{t}\uD800"}}}}"#))
    });
    cases.case("json: a bad escape", Syntax, |t| take(format!(r#"{{"a":{{"token":"{t}\q"}}}}"#)));
    cases.case("json: unquoted", Syntax, |t| take(format!(r#"{{"a":{{"token":{t}}}}}"#)));
    cases.case("json: single quotes", Syntax, |t| take(format!(r#"{{"a":{{"token":'{t}'}}}}"#)));
    cases.case("json: no end quote", Syntax, |t| take(format!(r#"{{"a":{{"token":"{t}"#)));
    cases
        .case("json: trailing garbage", Syntax, |t| take(format!(r#"{{"a":{{"token":"x"}}}}{t}"#)));
    cases
        .case("json: a line break", Syntax, |t| take(format!("{{\"a\":{{\"token\":\"{t}\n\"}}}}")));
    cases.case("json: twice", DuplicateField, |t| {
        take(format!(r#"{{"a":{{"token":"{t}","token":"{t}"}}}}"#))
    });
    cases.case("json: a space", Malformed, |t| take(format!(r#"{{"a":{{"token":"{t} "}}}}"#)));
    cases.case("json: invalid UTF-8", Syntax, |t| {
        let text = [b"{\"", t.as_bytes(), b"\xff\":1}"].concat();
        ConfigFile::open_json(dir.file("utf8.json", text, 0o600))
    });
    cases.case("json: too long", TooLong, |t| ConfigFile::from_json(t.repeat(30_000)));
    cases.case("json: file open to others", ReadableByOthers, |t| {
        ConfigFile::open_json(dir.file("a.json", format!("\"{t}\""), 0o640))
    });
}

fn responses(cases: &mut Cases) {
    let read = |body: String| TokenResponse::read(body.as_bytes(), "repo:read deploy:run");
    let full =
        |t: &str, more: &str| format!(r#"{{"access_token":"{t}","token_type":"Bearer"{more}}}"#);
    cases.case("response: no type", MissingField, |t| {
        TokenResponse::read_strict(format!(r#"{{"access_token":"{t}"}}"#).as_bytes(), "")
    });
    cases.case("response: another type", WrongType, |t| {
        read(format!(r#"{{"access_token":"{t}","token_type":"mac"}}"#))
    });
    cases.case("response: token as the type", WrongType, |t| {
        read(format!(r#"{{"access_token":"x","token_type":"{t}"}}"#))
    });
    cases.case("response: token as the lifetime", WrongType, |t| {
        read(full("x", &format!(r#","expires_in":"{t}""#)))
    });
    cases.case("response: token under another name", MissingField, |t| {
        read(format!(r#"{{"token":"{t}","token_type":"Bearer"}}"#))
    });
    cases.case("response: token as the error", IssuerRefused, |t| {
        read(format!(r#"{{"error":"{t}"}}"#))
    });
    cases.case("response: token in the description", IssuerRefused, |t| {
        read(format!(r#"{{"error":"invalid_grant","error_description":"{t}"}}"#))
    });
    cases.case("response: escapes", Malformed, |t| read(full(&format!("{t}\\u0020"), "")));
    cases.case("response: half an escape", Syntax, |t| read(full(&format!("{t}\\uD800"), "")));
    cases.case("response: a space", Malformed, |t| read(full(&format!("{t} "), "")));
    cases.case("response: bad refresh token", Malformed, |t| {
        read(full("x", &format!(r#","refresh_token":"{t} ""#)))
    });
    cases.case("response: twice", DuplicateField, |t| {
        read(full(t, &format!(r#","access_token":"{t}""#)))
    });
    cases.case("response: cut off", Syntax, |t| read(format!(r#"{{"access_token":"{t}"#)));
    cases.case("response: form encoded", Syntax, |t| read(format!("access_token={t}")));
    cases.case("response: the token alone", Syntax, |t| read(t.into()));
    cases.case("response: invalid UTF-8", Syntax, |t| {
        TokenResponse::read(&[b"{\"", t.as_bytes(), b"\xff"].concat()[..], "")
    });
    cases.case("response: too long", TooLong, |t| read(t.repeat(2000)));
    cases.case("response: token as the scope", ExcessScope, |t| {
        let response = read(full("x", &format!(r#","expires_in":60,"scope":"{t}""#)))?;
        Token::<kind::Ci>::admit(response.access_token, &response.grant)
    });
}

fn admissions(cases: &mut Cases) {
    fn admit<K: token_core::TokenKind>(
        text: &str,
        grant: Grant,
    ) -> Result<Token<K>, token_core::Error> {
        Token::admit_with_clock(Secret::from(text.to_owned()), &grant, clock())
    }
    let ci = admit::<kind::Ci>;
    cases.case("admission: a space", Malformed, |t| ci(&format!("{t} "), ci_grant()));
    cases.case("admission: missing scope", MissingScope, |t| ci(t, Grant::new("deploy:run")));
    cases.case("admission: excess scope", ExcessScope, |t| ci(t, Grant::new("repo:write")));
    cases.case("admission: token as a scope", ExcessScope, |t| ci(t, Grant::new(t)));
    cases.case("admission: token in a bad scope", MalformedScope, |t| {
        ci(t, Grant::new(&format!("\"{t}\"")))
    });
    cases.case("admission: header as a scope", ExcessScope, |t| {
        ci(t, Grant::new(&format!("Bearer {t}")))
    });
    cases.case("admission: no expiry", NoExpiry, |t| ci(t, Grant::new("repo:read deploy:run")));
    cases.case("admission: lives too long", LifetimeTooLong, |t| {
        ci(t, ci_grant().expires_in(secs(9999)))
    });
    cases.case("admission: expired", Expired, |t| ci(t, ci_grant().expires_at(NOW - secs(1))));
    cases.case("admission: not yet valid", NotYetValid, |t| {
        ci(t, ci_grant().not_before(NOW + secs(1)))
    });
    let read = || Grant::new("repo:read").expires_in(secs(60));
    cases.case("admission: wrong audience", WrongAudience, |t| admit::<kind::Partner>(t, read()));
    cases.case("admission: wrong format", WrongFormat, |t| {
        admit::<kind::Deploy>(t, Grant::new("deploy:run").expires_in(secs(60)))
    });
    cases.case("admission: token as the audience", WrongAudience, |t| {
        admit::<kind::Partner>(t, read().audience(t))
    });
    cases.case("admission: another policy", PolicyMismatch, |t| {
        ci(t, ci_grant().policy(PolicyDigest::from_bytes([9; 32])))
    });
    cases.case("admission: another build", BuildMismatch, |t| {
        ci(t, ci_grant().for_build(format!("git:{}", "7".repeat(40)).parse().unwrap()))
    });
}

fn exposures(cases: &mut Cases) {
    let expired = |text: &str| {
        let clock = clock();
        let time: Arc<dyn token_core::Clock> = clock.clone();
        let secret = Secret::from(text.to_owned());
        let token = Token::<kind::Ci>::admit_with_clock(secret, &ci_grant(), time).unwrap();
        clock.advance(secs(600));
        token
    };
    cases.case("exposure: expired", Expired, |t| expired(t).expose_for(&ListRepos).map(drop));
    cases.case("exposure: expired at a check", Expired, |t| expired(t).check());
    cases.case("exposure: expired before it is spent", Expired, |t| {
        expired(t).spend_for(&ListRepos)
    });
}

fn names(cases: &mut Cases) {
    cases.case("id: a token in its place", MalformedId, str::parse::<TokenId>);
    cases.case("header: a token and a colon as the user", MalformedUser, |t| {
        ci_token(&clock(), secs(60)).expose_for(&ListRepos)?.basic_header(&format!("{t}:"))
    });
    cases.case("header: a token and a colon as the scheme", MalformedScheme, |t| {
        ci_token(&clock(), secs(60)).expose_for(&ListRepos)?.scheme_header(&format!("{t}:"))
    });
    cases.case("scopes: a token in their place", ExcessScope, ScopeSet::<kind::Ci>::parse);
    cases.case("scopes: a token that is too long for one", MalformedScope, |t| {
        ScopeSet::<kind::Ci>::parse(&t.repeat(3))
    });
    cases.foreign("digest: a token in its place", str::parse::<PolicyDigest>);
    cases.case("source: a token in its place", MalformedIdentity, str::parse::<SourceDigest>);
    cases.case("image: a token behind its algorithm", MalformedIdentity, |t| {
        format!("sha256:{t}").parse::<ImageDigest>()
    });
    cases.case("assurance: a token in its place", MalformedAssurance, |t| {
        t.parse::<AssuranceLevel>()
    });
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "read by serde alone")]
struct Config {
    token: Secret,
}

fn exchanges(cases: &mut Cases) {
    // Digits, so that the token is a number where its quotes are forgotten. 18 of
    // them fit an integer; more become a float, whose digits are the token's too.
    let digits = |t: &str, len: usize| -> String {
        t.bytes().map(|byte| char::from(b'1' + byte % 9)).take(len).collect()
    };
    for len in [18, 40] {
        let number = digits(&fresh_token(), len);
        let error = serde_json::from_str::<Secret>(&number).unwrap_err();
        cases.look("serde: a number in JSON", &number, &error);
        let error =
            serde_json::from_str::<Config>(&format!("{{\"token\":-{number}}}")).unwrap_err();
        cases.look("serde: a negative number in JSON", &number, &error);
        let error = serde_json::from_str::<Secret>(&format!("{number}.5")).unwrap_err();
        cases.look("serde: a fraction in JSON", &number, &error);
    }
    let number = digits(&fresh_token(), 18);
    let error = toml::Value::Integer(number.parse().unwrap()).try_into::<Secret>().unwrap_err();
    cases.look("serde: a number in TOML", &number, &error);
    let error = toml::from_str::<Config>(&format!("token = {number}")).unwrap_err();
    assert!(!shows(&number, error.message()), "our part of toml's error: {}", error.message());

    cases.foreign("serde: a list", |t| serde_json::from_str::<Secret>(&format!("[\"{t}\"]")));
    cases
        .foreign("serde: an object", |t| serde_json::from_str::<Secret>(&format!("{{\"{t}\":1}}")));
    cases.foreign("serde: token as a key", |t| {
        serde_json::from_str::<Config>(&format!("{{\"{t}\":1}}"))
    });
    cases.foreign("serde: no end quote", |t| serde_json::from_str::<Secret>(&format!("\"{t}")));
    cases.foreign("serde: unquoted", |t| serde_json::from_str::<Secret>(t));
    cases.foreign("serde: trailing garbage", |t| {
        serde_json::from_str::<Secret>(&format!("\"{t}\" {t}"))
    });
    cases.foreign("serde: twice", |t| {
        serde_json::from_str::<Config>(&format!("{{\"token\":\"{t}\",\"token\":\"{t}\"}}"))
    });
    cases.foreign("serde: invalid UTF-8", |t| {
        serde_json::from_slice::<Secret>(&[b"\"", t.as_bytes(), b"\xff\""].concat())
    });
    cases.foreign("serde: a parsed list", |t| {
        serde_json::from_value::<Secret>(serde_json::json!([t]))
    });
    cases.foreign("serde: bytes", |t| {
        use serde::de::{
            IntoDeserializer,
            value::{BytesDeserializer, Error},
        };
        let bytes: BytesDeserializer<'_, Error> = t.as_bytes().into_deserializer();
        Secret::deserialize(bytes)
    });
    cases.foreign("serde: an id", |t| serde_json::from_str::<TokenId>(&format!("\"{t}\"")));
    cases.case("secrecy: not UTF-8", Malformed, |t| {
        SecretString::try_from(Secret::from([t.as_bytes(), b"\xff"].concat()))
    });
}

/// The looking itself must find what other crates' errors show.
#[test]
fn the_search_finds_the_leaks_of_others() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "read by serde alone")]
    struct Plain {
        workers: u8,
    }
    let token = fresh_token();
    let json = serde_json::from_str::<Plain>(&format!("{{\"workers\":\"{token}\"}}")).unwrap_err();
    assert!(leak(&token, &json).is_some(), "serde_json quotes the value: {json}");
    let toml = toml::from_str::<Plain>(&format!("workers = '{token}'")).unwrap_err();
    assert!(leak(&token, &toml).is_some(), "toml quotes the line: {toml}");
    let toml = toml::from_str::<Config>(&format!("other = '{token}'\ntoken = 5")).unwrap_err();
    assert!(leak(&token, &toml).is_some(), "toml's Debug holds the file: {toml:?}");
    let utf8 = String::from_utf8([token.as_bytes(), b"\xff"].concat()).unwrap_err();
    assert!(leak(&token, &utf8).is_some(), "std lists the bytes: {utf8:?}");

    #[derive(Debug)]
    struct Outer(io::Error);
    impl std::fmt::Display for Outer {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("outer")
        }
    }
    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }
    let chained = Outer(io::Error::other(token[20..28].to_owned()));
    assert!(leak(&token, &chained).is_some(), "eight bytes from the middle, one error below");
    assert!(leak(&token, &io::Error::other("nothing")).is_none());
    assert!(leak(&token, &io::Error::other(token[20..27].to_owned())).is_none(), "seven");
}

//! Config files: the token is found wherever TOML and JSON allow it to stand, and
//! what is left is the same document without it.

use std::time::Instant;

use proptest::prelude::*;
use serde::Deserialize;
use token_core::{Error, ErrorKind::*, Secret, source::ConfigFile};

use crate::support::{TEXT, TempDir, fresh_token, kind_of, secs};

const LIMIT: usize = 1024 * 1024;

fn toml(text: impl AsRef<str>, field: &str) -> Result<Secret, Error> {
    ConfigFile::from_toml(text.as_ref().to_owned())?.take(field)
}

fn json(text: impl AsRef<str>, field: &str) -> Result<Secret, Error> {
    ConfigFile::from_json(text.as_ref().to_owned())?.take(field)
}

#[track_caller]
fn found(result: Result<Secret, Error>, document: &str) {
    let secret = result.unwrap_or_else(|error| panic!("{error}\n{document}"));
    assert!(secret.constant_time_eq(b"abc"), "{document}");
}

#[test]
fn toml_is_read_in_all_its_forms() {
    for document in [
        "a.b.c = 'abc'",
        "a.b.c = \"abc\"",
        "a.b.c = '''abc'''",
        "a.b.c = \"\"\"abc\"\"\"",
        "a . b . c = 'abc'",
        "\"a\".'b'.c = 'abc'",
        "\"\\u0061\".b.c = 'abc'",
        "[a]\nb.c = 'abc'",
        "[a]\n[a.b]\nc = 'abc'",
        "[a.b]\nc = 'abc'",
        "[ a . \"b\" ]\nc = 'abc'",
        "[a]\nb = { c = 'abc' }",
        "a = { b = { c = 'abc' } }",
        "a = { b.c = 'abc' }",
        "[a.b.d]\nx = 1\n[a.b]\nc = 'abc'",
        "# comment 'x' \"\n[a.b] # and [another\nc = 'abc' # third\n",
        "x = \"escaped \\\" \\u00e9 \\n quote\"\na.b.c = 'abc'",
        "x = \"\"\"\n[a]\nb.c = 'no'\n\"\"\"\na.b.c = 'abc'",
        "x = '''\na.b.c = \"no\"\n'''\na.b.c = 'abc'",
        "x = [1, 2.5, 'y', { c = 'no' }, [\n# comment\n1979-05-27]]\na.b.c = 'abc'",
        "n = 0x1f\nf = inf\nd = 1979-05-27T07:32:00Z\nb = true\na.b.c = 'abc'",
        "'\u{e9}' = '\u{20ac}\u{1f600}'\na.b.c = 'abc'",
        "a.b.c = 'abc'\r\nx = 1\r\n",
        "[[list]]\nc = 'no'\n[[list]]\nc = 'no'\n[a.b]\nc = 'abc'",
    ] {
        found(toml(document, "a.b.c"), document);
    }
    found(toml("token='abc'", "token"), "no table at all");
    found(toml("a-b_1 = 'abc'", "a-b_1"), "a bare key");
    found(toml("1 = 'abc'", "1"), "a key of digits");
    found(toml("x = 'abc\"'\ny='abc'", "y"), "a quotation mark in another field");
}

#[test]
fn json_is_read_in_all_its_forms() {
    for document in [
        r#"{"a":{"b":{"c":"abc"}}}"#,
        "\n{ \"a\" :\t{ \"b\"\r\n: { \"c\" : \"abc\" } } }\n",
        r#"{"x":1,"a":{"y":[{"c":"no"}],"b":{"z":null,"c":"abc","w":true}},"v":-1.5e3}"#,
        r#"{"x":"escaped \" \\ \u00e9 \n","a":{"b":{"c":"abc"}}}"#,
        r#"{"\u0061":{"b":{"\u0063":"abc"}}}"#,
        r#"{"é":"€😀","a":{"b":{"c":"abc"}}}"#,
        r#"{"x":{"a":{"b":{"c":"no"}}},"a":{"b":{"c":"abc"}}}"#,
    ] {
        found(json(document, "a.b.c"), document);
    }
    let slashes = json(r#"{"t":"a\/b\/\/c\/"}"#, "t").unwrap();
    assert!(slashes.constant_time_eq(b"a/b//c/"));
}

#[test]
fn toml_mistakes_have_a_kind_and_a_place() {
    for (document, kind, place) in [
        ("", MissingField, "1:1"),
        ("a.x = 'abc'", MissingField, "1:1"),
        ("a = 'abc'", WrongType, "1:5"),
        ("x = 1\n  a = 5", WrongType, "2:7"),
        ("a.b = 5", WrongType, "1:7"),
        ("\n\na.b = true", WrongType, "3:7"),
        ("a.b = ['abc']", WrongType, "1:7"),
        ("a.b = { c = 'abc' }", WrongType, "1:7"),
        ("a.b = 1979-05-27", WrongType, "1:7"),
        ("a.b = ghp_0123456789", WrongType, "1:7"),
        ("a.b = 0123456789", WrongType, "1:7"),
        ("a.b = \"a\\uD800\"", Syntax, "1:"),
        ("a.b = \"a\\/c\"", Syntax, "1:"),
        ("a.b = \"a\\nc\"", Malformed, "1:8"),
        ("a.b = \"\"\"a\\\n  bc\"\"\"", Syntax, "1:"),
        ("a.b = ''", Malformed, "1:8"),
        ("a.b = \"\"", Malformed, "1:8"),
        ("a.b = ''''''", Malformed, "1:10"),
        ("a.b = 'two words'", Malformed, "1:8"),
        ("a.b = '\u{e9}'", Malformed, "1:8"),
        ("a.b = '''\nabc'''", Malformed, "1:10"),
        ("a.b = '''abc\n'''", Malformed, "1:10"),
        ("a.b = 'abc'\na.b = 'abc'", DuplicateField, "2:"),
        ("[a]\nb = 'abc'\n[a]", DuplicateField, "3:"),
        ("x = 1\nx = 2\na.b = 'abc'", DuplicateField, "2:"),
        ("a.b = 'abc", Syntax, "1:"),
        ("a.b = \"abc", Syntax, "1:"),
        ("a.b = '''abc\n", Syntax, ""),
        ("a.b = 'abc' x", Syntax, "1:"),
        ("a.b = 'abc' 'abc'", Syntax, "1:"),
        ("a.b 'abc'", Syntax, "1:"),
        ("a.b = ", Syntax, "1:"),
        ("x = 1\n[a\nb = 'abc'", Syntax, "2:"),
        ("a.b = abc def", WrongType, "1:7"),
        ("= 'abc'", Syntax, "1:"),
        ("a.b = { c = 1", Syntax, "1:"),
    ] {
        let error = toml(document, "a.b").expect_err(document);
        assert_eq!(error.kind(), kind, "{error}\n{document}");
        let shown = error.to_string();
        let complete = place.split(':').nth(1).is_some_and(|column| !column.is_empty());
        let end = if complete { ": " } else { "" };
        assert!(
            shown.starts_with(&format!("config:{place}{end}")),
            "{place} in {shown}\n{document}"
        );
    }
}

#[test]
fn json_mistakes_have_a_kind_and_a_place() {
    for (document, kind, place) in [
        ("{}", MissingField, "1:1: field `a.b`"),
        (r#"{"a":{}}"#, MissingField, "1:6: field `a.b`"),
        ("{\n \"a\": 5}", WrongType, "2:7: field `a.b`"),
        (r#"{"a":{"b":5}}"#, WrongType, "1:11: field `a.b`"),
        (r#"{"a":{"b":null}}"#, WrongType, "1:11: field `a.b`"),
        (r#"{"a":{"b":["abc"]}}"#, WrongType, "1:11: field `a.b`"),
        (r#"{"a":[{"b":"abc"}]}"#, WrongType, "1:6: field `a.b`"),
        (r#"["abc"]"#, WrongType, "1:1: field `a.b`"),
        (r#""abc""#, WrongType, "1:1: field `a.b`"),
        (r#"{"a":{"b":"a\uD800c"}}"#, Syntax, "1:12: field `a.b`"),
        (r#"{"a":{"b":"a\nc"}}"#, Malformed, "1:12: field `a.b`"),
        (r#"{"a":{"b":""}}"#, Malformed, "1:12: field `a.b`"),
        (r#"{"a":{"b":"two words"}}"#, Malformed, "1:12: field `a.b`"),
        (r#"{"é":1,"a":{"b":"é"}}"#, Malformed, "1:18: field `a.b`"),
        (r#"{"a":{"b":"x","b":"y"}}"#, DuplicateField, "1:6: field `a.b`"),
        (r#"{"a":{"b":"x"},"a":{"b":"x"}}"#, DuplicateField, "1:1: field `a.b`"),
        (r#"{"a":{"b":"x","\u0062":"y"}}"#, DuplicateField, "1:6: field `a.b`"),
        (r#"{"a":{"b":"abc}}"#, Syntax, "1:16"),
        (r#"{"a":{"b":abc}}"#, Syntax, "1:11"),
        (r#"{"a":{"b":'abc'}}"#, Syntax, "1:11"),
        (r#"{"a":{"b":"abc"}"#, Syntax, "1:16"),
        (r#"{"a":{"b":"abc"}} x"#, Syntax, "1:19"),
        (r#"{"a":{"b":"abc"}}{}"#, Syntax, "1:18"),
        (r#"{"a":{"b":"abc",}}"#, Syntax, "1:17"),
        ("{\"a\":{\"b\":\"a\nc\"}}", Syntax, ""),
        ("{\n\"x\": 1,\n\"y\" 2}", Syntax, "3:5"),
    ] {
        let error = json(document, "a.b").expect_err(document);
        assert_eq!(error.kind(), kind, "{error}\n{document}");
        let shown = error.to_string();
        assert!(shown.starts_with(&format!("config:{place}")), "{place} in {shown}\n{document}");
    }
}

#[test]
fn a_field_name_that_no_document_has_is_missing() {
    for field in ["", ".", "a.", ".a", "a..b", "a.b.c.d", "A"] {
        assert!(toml("a.b.c = 'abc'", field).is_err(), "{field:?}");
        assert!(json(r#"{"a":{"b":{"c":"abc"}}}"#, field).is_err(), "{field:?}");
    }
}

#[test]
fn bytes_that_are_not_utf8_are_placed_by_line_and_character() {
    let dir = TempDir::new();
    let in_toml = |text: &[u8]| {
        let path = dir.file("config.toml", text, 0o600);
        (ConfigFile::open_toml(&path).unwrap_err(), path)
    };
    let (error, path) = in_toml(b"# \xc3\xa9\xe2\x82\xac\nx = '\xc3\xa9\xff'\n");
    assert_eq!(error.kind(), Syntax);
    assert!(error.to_string().starts_with(&format!("{}:2:7: ", path.display())), "{error}");
    let (cut, path) = in_toml(b"x = '\xe2\x82");
    assert!(cut.to_string().starts_with(&format!("{}:1:6: ", path.display())), "{cut}");

    let path = dir.file("config.json", b"{\n\"\xc3\xa9\": \"\xff\"}", 0o600);
    let error = ConfigFile::open_json(&path).unwrap_err();
    assert_eq!(error.kind(), Syntax);
    assert!(error.to_string().starts_with(&format!("{}:2:7: ", path.display())), "{error}");
}

/// A mark that some editors write. TOML allows it (1.0, "Spec"); RFC 8259
/// section 8.1 lets a parser ignore it or not. Never may it become part of a token.
#[test]
fn a_byte_order_mark_never_becomes_part_of_a_token() {
    if let Ok(secret) = toml("\u{feff}token = 'abc'", "token") {
        assert!(secret.constant_time_eq(b"abc"));
    }
    if let Ok(secret) = json("\u{feff}{\"token\":\"abc\"}", "token") {
        assert!(secret.constant_time_eq(b"abc"));
    }
    assert_eq!(kind_of(toml("token = '\u{feff}abc'", "token")), Some(Malformed));
}

#[test]
fn deep_nesting_ends_fast_and_without_a_crash() {
    let start = Instant::now();
    for depth in [10_000, 100_000] {
        let arrays = format!("a = {}{}\ntoken = 'abc'", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(kind_of(toml(arrays, "token")), Some(Syntax), "TOML arrays");
        let open = format!("a = {}", "[".repeat(depth));
        assert_eq!(kind_of(toml(open, "token")), Some(Syntax));
        let tables = format!("a = {}", "{a=".repeat(depth));
        assert_eq!(kind_of(toml(tables, "token")), Some(Syntax), "TOML inline tables");

        // JSON's reader does not recurse, so it may accept these.
        let arrays = format!("{{\"a\":{}{},\"t\":\"abc\"}}", "[".repeat(depth), "]".repeat(depth));
        let _ = json(arrays, "t");
        let open = format!("{{\"t\":{}", "[".repeat(depth));
        assert_eq!(kind_of(json(open, "t")), Some(Syntax));
        let objects = format!("{}1{}", "{\"t\":".repeat(depth), "}".repeat(depth));
        assert_eq!(kind_of(json(objects, "t.t")), Some(WrongType), "JSON objects");
    }
    assert!(start.elapsed() < secs(10), "{:?}", start.elapsed());
}

#[test]
fn long_dotted_keys_end_fast_and_without_a_crash() {
    let start = Instant::now();
    for depth in [1_000, 10_000, LIMIT / 2 - 100] {
        let dotted = format!("{}a = 1\ntoken = 'abc'", "a.".repeat(depth));
        let _ = toml(dotted, "token");
        let header = format!("token = 'abc'\n[{}a]", "a.".repeat(depth));
        let _ = toml(header, "token");
    }
    assert!(start.elapsed() < secs(20), "{:?}", start.elapsed());
}

#[test]
fn the_limit_is_1_mib_exactly() {
    let padded = |len: usize| {
        let line = "token = 'abc'\n#";
        format!("{line}{}", "x".repeat(len - line.len()))
    };
    found(toml(padded(LIMIT), "token"), "at the limit");
    assert_eq!(kind_of(toml(padded(LIMIT + 1), "token")), Some(TooLong));
    let spaces = |len: usize| format!("{{\"token\":\"abc\"}}{}", " ".repeat(len - 15));
    found(json(spaces(LIMIT), "token"), "at the limit");
    assert_eq!(kind_of(json(spaces(LIMIT + 1), "token")), Some(TooLong));

    let dir = TempDir::new();
    let mut file = ConfigFile::open_toml(dir.file("a.toml", padded(LIMIT), 0o600)).unwrap();
    found(file.take("token"), "from a file");
    let large = dir.file("b.toml", padded(LIMIT + 1), 0o600);
    assert_eq!(kind_of(ConfigFile::open_toml(large)), Some(TooLong));
}

#[test]
fn a_file_has_the_permissions_of_a_secret_and_its_name_in_errors() {
    let dir = TempDir::new();
    for mode in [0o644, 0o640, 0o666] {
        let path = dir.file("config.toml", "token = 'abc'", mode);
        assert_eq!(kind_of(ConfigFile::open_toml(path)), Some(ReadableByOthers), "{mode:o}");
        let path = dir.file("config.json", "{}", mode);
        assert_eq!(kind_of(ConfigFile::open_json(path)), Some(ReadableByOthers), "{mode:o}");
    }
    assert_eq!(kind_of(ConfigFile::open_toml(dir.join("absent"))), Some(NotFound));
    assert_eq!(kind_of(ConfigFile::open_json(dir.join("absent"))), Some(NotFound));

    let path = dir.file("config.toml", "a = 1\ntoken = 5", 0o600);
    let error = ConfigFile::open_toml(&path).unwrap().take("token").unwrap_err();
    let expected = format!("{}:2:9: field `token`: ", path.display());
    assert!(error.to_string().starts_with(&expected), "{error}");

    let path = dir.file("config.json", format!("{{\"token\":\"{TEXT}\"}}\n"), 0o600);
    let secret = ConfigFile::open_json(path).unwrap().take("token").unwrap();
    assert!(secret.constant_time_eq(TEXT.as_bytes()));
}

#[test]
fn what_was_taken_is_stars_and_is_not_taken_again() {
    let token = fresh_token();
    let mut config = ConfigFile::from_toml(format!("a = 1\ntoken = '{token}'\nb = 2\n")).unwrap();
    assert!(config.take("token").unwrap().constant_time_eq(token.as_bytes()));
    assert_eq!(config.rest(), format!("a = 1\ntoken = '{}'\nb = 2\n", "*".repeat(token.len())));
    let again = config.take("token").unwrap_err();
    assert_eq!(again.kind(), MissingField, "stars would pass for a token");
    assert!(!format!("{config:?}").contains(&token[..8]), "{config:?}");
}

#[test]
fn several_tokens_are_taken_in_any_order() {
    let document = "a = 'one'\n[t]\nb = \"two\" # two\nc = '''three'''\n";
    for order in [["a", "t.b", "t.c"], ["t.c", "t.b", "a"], ["t.b", "a", "t.c"]] {
        let mut config = ConfigFile::from_toml(document.to_owned()).unwrap();
        for field in order {
            let expected: &[u8] = match field {
                "a" => b"one",
                "t.b" => b"two",
                _ => b"three",
            };
            assert!(config.take(field).unwrap().constant_time_eq(expected), "{field}");
        }
        assert_eq!(config.rest(), "a = '***'\n[t]\nb = \"***\" # two\nc = '''*****'''\n");
    }
}

#[test]
fn a_failed_take_changes_nothing() {
    let document = "a = 'two words'\nb = 5\nc = 'abc'\n";
    let mut config = ConfigFile::from_toml(document.to_owned()).unwrap();
    for field in ["a", "b", "d", "c.d"] {
        assert!(config.take(field).is_err());
        assert_eq!(config.rest(), document);
    }
    assert!(config.take("c").is_ok());
}

#[derive(Debug, Deserialize, PartialEq)]
struct Settings {
    listen: String,
    token: String,
    workers: u8,
}

#[test]
fn the_rest_is_the_same_document_for_other_readers() {
    let expected = |token: &str| Settings {
        listen: "127.0.0.1:80".into(),
        token: "*".repeat(token.len()),
        workers: 4,
    };
    let token = fresh_token();
    let text = format!("listen = \"127.0.0.1:80\"\n\ntoken = \"{token}\"\nworkers = 4\n");
    let mut config = ConfigFile::from_toml(text.clone()).unwrap();
    assert!(config.take("token").is_ok());
    assert_eq!(toml::from_str::<Settings>(config.rest()).unwrap(), expected(&token));
    assert_eq!(config.rest().len(), text.len(), "positions stay");

    let text = format!("{{\n\"listen\":\"127.0.0.1:80\",\n\"token\":\"{token}\",\n\"workers\":4}}");
    let mut config = ConfigFile::from_json(text).unwrap();
    assert!(config.take("token").is_ok());
    assert_eq!(serde_json::from_str::<Settings>(config.rest()).unwrap(), expected(&token));
}

/// A later mistake keeps its line, and the reader's error has nothing to quote.
#[test]
fn another_readers_error_points_to_the_same_line_and_quotes_no_token() {
    let token = fresh_token();
    let text = format!("listen = 'x'\ntoken = '{token}' \nworkers = 'many'\n");
    let mut config = ConfigFile::from_toml(text).unwrap();
    assert!(config.take("token").is_ok());
    let error = toml::from_str::<Settings>(config.rest()).unwrap_err();
    assert!(error.to_string().contains("line 3"), "{error}");
    assert!(!format!("{error} {error:?}").contains(&token[..8]), "{error:?}");
}

proptest! {
    /// Any token, in each kind of quotes, between any neighbours.
    #[test]
    fn a_token_is_found_between_any_neighbours(
        token in "[!#-&(-\\[\\]-~]{1,60}", // without quotes and backslash
        before in "\\PC{0,20}",
        after in "\\PC{0,20}",
    ) {
        for quotes in ["'", "\"", "'''", "\"\"\""] {
            let document = format!(
                "before = {}\n[t]\ntoken = {quotes}{token}{quotes} # {}\nafter = {}\n",
                quoted(&before), after.replace(|c: char| c.is_control(), ""), quoted(&after),
            );
            let mut config = ConfigFile::from_toml(document.clone()).unwrap();
            let secret = config.take("t.token");
            prop_assert!(secret.is_ok(), "{:?} {document}", secret);
            prop_assert!(secret.unwrap().constant_time_eq(token.as_bytes()));
            let masked = document.replacen(
                &format!("{quotes}{token}{quotes}"),
                &format!("{quotes}{}{quotes}", "*".repeat(token.len())),
                1,
            );
            prop_assert_eq!(config.rest(), masked);
        }
        let document = serde_json::json!({"before": before, "t": {"token": token, "after": after}});
        let mut config = ConfigFile::from_json(document.to_string()).unwrap();
        prop_assert!(config.take("t.token").unwrap().constant_time_eq(token.as_bytes()));
        let rest: serde_json::Value = serde_json::from_str(config.rest()).unwrap();
        prop_assert_eq!(&rest["before"], &document["before"]);
        prop_assert_eq!(&rest["t"]["after"], &document["t"]["after"]);
    }

    /// Any text at all: an error or a token, no panic, and JSON agrees with serde_json.
    #[test]
    fn no_document_causes_a_panic(
        text in "([a-c.=\\[\\]{}'\"\n\\\\#, 0-9]|'''|\"\"\"|token = |\\PC){0,40}",
    ) {
        for field in ["token", "a", "a.b"] {
            if let Ok(secret) = toml(&text, field) {
                let table: toml::Table = text.parse().unwrap();
                let value = field.split('.').try_fold(&toml::Value::Table(table.clone()), |value, name| {
                    value.get(name).ok_or(())
                }).ok().and_then(toml::Value::as_str).map(str::to_owned);
                prop_assert!(secret.constant_time_eq(value.unwrap().as_bytes()), "{text}");
            }
            if let Ok(secret) = json(&text, field) {
                let value: serde_json::Value = serde_json::from_str(&text).unwrap();
                let pointer = format!("/{}", field.replace('.', "/"));
                let value = value.pointer(&pointer).and_then(|value| value.as_str());
                prop_assert!(secret.constant_time_eq(value.unwrap().as_bytes()), "{text}");
            }
        }
    }
}

/// A string as TOML writes it, with escapes where it needs them.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// What a writer escapes more than it must is the same token.
#[test]
fn escapes_are_decoded_and_masked_as_they_are_written() {
    for (text, token) in [
        ("token = \"tok\\u002B1=\"\n", "tok+1="),
        ("token = \"\\U00000061\\\\\\\"\"\n", "a\\\""),
        ("token = 'tok\\u002B1='\n", "tok\\u002B1="),
        ("token = '''tok\\u002B1='''\n", "tok\\u002B1="),
    ] {
        let mut config = ConfigFile::from_toml(text.to_owned()).unwrap();
        assert!(config.take("token").unwrap().constant_time_eq(token.as_bytes()), "{text}");
        assert_eq!(config.rest().len(), text.len());
        let rest = config.rest().trim_end().trim_matches(['\'', '"']);
        assert!(rest.ends_with("******") && !rest.contains(['\\', '+']), "{rest}");
    }
    let text = r#"{"token":"tok\u002b\u003D\/\""}"#;
    let mut config = ConfigFile::from_json(text.to_owned()).unwrap();
    assert!(config.take("token").unwrap().constant_time_eq(b"tok+=/\""));
    assert_eq!(config.rest(), format!(r#"{{"token":"{}"}}"#, "*".repeat(19)));
}

#[test]
fn names_with_dots_and_elements_of_arrays_can_be_given() {
    let in_toml = r#"
        [registries."registry.example.com"]
        token = 'one'
        [[users]]
        token = 'two'
        [[users]]
        "to]k\"en" = 'three'
        list = [['four', "five"]]
    "#;
    let in_json = r#"{
        "registries": {"registry.example.com": {"token": "one"}},
        "users": [{"token": "two"}, {"to]k\"en": "three", "list": [["four", "five"]]}]
    }"#;
    let configs = [ConfigFile::from_toml(in_toml.into()), ConfigFile::from_json(in_json.into())];
    for config in configs {
        let mut config = config.unwrap();
        for (field, token) in [
            (r#"registries."registry.example.com".token"#, "one"),
            ("users[0].token", "two"),
            (r#""users"[1]."to]k\"en""#, "three"),
            ("users[1].list[0][0]", "four"),
            ("users[1].list[0][1]", "five"),
        ] {
            let secret = config.take(field).unwrap_or_else(|error| panic!("{field}: {error}"));
            assert!(secret.constant_time_eq(token.as_bytes()), "{field}");
        }
        for (field, kind) in [
            ("users[2].token", MissingField),
            ("users[0].list", MissingField),
            ("users.token", WrongType),
            ("registries[0]", WrongType),
            ("users[1].list[0]", WrongType),
            ("users[one]", MissingField),
            ("users[0", MissingField),
            ("users[-1]", MissingField),
            ("users[0]token", MissingField),
            (r#"registries."registry.example.com"#, MissingField),
            (r#"registries.registry.example.com.token"#, MissingField),
            ("registries..token", MissingField),
        ] {
            assert_eq!(config.take(field).unwrap_err().kind(), kind, "{field}");
        }
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_rest() {
    let mut toml = ConfigFile::from_toml("\u{feff}token = 'abc'".into()).unwrap();
    let mut json = ConfigFile::from_json("\u{feff}{\"token\":\"abc\"}".into()).unwrap();
    for config in [&mut toml, &mut json] {
        assert!(config.take("token").unwrap().constant_time_eq(b"abc"));
    }
    assert_eq!(json.rest(), "{\"token\":\"***\"}");
    assert!(serde_json::from_str::<serde_json::Value>(json.rest()).is_ok());
}

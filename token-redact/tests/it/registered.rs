//! Values that are registered, and leave.

use std::thread;

use test_support::fresh_token;
use token_core::{Scope, Secret, TokenId, TokenKind};
use token_redact::{Error, ErrorKind, Redaction};

use crate::support::{KIND, fresh, label, leaks, own, redact, redaction, register};

#[test]
fn a_value_is_masked_until_its_handle_drops() {
    let (redaction, value) = (redaction(), fresh_token());
    let one = register(&redaction, "github-ci", &value);
    let two = register(&redaction, "github-ci", &value);
    let masked = label("github-ci", &value);
    assert_eq!((one.to_string(), one.id()), (masked.clone(), TokenId::of(value.as_bytes())));
    drop(one);
    assert_eq!(redact(&redaction, &value), masked, "there is another handle");
    drop(two);
    assert_eq!(redact(&redaction, &value), value);
}

fn error(kind: &str, value: &[u8]) -> Error {
    redaction().register(kind, value).map(drop).unwrap_err()
}

#[test]
fn only_what_nobody_can_guess() {
    let refused = |value: &[u8]| error("github-ci", value).kind();
    assert_eq!(refused(b"0123456789abcde"), ErrorKind::TooShort);
    assert_eq!(refused(&[b'x'; 65537]), ErrorKind::TooLong);
    assert_eq!(refused(b"0123456789 abcdef"), ErrorKind::Malformed);
    assert_eq!(refused("0123456789äabcdef".as_bytes()), ErrorKind::Malformed);
    assert_eq!(refused(b"passwordpassword"), ErrorKind::Guessable);
    assert_eq!(refused(b"0123456012345601"), ErrorKind::Guessable);
    redaction().register("github-ci", b"0123456701234567").map(drop).unwrap();
    let longest = "0123456789abcdef".repeat(4096);
    redaction().register("github-ci", longest.as_bytes()).map(drop).unwrap();
    assert_eq!(refused(format!("{longest}0").as_bytes()), ErrorKind::TooLong);
    let name = error("Git Hub]", b"0123456789abcdef");
    assert_eq!(name.kind(), ErrorKind::MalformedKind);
}

#[test]
fn an_error_is_its_message_and_has_nothing_of_the_value() {
    let (value, long) = (fresh_token(), fresh_token().repeat(2000));
    let refused = [
        (error("github-ci", &value.as_bytes()[..15]), ErrorKind::TooShort),
        (error("github-ci", long.as_bytes()), ErrorKind::TooLong),
        (error("github-ci", format!("{value}\n").as_bytes()), ErrorKind::Malformed),
        (error("github-ci", value[..4].repeat(4).as_bytes()), ErrorKind::Guessable),
        (error(&value, value.as_bytes()), ErrorKind::MalformedKind),
    ];
    for (error, kind) in refused {
        let message = error.to_string();
        assert_eq!(error.kind(), kind, "{message}");
        assert!(!message.is_empty());
        for shown in [format!("{error:?}"), format!("{error:#?}"), format!("{error:#}")] {
            assert_eq!(shown, message);
        }
        assert!(!leaks(message.as_bytes(), &value) && !leaks(message.as_bytes(), &long));
    }
}

/// It is masked all the same, and the label shows nothing that a guess could be compared with.
#[test]
fn a_value_that_could_be_guessed_has_no_id_in_its_label() {
    let redaction = redaction();
    let values = [
        "correct-horse-battery-staple",
        "Summer2024!Summer2024!",
        "+49-170-1234567-9",
        "0123456701234567",
    ];
    for value in values {
        let registered = register(&redaction, "database", value);
        assert_eq!((registered.id(), registered.to_string()), (None, "[token:database]".into()));
        assert_eq!(redact(&redaction, format!("a {value} b")), "a [token:database] b");
        let other = value.replace('2', "3").replace('e', "a");
        assert_eq!(redact(&redaction, &other), other, "another value of the same length");
    }
}

#[derive(Scope)]
#[scope("deploy:run")]
enum DeployRun {}

#[derive(TokenKind)]
#[token_kind(name = "ci", scopes(DeployRun), max_lifetime = "1h")]
enum Ci {}

#[derive(TokenKind)]
#[token_kind(name = "deploy", scopes(DeployRun), max_lifetime = "1h", format = "acme_deploy")]
enum Deploy {}

#[test]
fn a_secret_is_masked_as_a_token_of_its_kind() {
    let redaction = Redaction::for_kinds(&[Ci::COMPILED, Deploy::COMPILED]);
    let text = "tok_wQ8zL3nVb7XkR2mTj5YcF9dHs4GpA6uE1oKi";
    let secret = Secret::from(text.to_owned());
    let registered = redaction.register_secret::<Ci>(&secret).unwrap();
    let id = TokenId::of(text.as_bytes()).unwrap();
    assert_eq!(registered.id(), Some(id));
    let expected = format!("a [token:ci#{id}] b");
    assert_eq!(redaction.redact(format!("a {text} b").as_bytes()), expected.as_bytes());
    drop(registered);
    assert_eq!(redaction.redact(text.as_bytes()), text.as_bytes());
}

#[test]
fn a_kind_with_a_format_needs_no_registration() {
    let redaction = Redaction::for_kinds(&[Ci::COMPILED, Deploy::COMPILED]);
    let token = own("acme_deploy", fresh_token().as_bytes());
    assert_eq!(redact(&redaction, &token), label("deploy", &token));
}

#[test]
fn writers_learn_of_values_later() {
    use std::io::Write;
    let (redaction, value) = (redaction(), fresh_token());
    let mut writer = redaction.writer(Vec::new());
    writeln!(writer, "{value}").unwrap();
    let registered = register(&redaction, "github-ci", &value);
    writeln!(writer, "{value}").unwrap();
    drop(registered);
    writeln!(writer, "{value}").unwrap();
    let masked = label("github-ci", &value);
    assert_eq!(writer.get_ref(), format!("{value}\n{masked}\n{value}\n").as_bytes());
}

/// The place in an escape where a text was cut is of no use once nothing is registered any more.
#[test]
fn values_registered_after_the_last_one_left() {
    use std::io::Write;
    let (redaction, value) = (redaction(), fresh_token());
    let percent: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for cut in 0..3 {
        let mut writer = redaction.writer(Vec::new());
        let first = register(&redaction, "github-ci", &fresh_token());
        write!(writer, "{}{}", "%41".repeat(200), &"%41"[..cut]).unwrap();
        drop(first);
        writeln!(writer).unwrap();
        let _second = register(&redaction, "github-ci", &value);
        writeln!(writer, "{percent}").unwrap();
        let written = String::from_utf8_lossy(writer.get_ref());
        assert!(written.ends_with(&format!("\n%{}\n", label("github-ci", &value))), "{written}");
    }
}

/// Text that was passed on while nothing was registered is forgotten: the next text begins with a character.
#[test]
fn a_value_is_registered_in_the_midst_of_an_escape() {
    use std::io::Write;
    let (redaction, value) = (Redaction::new([]), "1\"23456789abcdefgh");
    let mut writer = redaction.writer(Vec::new());
    write!(writer, "%4").unwrap();
    let _registered = register(&redaction, "github-ci", value);
    writeln!(writer, "1%2223456789abcdefgh").unwrap();
    let masked = format!("%4{}\n", label("github-ci", value));
    assert_eq!(String::from_utf8_lossy(writer.get_ref()), masked);
}

/// The same, if another value left: the inner writer took only the first bytes of an escape.
#[test]
fn a_value_leaves_in_the_midst_of_an_escape() {
    use std::io::Write;
    struct Two(Vec<u8>);
    impl Write for Two {
        fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
            self.0.extend_from_slice(&text[..text.len().min(2)]);
            Ok(text.len().min(2))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let (redaction, value) = (Redaction::new([]), fresh_token());
    let first = register(&redaction, "github-ci", &fresh_token());
    let mut writer = redaction.writer(Two(Vec::new()));
    assert_eq!(writer.write(b"%41 ").unwrap(), 2);
    drop(first);
    assert_eq!(writer.write(b"1 ").unwrap(), 2);
    let _second = register(&redaction, "github-ci", &value);
    let percent: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
    writeln!(writer, "{percent}").unwrap();
    let masked = format!("%41 %{}\n", label("github-ci", &value));
    assert_eq!(String::from_utf8_lossy(&writer.get_ref().0), masked);
}

#[test]
fn a_thousand_values_of_all_lengths() {
    let redaction = redaction();
    let values: Vec<String> =
        (0..1000).map(|number| fresh_token().repeat(3)[..16 + number % 120].into()).collect();
    let handles: Vec<_> =
        values.iter().map(|value| register(&redaction, "github-ci", value)).collect();
    for value in &values {
        assert_eq!(
            redact(&redaction, format!("<{value}>")),
            format!("<{}>", label("github-ci", value))
        );
    }
    assert_eq!(redaction.count(), 1000);
    drop(handles);
    assert_eq!(redact(&redaction, &values[7]), values[7]);
}

/// However they end: alike, or in a few bytes over and over.
#[test]
fn values_with_ends_that_tell_little() {
    let redaction = redaction();
    let ends = ["x".repeat(40), "ab".repeat(9), "abcdefg".repeat(5), "0123456789abcdef".into()];
    let values: Vec<String> = ends
        .iter()
        .flat_map(|end| [20, 20, 33].map(|len| fresh_token().repeat(2)[..len].to_owned() + end))
        .collect();
    let _handles: Vec<_> =
        values.iter().map(|value| register(&redaction, "github-ci", value)).collect();
    for value in &values {
        let masked = label("github-ci", value);
        assert_eq!(redact(&redaction, format!("<{value}>")), format!("<{masked}>"));
        assert_eq!(redact(&redaction, format!("{value}xx")), format!("{masked}xx"));
        assert_eq!(redact(&redaction, &value[1..]), value[1..], "a part of it is another value");
    }
    assert_eq!(redact(&redaction, ends.concat()), ends.concat());
}

/// Values with few different bytes in a row, wherever in them these stand.
#[test]
fn values_of_eight_bytes_over_and_over() {
    for value in ["abcdefghabcdefgh", "aaaaaaabcdefghhhhhhhhhhhhhhhhhhh", "abcdefghhhhhhhhh"] {
        let redaction = redaction();
        let _registered = register(&redaction, "github-ci", value);
        let masked = label("github-ci", value);
        assert_eq!(redact(&redaction, format!("<{value}>")), format!("<{masked}>"));
    }
}

#[test]
fn registering_and_writing_in_threads() {
    let redaction = redaction();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let value = fresh_token();
                    let _registered = register(&redaction, "github-ci", &value);
                    let own = fresh();
                    let masked = redact(&redaction, format!("{value} {own}"));
                    let expected = [label("github-ci", &value), label(KIND, &own)].join(" ");
                    assert_eq!(masked, expected);
                }
            });
        }
    });
    assert_eq!(redaction.count(), 400);
}

#[test]
fn a_test_can_forbid_tokens_in_the_output() {
    let redaction = redaction();
    redact(&redaction, fresh());
    let forbidden = redaction.forbid();
    redact(&redaction, "nothing");
    drop(forbidden);
    let forbidden = redaction.forbid();
    let token = fresh();
    redact(&redaction, &token);
    let panic = thread::spawn(move || drop(forbidden)).join().unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(
        text.contains(&format!(
            "1 token came into the output, the last as {}",
            label(KIND, &token)
        )),
        "{text}"
    );
}

/// Two panics at the same time would end the process, and hide the first.
#[test]
fn a_test_that_panics_for_another_reason_says_so() {
    let redaction = redaction();
    let failing = thread::spawn(move || {
        let _forbidden = redaction.forbid();
        redact(&redaction, fresh());
        panic!("another reason");
    });
    let panic = failing.join().unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"another reason"));
}

#[test]
fn nothing_prints_a_value() {
    let (redaction, value) = (redaction(), fresh_token());
    let registered = register(&redaction, "github-ci", &value);
    let writer = redaction.writer(Vec::new());
    let forbidden = redaction.forbid();
    let maker = redaction.make_writer(std::io::sink as fn() -> std::io::Sink);
    let shown = format!("{registered:?} {redaction:?} {writer:?} {forbidden:?} {maker:?}");
    assert!(!leaks(shown.as_bytes(), &value), "{shown}");
    for name in ["Registered([token:github-ci#", "Redaction {", " Redactor {", "Forbidden {"] {
        assert!(shown.contains(name), "{shown}");
    }
    assert!(shown.contains("MakeRedactor {"), "{shown}");
}

//! The variable `TOKEN_BUILD_SOURCE` reaches `POLICY` and the kinds, and only the crates that call `policy!`.

use std::fs;

use super::outside::Outside;

/// The length of a text is checked by the compiler, so `cargo check` shows what a constant is.
const PROGRAM: &str = r#"
token_core::policy!("../tokens.toml");

const KNOWN: bool = POLICY.built_from.is_some();
const OF_THE_KIND: bool = <kind::Ci as token_core::TokenKind>::COMPILED.built_from.is_some();
const _: () = assert!(KNOWN == EXPECTED && OF_THE_KIND == EXPECTED);
"#;

const POLICY: &str = r#"
version = 1

[scopes]
"repo:read" = "Read repositories"

[tokens.ci]
scopes       = ["repo:read"]
max_lifetime = "1h"
"#;

fn of_two_crates(name: &str) -> Outside {
    let outside = Outside::new(name);
    outside.write("tokens.toml", POLICY);
    fs::create_dir_all(outside.path("sdk/src")).unwrap();
    let manifest = fs::read_to_string(outside.path("Cargo.toml")).unwrap();
    let of_sdk = manifest.replace(name, &sdk(name)).replace("[workspace]", "");
    outside.write("sdk/Cargo.toml", &of_sdk);
    outside.write(
        "sdk/src/lib.rs",
        "#[derive(token_core::Scope)]\n#[scope(\"x.y\")]\npub struct Own;\n",
    );
    let with_sdk = format!("[dependencies]\n{} = {{ path = \"sdk\" }}", sdk(name));
    outside.write("Cargo.toml", &manifest.replace("[dependencies]", &with_sdk));
    outside
}

fn sdk(name: &str) -> String {
    format!("{name}-sdk")
}

fn git(digit: &str) -> String {
    format!("git:{}", digit.repeat(40))
}

#[test]
fn only_what_calls_the_macro_is_built_again_for_another_source() {
    let name = "built-from";
    let outside = of_two_crates(name);
    let expect = |known: &str| outside.write("src/lib.rs", &PROGRAM.replace("EXPECTED", known));
    expect("false");
    for unknown in ["", "unknown"] {
        outside.check_from(unknown).unwrap();
    }

    expect("true");
    let sha256 = format!("sha256:{}", "5".repeat(64));
    for source in [git("1"), git("2"), sha256, format!("git:{}", "b".repeat(64))] {
        assert_eq!(outside.check_from(&source).unwrap(), [name], "{source}");
        assert_eq!(outside.check_from(&source).unwrap(), [""; 0], "{source} again");
    }

    // The lock is no source of the program.
    outside.check_from(&git("3")).unwrap();
    outside.write("tokens.lock", "version = 1\n");
    outside.write("src/tokens.lock", "version = 1\n");
    assert_eq!(outside.check_from(&git("3")).unwrap(), [""; 0]);
}

#[test]
fn what_is_no_source_is_one_error_that_names_the_variable_and_the_command() {
    let outside = Outside::new("built-from-nothing");
    outside.write("tokens.toml", POLICY);
    outside.write("src/lib.rs", "token_core::policy!(\"../tokens.toml\");\n");
    let (short, long, upper) = ("a".repeat(39), "a".repeat(41), "A".repeat(40));
    let wrong = [
        "main".to_owned(),
        " ".to_owned(),
        "v1.4.0".to_owned(),
        "Unknown".to_owned(),
        "a".repeat(40),
        format!("git:{short}"),
        format!("git:{long}"),
        format!("git:{upper}"),
        format!("{}\n", git("a")),
        format!("{} ", git("a")),
        format!("git:{}-dirty", "a".repeat(40)),
        format!("sha256:{}", "a".repeat(40)),
        "git:\u{fc}".repeat(8),
    ];
    for source in wrong {
        let said = outside.check_from(&source).unwrap_err();
        let errors = said.lines().filter(|line| line.starts_with("error[")).count();
        assert_eq!(errors, 1, "{source:?}: {said}");
        assert!(said.contains("`TOKEN_BUILD_SOURCE` is not the digest of a source"), "{said}");
        assert!(said.contains("set it to what `tokenctl source-id` prints"), "{said}");
    }
}

//! Names that Linux allows survive every form of output, and control no terminal.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;

use serde_json::Value;

use crate::support::{Folder, POLICY, password, ran, token};

const NAMES: &[&[u8]] = &[
    b"plain.txt",
    b"a b.txt",
    b"back\\slash.txt",
    b"C:\\x.txt",
    b"bad\xff.txt",
    b"cut\xe2\x82",
    b"per%20cent.txt",
    b"esc\x1b[2Jx",
    b"c1\xc2\x9b31m",
    b"del\x7f",
    b"tab\tfeed\n\r",
    "bidi\u{202e}txt.exe".as_bytes(),
    "zero\u{200b}width\u{feff}".as_bytes(),
    "mark\u{10fee0}".as_bytes(),
    "ä#?&%\"'`$(x);".as_bytes(),
    b"-rf",
];

fn planted() -> Folder {
    let folder = Folder::repository();
    folder.write("tokens.toml", POLICY);
    for (number, name) in NAMES.iter().enumerate() {
        let path = folder.path().join("d").join(OsStr::from_bytes(name));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let value = password(u64::try_from(number).unwrap() + 1);
        fs::write(path, format!("password = \"{value}\"\n")).unwrap();
    }
    folder
}

/// The bytes that a URI stands for.
fn decoded(uri: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = uri.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let (byte, tail) = match (first, tail) {
            (b'%', [high, low, tail @ ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).unwrap();
                (u8::from_str_radix(digits, 16).unwrap(), tail)
            }
            (byte, tail) => (*byte, tail),
        };
        bytes.push(byte);
        rest = tail;
    }
    bytes
}

fn is_harmless(text: &str) -> bool {
    let hidden =
        |c: char| c.is_control() || ('\u{200b}'..='\u{202e}').contains(&c) || c == '\u{feff}';
    !text.chars().any(|c| c != '\n' && hidden(c))
}

#[test]
fn each_name_can_be_had_again() {
    let folder = planted();
    let mut all: Vec<Vec<u8>> = NAMES.iter().map(|name| [b"d/", *name].concat()).collect();
    all.sort();
    folder.git(&["add", "--all"]);
    for how in [&["scan"][..], &["scan", "--staged"]] {
        let sarif = folder.run(&[how, &["--format", "sarif"]].concat()).ends(0).out;
        let json = folder.run(&[how, &["--format", "json"]].concat()).ends(0).out;
        let text = folder.run(how).ends(0);
        assert!(is_harmless(&sarif) && is_harmless(&json) && is_harmless(&text.all()), "{text:?}");
        let log: Value = serde_json::from_str(&sarif).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap();
        let place = "/locations/0/physicalLocation/artifactLocation/uri";
        let uris = results.iter().map(|result| result.pointer(place).unwrap().as_str().unwrap());
        let mut named: Vec<Vec<u8>> = uris.map(decoded).collect();
        named.sort();
        assert_eq!(named, all, "{how:?}");
        let lines = json.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let mut named: Vec<Vec<u8>> =
            lines.map(|line| decoded(line["uri"].as_str().unwrap())).collect();
        named.sort();
        assert_eq!(named, all, "{how:?}");
    }
}

/// Each finding can be accepted by the path that its URI has, and each entry is plain.
#[test]
fn a_finding_in_any_name_can_be_accepted() {
    let folder = planted();
    for name in NAMES {
        let mut command = folder.command(crate::support::PROGRAM);
        let place = [b"generic-secret:d/", *name].concat();
        command.args(["scan", "--quiet", "--reason", "a vector", "--until", "2999-01-31"]);
        command.arg("--suppress").arg(OsStr::from_bytes(&place));
        ran(&mut command).ends(0);
    }
    let entries = folder.read("tokens.suppressions");
    assert!(is_harmless(&entries) && entries.lines().count() == NAMES.len(), "{entries}");
    folder.run(&["scan", "--deny-warnings"]).ends(0);
}

#[test]
fn no_message_controls_a_terminal() {
    let folder = planted();
    folder.commit_all("x");
    let hostile = "x\u{1b}[2J\u{9b}31m\u{202e}\u{7}";
    folder.write(&format!("{hostile}/tokens.toml"), "");
    fs::create_dir_all(folder.path().join(hostile).join("b")).unwrap();
    for arguments in [
        &["check", hostile][..],
        &["check", &format!("{hostile}/tokens.toml")],
        &["diff", hostile],
        &["diff", &format!("HEAD:{hostile}")],
        &["scan", "--since", hostile],
        &["scan", &format!("{hostile}/none")],
        &["scan", "--max-size", "0"],
        &["scan", &format!("--{hostile}")],
        &["scan", "--suppress", hostile, "--reason", hostile, "--until", hostile],
        &["explain", hostile],
        &[hostile],
        &["audit", "verify", hostile, "--key", hostile],
        &["man", "--out", &format!("tokens.toml/{hostile}")],
    ] {
        for format in [&[][..], &["--color", "never"]] {
            let ran = folder.run(&[arguments, format].concat());
            assert!(is_harmless(&ran.all()), "{arguments:?}: {ran:?}");
        }
    }
    let made = folder.run_in(hostile, &["init"]);
    assert!(made.out.contains("x\\u{1b}") && is_harmless(&made.all()), "{made:?}");
}

/// A token that is certain is masked in a name, and nothing else is.
#[test]
fn only_a_whole_token_is_masked_in_a_name() {
    let folder = Folder::repository();
    folder.write("tokens.toml", POLICY);
    let (whole, part) = (token(1), &token(1)[20..44]);
    folder.write(&format!("dir_{whole}/x{whole}.txt"), "");
    folder.write(&format!("{part}/a.py"), format!("password = \"{part}\"\n# {whole}\n"));
    let stars = "*".repeat(whole.len());
    for format in ["text", "json", "sarif"] {
        let out = folder.run(&["scan", "--format", format]).ends(1).out;
        let encoded =
            format!("dir_{}/x{}.txt", stars.replace('*', "%2A"), stars.replace('*', "%2A"));
        let masked = format!("dir_{stars}/x{stars}.txt");
        assert!(out.contains(if format == "sarif" { &encoded } else { &masked }), "{out}");
        assert!(out.contains(&format!("{part}/a.py")), "{out}");
    }
}

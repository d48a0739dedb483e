//! What a stripped program says about itself, and that two builds of one source are the same bytes.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Folder, Ran, ran};

const MANIFEST: &str = "\
[package]
name = \"service\"
version = \"0.0.0\"
edition = \"2024\"
publish = false

[dependencies]
token-core = { path = 'CORE' }
desk = { path = \"desk\" }

[profile.release]
strip = true

[workspace]
";

const DESK: &str = "\
[package]
name = \"desk\"
version = \"0.0.0\"
edition = \"2021\"
publish = false

[dependencies]
token-core = { path = 'CORE' }
";

/// A policy in a library, of which the program uses one function, and one in a function.
const LIBRARY: &str = "\
#![forbid(unsafe_code)]
mod tokens { token_core::policy!(\"desk.toml\"); }
pub fn kinds() -> usize { tokens::POLICY.kinds.len() }
";
const PROGRAM: &str = "\
#![forbid(unsafe_code)]
fn main() {
    token_core::policy!(\"../tokens.toml\");
    println!(\"{:?} {}\", POLICY.built_from, desk::kinds());
}
";

const SOURCE: &str = "git:4b825dc642cb6eb9a060e54bf8d69288fbee4904";

fn policy(kind: &str) -> String {
    format!(
        "version = 1\n[scopes]\n\"repo:read\" = \"Read\"\n[tokens.{kind}]\nowner = \"us\"\n\
         scopes = [\"repo:read\"]\nmax_lifetime = \"1h\"\nrotate = {{ before_expiry = \"10m\", overlap = \"2m\" }}\n"
    )
}

fn core() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../token-core").canonicalize().unwrap()
}

/// Writes the program's source into a folder.
fn source(folder: &Folder) {
    let core = core();
    let core = core.to_str().unwrap();
    folder.write("Cargo.toml", MANIFEST.replace("CORE", core));
    folder.write("desk/Cargo.toml", DESK.replace("CORE", core));
    folder.write("src/main.rs", PROGRAM);
    folder.write("desk/src/lib.rs", LIBRARY);
    folder.write("tokens.toml", policy("ci"));
    folder.write("desk/src/desk.toml", policy("deploy"));
    // The versions that are there already, since the network may not be.
    fs::copy(core.replace("token-core", "Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
}

/// Builds the program, and returns its file. The dependencies are kept between runs.
fn built(folder: &Folder) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("show-target");
    let mut cargo = folder.command(std::env::var_os("CARGO").unwrap());
    let level = std::env::var("SHOW_OPT_LEVEL").unwrap_or_else(|_| "0".to_owned());
    cargo
        .args(["build", "--release", "--offline", "--color", "never"])
        .env("HOME", std::env::var_os("HOME").unwrap_or_default())
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", level)
        .env("TOKEN_BUILD_SOURCE", SOURCE);
    let said = ran(&mut cargo).ends(0).err;
    assert!(said.contains("Compiling service"), "nothing was built: {said}");
    target.join("release").join(format!("service{}", std::env::consts::EXE_SUFFIX))
}

fn shown(folder: &Folder, program: &Path, format: &str) -> Ran {
    folder.run(&["show", program.to_str().unwrap(), "--format", format]).ends(0)
}

#[test]
fn two_builds_of_one_source_are_the_same_bytes_and_say_what_they_are() {
    let (one, other) = (Folder::new(), Folder::new());
    let mut programs = Vec::new();
    for folder in [&one, &other] {
        source(folder);
        let program = folder.path().join("program");
        fs::copy(built(folder), &program).unwrap();
        programs.push(program);
    }
    let bytes: Vec<Vec<u8>> = programs.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(bytes[0] == bytes[1], "two builds differ");

    let json = shown(&one, &programs[0], "json").out;
    let mut notes: Vec<serde_json::Value> =
        json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    notes.sort_by_key(|note| note["package"].to_string());
    assert_eq!(notes.len(), 2, "{json}");
    for (note, (package, file, kind)) in
        notes.iter().zip([("desk", "desk.toml", "deploy"), ("service", "../tokens.toml", "ci")])
    {
        let policy = token_policy::Policy::parse(&policy(kind)).unwrap();
        let own = policy.kind(kind).unwrap().digest().to_string();
        let expected = serde_json::json!({
            "package": package,
            "file": file,
            "source": SOURCE,
            "policy": policy.digest().to_string(),
            "kinds": { kind: own },
        });
        assert_eq!(*note, expected);
    }
    let text = shown(&one, &programs[0], "text");
    assert!(
        text.out.contains(&format!("service: ../tokens.toml\n    source: {SOURCE}\n")),
        "{text:?}"
    );
    assert!(text.err.contains("2 build notes"), "{text:?}");

    // The program itself says the same.
    let said = ran(&mut one.command(&programs[0])).ends(0).out;
    assert_eq!(said, format!("Some(SourceDigest({SOURCE})) 1\n"));
}

#[test]
fn what_is_no_program_is_no_answer() {
    let folder = Folder::new();
    folder.write("text", "#!/bin/sh\n");
    folder.write("empty", "");
    folder.write("cut", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    for name in ["text", "empty"] {
        let said = folder.run(&["show", name]).ends(3);
        assert!(said.err.contains(&format!("error: {name}: this is no program")), "{said:?}");
        assert!(said.out.is_empty(), "{said:?}");
    }
    assert!(folder.run(&["show", "cut"]).ends(3).err.contains("damaged"));
    folder.run(&["show", "none"]).ends(3);
    folder.run(&["show", "."]).ends(3);
    folder.run(&["show"]).ends(2);
    // This program itself has no policy.
    let said = folder.run(&["show", crate::support::PROGRAM]).ends(3);
    assert!(said.err.contains("the program has no build note"), "{said:?}");
    assert!(said.err.contains("calls no `policy!`"), "{said:?}");
}

#[test]
fn a_file_that_is_too_long_is_not_read() {
    let folder = Folder::new();
    let file = fs::File::create(folder.path().join("long")).unwrap();
    file.set_len((1 << 30) + 1).unwrap();
    let said = folder.run(&["show", "long"]).ends(3);
    assert!(said.err.contains("long: larger than 1024 MiB"), "{said:?}");
}

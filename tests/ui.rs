//! Programs that must not compile, each with the compiler's answer beside it, and their twins that must.
//!
//! The folders of `tests/ui` are a table of contents. `TRYBUILD=overwrite cargo test --test ui` writes
//! the answers anew; read what it wrote.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Without a program that must run, trybuild uses `cargo check`: the answers are what an editor shows.
#[test]
fn wrong_programs_do_not_compile() {
    trybuild::TestCases::new().compile_fail("ui/*/fail/*.rs");
}

#[test]
fn their_twins_compile_and_run() {
    trybuild::TestCases::new().pass("ui/*/pass/*.rs");
}

#[test]
fn one_mistake_gives_one_error() {
    for path in answers() {
        let answer = fs::read_to_string(&path).unwrap();
        let errors = answer.lines().filter(|line| line.starts_with("error")).count();
        let holds_several = path.components().any(|folder| folder.as_os_str() == "several-at-once");
        assert!(
            errors == 1 || (holds_several && errors > 1),
            "{}: {errors} errors",
            path.display()
        );
    }
}

#[test]
fn no_answer_holds_a_path_of_this_machine() {
    for path in answers() {
        let answer = fs::read_to_string(&path).unwrap();
        let absolute = answer
            .split([' ', '`', '\n'])
            .find(|word| word.starts_with('/') && word.len() > 1 && !word.starts_with("//"));
        assert_eq!(absolute, None, "{}", path.display());
    }
}

#[test]
fn every_wrong_program_says_why() {
    let programs = files("rs");
    assert!(programs.len() >= 40, "only {} programs", programs.len());
    for path in programs {
        let program = fs::read_to_string(&path).unwrap();
        assert!(program.starts_with("//! "), "{}", path.display());
        assert!(path.with_extension("stderr").exists(), "{} has no answer", path.display());
    }
}

fn answers() -> Vec<PathBuf> {
    files("stderr")
}

/// The files of all `fail` folders that end in `extension`.
fn files(extension: &str) -> Vec<PathBuf> {
    let topics = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui").read_dir().unwrap();
    let folders =
        topics.map(|topic| topic.unwrap().path().join("fail")).filter(|folder| folder.is_dir());
    let files =
        folders.flat_map(|folder| folder.read_dir().unwrap()).map(|file| file.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

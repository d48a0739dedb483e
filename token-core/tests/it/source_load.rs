//! Loading from where the policy says.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, sync::mpsc, thread};

use token_core::{
    __test::{CompiledKind, ReadableBy, command, credential, env, file},
    ErrorKind, TokenKind,
    source::{load, load_from},
};

use crate::support::{TEXT, TempDir, in_child, kind, kind_from, kind_of, secs};

const PATH: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/it-source-load");

macro_rules! kind_with_source {
    ($kind:ident, $source:expr) => {
        struct $kind;

        impl TokenKind for $kind {
            const COMPILED: &'static CompiledKind = &kind_from(stringify!($kind), $source);
        }
    };
}

kind_with_source!(OwnerFile, Some(file(PATH, ReadableBy::Owner)));
kind_with_source!(GroupFile, Some(file(PATH, ReadableBy::Group)));
kind_with_source!(Helper, Some(command(&["printf", "from-helper"], secs(30))));
kind_with_source!(SlowHelper, Some(command(&["sleep", "60"], secs(0))));
kind_with_source!(Variable, Some(env("PATH")));
kind_with_source!(Credential, Some(credential("it-source-load-credential")));

fn write(path: &Path, mode: u32) {
    fs::write(path, TEXT).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// One test, since all its kinds name the same file.
#[test]
fn a_file_is_loaded_under_the_rule_of_its_kind() {
    let path = Path::new(PATH);
    let _ = fs::remove_file(path);
    assert_eq!(kind_of(load::<OwnerFile>()), Some(ErrorKind::NotFound));
    write(path, 0o640);
    assert_eq!(kind_of(load::<OwnerFile>()), Some(ErrorKind::ReadableByOthers));
    assert!(load::<GroupFile>().unwrap().constant_time_eq(TEXT.as_bytes()));
    write(path, 0o600);
    assert!(load::<OwnerFile>().unwrap().constant_time_eq(TEXT.as_bytes()));
    fs::remove_file(path).unwrap();
}

#[test]
fn a_helper_is_run_with_the_arguments_and_timeout_of_its_kind() {
    assert!(load::<Helper>().unwrap().constant_time_eq(b"from-helper"));
    assert_eq!(kind_of(load::<SlowHelper>()), Some(ErrorKind::Timeout));
}

#[test]
fn a_credential_is_loaded_by_name() {
    let directory = env!("CARGO_TARGET_TMPDIR");
    let test = "source_load::a_credential_is_loaded_by_name";
    in_child(test, &[("CREDENTIALS_DIRECTORY", directory)], || {
        let path = Path::new(directory).join("it-source-load-credential");
        write(&path, 0o440);
        assert!(load::<Credential>().unwrap().constant_time_eq(TEXT.as_bytes()));
        fs::remove_file(path).unwrap();
    });
}

/// libtest has threads, so the variable is refused, but by its name.
#[test]
fn a_variable_is_loaded_by_name() {
    let (end, wait) = mpsc::channel::<()>();
    let other = thread::spawn(move || wait.recv());
    let error = load::<Variable>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OtherThreads);
    assert!(error.to_string().contains("environment variable `PATH`"), "{error}");
    drop(end);
    other.join().unwrap().unwrap_err();
}

/// On a laptop, say. The rule who may read the file stays the policy's.
#[test]
fn another_file_is_loaded_under_the_rule_of_the_kind() {
    let dir = TempDir::new();
    let path = dir.file("token", TEXT, 0o640);
    assert!(load_from::<GroupFile>(&path).unwrap().constant_time_eq(TEXT.as_bytes()));
    for refused in [
        load_from::<OwnerFile>(&path),
        load_from::<Helper>(&path),
        load_from::<Variable>(&path),
        load_from::<Credential>(&path),
        load_from::<kind::Ci>(&path),
    ] {
        assert_eq!(kind_of(refused), Some(ErrorKind::ReadableByOthers));
    }
    let path = dir.file("own", TEXT, 0o600);
    for loaded in [load_from::<Helper>(&path), load_from::<kind::Ci>(&path)] {
        assert!(loaded.unwrap().constant_time_eq(TEXT.as_bytes()));
    }
    let error = load_from::<Helper>(dir.join("absent")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("absent"), "{error}");
}

#[test]
fn a_kind_without_a_source_says_so() {
    let error = load::<kind::Ci>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSource);
    assert!(error.to_string().contains("token kind `ci`"), "{error}");
}

//! A method whose feature is off names the feature. This crate's own token-core has all features, so another crate tries.

use std::{env, fs, path::Path, process::Command};

const MANIFEST: &str = r#"
[package]
name = "feature"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
token-core = { path = 'CORE' }

[workspace]
"#;

const PROGRAM: &str = r"
pub fn length(exposed: &token_core::Exposed<'_>) -> Result<usize, token_core::Error> {
    Ok(exposed.METHOD?.len())
}
";

#[test]
fn a_method_behind_a_feature_names_it_in_one_error() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("feature");
    let core = tests.parent().unwrap().join("token-core");
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::write(folder.join("Cargo.toml"), MANIFEST.replace("CORE", core.to_str().unwrap())).unwrap();
    fs::copy(tests.join("../Cargo.lock"), folder.join("Cargo.lock")).unwrap();

    for method in
        ["bearer_header()", "basic_header(\"x\")", "scheme_header(\"Key\")", "raw_header()"]
    {
        fs::write(folder.join("src/lib.rs"), PROGRAM.replace("METHOD", method)).unwrap();
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
        cargo.args(["check", "--quiet", "--offline"]).current_dir(&folder);
        // The target folder of the test of rebuilding, which has token-core with the same features.
        cargo
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("rebuild-target"));
        let said = String::from_utf8_lossy(&cargo.output().unwrap().stderr).into_owned();
        let errors: Vec<_> = said.lines().filter(|line| line.starts_with("error[")).collect();
        assert_eq!(
            errors,
            ["error[E0277]: this method needs the feature `http` of token-core"],
            "{said}"
        );
        assert!(said.contains("features = [\"http\"]"), "{said}");
    }
}

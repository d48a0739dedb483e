//! A change of the policy file alone reaches the compiler.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

const MANIFEST: &str = r#"
[package]
name = "rebuild"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
token-core = { path = 'CORE' }

[workspace]
"#;

const PROGRAM: &str = r#"
token_core::policy!("../tokens.toml");

#[derive(token_core::RequireScopes)]
#[require(scope::RepoRead)]
pub struct Reader {
    pub token: token_core::Token<kind::Ci>,
}
"#;

const POLICY: &str = r#"
version = 1

[scopes]
"repo:read" = "Read repositories"
"repo:list" = "List repositories"

[tokens.ci]
scopes       = ["GRANTED"]
max_lifetime = "1h"
"#;

#[test]
fn editing_only_the_policy_rebuilds() {
    let project = Project::new();
    project.grant("repo:read");
    project.check().unwrap();

    project.grant("repo:list");
    let answer = project.check().unwrap_err();
    assert!(answer.contains("token kind `Ci` does not grant scope `RepoRead`"), "{answer}");

    project.grant("repo:read");
    project.check().unwrap();

    fs::remove_file(project.folder.join("tokens.toml")).unwrap();
    let answer = project.check().unwrap_err();
    assert!(answer.contains("no policy file at `../tokens.toml`"), "{answer}");
}

/// A crate with a policy, outside this workspace.
struct Project {
    folder: PathBuf,
}

impl Project {
    fn new() -> Self {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rebuild");
        let core = tests.parent().unwrap().join("token-core");
        fs::create_dir_all(folder.join("src")).unwrap();
        fs::write(folder.join("Cargo.toml"), MANIFEST.replace("CORE", core.to_str().unwrap()))
            .unwrap();
        fs::write(folder.join("src/lib.rs"), PROGRAM).unwrap();
        // The versions that are there already, since the network may not be.
        fs::copy(tests.join("../Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        Self { folder }
    }

    fn grant(&self, scope: &str) {
        fs::write(self.folder.join("tokens.toml"), POLICY.replace("GRANTED", scope)).unwrap();
    }

    /// `cargo check`, and what it says if it fails.
    fn check(&self) -> Result<(), String> {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
        cargo.args(["check", "--quiet", "--offline"]).current_dir(&self.folder);
        // Beside the build that runs this test, so that it is kept between runs.
        cargo
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("rebuild-target"));
        let output = cargo.output().unwrap();
        if output.status.success() {
            return Ok(());
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

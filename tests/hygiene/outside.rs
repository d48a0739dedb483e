//! A crate outside this workspace, as a user has it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

const MANIFEST: &str = r#"
[package]
name = "NAME"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
token-core = { path = 'CORE' }

[workspace]
"#;

/// A library that depends on token-core with its default features.
pub(super) struct Outside {
    folder: PathBuf,
}

impl Outside {
    pub(super) fn new(name: &str) -> Self {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        let core = tests.parent().unwrap().join("token-core");
        let outside = Self { folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join(name) };
        fs::create_dir_all(outside.path("src")).unwrap();
        let manifest = MANIFEST.replace("NAME", name).replace("CORE", core.to_str().unwrap());
        outside.write("Cargo.toml", &manifest);
        // The versions that are there already, since the network may not be.
        fs::copy(tests.join("../Cargo.lock"), outside.path("Cargo.lock")).unwrap();
        outside
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// `cargo check`, and what it says if it fails.
    pub(super) fn check(&self) -> Result<(), String> {
        self.check_from("").map(drop)
    }

    /// `cargo check` of a program that is built from `source`. Returns the crates that were checked, or what cargo says
    /// if it fails.
    pub(super) fn check_from(&self, source: &str) -> Result<Vec<String>, String> {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
        cargo.args(["check", "--offline", "--color", "never"]).current_dir(&self.folder);
        // Beside the build that runs this test, so that it is kept between runs. All such crates share it, since
        // they have token-core with the same features.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outside-target");
        match source {
            "" => cargo.env_remove("TOKEN_BUILD_SOURCE"),
            source => cargo.env("TOKEN_BUILD_SOURCE", source),
        };
        let output = cargo.env("CARGO_TARGET_DIR", target).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let checked = said.lines().filter_map(|line| line.trim().strip_prefix("Checking "));
        let checked = checked.filter_map(|what| what.split(' ').next());
        if output.status.success() { Ok(checked.map(str::to_owned).collect()) } else { Err(said) }
    }
}

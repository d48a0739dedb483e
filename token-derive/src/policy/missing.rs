//! Writes the message for a policy file that does not exist.

use std::path::{Component, Path, PathBuf};

/// Writes the message. In a package that cargo has packed, the file may be missing only there.
pub(super) fn explain(written: &str, path: &Path) -> String {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let here = std::env::current_dir().unwrap_or_default();
    message(written, &here.join(path), &package)
}

fn message(written: &str, path: &Path, package: &Path) -> String {
    // Cargo writes this file into each package that it packs, and refuses to pack one that has it.
    let is_packed = package.join("Cargo.toml.orig").exists();
    match (is_packed, plain(path).starts_with(plain(package))) {
        (false, _) => format!(
            "no policy file at `{written}`\n  \
             help: the path is relative to the folder of this source file, as in `include_str!`{}",
            elsewhere(written, path, package)
        ),
        (true, false) => format!(
            "the policy file `{written}` is outside of the package, so cargo did not pack it\n  \
             help: move the file into the package, or put a symbolic link to it there and name the link: \
             cargo packs the file behind it"
        ),
        (true, true) => format!(
            "cargo did not pack the policy file `{written}`\n  \
             help: see `include` and `exclude` in Cargo.toml, and whether git ignores the file; \
             `cargo package --list` shows what is packed"
        ),
    }
}

/// Says where the file is, if it is beside Cargo.toml, where most are.
fn elsewhere(written: &str, path: &Path, package: &Path) -> String {
    let Some(name) = Path::new(written).file_name() else { return String::new() };
    let folder = path.parent().map(plain).unwrap_or_default();
    match folder.strip_prefix(plain(package)) {
        Ok(below) if package.join(name).is_file() => {
            let up = "../".repeat(below.components().count());
            format!("; there is one at `{up}{}`: write that", name.to_string_lossy())
        }
        Ok(_) | Err(_) => String::new(),
    }
}

/// Returns the path without `.` and `..`, and without symbolic links if its folder exists.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => _ = plain.pop(),
            Component::Normal(_) | Component::Prefix(_) | Component::RootDir => {
                plain.push(component);
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::message;

    #[test]
    fn a_package_that_was_packed_says_what_is_missing() {
        let package = tempfile::tempdir().unwrap();
        let package = package.path();
        let said = |path: &str| message("tokens.toml", &package.join(path), package);

        assert!(said("src/../../../tokens.toml").contains("no policy file"), "not packed");
        fs::write(package.join("Cargo.toml.orig"), "").unwrap();
        for outside in
            ["src/../../../tokens.toml", "../tokens.toml", "src/./a/../../../tokens.toml"]
        {
            assert!(said(outside).contains("outside of the package"), "{outside}");
        }
        for inside in ["src/../tokens.toml", "tokens.toml", "src/../src/tokens.toml"] {
            assert!(said(inside).contains("`include`"), "{inside}");
        }
    }

    #[test]
    fn a_file_beside_cargo_toml_is_pointed_at() {
        let package = tempfile::tempdir().unwrap();
        let package = package.path();
        fs::create_dir_all(package.join("src/bin")).unwrap();
        let said = |folder: &str| {
            message("tokens.toml", &package.join(folder).join("tokens.toml"), package)
        };
        assert!(said("src").ends_with("`include_str!`"), "there is none");
        fs::write(package.join("tokens.toml"), "").unwrap();
        for (folder, written) in [("src", "../tokens.toml"), ("src/bin", "../../tokens.toml")] {
            assert!(said(folder).ends_with(&format!("there is one at `{written}`: write that")));
        }
    }
}

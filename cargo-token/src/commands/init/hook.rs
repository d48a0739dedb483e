//! The git hook.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::failure::Failure;
use crate::git::Git;
use crate::output::Output;
use crate::project::Project;

const HOOK_TEXT: &str = include_str!("../../../templates/pre-commit");

/// Installs the hook where git looks for it, unless another one is there.
pub(super) fn install(project: &Project, output: &Output) -> Result<(), Failure> {
    let folder = Git::new(&project.here).hooks()?;
    let path = folder.join("pre-commit");
    let shown = project.shown(&path);
    match fs::read(&path) {
        Ok(text) if text == HOOK_TEXT.as_bytes() => {
            output.answer(&format!("left {shown} as it is\n"))
        }
        Ok(_) => Err(Failure::new(format!("{shown} is another hook, and was left as it is"))
            .help("add the line `cargo-token scan --staged || exit 1` to it")),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            write(&folder, &path).map_err(|error| Failure::at(&shown, &error))?;
            output.answer(&format!("wrote {shown}\n"))
        }
        Err(error) => Err(Failure::at(&shown, &error)),
    }
}

fn write(folder: &Path, path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(path, HOOK_TEXT)?;
    make_executable(path)
}

#[cfg(unix)]
fn make_executable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

/// Elsewhere git runs a hook whatever its permissions.
#[cfg(not(unix))]
fn make_executable(_: &Path) -> std::io::Result<()> {
    Ok(())
}

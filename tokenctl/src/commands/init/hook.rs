//! Installs the git hook.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use token_policy::report::visible;

use crate::failure::Failure;
use crate::git::Git;
use crate::output::Output;
use crate::project::{POLICY, Project};

const HOOK_TEXT: &str = include_str!("../../../templates/pre-commit");

/// Installs the hook where git looks for it. Fails if another hook is there.
pub(super) fn install(policy: &str, project: &Project, output: &Output) -> Result<(), Failure> {
    let folder = Git::new(&project.here).hooks()?;
    let path = folder.join("pre-commit");
    let shown = project.shown(&path);
    let hook = text(policy);
    match fs::read(&path) {
        Ok(text) if text == hook.as_bytes() => {
            output.answer(&format!("left {} as it is\n", visible(&shown)))
        }
        Ok(text) => Err(another(&shown, &text)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            write(&folder, &path, &hook).map_err(|error| Failure::at(&shown, &error))?;
            output.answer(&format!("wrote {}\n", visible(&shown)))
        }
        Err(error) => Err(Failure::at(&shown, &error)),
    }
}

/// Makes the error about a hook that is not the one we would write.
fn another(shown: &str, text: &[u8]) -> Failure {
    // The old name of the program ends in `token`; the new name does not.
    let by_the_old_name = String::from_utf8_lossy(text).contains("token scan --staged");
    if by_the_old_name {
        let message = format!("{shown} calls this program by its old name, and was left as it is");
        return Failure::new(message).help(
            "write `tokenctl` there instead; if nobody has changed the hook that `init` wrote, delete it and run \
             `tokenctl init --hook` again",
        );
    }
    Failure::new(format!("{shown} is another hook, and was left as it is"))
        .help("add the line `tokenctl scan --staged || exit 1` to it")
}

/// Returns the hook's text. git starts hooks in the root of the repository, but the policy may be in a folder below it.
fn text(policy: &str) -> String {
    // Inside single quotes a shell reads everything literally, except for a single quote.
    let quoted = format!("--policy '{}'\n", policy.replace('\'', r"'\''"));
    match HOOK_TEXT.trim_end() {
        text if policy == POLICY => format!("{text}\n"),
        text => format!("{text} {quoted}"),
    }
}

fn write(folder: &Path, path: &Path, hook: &str) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(path, hook)?;
    make_executable(path)
}

#[cfg(unix)]
fn make_executable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

/// Does nothing, since on other systems git runs a hook whatever its permissions are.
#[cfg(not(unix))]
fn make_executable(_: &Path) -> std::io::Result<()> {
    Ok(())
}

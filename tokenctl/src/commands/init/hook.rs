//! Installs the git hook.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use token_policy::report::visible;

use crate::failure::Failure;
use crate::file;
use crate::git::Git;
use crate::output::Output;
use crate::project::Project;

/// The hook. git starts it in the root of the repository, where the scan finds every policy.
const HOOK_TEXT: &str = include_str!("../../../templates/pre-commit");

/// The line that another hook needs.
const LINE: &str = "tokenctl scan --staged || exit 1";

/// Installs the hook where git looks for it. Fails if another hook is there.
pub(super) fn install(project: &Project, output: &Output) -> Result<(), Failure> {
    let folder = Git::new(&project.here).hooks()?;
    let path = file::plain(&folder.join("pre-commit"));
    let shown = project.shown(&path);
    match fs::symlink_metadata(&path) {
        // A link is read, but never written through.
        Ok(_) => {
            let text = fs::read(&path).map_err(|error| Failure::at(&shown, &error))?;
            there(&path, &shown, &text)?;
            output.answer(&format!("left {} as it is\n", visible(&shown)))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if !folder.is_dir() && !path.starts_with(&project.root) {
                fs::create_dir_all(&folder).map_err(|error| Failure::at(&shown, &error))?;
            }
            let made = file::create(&project.root, &path, HOOK_TEXT, true);
            made.map_err(|error| Failure::at(&shown, &error))?;
            output.answer(&format!("wrote {}\n", visible(&shown)))
        }
        Err(error) => Err(Failure::at(&shown, &error)),
    }
}

/// Looks at the hook that is there. Fails unless it scans each commit.
fn there(path: &Path, shown: &str, text: &[u8]) -> Result<(), Failure> {
    let text = String::from_utf8_lossy(text);
    let scans = text == HOOK_TEXT || first_command(&text) == Some(LINE);
    let mode = format!("run `chmod +x {shown}`: it is not executable, so git never runs it");
    match (scans, is_executable(path)) {
        (true, true) => Ok(()),
        (true, false) => Err(Failure::new(format!("{shown} is not executable")).help(mode)),
        (false, true) => Err(another(shown, &text)),
        (false, false) => {
            let failure = another(shown, &text);
            let help =
                failure.help.iter().cloned().chain([mode]).collect::<Vec<_>>().join("; and ");
            Err(failure.help(help))
        }
    }
}

/// Makes the error about a hook that does not scan each commit.
fn another(shown: &str, text: &str) -> Failure {
    // The old name of the program ends in `token`; the new name does not.
    if text.contains("token scan --staged") {
        let message = format!("{shown} calls this program by its old name, and was left as it is");
        return Failure::new(message).help(
            "write `tokenctl` there instead; if nobody has changed the hook that `init` wrote, delete it and run \
             `tokenctl init --hook` again",
        );
    }
    if text.contains("tokenctl scan --staged --policy") {
        let message =
            format!("{shown} looks for the tokens of one policy only, and was left as it is");
        return Failure::new(message).help(
            "take `--policy` and what follows it out of the hook: a scan then looks for the tokens of every policy in \
             the repository",
        );
    }
    Failure::new(format!("{shown} is another hook, and was left as it is")).help(advice(text))
}

/// Says how another hook comes to scan each commit. What stands at its end may never be reached.
fn advice(text: &str) -> String {
    let shells = ["sh", "bash", "dash", "ksh", "zsh"];
    let first = text.lines().next().unwrap_or_default();
    let program = first.split(['/', ' ']).next_back().unwrap_or_default();
    if text.starts_with("#!") && !shells.contains(&program) {
        return "it is no shell script: have it run `tokenctl scan --staged`, and fail unless that ends with 0".to_owned();
    }
    format!("add the line `{LINE}` to it, right below the first one, before anything can end it")
}

/// Returns the first line of a script that is no comment.
fn first_command(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o111 != 0)
}

/// Returns `true`, since on other systems git runs a hook whatever its permissions are.
#[cfg(not(unix))]
fn is_executable(_: &Path) -> bool {
    true
}

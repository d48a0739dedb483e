//! Installs the git hook.

mod foreign;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use token_policy::report::visible;

use crate::failure::Failure;
use crate::file;
use crate::git::Git;
use crate::output::Output;
use crate::project::Project;

/// The hook. git starts it in the root of the repository, where the scan finds every policy.
const HOOK_TEXT: &str = include_str!("../../../templates/pre-commit");

/// The CRC32 of each text that the hook had before. Whoever changes the text adds the old one's, so that `init` renews a
/// hook that nobody has changed.
const OLD_TEXTS: [u32; 1] = [0xf8bc_4c34];

/// The line that another hook needs.
const LINE: &str = "tokenctl scan --staged || exit 1";

/// Where the hook belongs.
struct Place {
    path: PathBuf,
    /// The path as it is shown.
    shown: String,
    /// Whether git starts the file itself, and so asks for its mode.
    is_started_by_git: bool,
}

/// Installs the hook where git looks for it, or renews it. Fails if another hook is there.
pub(super) fn install(project: &Project, output: &Output) -> Result<(), Failure> {
    let git = Git::new(&project.here);
    let folder = git.hooks()?;
    let place = Place::of(&folder, project);
    let done = match fs::symlink_metadata(&place.path) {
        // A link is read, but never written through.
        Ok(found) => there(&place, found.is_symlink(), project)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            place.make(project)?;
            "wrote"
        }
        Err(error) => return Err(place.failed(&error)),
    };
    let as_it_is = if done == "left" { " as it is" } else { "" };
    output.answer(&format!("{done} {}{as_it_is}\n", visible(&place.shown)))?;
    if is_for_all(&git, &folder, project)? {
        output.note(&format!(
            "note: git's setting `core.hooksPath` has all your repositories use {}",
            visible(&place.shown)
        ));
    }
    Ok(())
}

impl Place {
    fn of(folder: &Path, project: &Project) -> Place {
        let own = foreign::folder_of_husky(folder);
        let path = file::plain(&own.unwrap_or(folder).join("pre-commit"));
        Place { shown: project.shown(&path), path, is_started_by_git: own.is_none() }
    }

    fn make(&self, project: &Project) -> Result<(), Failure> {
        if let Some(folder) = self.path.parent()
            && !self.path.starts_with(&project.root)
        {
            fs::create_dir_all(folder).map_err(|error| self.failed(&error))?;
        }
        let made = file::create(&project.root, &self.path, HOOK_TEXT, true);
        made.map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &std::io::Error) -> Failure {
        Failure::at(&self.shown, error)
    }

    /// Returns whether git runs what is there.
    fn is_run(&self) -> bool {
        !self.is_started_by_git || is_executable(&self.path)
    }

    /// Returns what to do about a hook that git does not run.
    fn mode(&self) -> String {
        format!("run `chmod +x {}`: it is not executable, so git never runs it", self.shown)
    }
}

/// Looks at the hook that is there, renews it if it is ours, and returns what was done. Fails if it is another one that does
/// not scan each commit.
fn there(place: &Place, is_link: bool, project: &Project) -> Result<&'static str, Failure> {
    let text = fs::read(&place.path).map_err(|error| place.failed(&error))?;
    let is_old = OLD_TEXTS.contains(&crc32fast::hash(&text));
    let is_ours = is_old || text == HOOK_TEXT.as_bytes();
    if is_ours && !is_link && (is_old || !place.is_run()) {
        let renewed = file::replace(&project.root, &place.path, HOOK_TEXT);
        renewed
            .and_then(|()| make_executable(&place.path))
            .map_err(|error| place.failed(&error))?;
        if place.is_run() {
            return Ok("renewed");
        }
    }
    let text = String::from_utf8_lossy(&text);
    match (is_ours || first_command(&text) == Some(LINE), place.is_run()) {
        (true, true) => Ok("left"),
        (true, false) => {
            let message = format!("{} is not executable", place.shown);
            Err(Failure::new(message).help(place.mode()))
        }
        (false, true) => Err(foreign::left(&place.shown, &text)),
        (false, false) => {
            let failure = foreign::left(&place.shown, &text);
            let help = failure.help.iter().cloned().chain([place.mode()]).collect::<Vec<_>>();
            Err(failure.help(help.join("; and ")))
        }
    }
}

/// Returns whether the folder of hooks is neither this repository's own nor in its tree.
fn is_for_all(git: &Git<'_>, folder: &Path, project: &Project) -> Result<bool, Failure> {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| file::plain(path));
    let folder = whole(folder);
    let own = git.common_folder()?.is_some_and(|own| folder.starts_with(whole(&own)));
    Ok(!own && !folder.starts_with(&project.root))
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

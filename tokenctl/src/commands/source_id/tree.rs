//! The tree of a commit, and the same tree without its locks.

use std::collections::BTreeSet;
use std::process::Output;

use token_policy::report::path_text;
use token_scan::Apart;

use crate::failure::Failure;
use crate::project::POLICY;

/// The file name of a lock.
const LOCK: &str = "tokens.lock";

/// A regular file that nobody may run.
const REGULAR: &[u8] = b"100644";

/// What a commit has.
pub(super) struct Tree {
    id: String,
    /// The folders that have a policy, each with its last `/`.
    policies: BTreeSet<Vec<u8>>,
    /// The paths of the locks beside these policies.
    locks: Vec<Vec<u8>>,
}

impl Tree {
    /// Lists a commit. Fails if a lock is no regular file: what it leads to, or does, would be left out too.
    pub(super) fn read(apart: &Apart, commit: &str) -> Result<Tree, Failure> {
        let named = format!("{commit}^{{tree}}");
        let id = line(&answer(apart, &["rev-parse", "--verify", "--end-of-options", &named])?);
        let listed = answer(apart, &["ls-tree", "-r", "-z", "--full-tree", commit])?;
        let entries: Vec<Entry<'_>> = listed.split(|byte| *byte == 0).filter_map(entry).collect();
        let folder_of = |entry: &Entry<'_>, name| folder(entry.path, name).map(<[u8]>::to_vec);
        let policies = entries.iter().filter_map(|entry| folder_of(entry, POLICY)).collect();
        let mut tree = Tree { id, policies, locks: Vec::new() };
        for entry in entries.iter().filter(|entry| tree.is_lock(entry.path)).collect::<Vec<_>>() {
            if entry.mode != REGULAR {
                let message = format!("{}: this lock is no regular file", path_text(entry.path));
                return Err(Failure::new(message).help(
                    "a lock is left out of the source, so it must be a file with facts alone: no link, no program and no submodule",
                ));
            }
            tree.locks.push(entry.path.to_vec());
        }
        Ok(tree)
    }

    /// Whether the path is that of a lock beside a policy.
    pub(super) fn is_lock(&self, path: &[u8]) -> bool {
        folder(path, LOCK).is_some_and(|folder| self.policies.contains(folder))
    }

    /// Returns the id of the tree without its locks.
    pub(super) fn id_without_locks(&self, apart: &Apart) -> Result<String, Failure> {
        self.read_into(apart)?;
        let nothing = "0".repeat(self.id.len());
        let removed = self
            .locks
            .iter()
            .flat_map(|path| [b"0 ", nothing.as_bytes(), b"\t", path, b"\0"].concat());
        let asked = ["update-index", "-z", "--index-info"];
        succeeded(apart.git(asked, removed.collect())?)?;
        // What a partial clone lacks is not read, since the ids say what it is.
        Ok(line(&answer(apart, &["write-tree", "--missing-ok"])?))
    }

    /// Makes the index that of the tree.
    pub(super) fn read_into(&self, apart: &Apart) -> Result<(), Failure> {
        answer(apart, &["read-tree", &self.id]).map(drop)
    }
}

struct Entry<'l> {
    mode: &'l [u8],
    path: &'l [u8],
}

/// Reads `mode type id`, a tab and a path.
fn entry(line: &[u8]) -> Option<Entry<'_>> {
    let tab = line.iter().position(|byte| *byte == b'\t')?;
    let (head, path) = (line.get(..tab)?, line.get(tab + 1..)?);
    Some(Entry { mode: head.split(|byte| *byte == b' ').next()?, path })
}

/// Returns the folder of a file with this name, with its last `/`.
fn folder<'p>(path: &'p [u8], name: &str) -> Option<&'p [u8]> {
    let folder = path.strip_suffix(name.as_bytes())?;
    (folder.is_empty() || folder.ends_with(b"/")).then_some(folder)
}

/// Runs a command, and returns what it wrote.
pub(super) fn answer(apart: &Apart, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
    succeeded(apart.git(arguments.iter().copied(), Vec::new())?)
}

fn succeeded(output: Output) -> Result<Vec<u8>, Failure> {
    match output.status.success() {
        true => Ok(output.stdout),
        false => {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.lines().next().unwrap_or_default().to_owned();
            Err(Failure::new(format!("git failed: {said}")))
        }
    }
}

fn line(answer: &[u8]) -> String {
    String::from_utf8_lossy(answer).trim_end().to_owned()
}

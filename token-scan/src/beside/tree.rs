//! Finds the source files of the packages in a folder, and which of them are only for tests.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path, PathBuf};

use ignore::WalkBuilder;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::File;
use crate::Error;

/// The source files below a folder.
pub(super) struct Tree {
    base: PathBuf,
    /// The folders that have a `Cargo.toml`, and the paths of libraries and programs that stand in it.
    packages: BTreeMap<PathBuf, Vec<PathBuf>>,
    sources: Vec<PathBuf>,
    pub(super) others: Vec<String>,
    pub(super) unread: Vec<String>,
    live: Vec<File>,
}

impl Tree {
    /// Finds and reads the files. Packages with a policy of their own, that is none of `policies`, are left out.
    pub(super) fn read(
        root: &Path,
        base: &Path,
        policies: &BTreeSet<PathBuf>,
    ) -> Result<Tree, Error> {
        let root =
            root.canonicalize().map_err(|error| Error::io(root.display().to_string(), &error))?;
        let mut tree = Tree {
            base: base.canonicalize().unwrap_or_else(|_| base.to_owned()),
            packages: BTreeMap::new(),
            sources: Vec::new(),
            others: Vec::new(),
            unread: Vec::new(),
            live: Vec::new(),
        };
        tree.walk(&root, policies);
        tree.others.sort();
        tree.read_live();
        tree.unread.sort();
        Ok(tree)
    }

    pub(super) fn live_files(&self) -> &[File] {
        &self.live
    }

    /// Returns the folder of the package that a file belongs to.
    pub(super) fn package(&self, file: &Path) -> &Path {
        let folder =
            file.ancestors().skip(1).find_map(|folder| self.packages.get_key_value(folder));
        folder.map_or(Path::new(""), |(folder, _)| folder)
    }

    pub(super) fn shown(&self, path: &Path) -> String {
        let shown = path.strip_prefix(&self.base).unwrap_or(path).to_string_lossy();
        if cfg!(windows) { shown.replace('\\', "/") } else { shown.into_owned() }
    }

    fn walk(&mut self, root: &Path, policies: &BTreeSet<PathBuf>) {
        let (own, first) = (policies.clone(), root.to_owned());
        let walk = WalkBuilder::new(root)
            .ignore(false)
            .git_global(false)
            .git_exclude(false)
            .filter_entry(move |entry| {
                // Cargo marks its target folder.
                let path = entry.path();
                path == first || !(path.join("CACHEDIR.TAG").is_file() || is_other(path, &own))
            })
            .build();
        for entry in walk {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.unread.push(error.to_string());
                    continue;
                }
            };
            let path = entry.path();
            if entry.file_type().is_some_and(|kind| kind.is_dir()) {
                self.note_package(path);
                self.note_others(path, policies);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                self.sources.push(path.to_owned());
            }
        }
        self.sources.sort();
    }

    fn note_package(&mut self, folder: &Path) {
        let manifest = folder.join("Cargo.toml");
        if !manifest.is_file() {
            return;
        }
        let targets = std::fs::read_to_string(&manifest).map(|text| targets(&text, folder));
        if targets.is_err() {
            self.unread.push(self.shown(&manifest));
        }
        self.packages.insert(folder.to_owned(), targets.unwrap_or_default());
    }

    fn note_others(&mut self, folder: &Path, policies: &BTreeSet<PathBuf>) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        let folders = entries.flatten().map(|entry| entry.path());
        let others: Vec<_> = folders.filter(|path| is_other(path, policies)).collect();
        let shown: Vec<_> = others.iter().map(|other| self.shown(other)).collect();
        self.others.extend(shown);
    }

    /// Reads the files that are not only for tests, and those that they name.
    fn read_live(&mut self) {
        let sources = std::mem::take(&mut self.sources);
        let mut read = BTreeMap::new();
        for path in sources {
            if !self.is_in_test_folder(&path) {
                read.extend(self.file(&path).map(|file| (path, file)));
            }
        }
        let tests: BTreeSet<PathBuf> =
            read.values().flat_map(|file| file.tests.iter().map(|path| normal(path))).collect();
        let is_test = |path: &Path| {
            let is_declared = |folder: &Path| {
                tests.contains(&folder.join("mod.rs"))
                    || tests.contains(&folder.with_extension("rs"))
            };
            tests.contains(path) || path.ancestors().skip(1).any(is_declared)
        };
        let (mut waiting, live): (BTreeMap<PathBuf, File>, BTreeMap<PathBuf, File>) =
            read.into_iter().partition(|(path, _)| is_test(path));
        let mut queue: Vec<File> = live.into_values().collect();
        let mut known: BTreeSet<PathBuf> = queue.iter().map(|file| file.path.clone()).collect();
        let targets: Vec<PathBuf> = self.packages.values().flatten().cloned().collect();
        self.follow(targets, &mut known, &mut waiting, &mut queue);
        while let Some(file) = queue.pop() {
            self.follow(file.uses.clone(), &mut known, &mut waiting, &mut queue);
            self.live.push(file);
        }
        self.live.sort_by(|a, b| a.path.cmp(&b.path));
    }

    /// Adds those of the named files that exist to the queue.
    fn follow(
        &mut self,
        named: Vec<PathBuf>,
        known: &mut BTreeSet<PathBuf>,
        waiting: &mut BTreeMap<PathBuf, File>,
        queue: &mut Vec<File>,
    ) {
        for path in named {
            let path = normal(&path);
            if path.is_file() && known.insert(path.clone()) {
                let file = waiting.remove(&path).or_else(|| self.file(&path));
                queue.extend(file);
            }
        }
    }

    fn file(&mut self, path: &Path) -> Option<File> {
        let is_small = std::fs::metadata(path).is_ok_and(|found| found.len() <= LARGEST);
        let text = match is_small {
            true => std::fs::read_to_string(path),
            false => Err(io::ErrorKind::FileTooLarge.into()),
        };
        if text.is_err() {
            self.unread.push(self.shown(path));
        }
        text.ok().map(|text| File::read(path, text))
    }

    /// Returns whether a file is in `tests`, `examples` or `benches` of its package.
    fn is_in_test_folder(&self, path: &Path) -> bool {
        let below = path.strip_prefix(self.package(path)).ok();
        let first = below.and_then(|below| below.components().next());
        let Some(Component::Normal(first)) = first else { return false };
        TEST_FOLDERS.iter().any(|folder| first == *folder)
    }
}

/// Returns whether a folder has a package with a policy of its own.
fn is_other(folder: &Path, policies: &BTreeSet<PathBuf>) -> bool {
    let policy = folder.join("tokens.toml");
    folder.join("Cargo.toml").is_file()
        && policy.canonicalize().is_ok_and(|policy| !policies.contains(&policy))
}

/// Returns the paths of the library, the programs and the build script that a `Cargo.toml` gives.
fn targets(manifest: &str, folder: &Path) -> Vec<PathBuf> {
    let (manifest, _) = DeTable::parse_recoverable(manifest);
    let manifest = manifest.get_ref();
    let get = |key| manifest.get(key).map(|value: &Spanned<DeValue<'_>>| value.get_ref());
    let text = |table: &DeValue<'_>, key| {
        let text = table.as_table()?.get(key)?.get_ref().as_str()?;
        Some(folder.join(text))
    };
    let programs = get("bin").and_then(DeValue::as_array).into_iter().flatten();
    let programs = programs.filter_map(|program| text(program.get_ref(), "path"));
    let library = get("lib").and_then(|library| text(library, "path"));
    let script = get("package").and_then(|package| text(package, "build"));
    programs.chain(library).chain(script).collect()
}

/// Returns a path without `.` and `..`, as far as that is known without looking at links.
fn normal(path: &Path) -> PathBuf {
    if let Ok(path) = path.canonicalize() {
        return path;
    }
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}

const TEST_FOLDERS: &[&str] = &["tests", "examples", "benches"];

/// The most bytes of a source file that is read.
const LARGEST: u64 = 16 << 20;

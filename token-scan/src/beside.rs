//! Finds what a package's Rust sources declare beside the policy: token kinds, further policies, modules that hide the
//! policy's own.
//!
//! The compiler enforces what the code declares, and `check` and `diff` read only the policy file. So a kind that is
//! declared elsewhere is one that no review of the policy sees.

mod file;
mod item;
mod tokens;
mod tree;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use token_policy::checks::{Beside, Way};
use token_policy::report::Place;

use self::file::{File, Seen};
use self::tree::Tree;
use crate::Error;

/// What the Rust sources below a folder declare beside the policies.
#[derive(Clone, Debug, Default)]
pub struct Declarations {
    /// What was found, sorted by file.
    pub found: Vec<Beside>,
    /// Folders of packages that have a policy of their own, so they were not looked at.
    pub others: Vec<String>,
    /// Files that could not be read.
    pub unread: Vec<String>,
}

/// Searches the Rust sources of the packages in `root` for what they declare beside `policies`. Paths are shown relative
/// to `base`.
///
/// The sources are read as the compiler's lexer does, without expanding macros. These are looked for:
///
/// - `derive(TokenKind)`, also under another name, and the attribute `token_kind`, which has none;
/// - `impl Grants` and `impl TokenKind`;
/// - `policy!` with another file than one of `policies`, also under a name that the package gives it;
/// - in a package that uses `policy!`: a module or an import called `scope` or `kind`.
///
/// Tests are left out: what is under `#[cfg(test)]`, `#[cfg(all(test, …))]` or `#[test]`, a module that is declared so, and
/// the folders `tests`, `examples` and `benches` beside a `Cargo.toml`. A file in one of these is looked at all the same
/// if other code names it, by `mod`, `#[path]` or `include!`, or if the `Cargo.toml` does as a library or program.
/// A package that has a `tokens.toml` of its own beside its `Cargo.toml` is left out, and named.
///
/// What the macros of other crates generate is not seen.
///
/// # Errors
///
/// Fails if `root` cannot be read. Files below it that cannot be read are [named](Declarations::unread).
pub fn declarations(root: &Path, base: &Path, policies: &[PathBuf]) -> Result<Declarations, Error> {
    let policies: BTreeSet<PathBuf> =
        policies.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let tree = Tree::read(root, base, &policies)?;
    let files = tree.live_files();
    let names = Names::of(files);
    let with_policy: BTreeSet<&Path> = files
        .iter()
        .filter(|file| file.calls(&names.policy).next().is_some())
        .map(|file| tree.package(&file.path))
        .collect();
    let mut found = Vec::new();
    for file in files {
        let has_policy = with_policy.contains(tree.package(&file.path));
        let place = |seen: &Seen| {
            let (line, column) = file.position(seen.start);
            Place::new(tree.shown(&file.path), line, column).length(seen.length)
        };
        for (seen, way) in ways(file, &names, &policies, has_policy) {
            found.push(Beside::new(way, place(seen)));
        }
    }
    found.sort_by(|a, b| a.place().cmp(b.place()));
    Ok(Declarations { found, others: tree.others, unread: tree.unread })
}

fn ways<'f>(
    file: &'f File,
    names: &'f Names,
    policies: &BTreeSet<PathBuf>,
    has_policy: bool,
) -> Vec<(&'f Seen, Way)> {
    let mut ways = Vec::new();
    for derived in &file.derived {
        if derived.has_attribute || derived.derives.iter().any(|name| names.kind.contains(name)) {
            ways.push((&derived.seen, Way::DerivedKind { kind: derived.kind.clone() }));
        }
    }
    for written in file.implemented.iter().filter(|written| names.is_trait(&written.name)) {
        ways.push((&written.seen, Way::WrittenGrant { implemented: written.name.clone() }));
    }
    for call in file.calls(&names.policy) {
        let folder = file.path.parent().unwrap_or(Path::new(""));
        let read = call.literal.as_ref().and_then(|path| folder.join(path).canonicalize().ok());
        if !read.is_some_and(|read| policies.contains(&read)) {
            ways.push((&call.seen, Way::FurtherPolicy { file: call.literal.clone() }));
        }
    }
    for module in file.modules.iter().filter(|_| has_policy) {
        ways.push((&module.seen, Way::ShadowingModule { module: module.name.clone() }));
    }
    ways
}

/// The names under which the package knows the items of token-core.
struct Names {
    policy: BTreeSet<String>,
    kind: BTreeSet<String>,
    grants: BTreeSet<String>,
}

impl Names {
    fn of(files: &[File]) -> Names {
        let known = |first: &str| {
            let mut names = BTreeSet::from([first.to_owned()]);
            loop {
                let before = names.len();
                let renamed = files.iter().flat_map(|file| &file.renamed);
                let more: Vec<_> = renamed.filter(|(from, _)| names.contains(from)).collect();
                names.extend(more.into_iter().map(|(_, to)| to.clone()));
                if names.len() == before {
                    return names;
                }
            }
        };
        Names { policy: known("policy"), kind: known("TokenKind"), grants: known("Grants") }
    }

    fn is_trait(&self, name: &str) -> bool {
        self.kind.contains(name) || self.grants.contains(name)
    }
}

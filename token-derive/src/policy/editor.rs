//! Finds the policy file where nobody says which source file contains the call.
//!
//! rust-analyzer answers `Span::local_file` with `None`. So the package's source files are searched for the call, and
//! the path is taken as relative to each file that contains it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Component, Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};
use syn::LitStr;
use walkdir::{DirEntry, WalkDir};

/// The package that is compiled, and the crate in it.
pub(super) struct Package {
    pub(super) folder: PathBuf,
    pub(super) krate: String,
}

/// What a source file says about the path. The smaller one is the better reason to take the path as relative to it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    /// It calls `policy!` with the path.
    Calls,
    /// It contains the path, perhaps as an argument of a macro that calls `policy!`.
    Mentions,
    /// A policy file is there. The call may be in an editor's buffer that is not saved yet.
    IsBeside,
}

impl Package {
    /// Asks cargo's environment.
    pub(super) fn current() -> Self {
        let var = |name| std::env::var_os(name).unwrap_or_default();
        Self {
            folder: PathBuf::from(var("CARGO_MANIFEST_DIR")),
            krate: var("CARGO_CRATE_NAME").to_string_lossy().into_owned(),
        }
    }

    /// Returns the policy file, or every file that it may be.
    ///
    /// If there is none, returns the path relative to the package, for the error.
    pub(super) fn find(&self, literal: &LitStr) -> Vec<PathBuf> {
        let mut places: BTreeMap<Reason, Vec<(PathBuf, PathBuf)>> = BTreeMap::new();
        let from_package = self.folder.join(literal.value());
        for source in self.sources() {
            let Some(folder) = source.parent() else { continue };
            if let Ok(policy) = folder.join(literal.value()).canonicalize() {
                places.entry(reason(&source, literal)).or_default().push((source, policy));
            }
        }
        let Some((_, best)) = places.pop_first() else { return vec![from_package] };
        distinct(self.of_crate(&best))
    }

    /// Returns the package's source files. Other packages below it, build folders and hidden folders are left out.
    fn sources(&self) -> impl Iterator<Item = PathBuf> {
        let is_wanted = |entry: &DirEntry| {
            entry.depth() == 0 || !entry.file_type().is_dir() || !is_foreign(entry)
        };
        WalkDir::new(&self.folder)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(is_wanted)
            .take(MAX_ENTRIES)
            .filter_map(|entry| entry.ok().map(DirEntry::into_path))
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
    }

    /// Keeps the places that belong to the crate, if any does. A test, example, benchmark or program is a crate of its
    /// own. All other files are taken as the library's.
    fn of_crate(&self, places: &[(PathBuf, PathBuf)]) -> Vec<PathBuf> {
        let of_target = |name: &str| {
            let places = places.iter().filter(|(source, _)| self.target(source) == name);
            places.map(|(_, policy)| policy.clone()).collect::<Vec<_>>()
        };
        let own = [of_target(&self.krate), of_target("")].into_iter().find(|own| !own.is_empty());
        own.unwrap_or_else(|| places.iter().map(|(_, policy)| policy.clone()).collect())
    }

    /// Returns the name of the crate that a source file belongs to by its place, or `""` for the library.
    fn target(&self, source: &Path) -> String {
        let path = source.strip_prefix(&self.folder).unwrap_or(source);
        let words: Vec<_> = path.components().filter_map(word).collect();
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["tests" | "examples" | "benches", name, ..] | ["src", "bin", name, ..] => {
                name.trim_end_matches(".rs").replace('-', "_")
            }
            _ => String::new(),
        }
    }
}

fn word(component: Component<'_>) -> Option<String> {
    component.as_os_str().to_str().map(str::to_owned)
}

/// Whether a folder is hidden, is another package, or is a build folder. Cargo marks those by a file.
fn is_foreign(folder: &DirEntry) -> bool {
    let is_hidden = folder.file_name().as_encoded_bytes().starts_with(b".");
    is_hidden || ["Cargo.toml", "CACHEDIR.TAG"].iter().any(|name| folder.path().join(name).exists())
}

fn reason(source: &Path, literal: &LitStr) -> Reason {
    let written = literal.token().to_string();
    let text = fs::read_to_string(source).unwrap_or_default();
    if !text.contains(&written) {
        return Reason::IsBeside;
    }
    // The compiler's lexer knows comments and strings.
    let tokens: TokenStream = text.parse().unwrap_or_default();
    search(tokens, &written)
}

/// Searches tokens at any depth for `policy!("…")` and for the literal.
fn search(tokens: TokenStream, written: &str) -> Reason {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let reasons = tokens.iter().enumerate().map(|(position, token)| match token {
        TokenTree::Group(group) => match search(group.stream(), written) {
            Reason::Mentions if is_call(tokens.get(..position)) => Reason::Calls,
            inside => inside,
        },
        TokenTree::Literal(literal) if literal.to_string() == written => Reason::Mentions,
        TokenTree::Ident(_) | TokenTree::Literal(_) | TokenTree::Punct(_) => Reason::IsBeside,
    });
    reasons.min().unwrap_or(Reason::IsBeside)
}

/// Whether the tokens before a group end in `policy!`.
fn is_call(before: Option<&[TokenTree]>) -> bool {
    matches!(
        before,
        Some([.., TokenTree::Ident(name), TokenTree::Punct(bang)])
            if name == "policy" && bang.as_char() == '!'
    )
}

/// Leaves out the files that have the text of an earlier one.
fn distinct(policies: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut seen = BTreeMap::new();
    for policy in policies {
        let text = fs::read(&policy).unwrap_or_default();
        seen.entry(text).or_insert(policy);
    }
    seen.into_values().collect()
}

/// A package with more files and folders is searched in part, since an editor waits for the macro.
const MAX_ENTRIES: usize = 20_000;

#[cfg(test)]
mod tests;

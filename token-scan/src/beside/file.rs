//! Reads what one source file declares, outside of tests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::item::{self, Attributes};
use super::tokens::{self, Sort, Token, group, inside};

/// What a file declares outside of tests.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) derived: Vec<Derived>,
    pub(super) implemented: Vec<Named>,
    pub(super) modules: Vec<Named>,
    /// The names that an import gives to others: from, to.
    pub(super) renamed: Vec<(String, String)>,
    /// Where the files of its modules and of its `include!` may be.
    pub(super) uses: Vec<PathBuf>,
    /// Where the files of the modules that are only for tests may be.
    pub(super) tests: Vec<PathBuf>,
    calls: Vec<Call>,
    /// The byte offset of each line.
    lines: Vec<usize>,
    source: String,
}

/// A place in the file, and how many characters it has.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) start: usize,
    pub(super) length: u32,
}

/// An item with derives.
#[derive(Debug)]
pub(super) struct Derived {
    pub(super) seen: Seen,
    pub(super) derives: Vec<String>,
    /// Whether it has the attribute `token_kind`.
    pub(super) has_attribute: bool,
    pub(super) kind: Option<String>,
}

/// Something with a name.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) seen: Seen,
    pub(super) name: String,
}

/// A call of a macro whose first argument is a text or a macro's parameter.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) seen: Seen,
    name: String,
    pub(super) literal: Option<String>,
}

impl File {
    pub(super) fn read(path: &Path, source: String) -> File {
        let mut file = File { path: path.to_owned(), ..File::default() };
        file.lines =
            std::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Reader { file: &mut file, inline: Vec::new(), depth: 0 }.read(&tokens::read(&source));
        file.source = source;
        file
    }

    pub(super) fn calls<'f>(
        &'f self,
        names: &'f BTreeSet<String>,
    ) -> impl Iterator<Item = &'f Call> {
        self.calls.iter().filter(|call| names.contains(&call.name))
    }

    /// Returns the line and the column of a byte, counted from 1, the column in characters.
    pub(super) fn position(&self, start: usize) -> (u32, u32) {
        let line = self.lines.partition_point(|begin| *begin <= start).max(1);
        let begin = self.lines.get(line - 1).copied().unwrap_or(0);
        let before = self.source.get(begin..start).unwrap_or_default().chars().count();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        (number(line), number(before + 1))
    }
}

struct Reader<'f> {
    file: &'f mut File,
    /// The modules in whose braces the current token stands, with the depth of these braces.
    inline: Vec<(String, usize)>,
    depth: usize,
}

impl Reader<'_> {
    fn read(&mut self, mut rest: &[Token<'_>]) {
        while let Some(token) = rest.first() {
            let taken = self.step(token, rest).max(1);
            rest = rest.get(taken..).unwrap_or_default();
        }
    }

    /// Reads what begins at the first token, and returns how many tokens it took.
    fn step(&mut self, token: &Token<'_>, rest: &[Token<'_>]) -> usize {
        match (token.sort, rest) {
            (_, [hash, bang, open, ..]) if hash.is("#") && bang.is("!") && open.is("[") => {
                let attribute = rest.get(2..).unwrap_or_default();
                match item::is_of_a_test(inside(attribute)) {
                    true => enclosing(rest),
                    false => 2 + group(attribute),
                }
            }
            (_, [hash, open, ..]) if hash.is("#") && open.is("[") => self.attributes(rest),
            (Sort::Word, [_, name, ..]) if token.is("mod") && name.is_word() => {
                self.module(rest);
                2
            }
            (Sort::Word, _) if token.is("use") || token.is("extern") => {
                self.import(rest);
                1
            }
            (Sort::Word, _) if token.is("impl") => {
                self.implementation(rest);
                1
            }
            (Sort::Word, [_, bang, open, ..]) if bang.is("!") && open.sort == Sort::Open => {
                self.call(token, rest.get(2..).unwrap_or_default());
                2
            }
            (Sort::Open, _) => {
                self.depth += 1;
                1
            }
            (Sort::Close, _) => {
                self.depth = self.depth.saturating_sub(1);
                self.inline.retain(|(_, depth)| *depth <= self.depth);
                1
            }
            _ => 1,
        }
    }

    fn attributes(&mut self, rest: &[Token<'_>]) -> usize {
        let attributes = Attributes::read(rest);
        let item = rest.get(attributes.length..).unwrap_or_default();
        if attributes.are_of_a_test() {
            let length = item::length(item);
            if let Some(module) = item.get(..length).and_then(file_module) {
                let files = self.files_of(module);
                self.file.tests.extend(files);
            }
            return attributes.length + length;
        }
        let kind = attributes.token_kind();
        let derives = attributes.derives();
        let named = derives.iter().find(|derive| derive.is("TokenKind"));
        let first = named.copied().or(kind.map(|(token, _)| token)).or(derives.first().copied());
        if let Some(first) = first {
            self.file.derived.push(Derived {
                seen: seen(&first),
                derives: derives.iter().map(|derive| derive.text.to_owned()).collect(),
                has_attribute: kind.is_some(),
                kind: kind.and_then(|(_, name)| name).map(str::to_owned),
            });
        }
        let paths = attributes.paths();
        for path in &paths {
            self.named_file(path);
        }
        attributes.length
    }

    /// Notes a module, and where its file may be.
    fn module(&mut self, rest: &[Token<'_>]) {
        let [_, name, end, ..] = rest else { return };
        if SHADOWING.contains(&name.text) {
            let module = Named { seen: seen(name), name: name.text.to_owned() };
            self.file.modules.push(module);
        }
        if end.is(";") {
            let files = self.files_of(name.text);
            self.file.uses.extend(files);
        } else if end.is("{") {
            self.inline.push((name.text.to_owned(), self.depth + 1));
        }
    }

    /// Notes the names that an import gives to others.
    fn import(&mut self, rest: &[Token<'_>]) {
        let end = rest.iter().position(|token| token.is(";")).unwrap_or(rest.len());
        for part in rest.get(..end).unwrap_or_default().windows(3) {
            let [from, word, to] = part else { continue };
            if !word.is("as") || !word.is_word() {
                continue;
            }
            self.file.renamed.push((from.text.to_owned(), to.text.to_owned()));
            if SHADOWING.contains(&to.text) && from.text != to.text {
                let module = Named { seen: seen(to), name: to.text.to_owned() };
                self.file.modules.push(module);
            }
        }
    }

    /// Notes the trait that an `impl` is of.
    fn implementation(&mut self, rest: &[Token<'_>]) {
        let end = rest.iter().position(|token| token.is("{") || token.is(";"));
        let head = rest.get(1..end.unwrap_or(rest.len())).unwrap_or_default();
        let Some(of) = head.iter().position(|token| token.is("for") && token.is_word()) else {
            return;
        };
        let mut angles = 0_usize;
        let mut name = None;
        let mut is_arrow = false;
        for token in head.get(..of).unwrap_or_default() {
            match token.text {
                "<" => angles += 1,
                ">" if !is_arrow => angles = angles.saturating_sub(1),
                _ if angles == 0 && token.is_word() => name = Some(token),
                _ => {}
            }
            is_arrow = token.is("-");
        }
        self.file
            .implemented
            .extend(name.map(|name| Named { seen: seen(name), name: name.text.to_owned() }));
    }

    fn call(&mut self, name: &Token<'_>, arguments: &[Token<'_>]) {
        let Some(first) = inside(arguments).first() else { return };
        let is_text = first.sort == Sort::Text;
        if name.is("include") && is_text {
            self.named_file(first.text);
        }
        let is_path = is_text || first.is("$") || MACROS.contains(&first.text);
        if is_path {
            let literal = is_text.then(|| first.text.to_owned());
            self.file.calls.push(Call { seen: seen(name), name: name.text.to_owned(), literal });
        }
    }

    /// Notes a file that is named by its path.
    fn named_file(&mut self, path: &str) {
        let folders = self.folders();
        let folder = self.file.path.parent().map(Path::to_owned);
        let all = folders.into_iter().chain(folder);
        self.file.uses.extend(all.map(|folder| folder.join(path)));
    }

    /// Returns where the file of a module may be.
    fn files_of(&self, module: &str) -> Vec<PathBuf> {
        let files = self.folders().into_iter().flat_map(|folder| {
            [folder.join(format!("{module}.rs")), folder.join(module).join("mod.rs")]
        });
        files.collect()
    }

    /// Returns the folders in which the files of modules may be: those of the file `src/a.rs` are in `src/a`, those of
    /// `src/lib.rs` in `src`. Which of the two it is, depends on who uses the file, so both are tried.
    fn folders(&self) -> Vec<PathBuf> {
        let beside = self.file.path.parent().unwrap_or(Path::new("")).to_owned();
        let below = self.file.path.with_extension("");
        let inline = self.inline.iter().map(|(name, _)| name);
        let inline: PathBuf = inline.collect();
        [beside.join(&inline), below.join(&inline)].into()
    }
}

/// Returns the name of the module if the item is `mod name;`.
fn file_module<'s>(item: &[Token<'s>]) -> Option<&'s str> {
    let at = item.iter().position(|token| token.is("mod"))?;
    match item.get(at..)? {
        [_, name, end] if end.is(";") => Some(name.text),
        _ => None,
    }
}

/// Returns how many tokens there are up to the end of the braces in which the first token stands.
fn enclosing(rest: &[Token<'_>]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in rest.iter().enumerate() {
        match token.sort {
            Sort::Open => depth += 1,
            Sort::Close if depth == 0 => return at,
            Sort::Close => depth -= 1,
            Sort::Word | Sort::Text | Sort::Other => {}
        }
    }
    rest.len()
}

fn seen(token: &Token<'_>) -> Seen {
    let length = token.text.chars().count();
    Seen { start: token.start, length: u32::try_from(length).unwrap_or(u32::MAX) }
}

/// The modules that `policy!` makes.
const SHADOWING: &[&str] = &["scope", "kind"];

/// Macros that may stand for a path.
const MACROS: &[&str] = &["concat", "env", "include_str", "stringify"];

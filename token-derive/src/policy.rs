//! Finds the policy file beside the user's source file, reads it, and lets token-policy parse it.

mod editor;
mod missing;

use std::{
    fmt::Display,
    fs::File,
    io::{self, ErrorKind, Read},
    path::{Path, PathBuf},
};

use proc_macro2::Span;
use syn::LitStr;
use token_policy::{MAX_POLICY_BYTES, Policy, PolicyErrors, Position};

use crate::mistakes::Mistakes;

/// A policy file that could be read.
pub(crate) struct PolicyFile {
    /// The path as the user wrote it. It is the only path that errors and generated code may show.
    pub(crate) literal: LitStr,
    pub(crate) text: String,
}

impl PolicyFile {
    pub(crate) fn read(literal: &LitStr) -> syn::Result<Self> {
        let refuse = |message| syn::Error::new(literal.span(), message);
        let path = locate(literal).map_err(refuse)?;
        match read(&path) {
            Ok(text) => Ok(Self { literal: literal.clone(), text }),
            Err(error) => Err(refuse(explain(literal, &path, &error))),
        }
    }

    /// Parses the text. Reports every mistake in it at the literal, with the line and column in the policy file.
    pub(crate) fn parse(&self, mistakes: &mut Mistakes) -> Result<Policy, PolicyErrors> {
        Policy::parse(&self.text).inspect_err(|errors| {
            for error in errors.iter() {
                self.report(error.position(), error.message(), error.help(), mistakes);
            }
            if errors.omitted() > 0 {
                let message =
                    format!("{}: and {} more mistakes", self.literal.value(), errors.omitted());
                mistakes.at_span(self.literal.span(), message);
            }
        })
    }

    /// Reports a mistake at a place in the policy file.
    pub(crate) fn report(
        &self,
        at: Position,
        message: impl Display,
        help: Option<&str>,
        mistakes: &mut Mistakes,
    ) {
        mistakes.at_span(self.literal.span(), self.sentence(at, message, help));
    }

    /// Writes a message about a place in the policy file, with the file's path, line and column before it.
    pub(crate) fn sentence(
        &self,
        at: Position,
        message: impl Display,
        help: Option<&str>,
    ) -> String {
        let help = help.map(|help| format!("\n  help: {help}")).unwrap_or_default();
        format!("{}:{at}: {message}{help}", self.literal.value())
    }

    /// Returns the span of generated items. Their names are resolved like the macro's own, and errors point at the
    /// literal.
    pub(crate) fn span(&self) -> Span {
        Span::call_site().located_at(self.literal.span())
    }
}

/// Returns the path, relative to the source file that contains the literal, as in `include_str!`. Where the compiler
/// does not know that file, it is searched for. An error is a message.
fn locate(literal: &LitStr) -> Result<PathBuf, String> {
    let source = literal.span().unwrap().local_file();
    if let Some(folder) = source.as_deref().and_then(Path::parent) {
        return Ok(folder.join(literal.value()));
    }
    match editor::Package::current().find(literal).as_slice() {
        [policy] => Ok(policy.clone()),
        policies => Err(format!(
            "`{}` is the path of {} different policy files, and the editor does not tell which source file this is\n  \
             help: `cargo check` knows; for the editor, give the policy files different names",
            literal.value(),
            policies.len()
        )),
    }
}

/// Reads the file, but at most one byte more than a policy may have, so that token-policy reports a file that is too
/// large.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MAX_POLICY_BYTES as u64 + 1).read_to_string(&mut text)?;
    Ok(text)
}

/// Writes the message for an error. It doesn't contain the absolute path, which differs between machines.
fn explain(literal: &LitStr, path: &Path, error: &io::Error) -> String {
    let written = literal.value();
    match error.kind() {
        ErrorKind::NotFound => missing::explain(&written, path),
        ErrorKind::InvalidData => format!("{written}: the policy file is not UTF-8 text"),
        kind => format!("{written}: the policy file cannot be read: {kind}"),
    }
}

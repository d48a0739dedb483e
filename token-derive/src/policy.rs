//! Finds the policy file beside the user's source file, reads it, and lets token-policy parse it.

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
        match read(&locate(literal)) {
            Ok(text) => Ok(Self { literal: literal.clone(), text }),
            Err(error) => Err(syn::Error::new(literal.span(), explain(&literal.value(), &error))),
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

/// Returns the path, relative to the source file that contains the literal, as in `include_str!`. If the compiler does
/// not know that file, the path is relative to the crate.
fn locate(literal: &LitStr) -> PathBuf {
    let source = literal.span().unwrap().local_file();
    let folder = match source.as_deref().map(Path::parent) {
        Some(folder) => folder.map(PathBuf::from),
        None => std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from),
    };
    folder.unwrap_or_default().join(literal.value())
}

/// Reads the file, but at most one byte more than a policy may have, so that token-policy reports a file that is too
/// large.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MAX_POLICY_BYTES as u64 + 1).read_to_string(&mut text)?;
    Ok(text)
}

/// Writes the message for an error. It doesn't contain the absolute path, which differs between machines.
fn explain(written: &str, error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => format!(
            "no policy file at `{written}`\n  help: the path is relative to the folder of this source file, as in `include_str!`"
        ),
        ErrorKind::InvalidData => format!("{written}: the policy file is not UTF-8 text"),
        kind => format!("{written}: the policy file cannot be read: {kind}"),
    }
}

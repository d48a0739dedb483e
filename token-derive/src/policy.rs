//! Finds the policy file beside the user's source file, reads it, and has token-policy parse it.

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
    /// The path as the user wrote it: the only one that errors and generated code may show.
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

    /// Parses the text. Every mistake in it is reported at the literal, with its own line and column.
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

    /// A message about a place in the policy file, with the file's path, line and column before it.
    pub(crate) fn sentence(
        &self,
        at: Position,
        message: impl Display,
        help: Option<&str>,
    ) -> String {
        let help = help.map(|help| format!("\n  help: {help}")).unwrap_or_default();
        format!("{}:{at}: {message}{help}", self.literal.value())
    }

    /// The span of generated items: their names are resolved as the macro's, and their place is the literal.
    pub(crate) fn span(&self) -> Span {
        Span::call_site().located_at(self.literal.span())
    }
}

/// The path, relative to the file that the literal is written in, as in
/// `include_str!`; to the crate if the compiler does not know that file.
fn locate(literal: &LitStr) -> PathBuf {
    let source = literal.span().unwrap().local_file();
    let folder = match source.as_deref().map(Path::parent) {
        Some(folder) => folder.map(PathBuf::from),
        None => std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from),
    };
    folder.unwrap_or_default().join(literal.value())
}

/// Reads at most one byte more than a policy may have, so that token-policy
/// reports that a larger file is too large.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MAX_POLICY_BYTES as u64 + 1).read_to_string(&mut text)?;
    Ok(text)
}

/// The message for an error. It doesn't contain the absolute path, which differs between machines.
fn explain(written: &str, error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => format!(
            "no policy file at `{written}`\n  help: the path is relative to the folder of this source file, as in `include_str!`"
        ),
        ErrorKind::InvalidData => format!("{written}: the policy file is not UTF-8 text"),
        kind => format!("{written}: the policy file cannot be read: {kind}"),
    }
}

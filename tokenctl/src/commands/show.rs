//! Implements `show`, which says what a program was built from, without running it.

mod notes;

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use token_policy::note::BuildNote;
use token_policy::report;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::file;
use crate::options::ListFormat;
use crate::output::{Output, number};

/// Shows which policies and which source a program was built from, without running it.
///
/// The program is a file of the format ELF, Mach-O or PE. Its build notes are read, of which `policy!` writes one for
/// each policy. They say what whoever built the program said: they are not signed. The source is unknown unless
/// `TOKEN_BUILD_SOURCE` was set when the program was built; `tokenctl source-id` prints what to set it to.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The program's file
    #[arg(value_name = "BINARY")]
    binary: PathBuf,
    /// How the notes are shown
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: ListFormat,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let shown = report::path_text(arguments.binary.as_os_str().as_encoded_bytes());
    let bytes = file::program(&arguments.binary, &shown)?;
    let notes = notes::read(&bytes).map_err(|error| failure(&shown, &error))?;
    let mut text = String::new();
    let written = notes.iter().try_for_each(|note| match arguments.format {
        ListFormat::Text => write_note(note, &mut text),
        ListFormat::Json => write_object(note, &mut text),
    });
    written.map_err(|_| Failure::new("the notes could not be written"))?;
    output.answer(&text)?;
    output.note(&number(notes.len(), "build note"));
    Ok(Exit::Clean)
}

fn write_note(note: &BuildNote, out: &mut String) -> fmt::Result {
    report::wrap("", 4, &format!("{}: {}", note.package, note.file), out)?;
    let source = note.source.map_or("unknown".to_owned(), |source| source.to_string());
    report::wrap("    source: ", 12, &source, out)?;
    report::wrap("    policy: ", 12, &note.policy.to_string(), out)?;
    note.kinds.iter().try_for_each(|(name, own)| {
        let kind = format!("`{name}`: {own}");
        report::wrap("    kind ", 9, &kind, out)
    })
}

fn write_object(note: &BuildNote, out: &mut String) -> fmt::Result {
    let kinds = note.kinds.iter().map(|(name, own)| (name.clone(), own.to_string().into()));
    let kinds: serde_json::Map<_, _> = kinds.collect();
    let object = json!({
        "package": note.package,
        "file": note.file,
        "source": note.source.map(|source| source.to_string()),
        "policy": note.policy.to_string(),
        "kinds": kinds,
    });
    fmt::Write::write_fmt(out, format_args!("{}\n", report::plain(&object.to_string())))
}

fn failure(shown: &str, error: &notes::Error) -> Failure {
    let failure = Failure::within(shown, error);
    match error {
        notes::Error::None => failure.help(
            "the program calls no `policy!`, or was built by a token-core that writes no notes, or for a system whose \
             files have none",
        ),
        notes::Error::NoProgram => failure.help(
            "name the program's own file; if it is in an archive or an image, take it out first",
        ),
        notes::Error::Damaged(_) => failure.help("copy or build the program again"),
        notes::Error::Note(_) | notes::Error::Type(_) | notes::Error::TooMany => {
            failure.help("if a later version built the program, show it with a later `tokenctl`")
        }
    }
}

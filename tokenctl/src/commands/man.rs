//! Implements `man`, which writes the help as manual pages.

use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man;

use crate::exit::{Exit, TABLE};
use crate::failure::Failure;
use crate::output::Output;

/// Prints the manual page, or writes one page for each command into a folder.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The folder into which the pages are written
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn run(
    arguments: &Arguments,
    mut whole: Command,
    output: &Output,
) -> Result<Exit, Failure> {
    whole.build();
    match &arguments.out {
        None => output.answer(&page(whole)?)?,
        Some(folder) => {
            let made = std::fs::create_dir_all(folder);
            made.map_err(|error| Failure::at(&folder.to_string_lossy(), &error))?;
            write_all(whole, folder)?;
        }
    }
    Ok(Exit::Clean)
}

/// Writes a page for the command, and one for each command below it.
fn write_all(command: Command, folder: &Path) -> Result<(), Failure> {
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        write_all(below.clone(), folder)?;
    }
    let name = command.get_display_name().unwrap_or("tokenctl").to_owned();
    let path = folder.join(format!("{name}.1"));
    let written = std::fs::write(&path, page(command)?);
    written.map_err(|error| Failure::at(&path.to_string_lossy(), &error))
}

fn page(command: Command) -> Result<String, Failure> {
    // In a manual page the table of exit codes is a section of its own, so it is taken out here.
    let mut page = Vec::new();
    let plain = command.after_help("").after_long_help("");
    Man::new(plain).render(&mut page).map_err(|error| Failure::at("the manual page", &error))?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    page.push_str(".SH \"EXIT STATUS\"\n");
    for row in &TABLE {
        page.push_str(&format!(".TP\n\\fB{}\\fR\n{}\n", row.code, row.meaning));
    }
    Ok(page)
}

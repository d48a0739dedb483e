//! Two streams: what was asked for, and everything else.

mod colour;
mod findings;
mod progress;

use std::io::{self, IsTerminal, Write};

use anstream::AutoStream;
use token_scan::Hidden;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::options::Global;

pub(crate) use self::colour::paint;
pub(crate) use self::findings::{counted, judged, number};
pub(crate) use self::progress::Watch;

/// Where output goes, and how much of it.
pub(crate) struct Output {
    colour: anstream::ColorChoice,
    quiet: bool,
    verbose: bool,
    /// What no output repeats.
    hidden: Hidden,
}

impl Output {
    pub(crate) fn new(global: &Global, hidden: Hidden) -> Output {
        let Global { color, quiet, verbose } = *global;
        Output { colour: wanted(color), quiet, verbose, hidden }
    }

    /// Writes what was asked for to standard output.
    pub(crate) fn answer(&self, text: &str) -> Result<(), Failure> {
        let mut out = AutoStream::new(io::stdout().lock(), self.colour);
        match out.write_all(self.hidden.mask(text).as_bytes()).and_then(|()| out.flush()) {
            // Whoever closed the pipe wants to read no more, and the exit code still counts.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::at("standard output", &error))
            }
            _ => Ok(()),
        }
    }

    /// Says something beside the answer.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.aside(text);
        }
    }

    /// Says something beside the answer; if it makes the run fail, also to those who want quiet.
    pub(crate) fn told(&self, fails: bool, text: &str) {
        if fails || !self.quiet {
            self.aside(text);
        }
    }

    /// Says what few want to know.
    pub(crate) fn detail(&self, text: &str) {
        if self.verbose {
            self.aside(text);
        }
    }

    /// Says why there is no answer.
    pub(crate) fn fail(&self, failure: &Failure) -> Exit {
        let mut text = String::new();
        let lines = failure.message.lines().map(|line| ("error: ", line));
        for (head, line) in lines.chain(failure.help.as_deref().map(|help| ("  help: ", help))) {
            // Writing to a text cannot fail.
            let _ = token_policy::report::wrap(head, head.len(), line, &mut text);
        }
        self.aside(text.trim_end());
        failure.exit
    }

    /// Whether somebody watches.
    fn is_watched(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    fn aside(&self, text: &str) {
        let mut err = AutoStream::new(io::stderr().lock(), self.colour);
        // There is nowhere left to say that this failed.
        let _ = writeln!(err, "{}", paint(&narrow(&self.hidden.mask(text))));
    }
}

/// Shows what clap has to say: help, the version, or what is wrong with the arguments.
pub(crate) fn told(error: &clap::Error, colour: clap::ColorChoice, hidden: &Hidden) -> Exit {
    let text = hidden.mask(&error.render().ansi().to_string());
    // Whoever closed the pipe wants to hear no more.
    let _ = match error.use_stderr() {
        true => write!(AutoStream::new(io::stderr().lock(), wanted(colour)), "{text}"),
        false => write!(AutoStream::new(io::stdout().lock(), wanted(colour)), "{text}"),
    };
    if error.use_stderr() { Exit::Usage } else { Exit::Clean }
}

fn wanted(colour: clap::ColorChoice) -> anstream::ColorChoice {
    match colour {
        clap::ColorChoice::Always => anstream::ColorChoice::Always,
        clap::ColorChoice::Never => anstream::ColorChoice::Never,
        clap::ColorChoice::Auto => anstream::ColorChoice::Auto,
    }
}

/// The text with its long lines broken.
fn narrow(text: &str) -> String {
    let mut narrow = String::new();
    for line in text.lines() {
        // Writing to a text cannot fail.
        let _ = token_policy::report::wrap("", 4, line, &mut narrow);
    }
    narrow.truncate(narrow.trim_end().len());
    narrow
}

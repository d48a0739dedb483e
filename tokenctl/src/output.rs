//! Writes to two streams: the answer goes to standard output, everything else to standard error.

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

/// Knows where output goes, and how much of it is wanted.
pub(crate) struct Output {
    colour: anstream::ColorChoice,
    quiet: bool,
    verbose: bool,
    /// The tokens among the arguments, which are masked in all output.
    hidden: Hidden,
}

impl Output {
    pub(crate) fn new(global: &Global, hidden: Hidden) -> Output {
        let Global { color, quiet, verbose } = *global;
        Output { colour: wanted(color), quiet, verbose, hidden }
    }

    /// Writes the answer to standard output. Fails if it cannot be written.
    pub(crate) fn answer(&self, text: &str) -> Result<(), Failure> {
        let mut out = AutoStream::new(io::stdout().lock(), self.colour);
        match out.write_all(self.hidden.mask(text).as_bytes()).and_then(|()| out.flush()) {
            // Whoever closed the pipe wants to read no more, but the exit code still counts.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::at("standard output", &error))
            }
            _ => Ok(()),
        }
    }

    /// Writes a remark to standard error, unless `--quiet` is given.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.aside(text);
        }
    }

    /// Writes a remark to standard error. With `--quiet` it is written only if it is the reason why the run fails
    /// (`fails`).
    pub(crate) fn told(&self, fails: bool, text: &str) {
        if fails || !self.quiet {
            self.aside(text);
        }
    }

    /// Writes a remark to standard error if `--verbose` is given.
    pub(crate) fn detail(&self, text: &str) {
        if self.verbose {
            self.aside(text);
        }
    }

    /// Writes why there is no answer, and returns the exit code.
    pub(crate) fn fail(&self, failure: &Failure) -> Exit {
        let mut text = String::new();
        let lines = failure.message.lines().map(|line| ("error: ", line));
        for (head, line) in lines.chain(failure.help.as_deref().map(|help| ("  help: ", help))) {
            // Writing to a string cannot fail.
            let _ = token_policy::report::wrap(head, head.len(), line, &mut text);
        }
        self.aside(text.trim_end());
        failure.exit
    }

    /// Returns whether somebody watches: standard error is a terminal, and `--quiet` is not given.
    fn is_watched(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    fn aside(&self, text: &str) {
        let mut err = AutoStream::new(io::stderr().lock(), self.colour);
        // There is no place left to report that this failed.
        let _ = writeln!(err, "{}", paint(&narrow(&self.hidden.mask(text))));
    }
}

/// Writes clap's output: the help, the version, or what is wrong with the arguments. Returns the exit code.
pub(crate) fn told(error: &clap::Error, colour: clap::ColorChoice, hidden: &Hidden) -> Exit {
    let text = hidden.mask(&error.render().ansi().to_string());
    // An error is ignored: whoever closed the pipe wants to read no more.
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

/// Breaks the long lines of a text.
fn narrow(text: &str) -> String {
    let mut narrow = String::new();
    for line in text.lines() {
        // Writing to a string cannot fail.
        let _ = token_policy::report::wrap("", 4, line, &mut narrow);
    }
    narrow.truncate(narrow.trim_end().len());
    narrow
}

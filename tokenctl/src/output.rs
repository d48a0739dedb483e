//! Writes to two streams: the answer goes to standard output, everything else to standard error.

mod colour;
mod findings;
mod progress;
mod sarif;
mod veil;

use std::io::{self, IsTerminal, Write};

use anstream::AutoStream;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::options::Global;
use token_policy::report::visible;

pub(crate) use self::colour::paint;
pub(crate) use self::findings::{Found, counted, judged, number};
pub(crate) use self::progress::Watch;
pub(crate) use self::sarif::LEFT_OUT;
pub(crate) use self::veil::Veil;

/// Knows where output goes, and how much of it is wanted.
pub(crate) struct Output {
    colour: anstream::ColorChoice,
    quiet: bool,
    verbose: bool,
    veil: Veil,
}

impl Output {
    pub(crate) fn new(global: &Global, veil: Veil) -> Output {
        let Global { color, quiet, verbose } = *global;
        Output { colour: wanted(color), quiet, verbose, veil }
    }

    /// Writes the answer to standard output, with the tokens in it masked. Fails if it cannot be written.
    pub(crate) fn answer(&self, text: &str) -> Result<(), Failure> {
        self.write(&self.veil.mask(text))
    }

    /// Writes a part of an answer, as [`answer`](Output::answer) does. Returns whether there is still somebody who reads.
    #[cfg(feature = "registry")]
    pub(crate) fn answer_while_read(&self, text: &str) -> Result<bool, Failure> {
        self.write_while_read(&self.veil.mask(text))
    }

    /// Returns whether it is known that nobody reads standard output any more.
    #[cfg(feature = "registry")]
    pub(crate) fn is_unread(&self) -> bool {
        #[cfg(unix)]
        {
            use rustix::event::{PollFd, PollFlags, Timespec, poll};
            let out = io::stdout();
            let mut asked = [PollFd::new(&out, PollFlags::empty())];
            let now = Timespec { tv_sec: 0, tv_nsec: 0 };
            poll(&mut asked, Some(&now)).is_ok_and(|ready| ready > 0)
                && asked.iter().any(|out| out.revents().intersects(PollFlags::ERR | PollFlags::HUP))
        }
        #[cfg(not(unix))]
        false
    }

    /// Writes an answer in which nothing may be changed, such as a proof.
    pub(crate) fn answer_as_it_is(&self, text: &str) -> Result<(), Failure> {
        self.write(&self.veil.mask_arguments(text))
    }

    fn write(&self, text: &str) -> Result<(), Failure> {
        // Whoever closed the pipe wants to read no more, but the exit code still counts.
        self.write_while_read(text).map(drop)
    }

    fn write_while_read(&self, text: &str) -> Result<bool, Failure> {
        let mut out = AutoStream::new(io::stdout().lock(), self.colour);
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(Failure::at("standard output", &error)),
            Ok(()) => Ok(true),
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
        let _ = writeln!(err, "{}", paint(&narrow(&self.veil.mask(text))));
    }
}

/// Writes clap's output: the help, the version, or what is wrong with the arguments. Returns the exit code.
pub(crate) fn told(error: &clap::Error, colour: clap::ColorChoice, veil: &Veil) -> Exit {
    // clap repeats an argument as it is, so one with control characters is not coloured, and they are escaped.
    let plain = error.render().to_string();
    let is_hostile = plain.lines().any(|line| visible(line) != line);
    let text = match is_hostile {
        true => plain.lines().map(|line| visible(line) + "\n").collect(),
        false => error.render().ansi().to_string(),
    };
    let text = veil.mask(&text);
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

//! Defines options that more than one command has.

use clap::{ArgAction, Args, ColorChoice, ValueEnum};

/// The options that every command has.
#[derive(Args)]
pub(crate) struct Global {
    /// When to use colours. `auto` heeds `NO_COLOR` and `CLICOLOR_FORCE`
    #[arg(
        display_order = 101,
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output"
    )]
    pub(crate) color: ColorChoice,
    /// Say nothing on standard error but errors
    #[arg(display_order = 102, long, short, global = true, help_heading = "Output")]
    pub(crate) quiet: bool,
    /// Say more on standard error
    #[arg(display_order = 103, long, short, global = true, conflicts_with = "quiet", help_heading = "Output", action = ArgAction::SetTrue)]
    pub(crate) verbose: bool,
}

/// The forms in which findings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// As a compiler shows them
    Text,
    /// One object per line
    Json,
    /// SARIF 2.1.0, as code hosts read it
    Sarif,
}

/// The forms in which a list is shown that has no findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For reading
    Text,
    /// One object per line
    Json,
}

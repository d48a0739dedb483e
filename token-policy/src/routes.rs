//! The table of a service's routes: what each one asks for.
//!
//! `token_guard::axum::Router` makes it. A test of the service compares its text with a file in the repository, so that a
//! new public route is a line in a review, and `tokenctl routes diff` says whether the file permits more than before.
//!
//! ```
//! use token_policy::routes::{RouteTable, Verdict, diff};
//!
//! let old = RouteTable::parse("\
//! POST /deploy/{repo} scopes=deploy:run kinds=deploy
//! GET /health public=\"load balancer\"
//! ")?;
//! let new = RouteTable::parse("\
//! POST /deploy/{repo} scopes= kinds=deploy
//! GET /health public=\"load balancer\"
//! ")?;
//! let diff = diff(&old, &new);
//! assert_eq!(diff.verdict(), Verdict::Wider);
//! assert_eq!(diff.to_string(), "\
//! wider: route `POST /deploy/{repo}`: scope `deploy:run` is no longer needed
//! ");
//! # Ok::<(), token_policy::routes::RouteTableError>(())
//! ```
//!
//! # The text
//!
//! One line for each method of each path, sorted by path and method: the method, the path, and `scopes=… kinds=…` or
//! `public="the reason"`. Names are separated by commas. A path or a name that is not made of visible ASCII, or has a
//! comma or a quotation mark, is written in quotes, as a string of JSON (RFC 8259). What is invisible stands there as an
//! escape.

mod access;
mod answer;
mod diff;
mod error;
mod json;
mod openapi;
mod text;

use alloc::string::String;
use alloc::vec::Vec;

pub use self::access::Access;
pub use self::diff::{RouteDiff, RouteFact, diff};
pub use self::error::RouteTableError;
use crate::Position;
pub use crate::verdict::Verdict;

/// Says which routes a service has, and what each asks for. Sorted, and without anything that changes from build to build.
///
/// `Display` writes the [text](self#the-text); [`parse`](RouteTable::parse) reads it.
#[derive(Clone, Debug, Default)]
pub struct RouteTable {
    rows: Vec<RouteRow>,
    /// The line of each row, if the table was read from text.
    lines: Vec<u32>,
}

/// One method of one path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct RouteRow {
    /// The path, with its parameters. It ends in `/*` if it stands for all paths below that have no route, or that another
    /// router or service knows.
    pub path: String,
    /// The method; `*` for every method without a row of its own; or `other` for what answers the methods for which a path
    /// has nothing at all. `GET` answers `HEAD`, too.
    pub method: String,
    /// Who may come in.
    pub access: Access,
}

impl RouteRow {
    /// Makes a row.
    pub fn new(method: impl Into<String>, path: impl Into<String>, access: Access) -> RouteRow {
        RouteRow { path: path.into(), method: method.into(), access }
    }
}

impl RouteTable {
    /// Returns the rows, sorted by path and method.
    pub fn rows(&self) -> &[RouteRow] {
        &self.rows
    }

    /// Adds rows.
    pub fn extend(&mut self, rows: impl IntoIterator<Item = RouteRow>) {
        self.rows.extend(rows);
        self.rows.sort();
        self.lines.clear();
    }

    /// Reads a table: its text, or its JSON, which begins with `{`.
    ///
    /// # Errors
    ///
    /// Fails at the first line that is not one of a table, or if the text is longer than
    /// [`MAX_POLICY_BYTES`](crate::MAX_POLICY_BYTES).
    pub fn parse(text: &str) -> Result<RouteTable, RouteTableError> {
        if text.len() > crate::MAX_POLICY_BYTES {
            return Err(RouteTableError::too_long());
        }
        // Editors of Windows begin a file with a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match text.trim_start().starts_with('{') {
            true => json::read(text),
            false => text::read(text),
        }
    }

    /// Returns the table as JSON: `{"routes": [{"path", "method", "scopes", "kinds"} or {"path", "method", "public"}, …]}`,
    /// in lines.
    pub fn to_json(&self) -> String {
        json::write(self)
    }

    /// Returns what the routes ask for as a document of OpenAPI 3.1: a security scheme for each kind, and for each operation
    /// the kinds and scopes of which it needs one. A public operation has an empty list.
    ///
    /// The kinds are bearer tokens (RFC 6750). If the service takes them in one other header too, name it, such as
    /// `x-api-key`; it becomes an alternative. What OpenAPI cannot say stands in `x-routes-not-listed`, as lines of the
    /// table: `CONNECT`, and the rows whose path ends in `/*`.
    pub fn to_openapi(&self, header: Option<&str>) -> String {
        openapi::write(self, header)
    }

    fn at_lines(rows: Vec<(RouteRow, u32)>) -> RouteTable {
        let mut rows = rows;
        rows.sort();
        let (rows, lines) = rows.into_iter().unzip();
        RouteTable { rows, lines }
    }

    /// Returns where a row stands in the text that was read.
    fn position(&self, index: usize) -> Option<Position> {
        self.lines.get(index).map(|&line| Position { line, column: 1 })
    }
}

/// Tables are equal if their rows are.
impl PartialEq for RouteTable {
    fn eq(&self, other: &RouteTable) -> bool {
        self.rows == other.rows
    }
}

impl Eq for RouteTable {}

impl FromIterator<RouteRow> for RouteTable {
    fn from_iter<I: IntoIterator<Item = RouteRow>>(rows: I) -> RouteTable {
        let mut table = RouteTable::default();
        table.extend(rows);
        table
    }
}

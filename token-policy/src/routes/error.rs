//! Says why a text is no table of routes.

use core::fmt;

use crate::MAX_POLICY_BYTES;

/// Says why a text is no table of routes. It holds nothing of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteTableError {
    /// From 1; `None` if it is about the whole text.
    line: Option<u32>,
    problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    TooLong,
    NotJson,
    NotTable,
    NoMethod,
    NoPath,
    Quotes,
    NoAccess,
    NoKind,
    NoReason,
    More,
}

impl RouteTableError {
    pub(super) const fn too_long() -> RouteTableError {
        RouteTableError { line: None, problem: Problem::TooLong }
    }

    pub(super) const fn whole(problem: Problem) -> RouteTableError {
        RouteTableError { line: None, problem }
    }

    pub(super) const fn at(line: u32, problem: Problem) -> RouteTableError {
        RouteTableError { line: Some(line), problem }
    }

    /// Returns the number of the line, from 1, or `None` if it is about the whole text.
    pub fn line(&self) -> Option<u32> {
        self.line
    }
}

impl fmt::Display for RouteTableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(match self.problem {
            Problem::TooLong => {
                return write!(f, "a table of routes has at most {MAX_POLICY_BYTES} bytes");
            }
            Problem::NotJson => "this is not valid JSON",
            Problem::NotTable => {
                "this JSON is no table of routes, which is `{\"routes\": […]}` with `path`, `method`, and `scopes` and `kinds` or `public`"
            }
            Problem::NoMethod => {
                "a line begins with a method in capital letters, `*` or `other`, and a space"
            }
            Problem::NoPath => "behind the method stands a path that begins with `/`, and a space",
            Problem::Quotes => "what stands in quotes is not a string of JSON",
            Problem::NoAccess => {
                "behind the path stands `scopes=… kinds=…`, or `public=` with a reason in quotes"
            }
            Problem::NoKind => "a route that asks for a proof names at least one kind",
            Problem::NoReason => "a public route says why, in quotes",
            Problem::More => "there is more in the line than a route has",
        })?;
        f.write_str("; write the file anew with the test that compares it")
    }
}

impl core::error::Error for RouteTableError {}

//! The table of routes: what each one asks for.

use std::fmt;

use token_core::{Kinds, RequireScopes};

/// Which routes a service has, and what each asks for. Sorted, and without a word that changes from build to build, so that a
/// test can compare its text (`to_string()`) with a file: then a new public route is a line in a review.
///
/// ```text
/// POST /deploy/{repo} scopes=deploy:run kinds=deploy
/// GET /health public="load balancer"
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteTable {
    rows: Vec<RouteRow>,
}

/// One method of one path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct RouteRow {
    /// The path, with its parameters. It ends in `*` if it stands for all paths below that have no route, or that another router
    /// or service knows.
    pub path: String,
    /// The method, `*` for every method without a row of its own, or `other` for what
    /// [`method_not_allowed_fallback`](super::Router::method_not_allowed_fallback) answers. `GET` answers `HEAD`, too.
    pub method: &'static str,
    /// Who may come in.
    pub access: Access,
}

/// Who may come in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Callers with a proof of scope: of the first proof, if a handler takes several.
    Proof {
        /// The scopes that the token must have, each of them.
        scopes: Vec<&'static str>,
        /// The kinds of which the token may be.
        kinds: Vec<&'static str>,
    },
    /// Everybody.
    Public {
        /// Why.
        reason: &'static str,
    },
}

impl RouteTable {
    /// The rows, sorted by path and method.
    #[must_use]
    pub fn rows(&self) -> &[RouteRow] {
        &self.rows
    }

    /// The table as JSON: `{"routes": [{"path", "method", "scopes", "kinds"} or {"path", "method", "public"}, …]}`, in lines.
    #[must_use]
    pub fn to_json(&self) -> String {
        let rows: Vec<_> = self.rows.iter().map(RouteRow::to_json).collect();
        format!("{:#}", serde_json::json!({ "routes": rows }))
    }

    pub(super) fn add(&mut self, path: &str, leaves: Vec<Leaf>) {
        self.rows.extend(leaves.into_iter().flat_map(|leaf| leaf.into_rows(path)));
        self.rows.sort();
    }

    /// Adds the rows of a router, with `prefix` before their paths.
    pub(super) fn extend(&mut self, prefix: &str, other: Self) {
        let nested = |row: RouteRow| RouteRow { path: joined(prefix, &row.path), ..row };
        self.rows.extend(other.rows.into_iter().map(nested));
        self.rows.sort();
    }
}

/// A path below a prefix, as axum joins them.
fn joined(prefix: &str, path: &str) -> String {
    match (prefix.strip_suffix('/'), path) {
        (Some(prefix), _) => format!("{prefix}/{}", path.trim_start_matches('/')),
        (None, "/") if !prefix.is_empty() => prefix.to_owned(),
        (None, _) => format!("{prefix}{path}"),
    }
}

impl RouteRow {
    fn to_json(&self) -> serde_json::Value {
        let Self { path, method, access } = self;
        match access {
            Access::Proof { scopes, kinds } => {
                serde_json::json!({ "path": path, "method": method, "scopes": scopes, "kinds": kinds })
            }
            Access::Public { reason } => {
                serde_json::json!({ "path": path, "method": method, "public": reason })
            }
        }
    }
}

/// One line for each row.
impl fmt::Display for RouteTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}

impl fmt::Display for RouteRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.method, self.path, self.access)
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proof { scopes, kinds } => {
                write!(f, "scopes={} kinds={}", scopes.join(","), kinds.join(","))
            }
            Self::Public { reason } => write!(f, "public={reason:?}"),
        }
    }
}

/// What one handler of a route answers, and who may come in once that is known.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    methods: Vec<&'static str>,
    access: Option<Access>,
}

impl Leaf {
    pub(super) const fn new(methods: Vec<&'static str>) -> Self {
        Self { methods, access: None }
    }

    /// One leaf for all methods of a public route.
    pub(super) fn public(leaves: Vec<Self>, reason: &'static str) -> Self {
        let methods = leaves.into_iter().flat_map(|leaf| leaf.methods).collect();
        Self { methods, access: Some(Access::Public { reason }) }
    }

    /// The same handler, where it answers the methods that a path has no handler for.
    pub(super) fn for_other_methods(self) -> Self {
        Self { methods: vec!["other"], ..self }
    }

    fn into_rows(self, path: &str) -> impl Iterator<Item = RouteRow> {
        let row = |access: Access| {
            let row =
                move |method| RouteRow { path: path.to_owned(), method, access: access.clone() };
            self.methods.into_iter().map(row)
        };
        self.access.map(row).into_iter().flatten()
    }
}

/// The leaves of a route, which the types of its handlers walk through.
#[allow(unnameable_types, reason = "that is the seal of `Guarded`")]
#[derive(Debug)]
pub struct Leaves<'l>(pub(super) std::slice::IterMut<'l, Leaf>);

impl Leaves<'_> {
    /// The next leaf asks for a proof.
    pub(super) fn proof<Op: RequireScopes, K: Kinds>(&mut self) {
        if let Some(leaf) = self.0.next() {
            let mut scopes = Op::SCOPES.to_vec();
            scopes.sort_unstable();
            scopes.dedup();
            let kinds = K::ALL.iter().map(|kind| kind.name).collect();
            leaf.access = Some(Access::Proof { scopes, kinds });
        }
    }

    /// The next leaf says itself why it is public.
    pub(super) fn public(&mut self) {
        self.0.next();
    }
}

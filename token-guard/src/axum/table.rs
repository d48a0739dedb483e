//! The rows of the table of routes: what each handler asks for.

use token_core::{Kinds, RequireScopes};
use token_policy::routes::{Access, RouteRow, RouteTable};

use crate::guard::names;

/// Adds the rows of a route.
pub(super) fn add(table: &mut RouteTable, path: &str, leaves: Vec<Leaf>) {
    table.extend(leaves.into_iter().flat_map(|leaf| leaf.into_rows(path)));
}

/// Adds the rows of a router, with `prefix` before their paths.
pub(super) fn nest(table: &mut RouteTable, prefix: &str, other: &RouteTable) {
    let nested =
        |row: &RouteRow| RouteRow::new(&row.method, joined(prefix, &row.path), row.access.clone());
    table.extend(other.rows().iter().map(nested));
}

/// A path below a prefix, as axum joins them.
fn joined(prefix: &str, path: &str) -> String {
    match (prefix.strip_suffix('/'), path) {
        (Some(prefix), _) => format!("{prefix}/{}", path.trim_start_matches('/')),
        (None, "/") if !prefix.is_empty() => prefix.to_owned(),
        (None, _) => format!("{prefix}{path}"),
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
        Self { methods, access: Some(Access::Public { reason: reason.to_owned() }) }
    }

    /// The same handler, where it answers the methods that a path has no handler for.
    pub(super) fn for_other_methods(self) -> Self {
        Self { methods: vec!["other"], ..self }
    }

    fn into_rows(self, path: &str) -> impl Iterator<Item = RouteRow> {
        let row = |access: Access| {
            let row = move |method: &str| RouteRow::new(method, path, access.clone());
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
            let mut scopes = names::<Op>().to_vec();
            scopes.sort_unstable();
            scopes.dedup();
            let scopes = scopes.into_iter().map(str::to_owned).collect();
            let kinds = K::ALL.iter().map(|kind| kind.name.to_owned()).collect();
            leaf.access = Some(Access::Proof { scopes, kinds });
        }
    }

    /// The next leaf says itself why it is public.
    pub(super) fn public(&mut self) {
        self.0.next();
    }
}

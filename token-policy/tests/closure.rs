//! What scopes imply, against a plain fixpoint over random graphs.
#![cfg(feature = "parse")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use proptest::prelude::*;
use token_policy::{Policy, PolicyErrorKind};

type Edges = BTreeSet<(usize, usize)>;

const SCOPES: usize = 12;

proptest! {
    #[test]
    fn closures_agree_with_a_fixpoint((order, edges) in acyclic()) {
        let policy = Policy::parse(&policy_text(&order, &edges)).unwrap();
        let reachable = fixpoint(&edges);
        for node in 0..SCOPES {
            let implied = names(&order, reachable.iter().filter(|(from, to)| *from == node && to != from).map(|(_, to)| *to));
            prop_assert_eq!(policy.scope(&name(&order, node)).unwrap().implies(), implied);
            let closure = names(&order, reachable.iter().filter(|(from, _)| *from == node).map(|(_, to)| *to));
            prop_assert_eq!(policy.kind(&format!("k{node}")).unwrap().closure(), closure);
        }
    }

    #[test]
    fn a_closure_contains_itself_and_is_transitive((order, edges) in acyclic()) {
        let policy = Policy::parse(&policy_text(&order, &edges)).unwrap();
        for kind in policy.kinds() {
            prop_assert!(kind.scopes().iter().all(|scope| kind.closure().contains(scope)));
            for scope in kind.closure() {
                let implied = policy.scope(scope).unwrap().implies();
                prop_assert!(!implied.contains(scope));
                prop_assert!(implied.iter().all(|scope| kind.closure().contains(scope)));
            }
        }
    }

    #[test]
    fn circles_are_always_refused(
        (order, mut edges) in acyclic(),
        circle in Just((0..SCOPES).collect::<Vec<_>>()).prop_shuffle(),
        length in 1..SCOPES,
    ) {
        let circle = &circle[..length];
        edges.extend((0..length).map(|i| (circle[i], circle[(i + 1) % length])));
        let errors = Policy::parse(&policy_text(&order, &edges)).unwrap_err();
        let mut in_circles = BTreeSet::new();
        for error in errors.iter() {
            prop_assert_eq!(error.kind(), PolicyErrorKind::ImplicationCycle);
            let shown = error.message().split('`').nth(1).unwrap();
            let path: Vec<&str> = shown.split(" -> ").collect();
            prop_assert_eq!(path.first(), path.last());
            prop_assert!(path.windows(2).all(|pair| edges.contains(&(number(&order, pair[0]), number(&order, pair[1])))));
            prop_assert!(path[1..].iter().all(|scope| in_circles.insert(scope.to_string())), "a scope is in two reports");
        }
        prop_assert!(!in_circles.is_empty());
    }
}

/// A random order of names, and edges that go only from lower to higher numbers.
fn acyclic() -> impl Strategy<Value = (Vec<usize>, Edges)> {
    let order = Just((0..SCOPES).collect::<Vec<_>>()).prop_shuffle();
    let pairs = prop::collection::btree_set((0..SCOPES, 0..SCOPES), 0..30);
    let edges = pairs.prop_map(|pairs| {
        pairs.into_iter().filter(|(a, b)| a != b).map(|(a, b)| (a.min(b), a.max(b))).collect()
    });
    (order, edges)
}

fn fixpoint(edges: &Edges) -> Edges {
    let mut reachable: Edges = (0..SCOPES).map(|node| (node, node)).collect();
    loop {
        let before = reachable.len();
        let further: Edges = reachable
            .iter()
            .flat_map(|(a, b)| {
                edges.iter().filter(move |(from, _)| from == b).map(move |(_, to)| (*a, *to))
            })
            .collect();
        reachable.extend(further);
        if reachable.len() == before {
            return reachable;
        }
    }
}

fn policy_text(order: &[usize], edges: &Edges) -> String {
    let mut text = String::from("version = 1\n[scopes]\n");
    for node in 0..SCOPES {
        let implied: Vec<String> = edges
            .iter()
            .filter(|(from, _)| *from == node)
            .map(|(_, to)| format!("{:?}", name(order, *to)))
            .collect();
        let implies = if implied.is_empty() {
            String::new()
        } else {
            format!("implies = [{}]", implied.join(", "))
        };
        writeln!(text, "{:?} = {{ {implies} }}", name(order, node)).unwrap();
    }
    for node in 0..SCOPES {
        writeln!(
            text,
            "[tokens.k{node}]\nscopes = [{:?}]\nmax_lifetime = \"1h\"",
            name(order, node)
        )
        .unwrap();
    }
    text
}

fn name(order: &[usize], node: usize) -> String {
    format!("s:{:02}", order[node])
}

fn number(order: &[usize], name: &str) -> usize {
    (0..SCOPES).find(|node| self::name(order, *node) == name).unwrap()
}

fn names(order: &[usize], nodes: impl Iterator<Item = usize>) -> Vec<String> {
    nodes.map(|node| name(order, node)).collect::<BTreeSet<_>>().into_iter().collect()
}

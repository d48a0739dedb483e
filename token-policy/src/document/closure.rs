//! Finds all scopes that each scope implies, directly or through others.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::context::Context;
use crate::PolicyErrorKind;
use crate::hidden::Quoted;

/// One implication: the implied scope, and the byte offset at which it is written.
#[derive(Clone, Copy)]
pub(super) struct Edge {
    pub(super) to: usize,
    pub(super) at: usize,
}

/// Returns for each scope the set of all scopes that it implies, without itself. If scopes imply each other in a cycle,
/// reports that and returns `None`.
///
/// A scope's number is its index among the sorted names. Each scope is in at most one of the reported cycles.
pub(super) fn close(
    cx: &mut Context<'_>,
    names: &[&str],
    edges: &[Vec<Edge>],
) -> Option<Vec<ScopeSet>> {
    let mut walk = Walk::new(names, edges);
    for scope in 0..edges.len() {
        walk.visit(cx, scope);
    }
    walk.in_circles.is_empty().then_some(walk.closures)
}

/// Walks the implications depth first. The walk is not recursive, since a chain of implications may contain every scope
/// of the policy.
struct Walk<'a> {
    names: &'a [&'a str],
    edges: &'a [Vec<Edge>],
    closures: Vec<ScopeSet>,
    seen: ScopeSet,
    done: ScopeSet,
    in_circles: ScopeSet,
}

/// A scope on the current path of the walk, and how many of its implications were followed.
struct Step {
    scope: usize,
    followed: usize,
}

impl<'a> Walk<'a> {
    fn new(names: &'a [&'a str], edges: &'a [Vec<Edge>]) -> Walk<'a> {
        let closures = vec![ScopeSet::default(); edges.len()];
        let (seen, done, in_circles) = Default::default();
        Walk { names, edges, closures, seen, done, in_circles }
    }

    fn visit(&mut self, cx: &mut Context<'_>, start: usize) {
        if !self.seen.insert(start) {
            return;
        }
        let mut path = vec![Step { scope: start, followed: 0 }];
        while let Some(step) = path.last_mut() {
            let edge = self.edges_of(step.scope).get(step.followed).copied();
            step.followed += 1;
            match edge {
                None => {
                    self.finish(step.scope);
                    path.pop();
                }
                Some(edge) if self.seen.insert(edge.to) => {
                    path.push(Step { scope: edge.to, followed: 0 });
                }
                Some(edge) if self.done.contains(edge.to) => {}
                Some(edge) => self.refuse_circle(cx, &path, edge),
            }
        }
    }

    fn edges_of(&self, scope: usize) -> &'a [Edge] {
        self.edges.get(scope).map_or(&[], Vec::as_slice)
    }

    /// Stores the closure of `scope`: the scopes that it implies directly, and their closures, which are complete by
    /// now.
    fn finish(&mut self, scope: usize) {
        let mut closure = ScopeSet::default();
        for edge in self.edges_of(scope) {
            closure.insert(edge.to);
            if let Some(implied) = self.closures.get(edge.to) {
                closure.extend(implied);
            }
        }
        if let Some(slot) = self.closures.get_mut(scope) {
            *slot = closure;
        }
        self.done.insert(scope);
    }

    /// Reports the cycle that `edge` closes, unless a scope of this cycle was in a cycle reported earlier.
    fn refuse_circle(&mut self, cx: &mut Context<'_>, path: &[Step], edge: Edge) {
        // Only the two ends of the edge are looked up at first. Collecting every cycle would be slow in a policy that
        // has many.
        let is_known = |scope| self.in_circles.contains(scope);
        if is_known(edge.to) || path.last().is_some_and(|step| is_known(step.scope)) {
            return;
        }
        let circle: Vec<usize> =
            path.iter().map(|step| step.scope).skip_while(|scope| *scope != edge.to).collect();
        if !circle.iter().any(|scope| is_known(*scope)) {
            self.report(cx, &circle, edge);
        }
        circle.into_iter().for_each(|scope| {
            self.in_circles.insert(scope);
        });
    }

    fn report(&self, cx: &mut Context<'_>, circle: &[usize], edge: Edge) {
        let names =
            circle.iter().chain([&edge.to]).filter_map(|scope| self.names.get(*scope).copied());
        let shown = names.collect::<Vec<_>>().join(" -> ");
        let message = format!("scopes imply each other in a circle: {}", Quoted(&shown));
        cx.report(edge.at, PolicyErrorKind::ImplicationCycle, message)
            .help("remove one of these from an `implies`");
    }
}

/// A set of scopes, as a bit for each scope's number.
#[derive(Clone, Default)]
pub(super) struct ScopeSet(Vec<u64>);

impl ScopeSet {
    /// Adds a scope, and returns whether it was new.
    pub(super) fn insert(&mut self, scope: usize) -> bool {
        let (word, bit) = (scope / BITS, 1 << (scope % BITS));
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        let Some(word) = self.0.get_mut(word) else { return false };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    pub(super) fn contains(&self, scope: usize) -> bool {
        self.0.get(scope / BITS).is_some_and(|word| word & 1 << (scope % BITS) != 0)
    }

    pub(super) fn extend(&mut self, other: &ScopeSet) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the names of the scopes in the set, in the order of `all`.
    pub(super) fn names(&self, all: &[&str]) -> Vec<String> {
        let scopes = all.iter().enumerate().filter(|(scope, _)| self.contains(*scope));
        scopes.map(|(_, name)| String::from(*name)).collect()
    }
}

const BITS: usize = u64::BITS as usize;

//! The verdict on two policies agrees with trying every act on both.
#![cfg(feature = "checks")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;

use token_policy::Policy;
use token_policy::diff::{Aspect, Verdict, diff};

const SCOPES: [&str; 3] = ["a", "b", "c"];
/// The last one is that of kinds with `expiry = "none"`.
const LIFETIMES: [&str; 3] = ["1h", "2h", "without end"];
const ENDLESS: usize = 2;
const LEEWAYS: [&str; 2] = ["0s", "30s"];
const AUDIENCES: [Option<&str>; 3] = [None, Some("x"), Some("y")];
const STORES: [Option<&str>; 3] = [None, Some("/s/"), Some("/t/")];
const FORMATS: [Option<&str>; 3] = [None, Some("acme_deploy"), Some("acme_review")];
const SOURCES: [Option<&str>; 8] = [
    None,
    Some("{ env = 'E' }"),
    Some("{ credential = 'E' }"),
    Some("{ file = '/f' }"),
    Some("{ file = '/f', readable_by = 'group' }"),
    Some("{ file = '/f', readable_by = 'everyone' }"),
    Some("{ command = ['c'], timeout = '5s' }"),
    Some("{ command = ['c'] }"),
];
const ROTATES: [Option<(usize, usize)>; 5] =
    [None, Some((1, 1)), Some((2, 1)), Some((1, 2)), Some((2, 2))];

/// What `rotate.steps` says. Only the first kind may have steps, and only these: each choice more makes half as many acts
/// again. That two different ones are incomparable, `steps_digest.rs` shows.
const STEPS: [Option<&str>; 2] = [
    None,
    Some("create = ['c'], set = ['s'], test = ['t'], find = ['f'], retire = ['r', '{handle}']"),
];

/// How old a token without an end is when it is replaced, and the overlap, for kinds with `expiry = "none"`.
const AGES: [(usize, usize); 5] = [(0, 1), (1, 1), (2, 1), (1, 2), (2, 2)];
const DAYS: [&str; 3] = ["30d", "60d", "90d"];
/// The types that may stand for scope `a`, besides the policy's own.
const TYPES: [Option<&str>; 3] = [None, Some("x::A"), Some("y::A")];

/// A policy as the generator makes it. Numbers are places in the tables above.
#[derive(Clone)]
struct Model {
    /// Whether `b` and `c` imply `a`.
    implies: [bool; 2],
    /// The type and the issuer's name of scope `a`.
    rust_type: usize,
    renamed: bool,
    kinds: [Option<Kind>; 2],
}

#[derive(Clone)]
struct Kind {
    /// A bit for each scope that is listed.
    scopes: usize,
    lifetime: usize,
    leeway: usize,
    audience: usize,
    once: bool,
    source: usize,
    rotate: usize,
    format: usize,
    store: usize,
    steps: usize,
    owner: bool,
}

impl Kind {
    /// Steps stand in `rotate`, so a kind without it has none.
    fn steps(&self) -> usize {
        let rotates = self.lifetime == ENDLESS || ROTATES[self.rotate].is_some();
        if rotates { self.steps } else { 0 }
    }

    fn steps_text(&self) -> String {
        STEPS[self.steps()].map_or(String::new(), |steps| format!(", steps = {{ {steps} }}"))
    }
}

/// One act. What no table has is the last of its sort: another audience, elsewhere, another text.
#[derive(Clone, Copy)]
struct Act {
    kind: usize,
    scope: usize,
    lifetime: usize,
    leeway: usize,
    audience: usize,
    second_use: bool,
    source: usize,
    replaced: usize,
    overlap: usize,
    format: usize,
    store: usize,
    /// The steps by which the token was replaced.
    steps: usize,
    /// The type by which code names the scope.
    code: usize,
    /// Whether the grant has another name for it.
    renamed: bool,
}

impl Model {
    /// Whether the policy permits an act, straight from its definition.
    fn permits(&self, act: &Act) -> bool {
        let Some(kind) = &self.kinds[act.kind] else { return false };
        let source = match (kind.source, act.source) {
            (0, _) => true,
            (3..=5, 3..=5) | (6..=7, 6..=7) => act.source <= kind.source,
            (kind, act) => kind == act,
        };
        self.closure(kind) & 1 << act.scope != 0
            && (act.code == 0 || act.scope == 0 && act.code == self.rust_type)
            && act.renamed == (act.scope == 0 && self.renamed)
            && act.lifetime <= kind.lifetime
            && act.leeway <= kind.leeway
            && (kind.audience == 0 || act.audience == kind.audience)
            && !(kind.once && act.second_use)
            && source
            && match (kind.lifetime, act.lifetime) {
                (ENDLESS, ENDLESS) => {
                    let (age, overlap) = AGES[kind.rotate];
                    act.replaced <= age && act.overlap <= overlap
                }
                (ENDLESS, _) => true,
                _ => ROTATES[kind.rotate].is_none_or(|(before, overlap)| {
                    act.replaced >= before && act.overlap <= overlap
                }),
            }
            && (kind.format == 0 || act.format == kind.format)
            && (act.store == 0 || act.store == kind.store)
            && act.steps == kind.steps()
    }

    fn closure(&self, kind: &Kind) -> usize {
        let implied = (0..2).any(|i| self.implies[i] && kind.scopes & 2 << i != 0);
        kind.scopes | usize::from(implied)
    }

    /// The act of a kind at the edge of all that it permits.
    fn widest(&self, kind: usize, scope: Option<&str>) -> Act {
        let Kind { lifetime, leeway, audience, once, source, rotate, format, store, .. } =
            *self.kinds[kind].as_ref().unwrap();
        let closure = self.closure(self.kinds[kind].as_ref().unwrap());
        let first = closure.trailing_zeros() as usize;
        let (replaced, overlap) = match lifetime {
            ENDLESS => AGES[rotate],
            _ => ROTATES[rotate].unwrap_or((0, 3)),
        };
        let scope = scope.map_or(first, |scope| SCOPES.iter().position(|s| *s == scope).unwrap());
        Act {
            kind,
            scope,
            code: if scope == 0 { self.rust_type } else { 0 },
            renamed: scope == 0 && self.renamed,
            lifetime,
            leeway,
            audience,
            second_use: !once,
            source,
            replaced,
            overlap,
            format,
            store,
            steps: self.kinds[kind].as_ref().unwrap().steps(),
        }
    }

    fn text(&self) -> String {
        let implies = |yes: bool| if yes { "{ implies = ['a'] }" } else { "{}" };
        let [b, c] = self.implies.map(implies);
        let a = TYPES[self.rust_type].map_or(String::new(), |path| format!("a.type = '{path}'\n"));
        let name = if self.renamed { "other" } else { "a" };
        let mut text = format!(
            "version = 1\nenvironments.e = {{}}\n[scopes]\na.name = '{name}'\n{a}b = {b}\nc = {c}\n"
        );
        for (name, kind) in ["one", "two"].iter().zip(&self.kinds) {
            let Some(kind) = kind else { continue };
            let scopes: Vec<String> = (0..3)
                .filter(|i| kind.scopes & 1 << i != 0)
                .map(|i| format!("'{}'", SCOPES[i]))
                .collect();
            text += &format!("[tokens.{name}]\nscopes = [{}]\n", scopes.join(", "));
            text += &match kind.lifetime {
                ENDLESS => {
                    let (age, overlap) = AGES[kind.rotate];
                    let after = DAYS[age];
                    let steps = kind.steps_text();
                    format!(
                        "expiry = 'none'\nrotate = {{ after = '{after}', overlap = '{overlap}m'{steps} }}\n"
                    )
                }
                lifetime => format!("max_lifetime = '{}'\n", LIFETIMES[lifetime]),
            };
            text += &format!("leeway = '{}'\n", LEEWAYS[kind.leeway]);
            text +=
                &AUDIENCES[kind.audience].map_or(String::new(), |a| format!("audience = '{a}'\n"));
            text += if kind.once { "uses = 'once'\n" } else { "" };
            text += &SOURCES[kind.source].map_or(String::new(), |s| format!("source = {s}\n"));
            let rotate = ROTATES[kind.rotate].filter(|_| kind.lifetime != ENDLESS);
            text += &rotate.map_or(String::new(), |(before, overlap)| {
                let steps = kind.steps_text();
                format!(
                    "rotate = {{ before_expiry = '{before}m', overlap = '{overlap}m'{steps} }}\n"
                )
            });
            // No two kinds have the same format, and whose it is makes no difference here.
            let own = FORMATS[kind.format].map(|format| format!("{format}{name}"));
            text += &own.map_or(String::new(), |format| format!("format = '{format}'\n"));
            // No two kinds have the same store either.
            text += &STORES[kind.store].map_or(String::new(), |s| format!("store = '{s}{name}'\n"));
            text += if kind.owner { "owner = 'o'\n" } else { "" };
            // So a kind has lines in a lock, whatever else it says.
            text += "ephemeral = false\n";
        }
        text
    }
}

/// Every act there is, over all that the tables have and one more of each open sort.
fn acts() -> Vec<Act> {
    let mut acts = Vec::new();
    let sizes = [2, 3, 3, 2, 3, 2, 8, 3, 3, 3, 3, 2, 3, 2];
    for number in 0..sizes.iter().product() {
        let mut rest = number;
        let [
            kind,
            scope,
            lifetime,
            leeway,
            audience,
            second,
            source,
            replaced,
            overlap,
            format,
            store,
            steps,
            code,
            renamed,
        ] = sizes.map(|size: usize| {
            let digit = rest % size;
            rest /= size;
            digit
        });
        // No scope but `a` ever has another type or name.
        if scope > 0 && (code > 0 || renamed > 0) {
            continue;
        }
        // Every kind permits the first use, and clocks that agree. So these acts tell one store from another.
        if store > 0 && (second > 0 || leeway > 0) {
            continue;
        }
        if steps > 0 && kind > 0 {
            continue;
        }
        acts.push(Act {
            kind,
            scope,
            lifetime,
            leeway,
            audience,
            second_use: second == 1,
            source,
            replaced,
            overlap: overlap + 1,
            format,
            store,
            steps,
            code,
            renamed: renamed == 1,
        });
    }
    acts
}

/// Marsaglia's xorshift: the same policies in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize % end
    }

    fn kind(&mut self) -> Kind {
        Kind {
            scopes: 1 + self.below(7),
            lifetime: self.below(3),
            leeway: self.below(2),
            audience: self.below(3),
            once: self.below(2) == 0,
            source: self.below(8),
            rotate: self.below(5),
            format: self.below(3),
            store: self.below(3),
            steps: self.below(2),
            owner: self.below(2) == 0,
        }
    }

    /// Changes one thing.
    fn change(&mut self, model: &mut Model) {
        let (which, fresh) = (self.below(2), self.kind());
        match self.below(14) {
            0 => return model.rust_type = self.below(3),
            1 => return model.renamed ^= true,
            _ => {}
        }
        let Some(kind) = &mut model.kinds[which] else {
            model.kinds[which] = Some(fresh);
            return;
        };
        match self.below(14) {
            0 | 1 => kind.scopes = fresh.scopes,
            2 => kind.lifetime = fresh.lifetime,
            3 => kind.leeway = fresh.leeway,
            4 => kind.audience = fresh.audience,
            5 => kind.once = fresh.once,
            6 => kind.source = fresh.source,
            7 => kind.rotate = fresh.rotate,
            8 => kind.format = fresh.format,
            9 => kind.owner = fresh.owner,
            10 => kind.store = fresh.store,
            11 => kind.steps = fresh.steps,
            12 => model.implies[which] ^= true,
            _ => model.kinds[which] = None,
        }
    }

    /// Policies that are few changes from one another, so that many can be compared.
    fn models(&mut self, count: usize) -> Vec<Model> {
        let kinds = [Some(self.kind()), Some(Kind { steps: 0, ..self.kind() })];
        let first = Model { implies: [true, false], rust_type: 0, renamed: false, kinds };
        let mut models = vec![first];
        while models.len() < count {
            let mut model = models[self.below(models.len())].clone();
            (0..self.below(3)).for_each(|_| self.change(&mut model));
            model.kinds[1].as_mut().into_iter().for_each(|kind| kind.steps = 0);
            models.push(model);
        }
        models
    }
}

#[test]
fn the_verdict_agrees_with_brute_force() {
    let acts = acts();
    let models = Random(0x5EED).models(320);
    let policies: Vec<Policy> = models.iter().map(|model| parsed(&model.text())).collect();
    let permitted: Vec<Vec<u64>> = models.iter().map(|model| bits(model, &acts)).collect();

    let mut seen = BTreeMap::new();
    for (old, old_set) in permitted.iter().enumerate() {
        for (new, new_set) in permitted.iter().enumerate() {
            let expected = match (within(new_set, old_set), within(old_set, new_set)) {
                (true, true) => Verdict::Equal,
                (true, false) => Verdict::Narrower,
                (false, true) => Verdict::Wider,
                (false, false) => Verdict::Incomparable,
            };
            let found = diff(&policies[old], &policies[new]);
            let texts = || format!("{}\n{}\n{found}", models[old].text(), models[new].text());
            assert_eq!(found.verdict(), expected, "{}", texts());
            let is_same = policies[old].digest() == policies[new].digest()
                && models[old].rust_type == models[new].rust_type;
            assert_eq!(found.facts().is_empty(), is_same, "{}", texts());
            // That a new kind has a slot is told as well.
            let of_kinds = found.facts().iter().filter(|fact| fact.aspect() != Aspect::Slot);
            for fact in of_kinds.filter(|fact| fact.witness().is_some()) {
                let kind = usize::from(fact.subject() == "two");
                let act = models[new].widest(kind, fact.scope());
                assert!(models[new].permits(&act), "{fact}\n{}", texts());
                assert!(!models[old].permits(&act), "{fact}\n{}", texts());
                let said =
                    format!("with `{}` living {}", SCOPES[act.scope], LIFETIMES[act.lifetime]);
                assert!(fact.witness().unwrap().contains(&said), "{fact}");
            }
            *seen.entry(expected.as_str()).or_insert(0) += 1;
        }
    }
    assert!(seen.values().sum::<i32>() >= 100_000, "{seen:?}");
    assert!(seen.len() == 4 && seen.values().all(|count| *count > 1000), "{seen:?}");
}

fn bits(model: &Model, acts: &[Act]) -> Vec<u64> {
    let word = |acts: &[Act]| {
        acts.iter().rev().fold(0, |word, act| word << 1 | u64::from(model.permits(act)))
    };
    acts.chunks(64).map(word).collect()
}

fn within(inner: &[u64], outer: &[u64]) -> bool {
    inner.iter().zip(outer).all(|(inner, outer)| inner & !outer == 0)
}

fn parsed(text: &str) -> Policy {
    Policy::parse(text).unwrap_or_else(|errors| panic!("{errors}\n{text}"))
}

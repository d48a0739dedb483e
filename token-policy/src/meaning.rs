//! Computes the digests of a policy. [`PolicyDigest`] documents the encoding.

use alloc::string::String;

use hmac_sha256::Hash;

use crate::steps::{Reply, ReplyExpiry, ReplyHandle, Step, Steps};
use crate::{
    AssuranceLevel, EnvironmentRule, KindRule, Lifetime, PolicyDigest, ReadableBy, Rotate,
    ScopeRule, Source, Uses,
};

/// Returns the digest of a whole policy. All lists must be sorted by name.
pub(crate) fn of_policy(
    scopes: &[ScopeRule],
    kinds: &[KindRule],
    environments: &[EnvironmentRule],
) -> PolicyDigest {
    let mut encoder = Encoder::new("token-policy/policy/1");
    encoder.list(scopes, Encoder::scope);
    encoder.list(kinds, Encoder::kind);
    if !environments.is_empty() {
        encoder.count(environments.len());
        environments.iter().for_each(|environment| encoder.environment(environment, kinds));
    }
    encoder.finish()
}

/// Returns the digest of one kind. `scopes` must be sorted by name, and hold at least the scopes of the kind's closure.
pub(crate) fn of_kind(kind: &KindRule, scopes: &[ScopeRule]) -> PolicyDigest {
    let mut encoder = Encoder::new("token-policy/kind/1");
    encoder.kind(kind);
    encoder.count(kind.closure.len());
    for scope in scopes.iter().filter(|scope| kind.closure.binary_search(&scope.name).is_ok()) {
        encoder.scope(scope);
    }
    encoder.finish()
}

/// Returns the digest of a set of scopes, which must be sorted.
pub(crate) fn of_scopes(scopes: &[String]) -> PolicyDigest {
    let mut encoder = Encoder::new("token-policy/scopes/1");
    encoder.texts(scopes);
    encoder.finish()
}

/// Returns the digest from which an attempt has its name. `current` is the id of the slot's token, if it has one.
#[cfg(feature = "lock")]
pub(crate) fn of_attempt(
    kind: &str,
    environment: &str,
    current: Option<&[u8; 16]>,
    digest: &PolicyDigest,
) -> PolicyDigest {
    let mut encoder = Encoder::new("token-policy/attempt/1");
    encoder.text(kind);
    encoder.text(environment);
    encoder.option(current, |encoder, id| encoder.0.update(id));
    encoder.0.update(digest.as_bytes());
    encoder.finish()
}

/// Hashes values in the encoding that [`PolicyDigest`] describes.
struct Encoder(Hash);

impl Encoder {
    fn new(tag: &str) -> Encoder {
        let mut encoder = Encoder(Hash::new());
        encoder.text(tag);
        encoder
    }

    fn finish(self) -> PolicyDigest {
        PolicyDigest::from_bytes(self.0.finalize())
    }

    fn scope(&mut self, scope: &ScopeRule) {
        self.text(&scope.name);
        self.texts(&scope.implies);
        if let Some(name) = &scope.issuer_name {
            self.byte(1);
            self.text(name);
        }
    }

    fn kind(&mut self, kind: &KindRule) {
        self.text(&kind.name);
        self.texts(&kind.closure);
        self.time(kind.max_lifetime.unwrap_or(NEVER));
        self.time(kind.leeway);
        self.option(kind.audience.as_deref(), Encoder::text);
        self.uses(kind.uses);
        self.option(kind.source.as_ref(), Encoder::source);
        self.rotate(kind.rotate.as_ref(), kind.steps.as_ref());
        self.option(kind.owner.as_deref(), Encoder::text);
        if let Some(format) = &kind.format {
            self.byte(1);
            self.text(format.name());
        }
        if let Some(store) = &kind.store {
            self.byte(2);
            self.text(store);
        }
    }

    fn environment(&mut self, environment: &EnvironmentRule, kinds: &[KindRule]) {
        self.text(&environment.name);
        self.byte(u8::from(environment.release));
        self.byte(u8::from(environment.strict));
        self.byte(match environment.assurance {
            AssuranceLevel::Asserted => 0,
            AssuranceLevel::PlatformAttested => 1,
            AssuranceLevel::HardwareAttested => 2,
        });
        let has_slot =
            |kind: &&KindRule| kind.environments.binary_search(&environment.name).is_ok();
        self.count(kinds.iter().filter(has_slot).count());
        for kind in kinds.iter().filter(has_slot) {
            self.text(&kind.name);
            self.byte(u8::from(kind.ephemeral));
        }
    }

    fn uses(&mut self, uses: Uses) {
        self.byte(match uses {
            Uses::Many => 0,
            Uses::Once => 1,
        });
    }

    fn source(&mut self, source: &Source) {
        match source {
            Source::Env { name } => {
                self.byte(1);
                self.text(name);
            }
            Source::File { path, readable_by } => {
                self.byte(2);
                self.text(path);
                self.readable_by(*readable_by);
            }
            Source::Credential { name } => {
                self.byte(3);
                self.text(name);
            }
            Source::Command { argv, timeout } => {
                self.byte(4);
                self.texts(argv);
                self.time(*timeout);
            }
        }
    }

    fn readable_by(&mut self, readable_by: ReadableBy) {
        self.byte(match readable_by {
            ReadableBy::Owner => 0,
            ReadableBy::Group => 1,
            ReadableBy::Everyone => 2,
        });
    }

    fn rotate(&mut self, rotate: Option<&Rotate>, steps: Option<&Steps>) {
        let (way, time, overlap) = match rotate {
            None => return self.byte(0),
            Some(Rotate::BeforeExpiry { before_expiry, overlap }) => (1, *before_expiry, *overlap),
            Some(Rotate::ByAge { after, overlap }) => (2, *after, *overlap),
        };
        self.byte(if steps.is_some() { way + 2 } else { way });
        self.time(time);
        self.time(overlap);
        if let Some(steps) = steps {
            self.steps(steps);
        }
    }

    fn steps(&mut self, steps: &Steps) {
        self.option(steps.claim.as_ref(), Encoder::step);
        self.step(&steps.create);
        self.option(steps.reply.as_ref(), Encoder::reply);
        self.step(&steps.set);
        self.step(&steps.test);
        self.option(steps.find.as_ref(), Encoder::step);
        self.step(&steps.retire);
        self.option(steps.limit.as_ref(), |encoder, limit| encoder.number(*limit));
        self.time(steps.settle);
        self.time(steps.timeout);
        self.byte(u8::from(steps.idempotent));
    }

    /// Hashes the texts as the policy has them. Each has one spelling.
    fn step(&mut self, step: &Step) {
        self.list(&step.template, |encoder, item| encoder.text(item.as_str()));
    }

    fn reply(&mut self, reply: &Reply) {
        self.text(&reply.token);
        match &reply.handle {
            None => self.byte(0),
            Some(ReplyHandle::Path(path)) => {
                self.byte(1);
                self.text(path);
            }
            Some(ReplyHandle::Text(text)) => {
                self.byte(2);
                self.text(text.as_str());
            }
        }
        match &reply.expires {
            None => self.byte(0),
            Some(ReplyExpiry::In(path)) => {
                self.byte(1);
                self.text(path);
            }
            Some(ReplyExpiry::At(path)) => {
                self.byte(2);
                self.text(path);
            }
        }
    }

    fn list<T>(&mut self, items: &[T], write: fn(&mut Encoder, &T)) {
        self.count(items.len());
        items.iter().for_each(|item| write(self, item));
    }

    fn texts(&mut self, texts: &[String]) {
        self.count(texts.len());
        texts.iter().for_each(|text| self.text(text));
    }

    fn option<T: ?Sized>(&mut self, item: Option<&T>, write: fn(&mut Encoder, &T)) {
        self.byte(u8::from(item.is_some()));
        if let Some(item) = item {
            write(self, item);
        }
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.update(text);
    }

    fn time(&mut self, lifetime: Lifetime) {
        self.0.update(lifetime.as_secs().to_be_bytes());
    }

    /// Hashes a count as 4 bytes. Every count fits, since it is at most the size of a policy file.
    fn count(&mut self, count: usize) {
        self.number(u32::try_from(count).unwrap_or(u32::MAX));
    }

    fn number(&mut self, number: u32) {
        self.0.update(number.to_be_bytes());
    }

    fn byte(&mut self, byte: u8) {
        self.0.update([byte]);
    }
}

/// Stands for the lifetime of tokens that never expire. No `max_lifetime` is as long.
const NEVER: Lifetime = Lifetime::from_secs(u64::MAX);

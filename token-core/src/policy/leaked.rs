//! A compiled policy that is made of a file when the program runs, for tools.

use std::{any::TypeId, boxed::Box, vec::Vec};

use token_policy::{EnvironmentRule, KindRule, Lifetime, Policy, ScopeRule, ScopesDigest, Source};

use super::{CompiledEnvironment, CompiledPolicy, CompiledSlot, parse};
use crate::{
    AssuranceLevel, Error, PolicyDigest,
    error::Place,
    scope::{
        CompiledKind, CompiledRotate, CompiledScope, CompiledSource, Prefix, ReadableBy, Uses,
    },
};

impl CompiledPolicy {
    /// Reads a policy when the program runs, for a tool that serves many policies, such as a command line. It says the same as
    /// the `POLICY` that [`policy!`](crate::policy!) makes of the same file, but for [`built_from`](Self::built_from), which is
    /// unknown. A service uses `policy!`, by which the compiler checks what it does.
    ///
    /// `file` is the name of the file in messages, and `text` what stands in it.
    ///
    /// **It is leaked**, since kinds are known for as long as a program runs: call it once per process, not once per request.
    ///
    /// Its kinds are no types. So no token is admitted by them, and no caller that they verify becomes a
    /// [`Caller`](crate::Caller) of a kind, or gets a proof of scope.
    ///
    /// ```
    /// use token_core::{Error, policy::CompiledPolicy};
    ///
    /// let text = r#"
    ///     version = 1
    ///     [scopes]
    ///     "deploy:run" = "Start a deployment"
    ///     [tokens.deploy]
    ///     scopes = ["deploy:run"]
    ///     max_lifetime = "15m"
    ///     format = "acme_deploy"
    /// "#;
    /// let policy = CompiledPolicy::leaked("tokens.toml", text)?;
    /// assert_eq!(policy.kinds[0].name, "deploy");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidPolicy`](crate::ErrorKind::InvalidPolicy) with every mistake's line and column.
    pub fn leaked(file: &str, text: &str) -> Result<&'static Self, Error> {
        let policy = parse(text, || Place::File { path: file.into() })?;
        let known = list(policy.scopes().iter().map(|scope| leak(scope.issuer_name())));
        let kinds = policy.kinds().iter().map(|rule| one(kind(rule, &policy, known)));
        let kinds = list(kinds);
        let environments = policy.environments().iter();
        let environments = list(environments.map(|rule| environment(rule, &policy, kinds)));
        let digest = PolicyDigest(policy.digest());
        Ok(one(Self { file: leak(file), digest, built_from: None, kinds, environments }))
    }
}

/// The type of no kind: nothing outside can name it.
enum NoType {}

fn kind(rule: &KindRule, policy: &Policy, known_scopes: &'static [&'static str]) -> CompiledKind {
    CompiledKind {
        name: leak(rule.name()),
        owner: rule.owner().map(leak),
        scopes: scopes(rule, policy),
        known_scopes,
        max_lifetime: rule.max_lifetime().map(Lifetime::as_duration),
        rotate: rule.rotate().map(rotate),
        leeway: rule.leeway().as_duration(),
        audience: rule.audience().map(leak),
        uses: match rule.uses() {
            token_policy::Uses::Many => Uses::Many,
            token_policy::Uses::Once => Uses::Once,
        },
        format: rule.format().map(|prefix| Prefix(*prefix.value())),
        source: rule.source().and_then(source),
        store: rule.store().map(leak),
        policy: Some(PolicyDigest(policy.digest())),
        digest: Some(PolicyDigest(rule.digest())),
        built_from: None,
        ty: TypeId::of::<NoType>,
    }
}

/// In the order of the closure, by the issuer's names: what implies one of several scopes of a name implies all of them.
fn scopes(rule: &KindRule, policy: &Policy) -> &'static [CompiledScope] {
    let name_of = |scope| policy.scope(scope).map_or(scope, ScopeRule::issuer_name);
    let closure: Vec<&str> = rule.closure().iter().map(|scope| name_of(scope)).collect();
    list(rule.closure().iter().zip(&closure).map(|(scope, name)| {
        let implied = policy.scope(scope).map(ScopeRule::implies).unwrap_or_default();
        let implied: Vec<&str> = implied.iter().map(|scope| name_of(scope)).collect();
        // A closure has at most 256 scopes.
        let places = (0..=u8::MAX).zip(&closure).filter(|(_, name)| implied.contains(name));
        let implies = list(places.map(|(place, _)| place));
        CompiledScope { name: leak(name), listed: rule.scopes().contains(scope), implies }
    }))
}

fn rotate(rule: &token_policy::Rotate) -> CompiledRotate {
    let overlap = rule.overlap().as_duration();
    match *rule {
        token_policy::Rotate::ByAge { after, .. } => {
            CompiledRotate::ByAge { after: after.as_duration(), overlap }
        }
        token_policy::Rotate::BeforeExpiry { before_expiry, .. } => {
            CompiledRotate::BeforeExpiry { before_expiry: before_expiry.as_duration(), overlap }
        }
    }
}

/// `None` for a source that only a newer token-policy has: nothing is loaded from it.
fn source(source: &Source) -> Option<CompiledSource> {
    Some(match source {
        Source::Command { argv, timeout } => CompiledSource::Command {
            argv: list(argv.iter().map(|word| leak(word))),
            timeout: timeout.as_duration(),
        },
        Source::Credential { name } => CompiledSource::Credential { name: leak(name) },
        Source::Env { name } => CompiledSource::Env { name: leak(name) },
        Source::File { path, readable_by } => {
            let readable_by = match readable_by {
                token_policy::ReadableBy::Owner => ReadableBy::Owner,
                token_policy::ReadableBy::Group => ReadableBy::Group,
                token_policy::ReadableBy::Everyone => ReadableBy::Everyone,
            };
            CompiledSource::File { path: leak(path), readable_by }
        }
        _ => return None,
    })
}

fn environment(
    rule: &EnvironmentRule,
    policy: &Policy,
    kinds: &[&'static CompiledKind],
) -> CompiledEnvironment {
    let used = policy.kinds().iter().zip(kinds);
    let used = used.filter(|(kind, _)| kind.environments().iter().any(|one| one == rule.name()));
    let slots = used.map(|(kind, compiled)| CompiledSlot {
        kind: compiled,
        ephemeral: kind.is_ephemeral(),
        scopes: *ScopesDigest::of(kind.closure()).as_bytes(),
    });
    CompiledEnvironment {
        name: leak(rule.name()),
        release: rule.is_release(),
        strict: rule.is_strict(),
        assurance: AssuranceLevel(rule.assurance()),
        slots: list(slots),
    }
}

fn leak(text: &str) -> &'static str {
    Box::leak(Box::from(text))
}

fn list<T>(items: impl Iterator<Item = T>) -> &'static [T] {
    Box::leak(items.collect())
}

fn one<T>(item: T) -> &'static T {
    Box::leak(Box::new(item))
}

//! Everything that a policy may say becomes types and constants.

use std::time::Duration;

use token_core::{
    Reusable, Scope, TokenKind,
    scope::{CompiledRotate, CompiledSource, ReadableBy, Uses},
};

token_core::policy!("tokens.toml");

fn is_reusable<K: Reusable>() {}

fn main() {
    assert_eq!(scope::Scope2fa::NAME, "2fa");
    assert_eq!(scope::ScopeSelf::NAME, "self");
    assert_eq!(scope::ABC::NAME, "a`b{c}");
    assert_eq!(
        scope::HttpsExampleComAuthDriveReadonly::NAME,
        "https://example.com/auth/drive.readonly"
    );

    let env = kind::FromEnv::COMPILED;
    assert_eq!(env.owner, Some("platform-team"));
    assert_eq!(env.audience, Some("https://api.example.com"));
    assert_eq!(
        (env.max_lifetime.map(|time| time.as_secs()), env.leeway.as_secs()),
        (Some(5400), 30)
    );
    assert!(matches!(env.source, Some(CompiledSource::Env { name: "CI_TOKEN", .. })));
    assert_eq!(env.policy, Some(POLICY.digest));
    assert_eq!(env.scopes.len(), 2);
    is_reusable::<kind::FromEnv>();

    assert!(matches!(
        kind::FromFile::COMPILED.source,
        Some(CompiledSource::File { path: "/run/secrets/ci", readable_by: ReadableBy::Group, .. })
    ));
    let replaced = kind::FromFile::COMPILED.rotate;
    assert!(matches!(replaced, Some(CompiledRotate::BeforeExpiry { .. })));
    assert_eq!(replaced.map(|rotate| rotate.overlap()), Some(Duration::from_secs(3600)));
    assert!(matches!(
        kind::FromCredential::COMPILED.source,
        Some(CompiledSource::Credential { name: "ci", .. })
    ));
    assert_eq!(kind::FromCredential::COMPILED.uses, Uses::Once);
    const FIVE_SECONDS: Duration = Duration::from_secs(5);
    assert!(matches!(
        kind::KindSelf::COMPILED.source,
        Some(CompiledSource::Command { argv: &["vault", "read"], timeout: FIVE_SECONDS, .. })
    ));
    assert!(kind::KindSelf::COMPILED.scopes.iter().all(|scope| scope.implies.is_empty()));
    assert_eq!(POLICY.kinds.len(), 4);
}

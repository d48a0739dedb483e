//! Everything that a policy may say becomes types and constants.

use std::time::Duration;

use token_core::{
    Reusable, Scope, TokenKind,
    scope::{CompiledSource, ReadableBy, Uses},
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
    assert_eq!((env.max_lifetime.as_secs(), env.leeway.as_secs()), (5400, 30));
    assert_eq!(env.source, Some(CompiledSource::Env { name: "CI_TOKEN" }));
    assert_eq!(env.policy, Some(POLICY.digest));
    assert_eq!(env.scopes.len(), 2);
    is_reusable::<kind::FromEnv>();

    let file = CompiledSource::File { path: "/run/secrets/ci", readable_by: ReadableBy::Group };
    assert_eq!(kind::FromFile::COMPILED.source, Some(file));
    assert_eq!(
        kind::FromCredential::COMPILED.source,
        Some(CompiledSource::Credential { name: "ci" })
    );
    assert_eq!(kind::FromCredential::COMPILED.uses, Uses::Once);
    let command =
        CompiledSource::Command { argv: &["vault", "read"], timeout: Duration::from_secs(5) };
    assert_eq!(kind::KindSelf::COMPILED.source, Some(command));
    assert!(kind::KindSelf::COMPILED.scopes.iter().all(|scope| scope.implies.is_empty()));
    assert_eq!(POLICY.kinds.len(), 4);
}

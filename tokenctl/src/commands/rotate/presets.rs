//! The presets: steps for well-known issuers and stores, as text to paste into a policy.
//!
//! They are printed, and not named in the policy: what is reviewed is what runs, and a new version of this command changes no
//! pipeline.

use clap::ValueEnum;
use token_policy::lock::SlotName;

use crate::failure::Failure;

/// Where tokens come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Issuer {
    Openbao,
    AwsIam,
    AwsSecretsManager,
    Gitlab,
    GithubApp,
    Cloudflare,
    Kubernetes,
    /// An issuer of ours, in a service with token-issue
    TokenIssue,
}

/// Where a consumer takes its token from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Sink {
    Github,
    Gitlab,
    Kubernetes,
    Openbao,
    Aws,
    /// A file that only its owner may read
    File,
    /// An encrypted credential of systemd
    Systemd,
}

/// Returns the table with the steps. `set` puts the token into the sink, or where the issuer's tokens usually are.
pub(super) fn text(issuer: Issuer, sink: Option<Sink>, kind: &str) -> Result<String, Failure> {
    if SlotName::new(kind, "production").is_none() {
        return Err(Failure::usage("no kind can have this name"));
    }
    let steps = issuer.steps();
    let set = match (sink, issuer.own_set()) {
        (Some(sink), _) => sink.set(),
        (None, Some(own)) => own,
        (None, None) => issuer.usual().set(),
    };
    let steps = steps.replace("#SET\n", set);
    Ok(format!("[tokens.{kind}.rotate.steps]\n{steps}"))
}

impl Issuer {
    const fn steps(self) -> &'static str {
        match self {
            Issuer::Openbao => include_str!("../../../presets/openbao.toml"),
            Issuer::AwsIam => include_str!("../../../presets/aws-iam.toml"),
            Issuer::AwsSecretsManager => include_str!("../../../presets/aws-secrets-manager.toml"),
            Issuer::Gitlab => include_str!("../../../presets/gitlab.toml"),
            Issuer::GithubApp => include_str!("../../../presets/github-app.toml"),
            Issuer::Cloudflare => include_str!("../../../presets/cloudflare.toml"),
            Issuer::Kubernetes => include_str!("../../../presets/kubernetes.toml"),
            Issuer::TokenIssue => include_str!("../../../presets/token-issue.toml"),
        }
    }

    /// What `set` is where the issuer is the store too.
    const fn own_set(self) -> Option<&'static str> {
        match self {
            Issuer::AwsSecretsManager => {
                Some(include_str!("../../../presets/sinks/aws-secrets-manager.toml"))
            }
            Issuer::Openbao
            | Issuer::AwsIam
            | Issuer::Gitlab
            | Issuer::GithubApp
            | Issuer::Cloudflare
            | Issuer::Kubernetes
            | Issuer::TokenIssue => None,
        }
    }

    const fn usual(self) -> Sink {
        match self {
            Issuer::Openbao => Sink::Openbao,
            Issuer::AwsIam | Issuer::AwsSecretsManager => Sink::Aws,
            Issuer::Gitlab => Sink::Gitlab,
            Issuer::GithubApp | Issuer::Cloudflare => Sink::Github,
            Issuer::Kubernetes => Sink::Kubernetes,
            Issuer::TokenIssue => Sink::File,
        }
    }
}

impl Sink {
    const fn set(self) -> &'static str {
        match self {
            Sink::Github => include_str!("../../../presets/sinks/github.toml"),
            Sink::Gitlab => include_str!("../../../presets/sinks/gitlab.toml"),
            Sink::Kubernetes => include_str!("../../../presets/sinks/kubernetes.toml"),
            Sink::Openbao => include_str!("../../../presets/sinks/openbao.toml"),
            Sink::Aws => include_str!("../../../presets/sinks/aws.toml"),
            Sink::File => include_str!("../../../presets/sinks/file.toml"),
            Sink::Systemd => include_str!("../../../presets/sinks/systemd.toml"),
        }
    }
}

#[cfg(test)]
mod tests;

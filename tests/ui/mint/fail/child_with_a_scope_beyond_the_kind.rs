//! A child is to be made with a scope that its parent's kind does not carry.

use token_issue::Narrow;

token_core::policy!("../../tokens.toml");

fn wide() -> Narrow<kind::Publisher> {
    Narrow::new().scopes::<(scope::DeployRun,)>()
}

fn main() {}

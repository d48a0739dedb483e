//! `policy!` may stand in a function, as in an example of a manual.

fn main() {
    token_core::policy!("../../tokens.toml");

    #[derive(token_core::RequireScopes)]
    #[require(scope::RepoRead)]
    struct ListRepos;

    fn permits<O: token_core::PermittedBy<K>, K: token_core::TokenKind>() {}
    permits::<ListRepos, kind::GithubCi>();
    assert_eq!(POLICY.kinds.len(), 3);
}

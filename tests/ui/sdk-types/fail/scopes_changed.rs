//! An SDK's operation requires one scope more than its test has.

token_core::assert_scopes! {
    sdk::ListRepos<'_> => ["repo:read"],
    sdk::Mirror => ["repo:read"],
}

fn main() {}

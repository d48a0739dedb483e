//! The scopes that this SDK's operations require. A change here breaks the policy of whoever uses the SDK.

token_core::assert_scopes! {
    sdk::ListRepos<'_> => ["repo:read"],
    sdk::Mirror => ["repo:write", "repo:read"],
}

//! The policy has a scope of the same name, yet it is not the SDK's type: what the SDK requires is
//! not granted by a name that looks like it.

token_core::policy!("operation_not_granted.toml");

fn main() {
    let _ = sdk::run::<kind::Ci, sdk::ListRepos<'_>>;
}

/// Loads the policy that stands beside this file, wherever it is called.
macro_rules! load_policy {
    () => {
        token_core::policy!("tokens.toml");
    };
}

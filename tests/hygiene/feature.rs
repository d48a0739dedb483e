//! A method whose feature is off names the feature. This crate's own token-core has all features, so another crate tries.

use super::outside::Outside;

const PROGRAM: &str = r"
pub fn length(exposed: &token_core::Exposed<'_>) -> Result<usize, token_core::Error> {
    Ok(exposed.METHOD?.len())
}
";

#[test]
fn a_method_behind_a_feature_names_it_in_one_error() {
    let outside = Outside::new("feature");
    for method in
        ["bearer_header()", "basic_header(\"x\")", "scheme_header(\"Key\")", "raw_header()"]
    {
        outside.write("src/lib.rs", &PROGRAM.replace("METHOD", method));
        let said = outside.check().unwrap_err();
        let errors: Vec<_> = said.lines().filter(|line| line.starts_with("error[")).collect();
        assert_eq!(
            errors,
            ["error[E0277]: this method needs the feature `http` of token-core"],
            "{said}"
        );
        assert!(said.contains("features = [\"http\"]"), "{said}");
    }
}

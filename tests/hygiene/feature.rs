//! A method whose feature is off names the feature. This crate's own token-core has all features, so another crate tries.

use super::outside::Outside;

const PROGRAM: &str = r"
pub fn length(exposed: &token_core::Exposed<'_>) -> Result<usize, token_core::Error> {
    Ok(exposed.METHOD?.len())
}
";

const IN_ONE_LINE: &str = r"
pub fn length<K, O>(token: &dyn token_core::Current<K>, operation: &O) -> Result<usize, token_core::Error>
where
    K: token_core::Reusable,
    O: token_core::PermittedBy<K>,
{
    Ok(token.current()?.header(operation)?.len())
}
";

#[test]
fn a_method_behind_a_feature_names_it_in_one_error() {
    let outside = Outside::new("feature");
    let methods =
        ["bearer_header()", "basic_header(\"x\")", "scheme_header(\"Key\")", "raw_header()"];
    let programs = methods.map(|method| PROGRAM.replace("METHOD", method));
    for program in programs.into_iter().chain([IN_ONE_LINE.to_owned()]) {
        outside.write("src/lib.rs", &program);
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

//! Turns a name in the policy into the name of a type.

/// Joins the words of `name` in camel case: `repo:read` becomes `RepoRead`. A `*` is the word `Star`, so that
/// `patient/*.read` is another type than `patient/read`.
///
/// `prefix` is put before a name that Rust does not allow for a type, such as `2fa` or `self`.
pub(crate) fn of_type(name: &str, prefix: &str) -> String {
    let words = name.split_inclusive('*').flat_map(|part| {
        let star = part.ends_with('*').then_some("Star");
        part.split(|c: char| !c.is_ascii_alphanumeric()).chain(star)
    });
    let camel: String = words.map(capitalized).collect();
    match camel.starts_with(|first: char| first.is_ascii_alphabetic()) && camel != "Self" {
        true => camel,
        false => format!("{prefix}{camel}"),
    }
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::of_type;

    #[test]
    fn words_become_camel_case() {
        assert_eq!(of_type("repo:read", "Scope"), "RepoRead");
        assert_eq!(of_type("github-ci", "Kind"), "GithubCi");
        assert_eq!(
            of_type("https://example.com/auth/drive.readonly", "Scope"),
            "HttpsExampleComAuthDriveReadonly"
        );
        assert_eq!(of_type("readWrite", "Scope"), "ReadWrite");
        assert_eq!(of_type("patient/*.read", "Scope"), "PatientStarRead");
        assert_eq!(of_type("user/*.*", "Scope"), "UserStarStar");
        assert_eq!(of_type("*", "Scope"), "Star");
    }

    #[test]
    fn a_name_that_rust_does_not_allow_gets_a_prefix() {
        assert_eq!(of_type("2fa", "Scope"), "Scope2fa");
        assert_eq!(of_type("self", "Kind"), "KindSelf");
        assert_eq!(of_type("...", "Scope"), "Scope");
    }
}

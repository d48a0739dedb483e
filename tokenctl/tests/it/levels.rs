//! What findings do to a run: `[scan]` of the policy, and `--level`.

use crate::support::{Folder, POLICY, password};

/// A key of the form of Stripe's. It has no checksum, and opens nothing.
fn stripe() -> String {
    ["sk_li", "ve_", "q7VfzL2xWd94hKm3Tz8bNw5c"].concat()
}

fn with_policy(table: &str) -> Folder {
    let folder = Folder::repository();
    folder.write("tokens.toml", format!("{POLICY}\n[scan]\n{table}\n"));
    folder.write("pay.py", format!("stripe.api_key = \"{}\"\n", stripe()));
    folder
}

#[test]
fn a_live_key_without_a_checksum_fails_the_run() {
    let folder = Folder::repository();
    folder.write("pay.py", format!("stripe.api_key = \"{}\"\n", stripe()));
    let ran = folder.run(&["scan"]).ends(1);
    assert!(ran.out.contains("error[stripe-key]: this has the form of: "), "{}", ran.out);
    folder.write("tokens.toml", POLICY);
    folder.run(&["scan"]).ends(1);
    folder.git(&["add", "."]);
    folder.run(&["scan", "--staged"]).ends(1);
}

#[test]
fn the_policy_sets_levels_by_sort_and_by_rule() {
    for (table, code, findings) in [
        ("defaults = 2", 1, 1),
        ("defaults = 1", 0, 1),
        ("specific = \"warn\"", 0, 1),
        ("specific = \"allow\"", 0, 0),
        ("stripe-key = \"allow\"", 0, 0),
        ("specific = \"allow\"\nstripe-key = \"deny\"", 1, 1),
    ] {
        let ran = with_policy(table).run(&["scan"]).ends(code);
        assert_eq!(ran.out.matches("-->").count(), findings, "{table}: {}", ran.out);
    }
    let folder = with_policy("guess = \"deny\"");
    folder.write("pay.py", format!("db_password = \"{}\"\n", password(1)));
    folder.run(&["scan"]).ends(1);
}

#[test]
fn an_argument_counts_before_the_policy() {
    let folder = with_policy("specific = \"allow\"");
    folder.run(&["scan", "--level", "specific=deny"]).ends(1);
    folder.run(&["scan", "--level", "stripe-key=warn"]).ends(0);
    folder.run(&["scan", "--level", "specific=allow", "--level", "stripe-key=deny"]).ends(1);
    for wrong in ["stripe-key", "stripe-key=no", "=deny"] {
        folder.run(&["scan", "--level", wrong]).ends(2);
    }
    let ran = folder.run(&["scan", "--level", "stripe-kye=deny"]).ends(2);
    assert!(ran.err.contains("did you mean `stripe-key`?"), "{}", ran.err);
}

#[test]
fn a_name_that_means_nothing_is_told() {
    let folder = with_policy("stripe-kye = \"allow\"");
    let ran = folder.run(&["scan"]).ends(1);
    assert!(ran.err.contains("[unknown-level]: "), "{}", ran.err);
    assert!(ran.err.contains("`stripe-kye`"), "{}", ran.err);
    folder.run(&["explain", "unknown-level"]).ends(0);
    let ran = with_policy("defaults = 9").run(&["scan"]).ends(3);
    assert!(ran.err.contains("`[scan] defaults = 9` is not known here"), "{}", ran.err);
}

/// The levels of a folder below are about what that folder is, such as the policy of an example.
#[test]
fn a_policy_below_weakens_nothing() {
    let folder = Folder::repository();
    folder.write("tokens.toml", POLICY);
    folder.write("example/tokens.toml", format!("{POLICY}\n[scan]\nspecific = \"allow\"\n"));
    folder.write("pay.py", format!("stripe.api_key = \"{}\"\n", stripe()));
    folder.run(&["scan"]).ends(1);
    folder.git(&["add", "."]);
    folder.run(&["scan", "--staged"]).ends(1);
    // Where both are above, the strictest word counts, and silence is none.
    folder.write("example/pay.py", format!("stripe.api_key = \"{}\"\n", stripe()));
    folder.run_in("example", &["scan", "."]).ends(0);
    folder.write("tokens.toml", format!("{POLICY}\n[scan]\nspecific = \"deny\"\n"));
    folder.run_in("example", &["scan", "."]).ends(1);
}

#[test]
fn a_comment_accepts_what_is_specific_for_a_reason() {
    let folder = Folder::repository();
    let line = |end: &str| {
        format!("stripe.api_key = \"{}\"  # token-scan:{}(stripe-key){end}\n", stripe(), "ignore")
    };
    folder.write("pay.py", line(" a key of the documentation"));
    folder.run(&["scan", "--no-policy"]).ends(0);
    folder.write("pay.py", line(""));
    folder.run(&["scan", "--no-policy"]).ends(1);
}

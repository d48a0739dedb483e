//! `diff`.

use crate::support::{Folder, POLICY};

fn with_history() -> Folder {
    let folder = Folder::repository();
    folder.write("tokens.toml", POLICY);
    folder.commit_all("first");
    folder.write("tokens.toml", POLICY.replace("\"1h\"", "\"8h\""));
    folder.commit_all("wider");
    folder
}

#[test]
fn each_side_is_a_file_a_revision_or_a_file_of_a_revision() {
    let folder = with_history();
    folder.write("other.toml", POLICY.replace("\"1h\"", "\"30m\""));
    for (arguments, code) in [
        (&["diff"][..], 0),
        (&["diff", "HEAD~1"], 4),
        (&["diff", "HEAD~1", "HEAD"], 4),
        (&["diff", "HEAD", "HEAD~1"], 0),
        (&["diff", "HEAD~1:tokens.toml", "HEAD:./tokens.toml"], 4),
        (&["diff", "HEAD", "other.toml"], 0),
        (&["diff", "other.toml", "tokens.toml"], 4),
        (&["diff", "main", "HEAD~0"], 0),
        (&["diff", "HEAD:"], 3),
        (&["diff", "none"], 3),
        (&["diff", "none:tokens.toml"], 3),
        (&["diff", "HEAD", "none.toml"], 3),
        (&["diff", "--", "--output=x"], 3),
    ] {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
    }
    folder.write("below/x", "");
    let below = folder.run_in("below", &["diff", "HEAD~1"]).ends(4);
    assert!(
        below.out.ends_with("wider: tokens.toml permits more than HEAD~1:tokens.toml\n"),
        "{}",
        below.out
    );
}

#[test]
fn a_policy_that_is_not_there_permits_nothing() {
    let folder = Folder::repository();
    folder.write("tokens.toml", POLICY);
    let unborn = folder.run(&["diff"]).ends(4);
    assert!(
        unborn.err.contains("HEAD:tokens.toml is not there, so it permits nothing"),
        "{}",
        unborn.err
    );
    folder.write("x", "");
    folder.git(&["add", "x"]);
    folder.git(&["commit", "--quiet", "--message", "x"]);
    folder.run(&["diff"]).ends(4);
    folder.commit_all("policy");
    folder.git(&["rm", "--quiet", "tokens.toml"]);
    folder.git(&["commit", "--quiet", "--message", "gone"]);
    let gone = folder.run(&["diff", "HEAD~1", "HEAD"]).ends(0);
    assert!(gone.out.contains("narrower: HEAD:tokens.toml permits less"), "{}", gone.out);
    folder.run(&["diff"]).ends(3);
}

#[test]
fn what_is_more_here_and_less_there_has_its_own_code() {
    let folder = with_history();
    let other = POLICY
        .replace("\"1h\"", "\"8h\"")
        .replace("format ", "audience = \"https://b.example\"\nformat ");
    folder.write("old.toml", POLICY);
    folder.write("new.toml", other);
    let ran = folder.run(&["diff", "old.toml", "new.toml"]).ends(5);
    assert!(ran.out.contains("incomparable: new.toml permits more in one place"), "{}", ran.out);
}

#[test]
fn json_has_the_verdict_and_the_facts() {
    let folder = with_history();
    let out = folder.run(&["diff", "HEAD~1", "--format", "json"]).ends(4).out;
    let value: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(value["verdict"], "wider");
    assert_eq!(
        (&value["old"], &value["new"]),
        (&"HEAD~1:tokens.toml".into(), &"tokens.toml".into())
    );
    assert_eq!(value["facts"][0]["code"], "policy-wider");
    assert_eq!(value["facts"][0]["file"], "tokens.toml");
}

#[test]
fn an_invalid_side_is_no_answer() {
    let folder = with_history();
    folder.write("tokens.toml", "version = 2\n");
    let ran = folder.run(&["diff"]).ends(3);
    assert!(ran.err.starts_with("error: tokens.toml:1:11: "), "{}", ran.err);
    assert_eq!(ran.out, "");
}

//! `routes diff`.

use crate::support::{Folder, token};

const TABLE: &str =
    "POST /deploy scopes=deploy:run kinds=deploy\nGET /health public=\"load balancer\"\n";

fn opened() -> String {
    TABLE.replace("scopes=deploy:run", "scopes=")
}

fn with_history() -> Folder {
    let folder = Folder::repository();
    folder.write("routes.txt", TABLE);
    folder.commit_all("first");
    folder.write("routes.txt", opened());
    folder.commit_all("wider");
    folder
}

#[test]
fn each_side_is_a_file_a_revision_or_a_file_of_a_revision() {
    let folder = with_history();
    folder.write("less.txt", "GET /health public=\"load balancer\"\n");
    folder.write("moved.json", r#"{"routes": [{"path": "/", "method": "GET", "public": "all"}]}"#);
    for (arguments, code) in [
        (&["routes", "diff"][..], 0),
        (&["routes", "diff", "HEAD~1"], 4),
        (&["routes", "diff", "HEAD~1", "HEAD"], 4),
        (&["routes", "diff", "HEAD", "HEAD~1"], 0),
        (&["routes", "diff", "HEAD~1:routes.txt", "HEAD:./routes.txt"], 4),
        (&["routes", "diff", "HEAD", "less.txt"], 0),
        (&["routes", "diff", "./less.txt", "file:routes.txt"], 4),
        (&["routes", "diff", "HEAD", "moved.json"], 5),
        (&["routes", "diff", "HEAD:"], 3),
        (&["routes", "diff", "none"], 3),
        (&["routes", "diff", "HEAD", "./none.txt"], 3),
        (&["routes", "diff", "--", "--output=x"], 3),
        (&["routes"], 2),
        (&["routes", "diff", "a", "b", "c"], 2),
    ] {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
    }
    folder.write("below/x", "");
    let below = folder.run_in("below", &["routes", "diff", "HEAD~1"]).ends(4);
    let end = "wider: routes.txt permits more than HEAD~1:routes.txt\n";
    assert!(below.out.ends_with(end), "{}", below.out);
}

/// A change can add a file that is named like the branch with which it is compared.
#[test]
fn a_name_that_git_knows_is_gits() {
    let folder = with_history();
    folder.git(&["branch", "base.txt", "HEAD~1"]);
    folder.run(&["routes", "diff", "base.txt"]).ends(4);
    folder.write("base.txt", opened());
    let both = folder.run(&["routes", "diff", "base.txt"]).ends(3);
    assert!(both.err.contains("is a revision for git, and a file here"), "{}", both.err);
    folder.run(&["routes", "diff", "refs/heads/base.txt"]).ends(4);
    folder.run(&["routes", "diff", "./base.txt"]).ends(0);
}

#[test]
fn a_table_that_is_not_there_has_no_routes() {
    let folder = Folder::repository();
    let none = folder.run(&["routes", "diff"]).ends(3);
    assert!(none.err.contains("there is no `routes.txt` here or above"), "{}", none.err);
    folder.write("routes.txt", TABLE);
    let unborn = folder.run(&["routes", "diff"]).ends(4);
    let said = "HEAD:routes.txt is not there, so it permits nothing";
    assert!(unborn.err.contains(said), "{}", unborn.err);
    folder.commit_all("routes");
    folder.git(&["rm", "--quiet", "routes.txt"]);
    folder.git(&["commit", "--quiet", "--message", "gone"]);
    folder.run(&["routes", "diff", "HEAD~1", "HEAD"]).ends(0);
}

#[test]
fn json_and_sarif_have_each_change_in_its_place() {
    let folder = with_history();
    let json = folder.run(&["routes", "diff", "HEAD~1", "--format", "json"]).ends(4).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["verdict"], &json["old"]), (&"wider".into(), &"HEAD~1:routes.txt".into()));
    let fact = &json["facts"][0];
    assert_eq!((&fact["code"], &fact["line"]), (&"routes-wider".into(), &1.into()));
    assert_eq!(fact["facts"]["route"], "POST /deploy");

    let sarif = folder.run(&["routes", "diff", "HEAD~1", "--format", "sarif"]).ends(4).out;
    let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!((&result["ruleId"], &result["level"]), (&"routes-wider".into(), &"error".into()));
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "routes.txt");
    assert_eq!(place["region"]["startLine"], 1);
}

#[test]
fn what_is_no_table_or_has_a_token_is_no_answer() {
    let folder = with_history();
    folder.write("routes.txt", TABLE.replace("GET /health", "GET health"));
    let ran = folder.run(&["routes", "diff"]).ends(3);
    assert!(ran.err.starts_with("error: routes.txt: line 2: "), "{}", ran.err);
    assert_eq!(ran.out, "");
    let secret = token(1);
    folder.write("routes.txt", format!("{TABLE}GET /x public=\"{secret}\"\n"));
    let ran = folder.run(&["routes", "diff"]).ends(3);
    assert!(ran.err.contains("a token is written into this table"), "{}", ran.err);
    assert!(!ran.err.contains(&secret), "{}", ran.err);
}

//! The table of routes: its text and its JSON read back, and the diff says what widened.
#![cfg(feature = "routes")]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test")]

use proptest::prelude::*;
use token_policy::Level;
use token_policy::routes::{Access, RouteRow, RouteTable, Verdict, diff};

const TEXT: &str = r#"* /* scopes=deploy:read kinds=deploy,viewer
other /* public="a page for people"
GET /deployments scopes=deploy:read kinds=deploy,viewer
POST /deployments scopes=deploy:read,deploy:run kinds=deploy
GET /deployments/{id} scopes= kinds=viewer
* /files/* scopes=deploy:read kinds=viewer
GET /health public="load \"balancer\""
"#;

fn table(text: &str) -> RouteTable {
    RouteTable::parse(text).unwrap()
}

/// The verdict, and the lines without a change that both tables have.
fn compared(old: &str, new: &str) -> (Verdict, String) {
    let diff = diff(&table(old), &table(new));
    (diff.verdict(), diff.to_string())
}

#[test]
fn a_table_reads_back_from_its_text_and_from_its_json() {
    let read = table(TEXT);
    assert_eq!(read.to_string(), TEXT);
    assert_eq!(table(&read.to_json()), read);
    assert_eq!(table(&TEXT.replace('\n', "\r\n")), read);
    assert_eq!(table(&format!("\u{feff}{TEXT}")), read);
    assert_eq!(table("").rows().len(), 0);
}

#[test]
fn what_separates_is_quoted_and_what_is_invisible_is_escaped() {
    let access = Access::Proof { scopes: vec!["a,b".into(), "c".into()], kinds: vec!["k".into()] };
    let public = Access::Public { reason: "a\u{202e}b\n\\\"".into() };
    let rows = [RouteRow::new("GET", "/a b", access), RouteRow::new("GET", "/\u{e4}", public)];
    let read: RouteTable = rows.into_iter().collect();
    let text =
        "GET \"/a b\" scopes=\"a,b\",c kinds=k\nGET \"/\u{e4}\" public=\"a\\u202eb\\n\\\\\\\"\"\n";
    assert_eq!(read.to_string(), text);
    assert_eq!(table(text), read);
    assert!(!read.to_json().contains('\u{202e}'));
}

#[test]
fn what_is_no_table_is_refused_with_its_line_and_without_its_text() {
    let good = "GET / public=\"x\"\n";
    for bad in [
        "",
        "GET",
        "GET /spilled",
        "get /spilled public=\"x\"",
        "ANY* /spilled public=\"x\"",
        "GET spilled public=\"x\"",
        "GET  /spilled public=\"x\"",
        "GET \"/spilled public=\"x\"",
        "GET /spilled public=",
        "GET /spilled public=x",
        "GET /spilled public=\"\"",
        "GET /spilled public=\" \"",
        "GET /spilled public=\"x\" ",
        "GET /spilled public=\"x\" scopes=a kinds=b",
        "GET /spilled scopes=a",
        "GET /spilled kinds=a scopes=b",
        "GET /spilled scopes=a kinds=",
        "GET /spilled scopes=a,,b kinds=c",
        "GET /spilled scopes=a, kinds=c",
        "GET /spilled scopes=a kinds=c x",
        "GET /spilled scopes=a\"b kinds=c",
        "# a remark",
    ] {
        let error = RouteTable::parse(&format!("{good}{bad}\n{good}")).unwrap_err();
        assert_eq!(error.line(), Some(2), "{bad:?}: {error}");
        assert!(!error.to_string().contains("spilled"), "{error}");
    }
    for bad in [
        "{",
        "{}",
        "{\"routes\": {}}",
        "{\"routes\": [], \"x\": 1}",
        r#"{"routes": [{"path": "/", "method": "GET"}]}"#,
        r#"{"routes": [{"path": "/", "method": "GET", "public": ""}]}"#,
        r#"{"routes": [{"path": "/", "method": "GET", "public": "x", "scopes": []}]}"#,
        r#"{"routes": [{"path": "/", "method": "GET", "scopes": ["a"], "kinds": []}]}"#,
        r#"{"routes": [{"path": "/", "method": "GET", "scopes": [1], "kinds": ["a"]}]}"#,
        r#"{"routes": [{"path": "x", "method": "GET", "public": "x"}]}"#,
        r#"{"routes": [{"path": "/", "method": "get", "public": "x"}]}"#,
    ] {
        assert_eq!(RouteTable::parse(bad).unwrap_err().line(), None, "{bad}");
    }
    assert!(RouteTable::parse(&good.repeat(20_000)).is_err());
}

#[test]
fn each_change_has_its_bearing() {
    let row = "POST /a scopes=x,y kinds=k,l\n";
    for (new, verdict, said) in [
        (row, Verdict::Equal, ""),
        ("POST /a scopes=y,x kinds=l,k\n", Verdict::Equal, ""),
        (
            "POST /a scopes=x kinds=k,l\n",
            Verdict::Wider,
            "wider: route `POST /a`: scope `y` is no longer needed\n",
        ),
        (
            "POST /a scopes=x,y,z kinds=k,l\n",
            Verdict::Narrower,
            "narrower: route `POST /a`: scope `z` is needed, too\n",
        ),
        (
            "POST /a scopes=x,y kinds=k,l,m\n",
            Verdict::Wider,
            "wider: route `POST /a`: kind `m` may come in, too\n",
        ),
        (
            "POST /a scopes=x,y kinds=l\n",
            Verdict::Narrower,
            "narrower: route `POST /a`: kind `k` may no longer come in\n",
        ),
        (
            "POST /a scopes=x,z kinds=k,l\n",
            Verdict::Incomparable,
            "wider: route `POST /a`: scope `y` is no longer needed\nnarrower: route `POST /a`: scope `z` is needed, too\n",
        ),
        (
            "POST /a public=\"w\"\n",
            Verdict::Wider,
            "wider: route `POST /a`: it is public (\"w\"), was for `x`, `y` of kind `k`, `l`\n",
        ),
        ("", Verdict::Narrower, "narrower: route `POST /a`: it is gone\n"),
        (
            "POST /b scopes=x,y kinds=k,l\n",
            Verdict::Incomparable,
            "narrower: route `POST /a`: it is gone\nwider: route `POST /b`: it is new, for `x`, `y` of kind `k`, `l`\n",
        ),
        (
            "PUT /a scopes=x,y kinds=k,l\nPOST /a scopes=x,y kinds=k,l\n",
            Verdict::Wider,
            "wider: route `PUT /a`: it is new, for `x`, `y` of kind `k`, `l`\n",
        ),
    ] {
        assert_eq!(compared(row, new), (verdict, said.to_owned()), "{new}");
    }
    assert_eq!(
        compared("GET / public=\"a\"\n", "GET / public=\"b\"\n"),
        (Verdict::Equal, "equal: route `GET /`: it is public (\"b\"), was public (\"a\")\n".into())
    );
}

/// A guarded route before what is open must not go unnoticed.
#[test]
fn a_route_that_is_gone_is_not_narrower_if_something_open_answers_instead() {
    let guarded = |path: &str| format!("GET {path} scopes=x kinds=k\n");
    for (rest, path, by) in [
        ("* /a public=\"o\"\n", "/a", "* /a"),
        ("GET /{name} public=\"o\"\n", "/a", "GET /{name}"),
        ("GET /{*rest} public=\"o\"\n", "/a/b", "GET /{*rest}"),
        ("* /* public=\"o\"\n", "/a/b", "* /*"),
        ("* /a/* public=\"o\"\n* /* scopes=x kinds=k\n", "/a/b", "* /a/*"),
        ("* /a/* public=\"o\"\n", "/a", "* /a/*"),
        ("GET /a/{id} scopes= kinds=k\n", "/a/b", "GET /a/{id}"),
        ("GET /a/{id} scopes=x kinds=k,l\n", "/a/b", "GET /a/{id}"),
    ] {
        let (verdict, said) = compared(&format!("{rest}{}", guarded(path)), rest);
        assert_eq!(verdict, Verdict::Incomparable, "{rest}{said}");
        assert!(said.contains(&format!("it is gone; `{by}` answers its requests now")), "{said}");
    }
    for (rest, path) in [
        ("POST /a public=\"o\"\n", "/a"),
        ("other /* public=\"o\"\n", "/a"),
        ("* /b/* public=\"o\"\n", "/a"),
        ("GET /{name} public=\"o\"\n", "/a/b"),
        ("GET /{name} scopes=x,y kinds=k\n", "/a"),
        ("* /* public=\"o\"\n* /a/* scopes=x kinds=k\n", "/a/b"),
        ("* /* public=\"o\"\nPUT /a public=\"o\"\n", "/a"),
        ("GET /{{a}} public=\"o\"\n", "/a"),
    ] {
        let (verdict, said) = compared(&format!("{rest}{}", guarded(path)), rest);
        assert_eq!(verdict, Verdict::Narrower, "{rest}{said}");
    }
    let (verdict, said) =
        compared("GET /a public=\"o\"\nHEAD /a scopes=x kinds=k\n", "GET /a public=\"o\"\n");
    assert_eq!(verdict, Verdict::Incomparable, "GET answers HEAD: {said}");
}

#[test]
fn merged_routers_may_each_have_what_answers_the_rest() {
    let one = "* /* public=\"a\"\n";
    let two = "* /* public=\"a\"\n* /* scopes=x kinds=k\n";
    assert_eq!(compared(two, two).0, Verdict::Equal);
    assert_eq!(compared(two, one).0, Verdict::Equal);
    assert_eq!(compared("* /* scopes=x kinds=k\n", two).0, Verdict::Wider);
    assert_eq!(compared(two, "* /* scopes=x kinds=k\n").0, Verdict::Narrower);
}

#[test]
fn findings_have_the_place_in_the_new_file() {
    let new = "GET /a public=\"x\"\nGET /b scopes= kinds=k\n";
    let diff = diff(&table("GET /b scopes=s kinds=k\nGET /c public=\"x\"\n"), &table(new));
    let findings = diff.findings("routes.txt");
    let seen: Vec<_> = findings
        .iter()
        .map(|finding| {
            (
                finding.code(),
                finding.level(),
                finding.place().map(token_policy::report::Place::line),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("routes-wider", Level::Deny, Some(1)),
            ("routes-wider", Level::Deny, Some(2)),
            ("routes-narrower", Level::Allow, None),
        ]
    );
}

#[test]
fn openapi_has_a_scheme_for_each_kind_and_the_scopes_of_each_operation() {
    let text = "* /a/{id}/{*rest} scopes=x kinds=k,l\nGET /a/{id}/{*rest} public=\"o\"\nCONNECT /a public=\"o\"\n* /* public=\"o\"\nother /* public=\"o\"\n";
    let document: serde_json::Value = serde_json::from_str(&table(text).to_openapi(None)).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let item = &document["paths"]["/a/{id}/{rest}"];
    assert_eq!(item["get"]["security"], serde_json::json!([]));
    assert!(item.get("head").is_none(), "GET answers it");
    let either = serde_json::json!([{ "k": ["x"] }, { "l": ["x"] }]);
    for method in ["post", "put", "patch", "delete", "options", "trace"] {
        assert_eq!(item[method]["security"], either, "{method}");
    }
    let names: Vec<_> = item["parameters"].as_array().unwrap().iter().map(|p| &p["name"]).collect();
    assert_eq!(names, ["id", "rest"]);
    assert_eq!(document["components"]["securitySchemes"]["k"]["scheme"], "bearer");
    assert_eq!(document["x-routes-not-listed"].as_array().unwrap().len(), 3);

    let with_header = table(text).to_openapi(Some("x-api-key"));
    let document: serde_json::Value = serde_json::from_str(&with_header).unwrap();
    let scheme = &document["components"]["securitySchemes"]["k-in-header"];
    assert_eq!((&scheme["type"], &scheme["name"]), (&"apiKey".into(), &"x-api-key".into()));
    let post = &document["paths"]["/a/{id}/{rest}"]["post"]["security"];
    assert_eq!(post.as_array().unwrap().len(), 4);
}

fn access() -> impl Strategy<Value = Access> {
    let names = || proptest::collection::btree_set("[a-d]", 0..3);
    prop_oneof![
        4 => (names(), proptest::collection::btree_set("[k-m]", 1..3)).prop_map(|(scopes, kinds)| Access::Proof {
            scopes: scopes.into_iter().collect(),
            kinds: kinds.into_iter().collect(),
        }),
        1 => "[a-z\u{202e}\"\\\\ ]{0,5}x".prop_map(|reason| Access::Public { reason }),
    ]
}

/// One row for each path, so that nothing answers in place of another.
fn rows() -> impl Strategy<Value = Vec<(u8, Access)>> {
    proptest::collection::btree_map(0..3_u8, access(), 0..4)
        .prop_map(|rows| rows.into_iter().collect())
}

fn of(rows: &[(u8, Access)]) -> RouteTable {
    rows.iter()
        .map(|(path, access)| RouteRow::new("GET", format!("/{path}"), access.clone()))
        .collect()
}

/// Whether a caller comes in: with a token of a kind and its scopes, or with none.
fn comes_in(rows: &[(u8, Access)], path: u8, caller: Option<(&str, &[&str])>) -> bool {
    let found = rows.iter().find(|(at, _)| *at == path);
    found.is_some_and(|(_, access)| match (access, caller) {
        (Access::Public { .. }, _) => true,
        (Access::Proof { .. }, None) => false,
        (Access::Proof { scopes, kinds }, Some((kind, has))) => {
            kinds.iter().any(|one| one == kind)
                && scopes.iter().all(|scope| has.contains(&scope.as_str()))
        }
    })
}

proptest! {
    #[test]
    fn any_table_reads_back(
        rows in proptest::collection::vec(("/[ -~\u{e4}\u{202e}]{0,8}", access()), 0..5),
        scope in "[!-~]{1,8}",
    ) {
        let hand_made = Access::Proof { scopes: vec![scope], kinds: vec!["k".into()] };
        let rows = rows.into_iter().map(|(path, access)| RouteRow::new("GET", path, access));
        let made: RouteTable = rows.chain([RouteRow::new("*", "/*", hand_made)]).collect();
        prop_assert_eq!(&table(&made.to_string()), &made);
        prop_assert_eq!(&table(&made.to_json()), &made);
        let document: serde_json::Value = serde_json::from_str(&made.to_openapi(None)).unwrap();
        prop_assert!(document["paths"].is_object());
    }

    #[test]
    fn no_text_panics(text in "(GET|\\*|other|\\{)?[ -~\"]{0,40}\n?") {
        let _ = RouteTable::parse(&text);
    }

    /// The verdict is that on the sets of callers, one by one.
    #[test]
    fn the_verdict_is_that_on_all_callers(old in rows(), new in rows()) {
        let scopes = ["a", "b", "c", "d"];
        let sets = (0..16_u8).map(|bits| -> Vec<&str> {
            (0..4).filter(|bit| bits & (1 << bit) != 0).map(|bit| scopes[bit]).collect()
        });
        let sets: Vec<_> = sets.collect();
        let (mut more, mut less) = (false, false);
        for path in 0..3 {
            let with = ["k", "l", "m"].into_iter().flat_map(|kind| sets.iter().map(move |set| Some((kind, set.as_slice()))));
            for caller in with.chain([None]) {
                let (was, is) = (comes_in(&old, path, caller), comes_in(&new, path, caller));
                more |= is && !was;
                less |= was && !is;
            }
        }
        let expected = match (more, less) {
            (false, false) => Verdict::Equal,
            (true, false) => Verdict::Wider,
            (false, true) => Verdict::Narrower,
            (true, true) => Verdict::Incomparable,
        };
        prop_assert_eq!(diff(&of(&old), &of(&new)).verdict(), expected);
    }
}

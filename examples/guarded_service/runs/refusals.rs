//! 401, 403 and 400, each with the header of RFC 6750.

use crate::client::Service;

pub(crate) const BARE: &str = r#"Bearer realm="deployments""#;
pub(crate) const INVALID: &str = r#"Bearer realm="deployments", error="invalid_token""#;

const ROUTES: [&str; 7] = [
    "GET /deployments",
    "GET /deployments/core",
    "POST /deployments/core",
    "DELETE /token",
    "POST /ticket",
    "GET /events",
    "GET /socket",
];

const JSON: &str = "Content-Type: application/json";

#[test]
fn every_route_refuses_as_rfc_6750_says() {
    let service = Service::start();
    let unknown = "Authorization: Bearer acme_deploy_nobody-issued-this";
    for route in ROUTES {
        let none = service.ask(route, &[], "");
        assert_eq!((none.status, none.challenge()), (401, Some(BARE)), "section 3.1, {route}");
        let other = service.ask(route, &["Authorization: Basic YTpi"], "");
        assert_eq!(other, none, "another scheme is no credential, {route}");
        let cookie = service.ask(route, &["Cookie: access_token=abc; Authorization=abc"], "");
        assert_eq!(cookie, none, "a cookie is none, {route}");
        let unknown = service.ask(route, &[unknown], "");
        assert_eq!((unknown.status, unknown.challenge()), (401, Some(INVALID)), "{route}");
        for token in ["revoked", "expired"] {
            // The expired one lives for a second.
            let late = || service.ask(route, &[&service.header(token)], "");
            let dead = std::iter::repeat_with(late).find(|answer| answer.status == 401).unwrap();
            assert_eq!(dead, unknown, "{token} and unknown look the same, {route}");
        }
        let url = service.ask(&format!("{route}?access_token=abc"), &[], "");
        assert_eq!(url.status, 400, "section 5.3, {route}");
        assert!(url.challenge().unwrap().contains(r#"error="invalid_request""#), "{route}");
    }
    let narrow = service.ask("POST /deployments/core", &[&service.header("narrow"), JSON], "{}");
    let scope = r#"Bearer realm="deployments", error="insufficient_scope", scope="deploy:run""#;
    assert_eq!((narrow.status, narrow.challenge()), (403, Some(scope)));
    let kind = service.ask("POST /deployments/core", &[&service.header("viewer"), JSON], "{}");
    assert_eq!((kind.status, kind.challenge()), (401, Some(INVALID)), "of another kind");
}

#[test]
fn whoever_may_not_ask_is_not_told_what_is_wrong_with_the_request() {
    let service = Service::start();
    let wrong = [
        (JSON, "{ malformed", 400),
        (JSON, r#"{"version": 7}"#, 422),
        (JSON, "{}", 422),
        ("Content-Type: text/plain", "{}", 415),
    ];
    for (content_type, body, status) in wrong {
        let ask = |headers: &[&str]| service.ask("POST /deployments/core", headers, body).status;
        assert_eq!(ask(&[content_type]), 401, "{body}");
        assert_eq!(ask(&[content_type, &service.header("revoked")]), 401, "{body}");
        assert_eq!(ask(&[content_type, &service.header("narrow")]), 403, "{body}");
        assert_eq!(ask(&[content_type, &service.header("deploy")]), status, "{body}");
    }
    // A part of the path that is no text, too.
    let path = |headers: &[&str]| service.ask("GET /deployments/%ff", headers, "").status;
    assert_eq!([path(&[]), path(&[&service.header("viewer")])], [401, 400]);
}

#[test]
fn whoever_may_comes_in() {
    let service = Service::start();
    let deploy = service.header("deploy");
    let order = r#"{"version": "1.2.3"}"#;
    let started = service.ask("POST /deployments/core", &[&deploy, JSON], order);
    assert_eq!((started.status, started.body.as_str()), (201, "core 1.2.3 by job-17"));
    for token in ["deploy", "narrow", "viewer"] {
        let list = service.list(token);
        let body = r#"["core 1.2.3 by job-17"]"#;
        assert_eq!((list.status, list.body.as_str()), (200, body), "{token}");
    }
    let insensitive = deploy.replace("Authorization: Bearer", "authorization: bEARER  ");
    assert_eq!(service.ask("GET /deployments/core", &[&insensitive], "").status, 200);
    assert_eq!(service.ask("GET /health", &[], "").body, "ok");
    assert_eq!(service.ask("GET /nowhere", &[], "").status, 404);
    assert_eq!(service.ask("PUT /deployments", &[], "").status, 405);

    // A token that was given back is dead, here and now.
    assert_eq!(service.ask("DELETE /token", &[&service.header("viewer")], "").status, 204);
    let again = || service.list("viewer").status;
    let began = std::time::Instant::now();
    while again() != 401 {
        assert!(began.elapsed().as_secs() < 2, "a revoked token is still accepted");
    }
}

/// A browser asks first, without a token, whether a page may ask. The answer to that has nothing to do with the guard, and
/// neither does it let anybody in.
#[test]
fn a_preflight_is_answered_before_the_guard() {
    let service = Service::start();
    let origin = "Origin: https://dashboard.example.com";
    for route in ["/deployments", "/deployments/core", "/token", "/nowhere"] {
        let preflight = [
            origin,
            "Access-Control-Request-Method: POST",
            "Access-Control-Request-Headers: authorization",
        ];
        let answer = service.ask(&format!("OPTIONS {route}"), &preflight, "");
        assert_eq!((answer.status, answer.challenge()), (200, None), "{route}");
        assert!(answer.header("access-control-allow-headers").unwrap().contains("authorization"));
    }
    let asked = service.ask("GET /deployments", &[origin], "");
    assert_eq!(
        (asked.status, asked.challenge()),
        (401, Some(BARE)),
        "the request itself is guarded"
    );
    let exposed = asked.header("access-control-expose-headers").unwrap();
    assert!(exposed.contains("www-authenticate"), "a page may read why: {exposed}");
}

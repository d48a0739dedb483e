//! RFC 7662: introspection.

use serde_json::json;
use token_issue::Mint;

use crate::{
    client::{FORM, bearer, form},
    kind, rules, scope,
    service::{Service, unknown},
};

rules! {
    /// Section 2.2: what a valid token may do.
    a_valid_token_is_described(service) {
        let token = service.mint(Mint::<kind::Deploy>::new().subject("job-17").audience("api"));
        let reply = service.post("/introspect", &service.service("api"), &[("token", &token)]);
        assert_eq!(reply.status, 200);
        reply.is_not_stored();
        let mut body = reply.json();
        let (exp, iat) = (body["exp"].take().as_i64().unwrap(), body["iat"].take().as_i64().unwrap());
        assert_eq!(exp - iat, 900);
        assert_eq!(body["jti"].take().as_str().unwrap().len(), 32);
        assert_eq!(body, json!({
            "active": true, "scope": "deploy:read deploy:run", "token_type": "Bearer", "sub": "job-17", "aud": "api",
            "iss": "https://login.example.com", "exp": null, "iat": null, "jti": null,
        }));
    }

    /// Section 2.2: a token that is not valid is `{"active":false}` and nothing else, whatever the reason.
    a_token_that_is_not_valid_is_inactive_and_nothing_else(service) {
        let caller = service.service("api");
        let revoked = service.deploy("job-inactive");
        assert_eq!(service.post("/revoke", &revoked, &[("token", &revoked)]).status, 200);
        let ticket = service.mint(Mint::<kind::Ticket>::new());
        assert_eq!(service.look(&ticket).status, 200);
        let expired = service.mint(Mint::<kind::Deploy>::new().lifetime(std::time::Duration::from_secs(1)));
        std::thread::sleep(std::time::Duration::from_millis(1100));
        let elsewhere = service.mint(Mint::<kind::Deploy>::new().audience("elsewhere"));
        let mut mistyped = service.deploy("job-1");
        mistyped.pop();
        for token in [&revoked, &ticket, &expired, &elsewhere, &mistyped, &unknown(), "x", "\u{e4}"] {
            let reply = service.post("/introspect", &caller, &[("token", token)]);
            assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"active":false}"#), "{token}");
            reply.json();
            reply.is_not_stored();
        }
    }

    /// Section 4: the server decides whether the token can be used at the service that asks.
    a_token_for_a_service_is_active_for_that_one_alone(service) {
        let token = service.mint(Mint::<kind::Reader>::new());
        let ask = |subject| service.post("/introspect", &service.service(subject), &[("token", &token)]);
        assert_eq!(ask("https://reader.example.com").json()["active"], true);
        for other in ["api", "https://reader.example.com/", ""] {
            assert_eq!(ask(other).body, r#"{"active":false}"#, "{other}");
        }
        let nobody = service.mint(Mint::<kind::Service>::new());
        assert_eq!(service.post("/introspect", &nobody, &[("token", &token)]).body, r#"{"active":false}"#);
    }

    /// Section 2.1: the endpoint requires authorization. Section 2.3: a token that does not suffice is answered with 401, as RFC 6750
    /// section 3 has it.
    who_may_not_ask_is_answered_with_401(service) {
        let body = form(&[("token", &service.deploy("job-1"))]);
        let ask = |lines: &[String]| service.send("POST", "/introspect", lines, &body);
        let none = ask(&[FORM.to_owned()]);
        assert_eq!(none.status, 401);
        let invalid = ask(&[FORM.to_owned(), bearer(&unknown())]);
        assert_eq!(invalid.status, 401);
        assert!(invalid.header("www-authenticate").contains("error=\"invalid_token\""));
        let few = service.mint(Mint::<kind::Service>::new().scopes::<(scope::TokenRevokeAny,)>());
        for few in [ask(&[FORM.to_owned(), bearer(&few)]), ask(&[FORM.to_owned(), bearer(&service.deploy("job-1"))])] {
            assert_eq!(few.status, 401);
            let challenge = few.header("www-authenticate");
            assert!(challenge.contains("error=\"insufficient_scope\", scope=\"token:introspect\""), "{challenge}");
            assert_eq!(few.body, "");
            few.is_not_stored();
        }
    }

    /// Behind `guarded` the router refuses first, as RFC 6750 has it.
    it_stands_behind_guarded_too(service) {
        let token = service.deploy("job-1");
        let ask = |caller: &str| service.post("/guarded-introspect", caller, &[("token", &token)]);
        assert_eq!(ask(&service.service("api")).json()["active"], true);
        let few = service.mint(Mint::<kind::Service>::new().scopes::<(scope::TokenRevokeAny,)>());
        assert_eq!(ask(&few).status, 403);
        assert_eq!(ask(&token).status, 401);
    }

    /// Section 2.1: the request is a POST of a form with the parameter `token`, once.
    a_request_that_is_no_such_form_is_refused(service) {
        let caller = service.service("api");
        let get = service.send("GET", "/introspect?token=abc", &[bearer(&caller)], "");
        assert_eq!((get.status, get.header("allow")), (405, "POST"));
        let json = "Content-Type: application/json".to_owned();
        let reply = service.send("POST", "/introspect", &[json, bearer(&caller)], r#"{"token":"x"}"#);
        reply.is_error(400, "invalid_request");
        let post = |parameters: &[(&str, &str)]| service.post("/introspect", &caller, parameters);
        post(&[]).is_error(400, "invalid_request");
        post(&[("token", "")]).is_error(400, "invalid_request");
        post(&[("token", "a"), ("token", "b")]).is_error(400, "invalid_request");
    }

    /// Section 2.1: a hint that is wrong or unknown does not matter; nor does a parameter that is not known.
    a_hint_does_not_matter(service) {
        let (caller, token) = (service.service("api"), service.deploy("job-1"));
        for hint in ["refresh_token", "something_new"] {
            let parameters = [("token", token.as_str()), ("token_type_hint", hint), ("resource_id", "x")];
            assert_eq!(service.post("/introspect", &caller, &parameters).json()["active"], true);
        }
    }

    /// Section 2.1: the endpoint may accept more parameters, which say in what context the token is used. A service that does not say the
    /// build is told that a bound token is not active.
    a_token_for_a_build_is_active_for_that_build_alone(service) {
        let caller = service.service("api");
        let build = "git:4b825dc642cb6eb9a060e54bf8d69288fbee4904";
        let other = "git:4b825dc642cb6eb9a060e54bf8d69288fbee4905";
        let bound = service.mint(Mint::<kind::Deploy>::new().for_build(build.parse().unwrap()));
        let free = service.deploy("job-1");
        let ask = |token: &str, builds: &[&str]| {
            let builds = builds.iter().map(|build| ("token_build", *build));
            service.post("/introspect", &caller, &[("token", token)].into_iter().chain(builds).collect::<Vec<_>>())
        };
        let told = ask(&bound, &[build]).json();
        assert_eq!((&told["active"], &told["token_build"]), (&json!(true), &json!(build)));
        for builds in [&[][..], &[""], &[other]] {
            assert_eq!(ask(&bound, builds).body, r#"{"active":false}"#, "{builds:?}");
            assert_eq!(ask(&unknown(), builds).body, r#"{"active":false}"#);
            assert_eq!(ask(&free, builds).json()["active"], true);
        }
        let told = ask(&free, &[build]).json();
        assert_eq!((&told["active"], told.get("token_build")), (&json!(true), None));
        for builds in [&["git:main"][..], &["unknown"], &[build, build]] {
            for token in [&bound, &free, &unknown()] {
                ask(token, builds).is_error(400, "invalid_request");
            }
        }
        // The build of the service that asks is its own.
        let lines = [FORM.to_owned(), bearer(&caller), format!("Token-Build: {build}")];
        let reply = service.send("POST", "/introspect", &lines, &form(&[("token", &bound)]));
        assert_eq!(reply.body, r#"{"active":false}"#);
    }

    /// Section 4: all checks are made each time, so what was revoked is inactive at once.
    a_revoked_token_is_inactive_at_once(service) {
        let token = service.deploy("job-at-once");
        assert!(service.is_active(&token));
        assert_eq!(service.post("/revoke", &token, &[("token", &token)]).status, 200);
        assert!(!service.is_active(&token));
    }

    /// Who asks does not use the token.
    a_token_for_one_use_is_not_used_up(service) {
        let ticket = service.mint(Mint::<kind::Ticket>::new());
        assert!(service.is_active(&ticket) && service.is_active(&ticket));
        assert_eq!(service.look(&ticket).status, 200);
        assert!(!service.is_active(&ticket));
    }
}

/// A registry that does not answer says nothing of the token: neither active nor inactive.
#[test]
fn an_outage_is_503() {
    let service = Service::start();
    let (caller, token) = (service.service("api"), service.deploy("job-1"));
    assert!(service.is_active(&token));
    assert_eq!(service.post("/introspect", &caller, &[("token", &token)]).status, 200);
    service.registry.take_away(true);
    let reply = service.post("/introspect", &caller, &[("token", &token)]);
    reply.is_error(503, "temporarily_unavailable");
    assert_eq!(reply.header("retry-after"), "1");
}

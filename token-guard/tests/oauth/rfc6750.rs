//! RFC 6750: how a token is presented, and how a request is refused.

use token_issue::Mint;

use crate::{
    client::{FORM, Reply, bearer},
    kind, rules, scope,
    service::{Service, unknown},
};

/// The parameters of the one challenge, with their quotes.
fn parameters(reply: &Reply) -> Vec<(&str, &str)> {
    let challenge = reply.header("www-authenticate").strip_prefix("Bearer ").unwrap();
    challenge.split(", ").filter_map(|parameter| parameter.split_once('=')).collect()
}

fn error(reply: &Reply) -> Option<&str> {
    parameters(reply).into_iter().find(|(name, _)| *name == "error").map(|(_, value)| value)
}

rules! {
    /// Section 2.1: the scheme is `Bearer`, in any case (RFC 9110 section 11.1).
    the_scheme_may_have_any_case(service) {
        let token = service.deploy("job-1");
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let line = format!("Authorization: {scheme} {token}");
            assert_eq!(service.send("GET", "/look", &[line], "").status, 200, "{scheme}");
        }
    }

    /// Section 2: clients must not use more than one method to transmit the token.
    two_tokens_are_refused(service) {
        let token = service.deploy("job-1");
        let twice = service.send("GET", "/look", &[bearer(&token), bearer(&token)], "");
        let and_url = service.send("GET", "/look?access_token=abc", &[bearer(&token)], "");
        for reply in [twice, and_url] {
            assert_eq!((reply.status, error(&reply)), (400, Some("\"invalid_request\"")));
        }
    }

    /// Section 3: a request without a token, or with one that gives no access, is answered with a challenge of scheme Bearer that
    /// has one or more parameters.
    every_refusal_has_a_challenge_with_parameters(service) {
        let none = service.send("GET", "/look", &[], "");
        let narrow = service.mint(Mint::<kind::Deploy>::new().scopes::<(scope::DeployRead,)>());
        let narrow = service.send("POST", "/deploy", &[bearer(&narrow)], "");
        for reply in [none, service.look(&unknown()), service.look("a b"), narrow] {
            assert!(!parameters(&reply).is_empty(), "{reply:?}");
        }
    }

    /// Section 3: no parameter stands in a challenge twice.
    no_parameter_stands_there_twice(service) {
        for reply in [service.send("GET", "/look", &[], ""), service.look(&unknown()), service.look("a b")] {
            let mut names: Vec<_> = parameters(&reply).into_iter().map(|(name, _)| name).collect();
            let number = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), number, "{reply:?}");
        }
    }

    /// Section 3.1: without authentication information there is no error code.
    without_a_token_no_error_is_named(service) {
        for lines in [vec![], vec!["Authorization: Basic YWJjOmRlZg==".to_owned()]] {
            let reply = service.send("GET", "/look", &lines, "");
            assert_eq!((reply.status, error(&reply)), (401, None));
        }
    }

    /// Section 3.1, `invalid_request`: 400.
    a_malformed_request_is_400(service) {
        let reply = service.look("a b");
        assert_eq!((reply.status, error(&reply)), (400, Some("\"invalid_request\"")));
    }

    /// Section 3.1, `invalid_token`: 401, for a token that is expired, revoked, malformed or invalid for other reasons; and nobody
    /// can tell which.
    an_invalid_token_is_401_and_all_look_the_same(service) {
        let revoked = service.deploy("job-revoked");
        assert_eq!(service.post("/revoke", &revoked, &[("token", &revoked)]).status, 200);
        let ticket = service.mint(Mint::<kind::Ticket>::new());
        assert_eq!(service.look(&ticket).status, 200);
        let expired = service.mint(Mint::<kind::Deploy>::new().lifetime(std::time::Duration::from_secs(1)));
        std::thread::sleep(std::time::Duration::from_millis(1100));
        let elsewhere = service.mint(Mint::<kind::Deploy>::new().audience("elsewhere"));
        let service_token = service.service("api");
        let first = service.look(&unknown());
        assert_eq!((first.status, error(&first)), (401, Some("\"invalid_token\"")));
        for token in [&revoked, &ticket, &expired, &elsewhere, &service_token, "not-ours"] {
            assert_eq!(undated(service.look(token)), undated(first.clone()));
        }
    }

    /// Section 3.1, `insufficient_scope`: 403, with the scopes that the resource needs.
    a_token_with_too_few_scopes_is_403_and_the_scopes_are_named(service) {
        let token = service.mint(Mint::<kind::Deploy>::new().scopes::<(scope::DeployRead,)>());
        let reply = service.send("POST", "/deploy", &[bearer(&token)], "");
        assert_eq!((reply.status, error(&reply)), (403, Some("\"insufficient_scope\"")));
        assert!(parameters(&reply).contains(&("scope", "\"deploy:run\"")), "{reply:?}");
    }

    /// Sections 2.2 and 2.3: a token in a form or in the URL is not used; one in the URL is refused aloud (section 5.3).
    a_token_in_the_url_or_the_body_is_not_used(service) {
        let token = service.deploy("job-1");
        let url = service.send("GET", &format!("/look?access_token={token}"), &[], "");
        assert_eq!((url.status, error(&url)), (400, Some("\"invalid_request\"")));
        let body = format!("access_token={token}");
        let form = service.send("POST", "/deploy", &[FORM.to_owned()], &body);
        assert_eq!((form.status, error(&form)), (401, None));
    }

    /// A request that may not be made is told so, and not what is wrong with its body.
    an_unauthorized_malformed_request_is_401(service) {
        let json = "Content-Type: application/json".to_owned();
        let reply = service.send("POST", "/deploy", std::slice::from_ref(&json), "{ malformed");
        assert_eq!(reply.status, 401);
        let lines = [json, bearer(&service.deploy("job-1"))];
        assert_eq!(service.send("POST", "/deploy", &lines, "{ malformed").status, 422);
    }
}

/// RFC 9110 section 15.6.4: the outage of a store is no invalid token.
#[test]
fn an_outage_is_503_with_retry_after() {
    let service = Service::start();
    let token = service.deploy("job-1");
    service.registry.take_away(true);
    let reply = service.look(&token);
    assert_eq!((reply.status, reply.header("retry-after")), (503, "1"));
    assert!(reply.all("www-authenticate").is_empty());
    service.registry.take_away(false);
    std::thread::sleep(std::time::Duration::from_millis(600));
    assert_eq!(service.look(&token).status, 200);
}

/// The time of the answer may differ.
fn undated(mut reply: Reply) -> Reply {
    let lines = reply.head.lines().filter(|line| !line.starts_with("date: "));
    reply.head = lines.collect::<Vec<_>>().join("\n");
    reply
}

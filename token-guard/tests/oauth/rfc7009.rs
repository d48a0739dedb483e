//! RFC 7009: revocation.

use token_issue::Mint;

use crate::{
    client::{FORM, bearer, form},
    kind, rules, scope,
    service::{Service, unknown},
};

rules! {
    /// Section 2.2: 200 says that the token is no longer valid, so a token that is bound to a build is revoked whoever asks.
    a_token_for_a_build_is_revoked_by_who_does_not_say_it(service) {
        let build = "git:4b825dc642cb6eb9a060e54bf8d69288fbee4904";
        let mint = || Mint::<kind::Deploy>::new().subject("job-bound").for_build(build.parse().unwrap());
        let client = service.deploy("job-bound");
        let is_active = |token: &str| {
            let parameters = [("token", token), ("token_build", build)];
            service.post("/introspect", &service.service("api"), &parameters).json()["active"] == true
        };
        for more in [None, Some(("token_build", "git:main"))] {
            let token = service.mint(mint());
            assert!(is_active(&token));
            let parameters: Vec<_> = [("token", token.as_str())].into_iter().chain(more).collect();
            assert_eq!(service.post("/revoke", &client, &parameters).status, 200);
            assert!(!is_active(&token));
        }
    }

    /// Section 2.1: a client revokes a token of its own, and what was made of it.
    a_token_of_the_clients_subject_is_revoked_with_its_descendants(service) {
        let (client, token) = (service.deploy("job-own"), service.deploy("job-own"));
        let child = service.exchange(&token, &[]).json()["access_token"].as_str().unwrap().to_owned();
        assert!(service.is_active(&token) && service.is_active(&child));
        let reply = service.post("/revoke", &client, &[("token", &token)]);
        assert_eq!((reply.status, reply.body.as_str()), (200, ""));
        reply.is_not_stored();
        assert!(!service.is_active(&token) && !service.is_active(&child));
        assert!(service.is_active(&client), "nothing else");
    }

    /// Section 2.1: the client's own token, and a descendant of it, also without a subject.
    a_client_without_a_subject_revokes_its_token_and_what_descends_from_it(service) {
        let client = service.mint(Mint::<kind::Deploy>::new());
        let child = service.exchange(&client, &[]).json()["access_token"].as_str().unwrap().to_owned();
        let other = service.mint(Mint::<kind::Deploy>::new());
        service.post("/revoke", &client, &[("token", &other)]).is_error(400, "unauthorized_client");
        service.post("/revoke", &child, &[("token", &client)]).is_error(400, "unauthorized_client");
        assert!(service.is_active(&other) && service.is_active(&client));
        assert_eq!(service.post("/revoke", &client, &[("token", &child)]).status, 200);
        assert!(!service.is_active(&child) && service.is_active(&client));
        assert_eq!(service.post("/revoke", &client, &[("token", &client)]).status, 200);
        assert!(!service.is_active(&client));
    }

    /// Section 2.1: the server verifies that the token was issued to the client. If not, the request is refused and the client is
    /// informed of the error.
    the_token_of_another_subject_is_not_revoked(service) {
        let (client, token) = (service.deploy("job-mine"), service.deploy("job-other"));
        let reply = service.post("/revoke", &client, &[("token", &token)]);
        reply.is_error(400, "unauthorized_client");
        assert!(service.is_active(&token));
    }

    /// An empty subject names nobody, so two clients with one are two.
    the_token_of_another_client_with_an_empty_subject_is_not_revoked(service) {
        let (client, token) = (service.deploy(""), service.deploy(""));
        service.post("/revoke", &client, &[("token", &token)]).is_error(400, "unauthorized_client");
        assert!(service.is_active(&token));
        assert_eq!(service.post("/revoke", &client, &[("token", &client)]).status, 200);
    }

    /// A client to whom the operation is permitted revokes every token.
    whoever_may_revoke_all_tokens_revokes_the_token_of_another(service) {
        let token = service.deploy("job-leaked");
        assert_eq!(service.post("/revoke", &service.service("security"), &[("token", &token)]).status, 200);
        assert!(!service.is_active(&token));
        let few = service.mint(Mint::<kind::Service>::new().scopes::<(scope::TokenIntrospect,)>());
        let token = service.deploy("job-leaked");
        service.post("/revoke", &few, &[("token", &token)]).is_error(400, "unauthorized_client");
    }

    /// Section 2.1: the client authenticates itself.
    a_client_without_a_token_is_refused(service) {
        let token = service.deploy("job-1");
        let reply = service.send("POST", "/revoke", &[FORM.to_owned()], &form(&[("token", &token)]));
        assert_eq!((reply.status, reply.all("www-authenticate").len()), (401, 1));
        reply.is_not_stored();
        let reply = service.post("/revoke", &unknown(), &[("token", &token)]);
        assert_eq!(reply.status, 401);
        assert!(service.is_active(&token));
    }

    /// Section 2.1: the request is a POST.
    another_method_than_post_is_refused(service) {
        let token = service.deploy("job-1");
        for method in ["GET", "PUT", "DELETE", "HEAD"] {
            let reply = service.send(method, "/revoke", &[bearer(&token)], "");
            assert_eq!((reply.status, reply.header("allow")), (405, "POST"), "{method}");
        }
    }

    /// Section 2.1: the parameters are application/x-www-form-urlencoded in the body.
    what_is_no_form_is_refused(service) {
        let token = service.deploy("job-1");
        let body = form(&[("token", &token)]);
        for lines in [
            vec!["Content-Type: application/json".to_owned()],
            vec!["Content-Type: application/x-www-form-urlencodedx".to_owned()],
            vec![FORM.to_owned(), FORM.to_owned()],
            vec![],
        ] {
            let lines = [lines, vec![bearer(&token)]].concat();
            service.send("POST", "/revoke", &lines, &body).is_error(400, "invalid_request");
        }
        assert!(service.is_active(&token));
        let lines = ["content-type: Application/X-WWW-Form-Urlencoded; charset=utf-8".to_owned(), bearer(&token)];
        assert_eq!(service.send("POST", "/revoke", &lines, &body).status, 200);
        assert!(!service.is_active(&token));
    }

    /// Section 2.1: `token` is required. RFC 6749 section 3.2: one without a value counts as left out.
    a_form_without_a_token_is_refused(service) {
        let client = service.deploy("job-1");
        for body in ["", "token=", "tokens=abc", "token_type_hint=access_token"] {
            let lines = [FORM.to_owned(), bearer(&client)];
            service.send("POST", "/revoke", &lines, body).is_error(400, "invalid_request");
        }
    }

    /// RFC 6749 section 3.2: no parameter stands in a request twice; one that is not known is ignored.
    a_parameter_that_stands_there_twice_is_refused(service) {
        let token = service.deploy("job-1");
        let post = |parameters: &[(&str, &str)]| service.post("/revoke", &token, parameters);
        post(&[("token", &token), ("token", &token)]).is_error(400, "invalid_request");
        post(&[("token", &token), ("token", "")]).is_error(400, "invalid_request");
        post(&[("token", &token), ("token_type_hint", "a"), ("token_type_hint", "b")])
            .is_error(400, "invalid_request");
        assert!(service.is_active(&token));
        assert_eq!(post(&[("token", &token), ("x", "1"), ("x", "2")]).status, 200);
    }

    /// Section 2.1: a hint that is wrong or unknown does not matter: all types of tokens are searched.
    a_hint_does_not_matter(service) {
        for hint in ["refresh_token", "access_token", "something_new", "\u{e4}", ""] {
            let token = service.deploy("job-hint");
            let reply = service.post("/revoke", &token, &[("token", &token), ("token_type_hint", hint)]);
            assert_eq!(reply.status, 200, "{hint}");
            assert!(!service.is_active(&token), "{hint}");
        }
    }

    /// Section 2.2: 200 also for an invalid token.
    a_token_that_is_not_valid_is_answered_with_200(service) {
        let client = service.deploy("job-client");
        let revoked = service.deploy("job-client");
        let first = service.post("/revoke", &client, &[("token", &revoked)]);
        for token in [&revoked, &unknown(), "eyJhbGciOiJub25lIn0.e30.", "\u{e4} \u{0}"] {
            let reply = service.post("/revoke", &client, &[("token", token)]);
            assert_eq!((reply.status, &reply.body), (200, &first.body), "{token}");
        }
    }

    /// Section 2.2.1: `unsupported_token_type`.
    a_kind_that_is_not_revoked_here_is_an_error(service) {
        let ticket = service.mint(Mint::<kind::Ticket>::new().subject("job-1"));
        let client = service.deploy("job-1");
        let reply = service.post("/revoke-deploy", &client, &[("token", &ticket)]);
        reply.is_error(400, "unsupported_token_type");
        assert!(service.is_active(&ticket));
        assert_eq!(service.post("/revoke", &client, &[("token", &ticket)]).status, 200);
        assert!(!service.is_active(&ticket));
        assert_eq!(service.post("/revoke-deploy", &client, &[("token", &client)]).status, 200);
    }

    /// Section 5, by RFC 6749 section 3.2 and RFC 6750 section 5.3: a token does not stand in a URL.
    a_token_in_the_url_is_refused(service) {
        let token = service.deploy("job-1");
        let path = format!("/revoke?token={token}");
        for body in [String::new(), form(&[("token", &token)])] {
            let lines = [FORM.to_owned(), bearer(&token)];
            service.send("POST", &path, &lines, &body).is_error(400, "invalid_request");
        }
        assert!(service.is_active(&token));
        let lines = [FORM.to_owned(), bearer(&token)];
        let reply = service.send("POST", "/revoke?tenant=a", &lines, &form(&[("token", &token)]));
        assert_eq!(reply.status, 200, "other parameters of the URL are ignored");
    }

    /// A body is bounded.
    a_body_that_is_too_long_is_refused(service) {
        let token = service.deploy("job-1");
        let body = format!("x={}&token={token}", "a".repeat(8_192));
        let lines = [FORM.to_owned(), bearer(&token)];
        service.send("POST", "/revoke", &lines, &body).is_error(413, "invalid_request");
        assert!(service.is_active(&token));
    }

    /// The revocation holds on the guarded routes, too.
    a_revoked_token_is_refused_within_a_second(service) {
        let token = service.deploy("job-fast");
        assert_eq!(service.look(&token).status, 200);
        assert_eq!(service.post("/revoke", &token, &[("token", &token)]).status, 200);
        let revoked = std::time::Instant::now();
        while service.look(&token).status == 200 {
            assert!(revoked.elapsed() < std::time::Duration::from_secs(1));
        }
        assert_eq!(service.look(&token).status, 401);
    }
}

/// Section 2.2.1: after 503 the token still exists, and the client may come back when `Retry-After` says.
#[test]
fn an_outage_is_503_and_the_token_is_valid() {
    let service = Service::start();
    let token = service.deploy("job-1");
    assert_eq!(service.look(&token).status, 200, "the guard has it in memory");
    service.registry.take_away(true);
    let reply = service.post("/revoke", &token, &[("token", &token)]);
    reply.is_error(503, "temporarily_unavailable");
    assert_eq!(reply.header("retry-after"), "1");
    service.registry.take_away(false);
    std::thread::sleep(std::time::Duration::from_millis(600));
    assert!(service.is_active(&token));
    assert_eq!(service.post("/revoke", &token, &[("token", &token)]).status, 200);
    assert!(!service.is_active(&token));
}

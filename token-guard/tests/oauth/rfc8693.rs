//! RFC 8693: a token of ours for a narrower one.

use serde_json::Value;
use token_issue::Mint;

use crate::{
    client::{FORM, Reply, form},
    kind, rules, scope,
    service::{ACCESS_TOKEN, Service, TOKEN_EXCHANGE, exchange_of, unknown},
};

#[track_caller]
fn issued(reply: &Reply) -> (String, Value) {
    assert_eq!(reply.status, 200, "{reply:?}");
    let body = reply.json();
    (body["access_token"].as_str().unwrap().to_owned(), body)
}

/// What introspection says of a token, to the service that it is for.
fn facts(service: &Service, token: &str, audience: &str) -> Value {
    service.post("/introspect", &service.service(audience), &[("token", token)]).json()
}

fn post(service: &Service, parameters: &[(&str, &str)]) -> Reply {
    service.send("POST", "/token", &[FORM.to_owned()], &form(parameters))
}

rules! {
    /// Section 2.2.1: the members of the answer, which nobody stores.
    the_answer_has_what_was_issued(service) {
        let reply = service.exchange(&service.deploy("job-1"), &[]);
        reply.is_not_stored();
        let (token, body) = issued(&reply);
        assert_eq!(body["issued_token_type"], ACCESS_TOKEN);
        assert_eq!(body["token_type"], "Bearer");
        assert_eq!(body["scope"], "deploy:read deploy:run");
        assert_eq!(body["expires_in"], 120);
        assert_eq!(body.as_object().unwrap().len(), 5);
        assert_eq!(service.look(&token).body, "job-1");
    }

    /// Section 2.1: the subject token is validated, which for one that is bound to a build means its build, too. What is made of it is
    /// bound to the same one.
    a_token_for_a_build_is_exchanged_by_that_build_for_one_for_it(service) {
        let build = "git:4b825dc642cb6eb9a060e54bf8d69288fbee4904";
        let other = "git:4b825dc642cb6eb9a060e54bf8d69288fbee4905";
        let mint = Mint::<kind::Deploy>::new().subject("job-1").for_build(build.parse().unwrap());
        let bound = service.mint(mint);
        let invalid = service.exchange(&unknown(), &[]);
        invalid.is_error(400, "invalid_request");
        for more in [&[][..], &[("subject_token_build", other)], &[("token_build", build)]] {
            assert_eq!(service.exchange(&bound, more).body, invalid.body, "{more:?}");
        }
        for builds in [&["git:main"][..], &[build, build]] {
            let more: Vec<_> = builds.iter().map(|build| ("subject_token_build", *build)).collect();
            service.exchange(&bound, &more).is_error(400, "invalid_request");
        }
        let (child, _) = issued(&service.exchange(&bound, &[("subject_token_build", build), ("scope", "deploy:read")]));
        let look = |build: &str| {
            let lines = [crate::client::bearer(&child), format!("Token-Build: {build}")];
            service.send("GET", "/look", &lines, "")
        };
        assert_eq!((look(build).status, look(build).body.as_str()), (200, "job-1"));
        assert_eq!((look(other).status, service.look(&child).status), (401, 401));
        issued(&service.exchange(&service.deploy("job-1"), &[("subject_token_build", build)]));
    }

    /// Section 2.1: `grant_type` is that of the exchange.
    another_grant_is_refused(service) {
        let token = service.deploy("job-1");
        let [_, subject, ty] = exchange_of(&token);
        post(service, &[subject, ty]).is_error(400, "invalid_request");
        post(service, &[("grant_type", "client_credentials"), subject, ty])
            .is_error(400, "unsupported_grant_type");
    }

    /// Section 2.1: `subject_token` and `subject_token_type` are required, and the token is validated as what the type says.
    the_subject_token_and_its_type_are_required(service) {
        let token = service.deploy("job-1");
        let [grant, subject, ty] = exchange_of(&token);
        post(service, &[grant, ty]).is_error(400, "invalid_request");
        post(service, &[grant, subject]).is_error(400, "invalid_request");
        post(service, &[grant, ("subject_token", ""), ty]).is_error(400, "invalid_request");
        for other in ["urn:ietf:params:oauth:token-type:jwt", "access_token", "urn:ietf:params:oauth:token-type:refresh_token"] {
            post(service, &[grant, subject, ("subject_token_type", other)]).is_error(400, "invalid_request");
        }
    }

    /// Section 2.2.2: a subject token that is invalid for any reason, or not accepted, is `invalid_request`.
    an_invalid_subject_token_is_an_invalid_request(service) {
        let revoked = service.deploy("job-revoked");
        assert_eq!(service.post("/revoke", &revoked, &[("token", &revoked)]).status, 200);
        let ticket = service.mint(Mint::<kind::Ticket>::new());
        for token in [&revoked, &unknown(), "x", &ticket, &service.service("api")] {
            service.exchange(token, &[]).is_error(400, "invalid_request");
        }
        assert!(service.is_active(&ticket), "it was not used up");
    }

    /// Section 2.1: `actor_token_type` stands there if and only if `actor_token` does. Section 2.2.2: an actor token that the policy
    /// does not accept is `invalid_request`.
    an_actor_is_refused(service) {
        let token = service.deploy("job-1");
        let actor = service.deploy("job-2");
        for more in [
            &[("actor_token", actor.as_str())][..],
            &[("actor_token_type", ACCESS_TOKEN)],
            &[("actor_token", &actor), ("actor_token_type", ACCESS_TOKEN)],
        ] {
            service.exchange(&token, more).is_error(400, "invalid_request");
        }
        issued(&service.exchange(&token, &[("actor_token", ""), ("actor_token_type", "")]));
    }

    /// Section 2.1: `requested_token_type`.
    another_type_of_token_is_not_issued(service) {
        let token = service.deploy("job-1");
        issued(&service.exchange(&token, &[("requested_token_type", ACCESS_TOKEN)]));
        for other in ["urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:refresh_token"] {
            service.exchange(&token, &[("requested_token_type", other)]).is_error(400, "invalid_request");
        }
    }

    /// Section 2.2.1: `scope` stands in the answer if it is not what was asked for. Ours: never more than the subject token has.
    the_scope_is_what_was_asked_for_and_never_wider(service) {
        let token = service.deploy("job-1");
        let (narrow, body) = issued(&service.exchange(&token, &[("scope", "deploy:read")]));
        assert_eq!(body["scope"], "deploy:read");
        assert_eq!(facts(service, &narrow, "api")["scope"], "deploy:read");
        let (_, body) = issued(&service.exchange(&token, &[("scope", "deploy:run")]));
        assert_eq!(body["scope"], "deploy:read deploy:run", "what it implies, too");
        for wider in ["deploy:run", "deploy:read deploy:run", "token:introspect", "nothing", "deploy:read  deploy:read", "\u{e4}"] {
            service.exchange(&narrow, &[("scope", wider)]).is_error(400, "invalid_scope");
        }
        let few = service.mint(Mint::<kind::Deploy>::new().scopes::<(scope::DeployRead,)>());
        service.exchange(&few, &[("scope", "deploy:run")]).is_error(400, "invalid_scope");
    }

    /// Ours: the new token does not outlive the subject token, nor what the endpoint says.
    the_lifetime_is_never_longer(service) {
        let short = service.mint(Mint::<kind::Deploy>::new().lifetime(std::time::Duration::from_secs(60)));
        let (token, body) = issued(&service.exchange(&short, &[("expires_in", "600")]));
        assert!((58..=60).contains(&body["expires_in"].as_i64().unwrap()), "{body}");
        assert_eq!(facts(service, &token, "api")["exp"], facts(service, &short, "api")["exp"]);
    }

    /// Section 2.1: `audience` and `resource` name the service that the token is for. Section 2.2.2: `invalid_target`.
    the_service_is_one_that_is_known(service) {
        let token = service.deploy("job-1");
        let url = "https://deployer.example.com/api";
        for (more, audience) in [
            (&[("audience", "deployer")][..], "deployer"),
            (&[("resource", url)], url),
            (&[("audience", url), ("resource", url)], url),
            (&[("audience", "deployer"), ("audience", "deployer")], "deployer"),
        ] {
            let (token, _) = issued(&service.exchange(&token, more));
            assert_eq!(facts(service, &token, audience)["aud"], audience);
            assert_eq!(service.look(&token).status, 401, "it is for another service");
        }
        for more in [
            &[("audience", "elsewhere")][..],
            &[("resource", "https://deployer.example.com/")],
            &[("resource", "https://deployer.example.com/api#a")],
            // A name that is known, but no URI.
            &[("resource", "deployer")],
            &[("resource", "1deployer:")],
            &[("audience", "deployer"), ("resource", url)],
            &[("audience", "deployer"), ("audience", "elsewhere")],
        ] {
            service.exchange(&token, more).is_error(400, "invalid_target");
        }
    }

    /// Ours: a token that is for a service is exchanged for one that is for the same service.
    the_service_of_the_subject_token_stays(service) {
        let reader = service.mint(Mint::<kind::Reader>::new());
        let own = "https://reader.example.com";
        for more in [&[][..], &[("audience", own)], &[("resource", own)]] {
            let (token, _) = issued(&service.exchange(&reader, more));
            assert_eq!(facts(service, &token, own)["aud"], own);
        }
        service.exchange(&reader, &[("audience", "deployer")]).is_error(400, "invalid_target");
        let (narrow, _) = issued(&service.exchange(&service.deploy("job-1"), &[("audience", "deployer")]));
        service.exchange(&narrow, &[("audience", "https://deployer.example.com/api")]).is_error(400, "invalid_target");
        let (same, _) = issued(&service.exchange(&narrow, &[]));
        assert_eq!(facts(service, &same, "deployer")["aud"], "deployer");
    }

    /// RFC 6749 section 3.2: no parameter stands there twice, but `audience` and `resource` may.
    a_parameter_that_stands_there_twice_is_refused(service) {
        let token = service.deploy("job-1");
        for name in ["grant_type", "subject_token", "subject_token_type", "scope", "requested_token_type", "actor_token"] {
            let value = exchange_of(&token).into_iter().find(|(own, _)| *own == name).map_or("", |(_, value)| value);
            service.exchange(&token, &[(name, value), (name, value)]).is_error(400, "invalid_request");
        }
    }

    /// The request is a POST of a form, and no token stands in its URL.
    a_request_that_is_no_form_is_refused(service) {
        let token = service.deploy("job-1");
        let reply = service.send("GET", "/token", &[], "");
        assert_eq!((reply.status, reply.header("allow")), (405, "POST"));
        let body = form(&exchange_of(&token));
        service.send("POST", "/token", &[], &body).is_error(400, "invalid_request");
        let path = format!("/token?subject_token={token}");
        service.send("POST", &path, &[FORM.to_owned()], &body).is_error(400, "invalid_request");
    }

    /// Ours: at most eight steps away from the token that was minted.
    a_token_that_descends_from_too_many_is_refused(service) {
        let mut token = service.deploy("job-deep");
        for _ in 0..8 {
            token = issued(&service.exchange(&token, &[])).0;
        }
        service.exchange(&token, &[]).is_error(400, "invalid_request");
    }

    /// Values that a client has percent-encoded are the same values.
    a_form_may_be_percent_encoded(service) {
        let encoded: String = service.deploy("job-1").bytes().map(|byte| format!("%{byte:02X}")).collect();
        let body = format!("grant_type={}&subject_token={encoded}&subject_token_type={ACCESS_TOKEN}", TOKEN_EXCHANGE.replace(':', "%3A"));
        issued(&service.send("POST", "/token", &[FORM.to_owned()], &body));
    }
}

#[test]
fn an_outage_is_503_and_nothing_is_issued() {
    let service = Service::start();
    let token = service.deploy("job-1");
    service.registry.take_away(true);
    let reply = service.exchange(&token, &[]);
    reply.is_error(503, "temporarily_unavailable");
    assert_eq!(reply.header("retry-after"), "1");
    service.registry.take_away(false);
    issued(&service.exchange(&token, &[]));
}

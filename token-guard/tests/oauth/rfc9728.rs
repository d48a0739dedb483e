//! RFC 9728: what a service tells of itself.

use serde_json::json;
use token_guard::oauth::{Metadata, UnfitResource};

use crate::{rules, service::RESOURCE};

rules! {
    /// Section 3.1: the document is at the well-known path between host and path, and is fetched with GET. Section 3.2: 200,
    /// `application/json`. Section 3.3: `resource` is the identifier, exactly.
    the_document_is_at_its_path(service) {
        let reply = service.send("GET", "/.well-known/oauth-protected-resource/v1", &[], "");
        assert_eq!(reply.status, 200);
        assert_eq!(reply.json(), json!({
            "resource": RESOURCE,
            "authorization_servers": ["https://login.example.com"],
            "scopes_supported": ["deploy:read", "deploy:run"],
            "bearer_methods_supported": ["header"],
        }));
        for method in ["POST", "PUT", "DELETE"] {
            let reply = service.send(method, "/.well-known/oauth-protected-resource/v1", &[], "");
            assert_eq!((reply.status, reply.header("allow")), (405, "GET, HEAD"), "{method}");
        }
        assert_eq!(service.send("GET", "/.well-known/oauth-protected-resource", &[], "").status, 404);
    }

    /// Section 5.1: `resource_metadata` in the challenge is the URL of the document.
    the_challenge_says_where_the_document_is(service) {
        let reply = service.send("GET", "/look", &[], "");
        let challenge = reply.header("www-authenticate");
        let (_, url) = challenge.split_once("resource_metadata=\"").unwrap();
        let path = url.strip_prefix("https://api.example.com").unwrap().strip_suffix('"').unwrap();
        let reply = service.send("GET", path, &[], "");
        assert_eq!(reply.json()["resource"], RESOURCE);
    }
}

/// Section 3.1: a slash that ends the host goes; a query stays behind the path.
#[test]
fn the_well_known_path_stands_between_host_and_path() {
    const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
    for (resource, host, path, query) in [
        ("https://a.example", "a.example", "", ""),
        ("https://a.example/", "a.example", "", ""),
        ("https://a.example:8443/", "a.example:8443", "", ""),
        ("https://a.example/v1", "a.example", "/v1", ""),
        ("https://a.example/v1/", "a.example", "/v1/", ""),
        ("https://a.example/v1/x:y?tenant=1", "a.example", "/v1/x:y", "?tenant=1"),
        ("https://a.example?tenant=1", "a.example", "", "?tenant=1"),
        ("https://a.example/?tenant=1", "a.example", "", "?tenant=1"),
        ("https://[::1]:8443/v1", "[::1]:8443", "/v1", ""),
        ("https://a.example/%C3%A4", "a.example", "/%C3%A4", ""),
    ] {
        let metadata = Metadata::new(resource).unwrap();
        assert_eq!(metadata.path(), format!("{WELL_KNOWN}{path}"), "{resource}");
        assert_eq!(
            metadata.url(),
            format!("https://{host}{WELL_KNOWN}{path}{query}"),
            "{resource}"
        );
    }
}

/// Section 1.2: an identifier is an https URL without a fragment. What is none is an error that says why, and no panic.
#[test]
fn what_is_no_identifier_is_refused() {
    for (resource, why) in [
        ("", UnfitResource::NotHttps),
        ("api.example.com", UnfitResource::NotHttps),
        ("http://a.example", UnfitResource::NotHttps),
        ("HTTP://a.example", UnfitResource::NotHttps),
        ("urn:a", UnfitResource::NotHttps),
        ("https:/a.example", UnfitResource::NotHttps),
        ("https://", UnfitResource::Host),
        ("https:///v1", UnfitResource::Host),
        ("https://:443", UnfitResource::Host),
        ("https://?a", UnfitResource::Host),
        ("https://user@a.example", UnfitResource::Host),
        ("https://user:pass@a.example/", UnfitResource::Host),
        ("https://a.example:", UnfitResource::Host),
        ("https://a.example:x", UnfitResource::Host),
        ("https://a.example:65536", UnfitResource::Host),
        ("https://[::1", UnfitResource::Host),
        ("https://a.example#a", UnfitResource::Fragment),
        ("https://a.example/v1#", UnfitResource::Fragment),
        ("https://a example", UnfitResource::Character),
        ("https://a.example/\"", UnfitResource::Character),
        ("https://a.example/\\", UnfitResource::Character),
        ("https://a.example/{v}", UnfitResource::Character),
        ("https://a.example/:v", UnfitResource::Character),
        ("https://a.example/*v", UnfitResource::Character),
        ("https://a.example/\r\nX: y", UnfitResource::Character),
        ("https://\u{e4}.example", UnfitResource::Character),
    ] {
        assert_eq!(Metadata::new(resource).map(|_| ()).unwrap_err(), why, "{resource:?}");
        assert!(why.to_string().contains("URL"), "{why}");
    }
    let metadata = || Metadata::new("https://a.example").unwrap();
    for (issuer, why) in [
        ("http://login", UnfitResource::NotHttps),
        ("https://login/?a", UnfitResource::Query),
        ("https://login#a", UnfitResource::Fragment),
    ] {
        assert_eq!(metadata().authorization_server(issuer).map(|_| ()).unwrap_err(), why);
    }
}

/// Section 3.2: parameters without values are left out. And each path is one that a router takes, each URL one that a challenge takes.
#[test]
fn a_document_says_only_what_is_known_and_can_be_mounted() {
    use axum::{body::Body, http::Request, routing::any_service};
    use tower_service::Service as _;

    for resource in
        ["https://a.example", "https://a.example/v1/!$&'()*+,;=:@", "https://a.example/a//b/?q"]
    {
        let metadata = Metadata::new(resource).unwrap().scopes([]);
        let challenge = token_guard::Challenge::new("api").unwrap();
        assert!(challenge.resource_metadata(metadata.url()).is_ok(), "{resource}");
        let mut app =
            axum::Router::<()>::new().route(metadata.path(), any_service(metadata.clone()));
        let request = Request::get(metadata.path()).body(Body::empty()).unwrap();
        let reply = pollster::block_on(app.call(request)).unwrap();
        let body = pollster::block_on(axum::body::to_bytes(reply.into_body(), 1_000)).unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body, json!({ "resource": resource, "bearer_methods_supported": ["header"] }));
    }
    let named = Metadata::new("https://a.example").unwrap().name("Deployments");
    let (one, two) = ("https://one", "https://two");
    let named = named.authorization_server(one).unwrap().authorization_server(two).unwrap();
    assert_eq!(format!("{named:?}").matches("authorization_servers").count(), 1);
}

proptest::proptest! {
    /// Whatever text it is, there is no panic, and what is accepted can be mounted.
    #[test]
    fn no_text_is_too_strange(text in "(https://)?[ -~\u{e4}]{0,30}") {
        if let Ok(metadata) = Metadata::new(&text) {
            let challenge = token_guard::Challenge::new("api").unwrap();
            proptest::prop_assert!(challenge.resource_metadata(metadata.url()).is_ok());
            let service = axum::routing::any_service(metadata.clone());
            let _ = axum::Router::<()>::new().route(metadata.path(), service);
        }
    }
}

//! Client credentials: what is sent, and what each answer means.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, Uri, header};
use token_core::{Admission, ErrorKind, Secret, Token};
use token_rotate::{
    Attempt, Failure, Issuer,
    oauth::{ClientAuth, ClientCredentials, Endpoint, Transport},
};

use crate::{
    kind::{Plain, Writer},
    support::{assert_silent, attempt, fresh, text},
};

/// What a server got.
pub struct Got {
    pub uri: Uri,
    pub headers: HeaderMap,
    /// The names and values of the form, decoded.
    pub form: Vec<(String, String)>,
}

impl Got {
    pub fn value(&self, name: &str) -> Option<&str> {
        let mut values =
            self.form.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let value = values.next();
        assert_eq!(values.next(), None, "{name} is there twice");
        value
    }
}

/// A token endpoint: it keeps what it got, and answers as the function says.
#[derive(Clone)]
pub struct Server<F> {
    pub got: Arc<Mutex<Vec<Got>>>,
    answer: F,
}

impl<F> Server<F> {
    pub fn new(answer: F) -> Self {
        Self { got: Arc::default(), answer }
    }
}

impl<F> Transport for Server<F>
where
    F: Fn(&Got) -> Result<Response<Bytes>, Failure> + Send + Sync,
{
    fn send(&self, request: Request<Bytes>, _: &Attempt) -> Result<Response<Bytes>, Failure> {
        assert_eq!(request.method(), "POST");
        let (parts, body) = request.into_parts();
        let form = form_urlencoded::parse(&body).into_owned().collect();
        let got = Got { uri: parts.uri, headers: parts.headers, form };
        let answer = (self.answer)(&got);
        self.got.lock().unwrap().push(got);
        answer
    }
}

pub fn answer(status: u16, body: impl Into<String>) -> Result<Response<Bytes>, Failure> {
    let body = Bytes::from(body.into().into_bytes());
    Ok(Response::builder().status(status).body(body).unwrap())
}

pub fn granted(token: &str) -> String {
    format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":600}}"#)
}

pub fn endpoint(transport: impl Transport + 'static) -> Endpoint {
    Endpoint::new(Uri::from_static("https://login.example/token"), transport)
}

fn secret_of(text: &str) -> impl Fn() -> Result<Secret, token_core::Error> + Send + Sync + use<> {
    let text = text.to_owned();
    move || Ok(Secret::from(text.clone()))
}

#[test]
fn a_request_asks_for_the_scopes_of_the_policy_and_brings_a_token() {
    let access = fresh();
    let body = granted(&access);
    let server = Server::new(move |_: &Got| answer(200, body.clone()));
    let got = server.got.clone();
    let endpoint = endpoint(server)
        .auth(ClientAuth::public("shop"))
        .parameter("resource", "https://a.example/?b&c");
    let issuer = ClientCredentials::<Plain>::new(endpoint);
    let (secret, grant, handle) = issuer.fetch(&attempt()).unwrap().into_secret().unwrap();
    assert_eq!((text(&secret), handle.is_none()), (access, true));
    let token: Token<Plain> = Admission::new().admit(secret, &grant).unwrap();
    assert!(token.remaining() > Duration::from_secs(590));

    let got = got.lock().unwrap();
    assert_eq!(got[0].uri, "https://login.example/token");
    assert_eq!(got[0].headers[header::CONTENT_TYPE], "application/x-www-form-urlencoded");
    assert_eq!(got[0].headers[header::ACCEPT], "application/json");
    let names: Vec<&str> = got[0].form.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["grant_type", "scope", "resource", "client_id"]);
    assert_eq!(got[0].value("grant_type"), Some("client_credentials"));
    assert_eq!(got[0].value("scope"), Some("orders:read"));
    assert_eq!(got[0].value("resource"), Some("https://a.example/?b&c"));
    assert_eq!(got[0].value("client_id"), Some("shop"));
}

#[test]
fn only_listed_scopes_are_asked_for() {
    let server = Server::new(|_: &Got| answer(200, granted(&fresh())));
    let got = server.got.clone();
    let issuer = ClientCredentials::<Writer>::new(endpoint(server));
    drop(issuer.fetch(&attempt()).unwrap());
    let got = got.lock().unwrap();
    let mut scopes: Vec<&str> = got[0].value("scope").unwrap().split(' ').collect();
    scopes.sort_unstable();
    assert_eq!(scopes, ["orders:read", "orders:write"]);
}

/// RFC 6749 section 2.3.1: both are encoded as a form before they are joined.
#[test]
fn a_client_authenticates_by_header_or_body() {
    let secret = "p:a ss+w/ö%rd";
    for in_body in [false, true] {
        let server = Server::new(|_: &Got| answer(200, granted(&fresh())));
        let got = server.got.clone();
        let auth = match in_body {
            true => ClientAuth::in_body("sh:op", secret_of(secret)),
            false => ClientAuth::basic("sh:op", secret_of(secret)),
        };
        let issuer = ClientCredentials::<Plain>::new(endpoint(server).auth(auth));
        drop(issuer.fetch(&attempt()).unwrap());
        let got = got.lock().unwrap();
        let header = got[0].headers.get(header::AUTHORIZATION);
        if in_body {
            assert_eq!((got[0].value("client_id"), header), (Some("sh:op"), None));
            assert_eq!(got[0].value("client_secret"), Some(secret));
        } else {
            assert_eq!((got[0].value("client_id"), got[0].value("client_secret")), (None, None));
            let header = header.unwrap();
            assert!(header.is_sensitive());
            // base64 of `sh%3Aop:p%3Aa+ss%2Bw%2F%C3%B6%25rd`
            let expected = base64_of("sh%3Aop:p%3Aa+ss%2Bw%2F%C3%B6%25rd");
            assert_eq!(header.to_str().unwrap(), format!("Basic {expected}"));
        }
    }
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[test]
fn a_client_secret_that_cannot_be_loaded_sends_nothing() {
    let server = Server::new(|_: &Got| answer(200, granted(&fresh())));
    let got = server.got.clone();
    let auth = ClientAuth::basic("shop", || token_core::source::file("/nonexistent/secret"));
    let issuer = ClientCredentials::<Plain>::new(endpoint(server).auth(auth));
    let failure = issuer.fetch(&attempt()).unwrap_err();
    assert!(!failure.is_final() && failure.to_string().contains("/nonexistent/secret"));
    assert_eq!(got.lock().unwrap().len(), 0);
}

/// What a status means, whatever the body says; and no byte of what was sent or answered is in what is shown.
#[test]
fn each_answer_is_final_or_transient_as_it_should_be() {
    let (client, access) = (fresh(), fresh());
    let cases: [(u16, String, bool); 14] = [
        (400, r#"{"error":"invalid_grant"}"#.into(), true),
        (401, r#"{"error":"invalid_client"}"#.into(), true),
        (400, format!(r#"{{"error":"{client}"}}"#), true),
        (403, format!("<html>{client}</html>"), true),
        (404, String::new(), true),
        (302, String::new(), true),
        (408, String::new(), false),
        (425, String::new(), false),
        (429, r#"{"error":"slow_down"}"#.into(), false),
        (500, format!("{client} {access}"), false),
        (503, granted(&access), false),
        (200, String::new(), false),
        (200, r#"{"error":"invalid_scope"}"#.into(), false),
        (200, format!(r#"{{"access_token":"{access}","token_type":"mac"}}"#), false),
    ];
    for (status, body, is_final) in cases {
        let sent = body.clone();
        let server = Server::new(move |_: &Got| answer(status, sent.clone()));
        let auth = ClientAuth::in_body("shop", secret_of(&client));
        let issuer = ClientCredentials::<Plain>::new(endpoint(server).auth(auth));
        let failure = issuer.fetch(&attempt()).unwrap_err();
        assert_eq!(failure.is_final(), is_final, "{status} {body}: {failure}");
        assert_silent(&failure, &[&client, &access]);
        assert_silent(failure.cause(), &[&client, &access]);
        if status != 200 {
            assert!(failure.to_string().contains(&format!("status {status}")), "{failure}");
        }
    }
}

#[test]
fn what_the_server_refuses_for_is_named() {
    let server = Server::new(|_: &Got| answer(400, r#"{"error":"invalid_grant"}"#));
    let failure = ClientCredentials::<Plain>::new(endpoint(server)).fetch(&attempt()).unwrap_err();
    assert!(failure.to_string().contains("`invalid_grant`"), "{failure}");
}

#[test]
fn retry_after_is_a_number_or_a_time() {
    let in_ten_minutes = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(600));
    let cases = [
        ("120", Some(120..=120)),
        (" 7 ", Some(7..=7)),
        (&in_ten_minutes, Some(590..=600)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0..=0)),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
    ];
    for (value, expected) in cases {
        let value = value.to_owned();
        let header = value.clone();
        let server = Server::new(move |_: &Got| {
            let mut answer = answer(503, "")?;
            answer.headers_mut().insert(header::RETRY_AFTER, header.parse().unwrap());
            Ok(answer)
        });
        let failure =
            ClientCredentials::<Plain>::new(endpoint(server)).fetch(&attempt()).unwrap_err();
        let Failure::Transient { retry_after, .. } = failure else { panic!("final") };
        match expected {
            Some(range) => assert!(range.contains(&retry_after.unwrap().as_secs()), "{value}"),
            None => assert_eq!(retry_after, None, "{value}"),
        }
    }
}

#[test]
fn no_answer_is_what_the_client_says() {
    let server = Server::new(|_: &Got| Err(Failure::transient("no route to the host")));
    let failure = ClientCredentials::<Plain>::new(endpoint(server)).fetch(&attempt()).unwrap_err();
    assert_eq!((failure.to_string().as_str(), failure.is_final()), ("no route to the host", false));
}

/// A function is a transport too.
#[test]
fn a_lifetime_beyond_the_policy_is_for_the_admission_to_refuse() {
    let body = granted(&fresh()).replace("600", "86400");
    let send = move |_: Request<Bytes>, _: &Attempt| answer(200, body.clone());
    let issuer = ClientCredentials::<Plain>::new(endpoint(send));
    let (secret, grant, _) = issuer.fetch(&attempt()).unwrap().into_secret().unwrap();
    let refused = Admission::new().admit::<Plain>(secret, &grant).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::LifetimeTooLong);
}

//! No answer has 8 bytes of what was sent: of headers, bodies and paths.

use crate::{
    client::{FORM, Reply, bearer, form, request, send},
    service::{ACCESS_TOKEN, Service, TOKEN_EXCHANGE},
};

/// A text that was never seen before, with signs that formats escape.
fn fresh() -> String {
    let sign = |_| *fastrand::choice(b"abcdefghijklmnopqrstuvwxyz0123456789-._~+/").unwrap();
    String::from_utf8((0..40).map(sign).collect()).unwrap()
}

#[track_caller]
fn is_silent(reply: &Reply, sent: &str) {
    let said = format!("{}\n{}", reply.head, reply.body).to_lowercase();
    let shown = sent
        .as_bytes()
        .windows(8)
        .find(|window| said.as_bytes().windows(8).any(|said| said.eq_ignore_ascii_case(window)));
    assert!(shown.is_none(), "{sent} in {reply:?}");
}

#[test]
fn no_answer_has_a_part_of_what_was_sent() {
    let service = Service::shared();
    let (caller, token) = (service.service("api"), service.deploy("job-echo"));
    let own = [FORM.to_owned(), bearer(&caller)];
    for _ in 0..10 {
        let text = fresh();
        for path in [
            "/introspect",
            "/revoke",
            "/token",
            "/look",
            "/deploy",
            "/.well-known/oauth-protected-resource/v1",
        ] {
            let encoded: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
            let in_path = format!("{path}/{text}");
            let in_query = format!("{path}?access_token={text}&token={text}&{text}=1");
            for (method, path, lines, body) in [
                ("POST", path, vec![bearer(&text), FORM.to_owned()], String::new()),
                ("POST", path, vec![format!("Authorization: {text}")], String::new()),
                (
                    "POST",
                    path,
                    vec![format!("Content-Type: {text}"), bearer(&caller)],
                    String::new(),
                ),
                (
                    "POST",
                    path,
                    vec![format!("Cookie: {text}"), format!("X-Token: {text}")],
                    String::new(),
                ),
                ("POST", path, vec![format!("Token-Build: {text}"), bearer(&token)], String::new()),
                ("POST", path, own.to_vec(), form(&[("token", &text), ("token_build", &text)])),
                (
                    "POST",
                    path,
                    vec![
                        format!("Accept: {text}"),
                        format!("Origin: https://{text}"),
                        bearer(&token),
                    ],
                    text.clone(),
                ),
                ("POST", path, own.to_vec(), text.clone()),
                ("POST", path, own.to_vec(), form(&[("token", &text), ("token_type_hint", &text)])),
                ("POST", path, own.to_vec(), format!("token={encoded}")),
                (
                    "POST",
                    path,
                    own.to_vec(),
                    form(&[(&text, &text), ("token", &text), ("token", &text)]),
                ),
                ("POST", &in_path, own.to_vec(), String::new()),
                ("POST", &in_query, own.to_vec(), String::new()),
                ("GET", &in_query, vec![bearer(&token)], String::new()),
                ("PROPFIND", path, vec![bearer(&text)], text.clone()),
                (text.as_str(), path, vec![], String::new()),
            ] {
                is_silent(&send(service.address, &request(method, path, &lines, &body)), &text);
            }
        }
        let exchange = [
            ("grant_type", TOKEN_EXCHANGE),
            ("subject_token", &token),
            ("subject_token_type", ACCESS_TOKEN),
        ];
        for name in [
            "scope",
            "audience",
            "resource",
            "requested_token_type",
            "actor_token",
            "actor_token_type",
            "subject_token_build",
        ] {
            let parameters = [&exchange[..], &[(name, text.as_str())]].concat();
            let reply = service.send("POST", "/token", &[FORM.to_owned()], &form(&parameters));
            assert_eq!(reply.status, 400, "{name}");
            is_silent(&reply, &text);
        }
        for name in ["grant_type", "subject_token", "subject_token_type"] {
            let changed =
                exchange.map(|(own, value)| (own, if own == name { text.as_str() } else { value }));
            let reply = service.send("POST", "/token", &[FORM.to_owned()], &form(&changed));
            assert_eq!(reply.status, 400, "{name}");
            is_silent(&reply, &text);
        }
    }
}

/// The check itself sees an echo.
#[test]
#[should_panic(expected = "in Reply")]
fn an_echo_is_seen() {
    let text = fresh();
    let reply = Reply { status: 400, head: String::new(), body: text[10..20].to_uppercase() };
    is_silent(&reply, &text);
}

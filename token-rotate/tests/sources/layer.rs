//! The tower layer of a client: one header, and at most one more try, with another token.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use http::{Request, Response, header};
use pollster::block_on;
use token_core::{Admission, Grant, RequireScopes, Secret};
use token_rotate::{
    Attempt, Failure, Fetched, FromFn, Rotating,
    tower::{BearerLayer, BoxError},
};
use tower_layer::Layer;
use tower_service::Service;

use crate::{kind::Plain, scope, support::fresh};

#[derive(RequireScopes)]
#[require(scope::OrdersRead)]
struct Read;

/// A server that accepts one token, and counts.
#[derive(Clone)]
struct Server {
    accepts: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    says: (u16, &'static str),
    got: Arc<Mutex<Vec<(String, String)>>>,
}

impl Server {
    fn new(accepts: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        let says = (401, r#"Bearer error="invalid_token""#);
        Self { accepts: Arc::new(accepts), says, got: Arc::default() }
    }

    fn sent(&self) -> usize {
        self.got.lock().unwrap().len()
    }
}

impl<B: AsRef<str>> Service<Request<B>> for Server {
    type Response = Response<&'static str>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let values: Vec<_> = request.headers().get_all(header::AUTHORIZATION).iter().collect();
        assert!(values.len() == 1 && values[0].is_sensitive());
        let token = values[0].to_str().unwrap().strip_prefix("Bearer ").unwrap().to_owned();
        let is_accepted = (self.accepts)(&token);
        self.got.lock().unwrap().push((token, request.body().as_ref().to_owned()));
        let answer = match is_accepted {
            true => Response::builder().status(200).body("done"),
            false => Response::builder()
                .status(self.says.0)
                .header(header::WWW_AUTHENTICATE, self.says.1)
                .body("refused"),
        };
        ready(Ok(answer.unwrap()))
    }
}

/// Fetches these tokens one after the other, then none.
fn rotating(tokens: Vec<String>) -> (Arc<Rotating<Plain>>, Arc<AtomicUsize>) {
    let fetches = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&fetches);
    let issuer =
        FromFn::new(move |_: &Attempt| match tokens.get(count.fetch_add(1, Ordering::SeqCst)) {
            Some(token) => {
                let grant = Grant::new("orders:read").expires_in(Duration::from_secs(600));
                Ok(Fetched::new(Secret::from(token.clone()), grant))
            }
            None => Err(Failure::permanent("no more tokens")),
        });
    let rotating = Rotating::options(Admission::new(), issuer).start().unwrap();
    (Arc::new(rotating), fetches)
}

fn request(body: &str) -> Request<String> {
    Request::builder().header(header::AUTHORIZATION, "of the caller").body(body.to_owned()).unwrap()
}

fn send<S, B>(client: &mut S, request: Request<B>) -> Result<Response<&'static str>, BoxError>
where
    S: Service<Request<B>, Response = Response<&'static str>, Error = BoxError>,
{
    block_on(client.call(request))
}

#[test]
fn a_request_gets_the_current_token_and_its_own_body() {
    let token = fresh();
    let (rotating, fetches) = rotating(vec![token.clone()]);
    let server = Server::new(|_| true);
    let mut client = BearerLayer::new(rotating, Read).layer(server.clone());
    for _ in 0..3 {
        assert_eq!(*send(&mut client, request("the order")).unwrap().body(), "done");
    }
    assert_eq!(*server.got.lock().unwrap(), vec![(token, "the order".to_owned()); 3]);
    assert_eq!(fetches.load(Ordering::SeqCst), 1);
    assert!(!format!("{client:?}").contains("of the caller"));
}

#[test]
fn a_rejected_token_is_replaced_and_the_request_sent_once_more() {
    let tokens = vec![fresh(), fresh()];
    let good = tokens[1].clone();
    let (rotating, fetches) = rotating(tokens);
    let server = Server::new(move |token| token == good);
    let mut client = BearerLayer::new(rotating, Read).layer(server.clone());
    assert_eq!(*send(&mut client, request("the order")).unwrap().body(), "done");
    assert_eq!(*send(&mut client, request("another")).unwrap().body(), "done");
    let bodies: Vec<String> =
        server.got.lock().unwrap().iter().map(|(_, body)| body.clone()).collect();
    assert_eq!(bodies, ["the order", "the order", "another"]);
    assert_eq!(fetches.load(Ordering::SeqCst), 2);
}

#[test]
fn a_second_refusal_is_the_callers() {
    let (rotating, _) = rotating(vec![fresh(), fresh(), fresh()]);
    let server = Server::new(|_| false);
    let mut client = BearerLayer::new(rotating, Read).layer(server.clone());
    assert_eq!(send(&mut client, request("x")).unwrap().status(), 401);
    assert_eq!(server.sent(), 2);
}

#[test]
fn the_servers_answer_comes_back_if_there_is_no_other_token() {
    let (rotating, fetches) = rotating(vec![fresh()]);
    let server = Server::new(|_| false);
    let mut client = BearerLayer::new(rotating, Read).layer(server.clone());
    assert_eq!(*send(&mut client, request("x")).unwrap().body(), "refused");
    assert_eq!((server.sent(), fetches.load(Ordering::SeqCst)), (1, 2));
}

#[test]
fn other_refusals_are_no_matter_of_the_token() {
    for says in [
        (403, r#"Bearer error="insufficient_scope""#),
        (400, r#"Bearer error="invalid_request""#),
        (403, ""),
        (500, ""),
    ] {
        let (rotating, fetches) = rotating(vec![fresh(), fresh()]);
        let server = Server { says, ..Server::new(|_| false) };
        let mut client = BearerLayer::new(rotating, Read).layer(server.clone());
        assert_eq!(send(&mut client, request("x")).unwrap().status(), says.0);
        assert_eq!((server.sent(), fetches.load(Ordering::SeqCst)), (1, 1), "{says:?}");
    }
}

/// A body that cannot be cloned.
struct Stream(String);

impl AsRef<str> for Stream {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[test]
fn what_cannot_be_repeated_is_not_and_the_next_request_has_another_token() {
    let tokens = vec![fresh(), fresh()];
    let good = tokens[1].clone();
    let (rotating, _) = rotating(tokens);
    let server = Server::new(move |token| token == good);
    let mut client = BearerLayer::new(rotating, Read).never_repeat().layer(server.clone());
    let stream = || Request::new(Stream("x".into()));
    assert_eq!(send(&mut client, stream()).unwrap().status(), 401);
    assert_eq!(server.sent(), 1);
    assert_eq!(send(&mut client, stream()).unwrap().status(), 200);
}

#[test]
fn a_function_says_what_can_be_repeated() {
    let copy = |request: &Request<Stream>| {
        let small = request.body().0.len() < 3;
        small.then(|| Request::new(Stream(request.body().0.clone())))
    };
    for (body, sent) in [("ab", 2), ("abc", 1)] {
        let (rotating, _) = rotating(vec![fresh(), fresh()]);
        let server = Server::new(|_| false);
        let mut client = BearerLayer::new(rotating, Read).repeat_with(copy).layer(server.clone());
        assert_eq!(send(&mut client, Request::new(Stream(body.into()))).unwrap().status(), 401);
        assert_eq!(server.sent(), sent);
    }
}

#[test]
fn without_a_token_nothing_is_sent() {
    let issuer = FromFn::new(|_: &Attempt| Err(Failure::permanent("nobody logged in")));
    let rotating = Rotating::<Plain>::options(Admission::new(), issuer).start_empty().unwrap();
    let server = Server::new(|_| true);
    let mut client = BearerLayer::new(Arc::new(rotating), Read).layer(server.clone());
    let error = send(&mut client, request("x")).unwrap_err();
    let error: &token_rotate::Error = error.downcast_ref().unwrap();
    assert!(format!("{error:#}").contains("nobody logged in"), "{error:#}");
    assert_eq!(server.sent(), 0);
}

/// A thousand requests are rejected at one time: one fetch.
#[test]
fn many_that_are_rejected_together_share_one_fetch() {
    let tokens = vec![fresh(), fresh()];
    let good = tokens[1].clone();
    let (rotating, fetches) = rotating(tokens);
    let server = Server::new(move |token| token == good);
    let client = BearerLayer::new(rotating, Read).layer(server);
    std::thread::scope(|scope| {
        for _ in 0..20 {
            let mut client = client.clone();
            scope.spawn(move || {
                for _ in 0..50 {
                    assert_eq!(send(&mut client, request("x")).unwrap().status(), 200);
                }
            });
        }
    });
    assert_eq!(fetches.load(Ordering::SeqCst), 2);
}

//! The service, as a generator would write it, and its client. Messages are texts, so that no compiler of Protocol Buffers is
//! needed.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Buf, BufMut};
use futures_util::Stream;
use http::uri::PathAndQuery;
use token_core::{
    AnyCaller, RequireScopes, TokenId, TokenKind, Verify,
    caller::{Boxed, Hit, Presented, Refused},
    record::InMemory,
};
use token_guard::{
    Challenge, Credentials, Guard,
    tonic::{GuardLayer, GuardedRequest, Until},
};
use token_issue::{Issuer, Mint, Verifier, registry::Memory};
use tonic::{
    Request, Response, Status, Streaming,
    body::Body,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    server::{NamedService, ServerStreamingService, UnaryService},
    transport::{Channel, Endpoint, Server, server::TcpIncoming},
};
use tower_layer::Layer;
use tower_service::Service;

token_core::policy!("../it/tokens.toml");

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

#[derive(RequireScopes)]
#[require(scope::DeployRead)]
struct Watch;

/// A message is a text.
#[derive(Clone, Copy, Default)]
pub(crate) struct Text;

impl Codec for Text {
    type Encode = String;
    type Decode = String;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Text {
    type Item = String;
    type Error = Status;

    fn encode(&mut self, text: String, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(text.as_bytes());
        Ok(())
    }
}

impl Decoder for Text {
    type Item = String;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<String>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        Ok(Some(String::from_utf8(bytes.to_vec()).unwrap()))
    }
}

type Answer<T> = Pin<Box<dyn Future<Output = Result<Response<T>, Status>> + Send>>;
type Texts = Pin<Box<dyn Stream<Item = Result<String, Status>> + Send>>;

/// `Start` asks for one scope, `Watch` for another, and `Who` for none.
#[derive(Clone)]
pub(crate) struct Deploy;

impl NamedService for Deploy {
    const NAME: &'static str = "test.Deploy";
}

impl Service<http::Request<Body>> for Deploy {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async move {
            let mut server = tonic::server::Grpc::new(Text);
            Ok(match request.uri().path() {
                "/test.Deploy/Start" => server.unary(StartMethod, request).await,
                "/test.Deploy/Who" => server.unary(WhoMethod, request).await,
                "/test.Deploy/Watch" => server.server_streaming(WatchMethod, request).await,
                _ => Status::unimplemented("no such method").into_http(),
            })
        })
    }
}

struct StartMethod;

impl UnaryService<String> for StartMethod {
    type Response = String;
    type Future = Answer<String>;

    fn call(&mut self, request: Request<String>) -> Self::Future {
        Box::pin(async move {
            let may = request.authorized::<Start, kind::Deploy>()?;
            let text = format!("{} deploys {}", may.subject().unwrap(), request.get_ref());
            Ok(Response::new(text))
        })
    }
}

struct WhoMethod;

impl UnaryService<String> for WhoMethod {
    type Response = String;
    type Future = Answer<String>;

    fn call(&mut self, request: Request<String>) -> Self::Future {
        Box::pin(async move {
            let who = request.identified::<kind::Viewer>()?;
            Ok(Response::new(who.subject().unwrap().to_owned()))
        })
    }
}

struct WatchMethod;

impl ServerStreamingService<String> for WatchMethod {
    type Response = String;
    type ResponseStream = Until<Texts>;
    type Future = Answer<Self::ResponseStream>;

    fn call(&mut self, request: Request<String>) -> Self::Future {
        Box::pin(async move {
            let _may = request.authorized::<Watch, (kind::Deploy, kind::Viewer)>()?;
            Ok(Response::new(Until::new(numbers(), request.until_invalid()?)))
        })
    }
}

/// Numbers, fifty a second.
fn numbers() -> Texts {
    Box::pin(futures_util::stream::unfold(0, async |number| {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Some((Ok(number.to_string()), number + 1))
    }))
}

/// The verifier, which can be made to fail as it does when the registry is gone.
struct Switched {
    verifier: Verifier,
    is_off: Arc<AtomicBool>,
}

const OFF: Refused = Refused::unavailable(Duration::from_millis(1500));

impl Verify for Switched {
    fn hit(&self, presented: Presented<'_>) -> Hit {
        match self.is_off.load(Ordering::SeqCst) {
            true => Hit::Refused(OFF),
            false => self.verifier.hit(presented),
        }
    }

    fn miss<'v>(&'v self, presented: Presented<'v>) -> Boxed<'v, Result<AnyCaller, Refused>> {
        self.verifier.miss(presented)
    }

    fn recheck(&self, caller: &AnyCaller) -> Hit {
        self.verifier.recheck(caller)
    }

    fn until_invalid<'v>(&'v self, caller: &'v AnyCaller) -> Boxed<'v, Refused> {
        self.verifier.until_invalid(caller)
    }
}

/// How the layer is put on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layered {
    Server,
    Service,
    /// It asks for the operation, so no method need do so.
    Operation,
    Not,
}

pub(crate) struct Running {
    pub(crate) issuer: Issuer,
    pub(crate) log: Arc<InMemory>,
    pub(crate) is_off: Arc<AtomicBool>,
    channel: Channel,
    minted: Mutex<Vec<String>>,
}

impl Running {
    pub(crate) async fn start(layered: Layered) -> Self {
        let registry = Arc::new(Memory::new());
        let log = Arc::new(InMemory::named("example.com/tokens"));
        let issuer = Issuer::options(&POLICY, registry.clone(), log).start().unwrap();
        let verifier = Verifier::options(&POLICY, registry).start().await.unwrap();
        let is_off = Arc::new(AtomicBool::new(false));
        let verifier = Switched { verifier, is_off: Arc::clone(&is_off) };
        let log = Arc::new(InMemory::new());
        let challenge = Challenge::new("deployments").unwrap();
        let guard = Guard::new(Arc::new(verifier), Credentials::bearer(), challenge);
        let guard = guard.recorder(log.clone());
        let layer = match layered {
            Layered::Operation => GuardLayer::authorized::<Start, kind::Deploy>(guard),
            Layered::Service => GuardLayer::identified::<(kind::Deploy, kind::Viewer)>(guard),
            Layered::Server | Layered::Not => GuardLayer::new(guard),
        };
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let incoming = TcpIncoming::from(listener);
        tokio::spawn(async move {
            match layered {
                Layered::Server | Layered::Operation => {
                    let server = Server::builder().layer(layer).add_service(Deploy);
                    server.serve_with_incoming(incoming).await
                }
                Layered::Service => {
                    let server = Server::builder().add_service(layer.layer(Deploy));
                    server.serve_with_incoming(incoming).await
                }
                Layered::Not => {
                    Server::builder().add_service(Deploy).serve_with_incoming(incoming).await
                }
            }
        });
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
        let channel = endpoint.connect().await.unwrap();
        Self { issuer, log, is_off, channel, minted: Mutex::default() }
    }

    pub(crate) async fn mint<K: TokenKind>(&self, mint: Mint<K>) -> (TokenId, String) {
        let issued = self.issuer.mint(mint).await.unwrap();
        let id = issued.id();
        let text = issued
            .release()
            .with_bytes("a test presents it", |bytes| String::from_utf8(bytes.to_vec()).unwrap());
        self.minted.lock().unwrap().push(text.clone());
        (id, text)
    }

    fn request(authorization: &[&str]) -> Request<String> {
        let mut request = Request::new("token-core".to_owned());
        for value in authorization {
            request.metadata_mut().append("authorization", value.parse().unwrap());
        }
        request
    }

    /// Calls a method with these headers `authorization`.
    pub(crate) async fn call(
        &self,
        method: &'static str,
        authorization: &[&str],
    ) -> Result<String, Status> {
        self.call_by(method, authorization, &[]).await
    }

    /// Calls a method with these headers `authorization` and `token-build`.
    pub(crate) async fn call_by(
        &self,
        method: &'static str,
        authorization: &[&str],
        builds: &[&str],
    ) -> Result<String, Status> {
        let mut client = Grpc::new(self.channel.clone());
        client.ready().await.unwrap();
        let path = PathAndQuery::from_static(method);
        let mut request = Self::request(authorization);
        for build in builds {
            request.metadata_mut().append("token-build", build.parse().unwrap());
        }
        let answer = client.unary(request, path, Text).await;
        if let Err(status) = &answer {
            let told = format!("{status:?}");
            assert!(self.minted.lock().unwrap().iter().all(|it| !told.contains(it)), "{told}");
        }
        answer.map(Response::into_inner)
    }

    pub(crate) async fn watch(&self, token: &str) -> Result<Streaming<String>, Status> {
        let mut client = Grpc::new(self.channel.clone());
        client.ready().await.unwrap();
        let path = PathAndQuery::from_static("/test.Deploy/Watch");
        let request = Self::request(&[&format!("Bearer {token}")]);
        client.server_streaming(request, path, Text).await.map(Response::into_inner)
    }
}

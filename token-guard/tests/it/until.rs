//! What ends an answer, and how, without a network.

use std::{
    future::{pending, ready},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::{FutureExt, Stream, StreamExt, stream};
use http_body::{Body, Frame, SizeHint};
use token_core::{
    AnyCaller, TokenKind, Verify,
    caller::{Boxed, Hit, Presented, Refused},
};
use token_guard::{Ended, Until, UntilInvalid};

use crate::support::{caller, guard_of, kind};

/// Says at once why a token is invalid, or never.
struct Says(Option<Refused>);

impl Verify for Says {
    fn hit(&self, _: Presented<'_>) -> Hit {
        Hit::Miss
    }

    fn miss<'v>(&'v self, _: Presented<'v>) -> Boxed<'v, Result<AnyCaller, Refused>> {
        Box::pin(ready(Err(Refused::Unknown)))
    }

    fn recheck(&self, _: &AnyCaller) -> Hit {
        Hit::Miss
    }

    fn until_invalid<'v>(&'v self, _: &'v AnyCaller) -> Boxed<'v, Refused> {
        match self.0 {
            Some(refused) => Box::pin(ready(refused)),
            None => Box::pin(pending()),
        }
    }
}

fn until_invalid(refused: Option<Refused>) -> UntilInvalid {
    let guard = guard_of(Arc::new(Says(refused)));
    guard.until_invalid(&caller(kind::Deploy::COMPILED, &["deploy:read"]))
}

fn valid() -> UntilInvalid {
    until_invalid(None)
}

fn revoked() -> UntilInvalid {
    until_invalid(Some(Refused::Revoked))
}

/// A stream or a body of two items, that panics if it is asked once more after its end.
struct Once(u8);

impl Once {
    fn step(&mut self) -> Option<u8> {
        self.0 += 1;
        assert!(self.0 <= 3, "asked after its end");
        (self.0 < 3).then_some(self.0)
    }
}

impl Stream for Once {
    type Item = u8;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u8>> {
        Poll::Ready(self.step())
    }
}

impl Body for Once {
    type Data = &'static [u8];
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<std::io::Result<Frame<&'static [u8]>>>> {
        Poll::Ready(self.step().map(|_| Ok(Frame::data(&b"x"[..]))))
    }

    fn is_end_stream(&self) -> bool {
        self.0 >= 3
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(2)
    }
}

fn frame<B: Body + Unpin>(body: &mut B) -> Option<Result<Frame<B::Data>, B::Error>> {
    pollster::block_on(std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context)))
}

#[test]
fn a_stream_that_is_over_before_its_token_just_ends() {
    let mut stream = Until::new(Once(0), valid());
    let mut next = || pollster::block_on(stream.next());
    assert_eq!([next(), next(), next(), next(), next()], [Some(1), Some(2), None, None, None]);
}

#[test]
fn a_stream_gives_nothing_out_after_its_token() {
    let mut stream = Until::new(stream::repeat(1), revoked());
    for _ in 0..3 {
        assert_eq!(pollster::block_on(stream.next()), None);
    }
}

#[test]
fn a_body_that_is_over_before_its_token_is_as_it_was() {
    let mut body = Until::new(Once(0), valid());
    assert_eq!(Body::size_hint(&body).exact(), Some(2));
    for _ in 0..2 {
        assert!(!body.is_end_stream());
        assert!(frame(&mut body).unwrap().is_ok());
    }
    for _ in 0..3 {
        assert!(frame(&mut body).is_none());
        assert!(body.is_end_stream());
    }
    // One that says beforehand that nothing comes.
    assert!(Until::new(Once(3), valid()).is_end_stream());
}

#[test]
fn a_body_ends_with_an_error_once() {
    let mut body = Until::new(Once(0), revoked());
    assert!(!body.is_end_stream());
    let error = frame(&mut body).unwrap().unwrap_err();
    let ended = error.downcast_ref::<Ended>().unwrap();
    assert_eq!(ended.reason(), Refused::Revoked);
    let words =
        "the answer was ended: the caller's token was revoked, or one that it was narrowed from";
    assert_eq!((ended.to_string().as_str(), format!("{ended:?}").as_str()), (words, words));
    assert!(body.is_end_stream());
    assert!(frame(&mut body).is_none());
}

#[test]
fn work_is_done_while_the_token_is_valid_and_not_begun_afterwards() {
    assert_eq!(pollster::block_on(valid().end(async { 7 })), Ok(7));
    let work = async { panic!("it must not begin") };
    assert_eq!(pollster::block_on(revoked().end::<()>(work)), Err(Refused::Revoked));
    assert_eq!(valid().end(pending::<()>()).now_or_never(), None);
}

mod grpc {
    use token_guard::tonic::Until;
    use tonic::{Code, Status};

    use super::*;

    fn texts(refused: Option<Refused>) -> Until<impl Stream<Item = Result<u8, Status>> + Unpin> {
        Until::new(Once(0).map(Ok), until_invalid(refused))
    }

    #[test]
    fn a_stream_that_is_over_before_its_token_just_ends() {
        let mut stream = texts(None);
        let mut next = || pollster::block_on(stream.next()).map(Result::unwrap);
        assert_eq!([next(), next(), next(), next()], [Some(1), Some(2), None, None]);
    }

    #[test]
    fn a_stream_ends_with_one_status() {
        for (refused, code) in [
            (Refused::Revoked, Code::Unauthenticated),
            (Refused::Expired, Code::Unauthenticated),
            (Refused::unavailable(std::time::Duration::from_secs(1)), Code::Unavailable),
        ] {
            let mut stream = texts(Some(refused));
            let status = pollster::block_on(stream.next()).unwrap().unwrap_err();
            assert_eq!(status.code(), code, "{refused}");
            assert!(pollster::block_on(stream.next()).is_none());
        }
    }
}

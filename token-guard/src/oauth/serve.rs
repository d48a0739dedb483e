//! What all endpoints are: services of `tower`.

use std::{convert::Infallible, future::Future, pin::Pin};

use super::answer::Answer;

/// What an endpoint answers with.
pub(super) type Answering = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

/// Implements `Service` for an endpoint that has `async fn serve(self, Request<B>) -> Result<Answer, Answer>`.
macro_rules! service {
    ([$($generics:tt)*] $endpoint:ty) => {
        impl<B, $($generics)*> tower_service::Service<http::Request<B>> for $endpoint
        where
            B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        {
            type Response = http::Response<axum_core::body::Body>;
            type Error = std::convert::Infallible;
            type Future = $crate::oauth::serve::Answering;

            fn poll_ready(
                &mut self,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Result<(), std::convert::Infallible>> {
                std::task::Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: http::Request<B>) -> Self::Future {
                let endpoint = self.clone();
                Box::pin(async move {
                    let (Ok(answer) | Err(answer)) = endpoint.serve(request).await;
                    Ok(answer)
                })
            }
        }
    };
}

pub(super) use service;

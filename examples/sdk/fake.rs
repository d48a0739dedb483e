//! A server in the memory: the SDK's tests, and those of its users, need no network. An SDK has it in a feature of its own.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{Method, Request, Response, StatusCode, header::AUTHORIZATION};

use crate::client::{Failed, Transport};

#[derive(Clone, Default)]
pub struct Server(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    branches: Vec<String>,
    asked: Vec<String>,
    /// How many of the next requests are refused, as if their token had been revoked.
    refuses: usize,
}

impl Server {
    pub fn new<const N: usize>(branches: [&str; N]) -> Self {
        let server = Self::default();
        server.lock().branches = branches.map(str::to_owned).to_vec();
        server
    }

    /// The requests so far. Of a header only that it is there: a test that prints it shows no token.
    pub fn asked(&self) -> Vec<String> {
        self.lock().asked.clone()
    }

    #[cfg(test)]
    pub fn refuse(&self, requests: usize) {
        self.lock().refuses = requests;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for Server {
    fn send(&self, request: Request<String>) -> Result<Response<String>, Failed> {
        let mut state = self.lock();
        let header = request.headers().get(AUTHORIZATION);
        let header = header.ok_or(Failed::NoAnswer("a request without a token"))?;
        let how = if header.is_sensitive() { "a sensitive header" } else { "a header" };
        state.asked.push(format!("{} {} with {how}", request.method(), request.uri()));
        if state.refuses > 0 {
            state.refuses -= 1;
            let mut answer = Response::new(String::new());
            *answer.status_mut() = StatusCode::UNAUTHORIZED;
            let challenge = axum::http::HeaderValue::from_static("Bearer error=\"invalid_token\"");
            answer.headers_mut().insert("www-authenticate", challenge);
            return Ok(answer);
        }
        if *request.method() == Method::POST {
            state.branches.push(request.into_body());
        }
        Ok(Response::new(state.branches.join("\n")))
    }
}

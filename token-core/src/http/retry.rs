//! One more try, with another token.

use http::Response;

use super::Rejected;

/// Says of one request whether to send it once more with another token: at most once, and only if it can be repeated.
///
/// It does nothing by itself, so a client of whatever kind can ask it; [`send`] does the rest for a client with futures.
///
/// ```
/// use token_core::http::{Rejected, Retry};
///
/// let mut retry = Retry::new(true);
/// assert!(retry.takes(&Rejected::InvalidToken));
/// assert!(!retry.takes(&Rejected::InvalidToken), "once");
/// assert!(!Retry::new(false).takes(&Rejected::InvalidToken), "its body is gone");
/// ```
#[derive(Debug)]
pub struct Retry {
    may: bool,
}

impl Retry {
    /// `can_be_repeated` says whether the program still has all of the request, above all its body. The server has refused it and
    /// done nothing, so its method does not matter.
    #[must_use]
    pub const fn new(can_be_repeated: bool) -> Self {
        Self { may: can_be_repeated }
    }

    /// Whether to fetch another token and send the request once more. Then the answer to that counts.
    #[must_use = "it counts as the one more try"]
    pub const fn takes(&mut self, rejected: &Rejected) -> bool {
        let takes = self.may && rejected.asks_for_another_token();
        self.may = self.may && !takes;
        takes
    }
}

/// Sends a request; if the server rejects its token, has `refresh` fetch another one, and sends it once more if `can_be_repeated`.
/// `send` takes the token of the moment each time.
///
/// `known` is as in [`Rejected::of`].
///
/// ```
/// use http::Response;
/// use token_core::http::{Rejected, send};
///
/// # async fn f() -> Result<(), Rejected> {
/// let answer = send(
///     &["deploy:run"],
///     true,
///     || async { Ok(Response::new("200, from the server")) },
///     |_| async { Ok(()) }, // a real one fetches
/// )
/// .await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// What `send` and `refresh` return, and a [`Rejected`] that stays.
pub async fn send<B, E, Sent, Refreshed>(
    known: &[&'static str],
    can_be_repeated: bool,
    mut send: impl FnMut() -> Sent,
    refresh: impl FnOnce(Rejected) -> Refreshed,
) -> Result<Response<B>, E>
where
    Sent: Future<Output = Result<Response<B>, E>>,
    Refreshed: Future<Output = Result<(), E>>,
    E: From<Rejected>,
{
    let first = send().await?;
    let Some(rejected) = rejected(&first, known) else { return Ok(first) };
    // Its connection may be needed for the second.
    drop(first);
    if !Retry::new(can_be_repeated).takes(&rejected) {
        return Err(rejected.into());
    }
    refresh(rejected).await?;
    let second = send().await?;
    match self::rejected(&second, known) {
        None => Ok(second),
        Some(rejected) => Err(rejected.into()),
    }
}

fn rejected<B>(answer: &Response<B>, known: &[&'static str]) -> Option<Rejected> {
    Rejected::of(answer.status(), answer.headers(), known)
}

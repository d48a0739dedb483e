//! A place for one connection.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::{
    connect::{Link, Way},
    trouble::{Trouble, unavailable},
};

/// A connection that is made when somebody needs it.
#[derive(Default)]
pub(super) enum Slot {
    #[default]
    Empty,
    /// Who gives up waiting for it leaves it to the next one.
    Connecting(JoinHandle<Result<Arc<Link>, Trouble>>),
    Open(Arc<Link>),
}

impl Slot {
    pub(super) async fn get(&mut self, way: &Arc<Way>) -> Result<Arc<Link>, Trouble> {
        loop {
            match self {
                Self::Open(link) if !link.is_closed() => return Ok(Arc::clone(link)),
                Self::Connecting(task) => {
                    let made = task.await;
                    *self = Self::Empty;
                    let made = made.map_err(|_| unavailable("the registry is being closed"))?;
                    *self = Self::Open(made?);
                }
                _ => {
                    let way = Arc::clone(way);
                    *self = Self::Connecting(tokio::spawn(async move { way.link().await }));
                }
            }
        }
    }

    /// As [`get`](Self::get), and nobody else has it until it is [put](Self::put) back.
    pub(super) async fn take(&mut self, way: &Arc<Way>) -> Result<Arc<Link>, Trouble> {
        let link = self.get(way).await?;
        *self = Self::Empty;
        Ok(link)
    }

    pub(super) fn put(&mut self, link: Arc<Link>) {
        *self = Self::Open(link);
    }

    /// Closes the connection, but not one that is being made: that is a new one.
    pub(super) fn close(&mut self) {
        if let Self::Open(link) = self {
            link.close();
            *self = Self::Empty;
        }
    }
}

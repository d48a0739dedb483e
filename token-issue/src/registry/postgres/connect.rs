//! Connections to the server.

use std::{path::Path, str, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use token_core::Secret;
use tokio::{task::AbortHandle, time::timeout};
use tokio_postgres::{
    Client, Config, Connection, Socket,
    config::{Host, SslMode},
    tls::MakeTlsConnect,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    hosts,
    reading::one,
    settings::{CONNECT, SET_UP},
    trouble::{STANDBY, Trouble, unavailable, unsuitable},
};

pub(super) type Wire = Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// How to get to the server.
pub(super) struct Way {
    /// It is read again for each connection, so that no copy of the password stays beside this one.
    url: Secret,
    tls: MakeRustlsConnect,
    /// Whether a server will do that takes no changes.
    pub(super) only_reads: bool,
}

/// A connection. It is closed when it is dropped, whatever is still unanswered on it.
pub(super) struct Link {
    pub(super) client: Client,
    tls: MakeRustlsConnect,
    task: AbortHandle,
}

impl Link {
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed() || self.task.is_finished()
    }

    /// Has the server give up what it does on this connection. Whether it was told in time does not matter.
    pub(super) async fn cancel(&self) {
        let cancel = self.client.cancel_token();
        drop(timeout(CONNECT, cancel.cancel_query(self.tls.clone())).await);
    }

    /// Closes the connection under those who still use it.
    pub(super) fn close(&self) {
        self.task.abort();
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.close();
    }
}

impl Way {
    /// `authorities` is a file with certificates; without one, those are trusted that the system trusts.
    pub(super) fn new(
        url: Secret,
        authorities: Option<&Path>,
        only_reads: bool,
    ) -> Result<Self, Trouble> {
        let roots = match (authorities, config(&url)?.get_ssl_mode()) {
            (_, SslMode::Disable) => RootCertStore::empty(),
            (Some(file), _) => of_file(file)?,
            (None, _) => of_system()?,
        };
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| unsuitable("this build has no version of TLS"))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { url, tls: MakeRustlsConnect::new(tls), only_reads })
    }

    /// Connects. Nothing is read or written before somebody drives the connection.
    pub(super) async fn open(&self) -> Result<(Client, Wire), Trouble> {
        hosts::connect(config(&self.url)?, &self.tls, self.only_reads).await
    }

    /// Connects to whatever server there is, also to one that says in its answers that it is a standby.
    pub(super) async fn link(&self) -> Result<Arc<Link>, Trouble> {
        let (client, wire) = self.open().await?;
        // Why a connection has ended is told to those who use it.
        let task = tokio::spawn(async move { drop(wire.await) }).abort_handle();
        Ok(Arc::new(Link { client, tls: self.tls.clone(), task }))
    }

    /// Connects to a server that takes changes and keeps them, if any are to be made.
    pub(super) async fn primary(&self) -> Result<Arc<Link>, Trouble> {
        let link = self.link().await?;
        if self.only_reads {
            return Ok(link);
        }
        let sql = "SELECT pg_is_in_recovery(), current_setting('synchronous_commit') = 'off'";
        let found = match timeout(SET_UP, one(&link.client, sql, &[])).await {
            Ok(found) => found?,
            Err(_) => return Err(unavailable("the server does not answer")),
        };
        match (found.try_get(0)?, found.try_get(1)?) {
            (true, _) => Err(unavailable(STANDBY)),
            (false, true) => Err(unsuitable(
                "synchronous_commit is off for this role or database, so a token that was used once could be used \
                 again after a crash of the server; say ALTER ROLE … SET synchronous_commit = on",
            )),
            (false, false) => Ok(link),
        }
    }
}

/// What the URL says, and what we make of it. An error does not quote it.
fn config(url: &Secret) -> Result<Config, Trouble> {
    let read = |bytes: &[u8]| str::from_utf8(bytes).ok()?.parse::<Config>().ok();
    let mut config = url.with_bytes("to connect to the database", read).ok_or_else(|| {
        unsuitable(
            "the URL of the database cannot be read; it must be like postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=require, \
             with %-escapes for other signs in the password than letters and digits",
        )
    })?;
    if config.get_application_name().is_none() {
        config.application_name("token-registry");
    }
    config.connect_timeout(CONNECT);
    let is_local = !config.get_hosts().is_empty()
        && config.get_hostaddrs().is_empty()
        && config.get_hosts().iter().all(|host| !matches!(host, Host::Tcp(_)));
    match config.get_ssl_mode() {
        _ if is_local => config.ssl_mode(SslMode::Disable),
        // Whoever can come in between could otherwise have all of it in clear, and answer himself.
        SslMode::Prefer => config.ssl_mode(SslMode::Require),
        _ => &mut config,
    };
    Ok(config)
}

fn of_file(file: &Path) -> Result<RootCertStore, Trouble> {
    let wrong = || {
        unsuitable(format!(
            "{} has no certificates that can be read; it must hold them as PEM",
            file.display()
        ))
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|_| wrong())? {
        roots.add(certificate.map_err(|_| wrong())?).map_err(|_| wrong())?;
    }
    if roots.is_empty() { Err(wrong()) } else { Ok(roots) }
}

fn of_system() -> Result<RootCertStore, Trouble> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    match roots.is_empty() {
        true => Err(unsuitable(
            "the system trusts no certificate authority, so no server can be trusted; name a file with the one \
             that has signed the server's certificate",
        )),
        false => Ok(roots),
    }
}

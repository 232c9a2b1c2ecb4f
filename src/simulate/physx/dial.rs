//! From an address to a gRPC channel: TCP or TLS with a pinned name, keep-alive, windows wide enough for a result.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Uri};
use tower::service_fn;

use super::super::tls::Reloading;

/// Longest time for a connection, with TLS: our choice.
pub(super) const CONNECT_MAX: Duration = Duration::from_secs(3);

/// How often a silent connection is asked whether it stands, and how long the answer may take: a server that was stopped is found
/// out within their sum. Our choice.
const KEEP_ALIVE: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

/// Bytes that may be under way of one answer, and of all on a connection: a result of a million cells has 8 MB.
const WINDOW_BYTES: [u32; 2] = [16 << 20, 64 << 20];

/// Bytes of one frame: a result comes in some ten, each read while the next one is written; 16 kB would make a hundred of it.
const FRAME_BYTES: u32 = 128 << 10;

/// How servers are called.
#[derive(Clone, Debug)]
pub(super) struct Dialer {
    tls: Option<(Arc<Reloading<ClientConfig>>, ServerName<'static>)>,
}

/// A connection of either kind.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Dialer {
    /// Without encryption.
    pub(super) fn plain() -> Self {
        Self { tls: None }
    }

    /// With TLS; whoever answers must show a certificate of this name.
    pub(super) fn tls(files: Arc<Reloading<ClientConfig>>, name: ServerName<'static>) -> Self {
        Self { tls: Some((files, name)) }
    }

    /// What the certificates are now: another when they were changed.
    pub(super) fn certificates(&self) -> Option<Arc<ClientConfig>> {
        self.tls.as_ref().map(|(files, _)| files.current())
    }

    /// A channel that connects when it is used.
    pub(super) fn dial(&self, host: &str, address: SocketAddr) -> Channel {
        // Encryption is the connector's: to the channel every address is a plain one.
        let uri: Uri = format!("http://{host}").parse().unwrap_or_else(|_| Uri::from_static("http://physx"));
        let endpoint = Endpoint::from(uri)
            .connect_timeout(CONNECT_MAX)
            .http2_keep_alive_interval(KEEP_ALIVE[0])
            .keep_alive_timeout(KEEP_ALIVE[1])
            .keep_alive_while_idle(true)
            .initial_stream_window_size(WINDOW_BYTES[0])
            .initial_connection_window_size(WINDOW_BYTES[1])
            .max_frame_size(FRAME_BYTES)
            .tcp_nodelay(true);
        let tls = self.tls.clone();
        endpoint.connect_with_connector_lazy(service_fn(move |_: Uri| {
            let tls = tls.clone();
            async move { connect(tls, address).await.map(TokioIo::new) }
        }))
    }
}

async fn connect(
    tls: Option<(Arc<Reloading<ClientConfig>>, ServerName<'static>)>,
    address: SocketAddr,
) -> io::Result<Box<dyn Stream>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    match tls {
        None => Ok(Box::new(stream)),
        Some((files, name)) => {
            let connector = TlsConnector::from(files.current());
            Ok(Box::new(connector.connect(name, stream).await?))
        }
    }
}

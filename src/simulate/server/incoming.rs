//! Connections as they come, encrypted or not.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{Stream, unfold};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::super::tls::Reloading;

/// Longest handshake: our choice.
const HANDSHAKE_MAX: Duration = Duration::from_secs(5);

/// Handshakes at a time: our choice; further callers wait to be accepted.
const HANDSHAKES_MAX: usize = 256;

/// The wait after a connection that could not be accepted, as when there are no more file handles.
const AGAIN: Duration = Duration::from_millis(50);

/// Without encryption.
pub(super) fn plain(listener: TcpListener) -> impl Stream<Item = io::Result<TcpStream>> {
    unfold(listener, |listener| async {
        let stream = accept(&listener).await;
        Some((Ok(stream), listener))
    })
}

/// With the certificates that are there when the connection comes. A handshake that fails ends that connection alone.
pub(super) fn encrypted(
    listener: TcpListener,
    files: Arc<Reloading<ServerConfig>>,
) -> impl Stream<Item = io::Result<TlsStream<TcpStream>>> {
    let handshakes = JoinSet::<Option<TlsStream<TcpStream>>>::new();
    unfold((listener, files, handshakes), |(listener, files, mut handshakes)| async move {
        loop {
            tokio::select! {
                stream = accept(&listener), if handshakes.len() < HANDSHAKES_MAX => {
                    let acceptor = TlsAcceptor::from(files.current());
                    handshakes.spawn(async move {
                        match timeout(HANDSHAKE_MAX, acceptor.accept(stream)).await {
                            Ok(Ok(stream)) => Some(stream),
                            Ok(Err(error)) => {
                                tracing::warn!(%error, "a connection was refused");
                                None
                            }
                            Err(_) => None,
                        }
                    });
                }
                Some(done) = handshakes.join_next() => {
                    if let Ok(Some(stream)) = done {
                        return Some((Ok(stream), (listener, files, handshakes)));
                    }
                }
            }
        }
    })
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                if stream.set_nodelay(true).is_ok() {
                    return stream;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(AGAIN).await;
            }
        }
    }
}

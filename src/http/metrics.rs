//! `GET /metrics` on a port of its own, for what has no other HTTP door.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;

/// The text format of OpenMetrics.
const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers with what `render` gives, until the listener fails.
pub async fn serve(
    listen: SocketAddr,
    render: impl Fn() -> String + Clone + Send + Sync + 'static,
) -> io::Result<()> {
    let listener = TcpListener::bind(listen).await?;
    tracing::info!(address = %listener.local_addr()?, "metrics at /metrics");
    let answer = move || {
        let text = render();
        async move { ([(CONTENT_TYPE, TYPE)], text).into_response() }
    };
    axum::serve(listener, Router::new().route("/metrics", get(answer))).await
}

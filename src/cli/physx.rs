//! `guira physx`: computes members for others over gRPC, until it is told to stop.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::Duration;

use anyhow::{Context, bail};
use guira::http::metrics;
use guira::settings::{LogFormat, LogSettings};
use guira::simulate::server::{PhysXServer, ServerOptions};
use guira::simulate::tls::TlsFiles;
use guira::telemetry;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Compute ensemble members for other processes, over gRPC.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  guira physx --listen 127.0.0.1:8301\n  \
    guira physx --listen 0.0.0.0:8300 --tls-cert server.pem --tls-key server.key --tls-client-ca ca.pem\n\n\
    Beyond loopback it listens with certificates of both sides only, or with --without-tls where the network keeps\n\
    others out. It holds nothing: it may be killed and started at any time. docs/physx.md says more.")]
pub(crate) struct Physx {
    /// Address and port; port 0 takes a free one and says which.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8300")]
    listen: SocketAddr,
    /// Members at the same time; by default one a core.
    #[arg(long, value_name = "COUNT")]
    threads: Option<NonZeroUsize>,
    /// Members that wait for a thread at most, by default two a thread; more are refused, with a hint when to come again.
    #[arg(long, value_name = "COUNT")]
    waiting_max: Option<usize>,
    /// Address and port of GET /metrics in the text format of Prometheus.
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics: Option<SocketAddr>,
    /// Certificate that callers see, PEM; read anew when it changes.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its key, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Certificates that callers' own must come from, PEM; without it every caller is taken.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_client_ca: Option<PathBuf>,
    /// Listen beyond loopback without certificates of both sides: whoever reaches the port can use the cores.
    #[arg(long)]
    without_tls: bool,
    /// Largest message, MiB; larger landscapes come in pieces.
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1024))]
    message_mb_max: u32,
    /// Largest landscape, cells.
    #[arg(long, value_name = "COUNT", default_value_t = 25_000_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    landscape_cells_max: u64,
    /// Memory for landscapes and weather that were put, MiB; the ones used longest ago are forgotten.
    #[arg(long, value_name = "MIB", default_value_t = 2048, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    inputs_mb_max: u32,
    /// How long members under way may take after it was told to stop, s.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=3600))]
    drain_s: u32,
    /// Log lines for machines.
    #[arg(long)]
    log_json: bool,
}

impl Physx {
    /// Serves until SIGINT or SIGTERM.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let is_private = self.tls_cert.is_some() && self.tls_client_ca.is_some();
        if !self.listen.ip().is_loopback() && !is_private && !self.without_tls {
            bail!(
                "{} is not loopback: needed --tls-cert, --tls-key and --tls-client-ca, or --without-tls",
                self.listen
            );
        }
        let log = LogSettings::default();
        telemetry::init(if self.log_json { LogFormat::Json } else { log.format }, &log.filter)?;
        tokio::runtime::Runtime::new().context("no runtime")?.block_on(self.serve())
    }

    async fn serve(self) -> anyhow::Result<()> {
        let listener = TcpListener::bind(self.listen)
            .await
            .with_context(|| format!("cannot listen on {}", self.listen))?;
        let address = listener.local_addr().context("the address is not known")?;
        let server = PhysXServer::new(self.options())?;
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("stopping: members under way are finished first");
        };
        let counts = server.metrics();
        let measured = async {
            match self.metrics {
                Some(listen) => metrics::serve(listen, move || counts.render()).await,
                None => std::future::pending().await,
            }
        };
        tracing::info!(%address, tls = self.tls_cert.is_some(), "physx listening");
        tokio::select! {
            served = server.serve(listener, stop) => Ok(served?),
            failed = measured => failed.context("the metrics cannot be served"),
        }
    }

    fn options(&self) -> ServerOptions {
        let cores = || available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let usual = ServerOptions::with_threads(self.threads.unwrap_or_else(cores));
        let tls = self.tls_cert.as_ref().map(|_| TlsFiles {
            ca: self.tls_client_ca.clone(),
            cert: self.tls_cert.clone(),
            key: self.tls_key.clone(),
        });
        ServerOptions {
            waiting_max: self.waiting_max.unwrap_or(usual.waiting_max),
            message_bytes_max: (self.message_mb_max as usize) << 20,
            landscape_cells_max: self.landscape_cells_max,
            inputs_bytes_max: u64::from(self.inputs_mb_max) << 20,
            drain: Duration::from_secs(self.drain_s.into()),
            tls,
            ..usual
        }
    }
}

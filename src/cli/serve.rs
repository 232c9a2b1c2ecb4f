//! `guira serve`: the service, until it is told to stop.

use std::future::pending;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use guira::components::Components;
use guira::settings::{DataDir, Settings, from_sources, process_variables};
use guira::{http, telemetry};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Take detections and serve forecasts over HTTP.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  guira serve --demo\n  \
    guira serve --config guira.toml --listen 0.0.0.0:8200\n  \
    guira serve --demo --physx http://127.0.0.1:8301 --physx http://127.0.0.1:8302\n\n\
    Every setting can also be given as a variable: GUIRA_ENGINE__RUNS_MAX=4 sets runs_max in [engine].\n\
    State is kept in memory: it does not survive a restart. Forecasts are written to the data folder.")]
pub(crate) struct Serve {
    /// Address and port, 127.0.0.1:8200 by default; without keys only a loopback address is taken.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Folder for what the service writes, guira-data by default.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Use a made-up world with a town, for a first look; needs no key and listens on loopback only.
    #[arg(long)]
    demo: bool,
    /// Settings in TOML.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A PhysX server that computes members, as in http://10.0.0.7:8300; may be given again. Adds to those in the settings.
    #[arg(long = "physx", value_name = "URL")]
    physx: Vec<String>,
}

impl Serve {
    /// Serves until SIGINT or SIGTERM.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let settings = self.settings()?;
        telemetry::init(settings.log.format, &settings.log.filter)?;
        tokio::runtime::Runtime::new().context("no runtime")?.block_on(serve(settings))
    }

    /// The command line wins over variables and file.
    fn settings(self) -> anyhow::Result<Settings> {
        let mut settings = from_sources(self.config.as_deref(), process_variables())?;
        settings.demo |= self.demo;
        settings.http.listen = self.listen.unwrap_or(settings.http.listen);
        settings.data_dir = self.data_dir.map_or(settings.data_dir, DataDir);
        settings.physx.servers.extend(self.physx);
        // A flag is checked as the file and the variables were.
        settings.physx.options().context("--physx")?;
        demonstrates_inside(&settings)?;
        Ok(settings)
    }
}

/// Refuses to show the demonstration to others.
pub(super) fn demonstrates_inside(settings: &Settings) -> anyhow::Result<()> {
    if settings.demo && !settings.http.listen.ip().is_loopback() {
        bail!("the demonstration listens on loopback only, not on {}", settings.http.listen);
    }
    Ok(())
}

async fn serve(settings: Settings) -> anyhow::Result<()> {
    let components = Components::build(&settings).await?;
    let listener = http::listen(settings.http.listen, &components.keys).await?;
    let address = listener.local_addr().context("the address is not known")?;
    if components.keys.is_empty() {
        tracing::warn!("no keys are configured: everybody on this machine may send and read; loopback only");
    }
    tracing::info!(%address, demo = settings.demo, data_dir = %settings.data_dir.0.display(), "listening");
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: requests under way are answered first");
    };
    until(&components, listener, stop).await
}

/// Serves until `stop` is ready, or until what serves has ended by itself: that is an error.
async fn until(
    components: &Components,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let measured = async {
        if let Err(error) = components.measure_pace().await {
            tracing::warn!(%error, "the pace of forecasts is not known before the first one");
        }
        pending::<()>().await;
    };
    let (told, mut hear) = watch::channel(false);
    let stop = async move {
        stop.await;
        told.send_replace(true);
    };
    let parts = components.http_parts();
    let wait = Duration::from_secs(parts.settings.answer_s_max);
    // No answer takes longer; a client that takes nothing off its connection must not hold the end up.
    let waited = async {
        if hear.wait_for(|told| *told).await.is_err() {
            pending::<()>().await;
        }
        tokio::time::sleep(wait).await;
    };
    let served = tokio::select! {
        () = measured => Ok(()),
        served = http::serve(listener, parts, stop) => served.context("the HTTP door failed"),
        () = waited => {
            tracing::warn!(waited_s = wait.as_secs(), "stopping: some clients have not taken what was sent to them");
            Ok(())
        }
        () = components.engine.ended() => Err(anyhow!("the engine has ended by itself; what was acknowledged is in the store")),
    };
    components.stop().await;
    served
}

#[cfg(test)]
mod tests {
    use guira::engine::fault::Victim;
    use guira::engine::live::{Kind, LiveEvent};
    use serde_json::json;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::sync::oneshot;
    use tokio::time::timeout;

    use super::*;

    /// Longest wait for the end, s.
    const WAIT_S_MAX: u64 = 60;

    async fn demonstration(folder: &std::path::Path, answer_s_max: u64) -> (Components, TcpListener) {
        let mut settings =
            Settings { demo: true, data_dir: DataDir(folder.to_owned()), ..Settings::default() };
        settings.http.listen = SocketAddr::from(([127, 0, 0, 1], 0));
        settings.http.answer_s_max = answer_s_max;
        let components = Components::build(&settings).await.unwrap();
        let listener = http::listen(settings.http.listen, &components.keys).await.unwrap();
        (components, listener)
    }

    #[tokio::test]
    async fn an_engine_that_ends_by_itself_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let (components, listener) = demonstration(folder.path(), 30).await;
        let wait = Duration::from_secs(WAIT_S_MAX);
        let kill = async { components.engine.kill(Victim::Supervisor) };
        let (ended, killed) = tokio::join!(timeout(wait, until(&components, listener, pending())), kill);
        assert_eq!(killed, 1);
        let error = ended.expect("it ends").unwrap_err().to_string();
        assert!(error.contains("the engine has ended by itself"), "{error}");
    }

    #[tokio::test]
    async fn a_stop_that_was_asked_for_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let (components, listener) = demonstration(folder.path(), 30).await;
        let (stop, stopped) = oneshot::channel::<()>();
        let wait = Duration::from_secs(WAIT_S_MAX);
        stop.send(()).unwrap();
        let ended = timeout(wait, until(&components, listener, async { drop(stopped.await) })).await;
        ended.expect("it ends").unwrap();
        assert!(!components.engine.is_running());
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_does_not_hold_the_end_up() {
        let folder = tempfile::tempdir().unwrap();
        let (components, listener) = demonstration(folder.path(), 1).await;
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        client.write_all(b"GET /events HTTP/1.1\r\nHost: here\r\n\r\n").await.unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let drive = async {
            // It takes the head of the answer, and nothing more.
            assert!(client.read_u8().await.is_ok());
            for _ in 0..300 {
                components.engine.live().publish(LiveEvent {
                    kind: Kind::AssetsChanged,
                    cluster_id: None,
                    with: Vec::new(),
                    at: components.clock.now(),
                    priority: None,
                    bounds: None,
                    data: json!({"padding": "x".repeat(100_000)}),
                });
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            stop.send(()).unwrap();
        };
        let wait = Duration::from_secs(WAIT_S_MAX);
        let served = until(&components, listener, async { drop(stopped.await) });
        let (ended, ()) = tokio::join!(timeout(wait, served), drive);
        ended.expect("it ends").unwrap();
    }
}

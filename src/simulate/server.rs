//! The PhysX gRPC service: the solver of this process, offered to others.
//!
//! It holds nothing that would be missed: inputs that were put are kept as long as there is room, members have no effect but
//! their result. What it takes on is bounded, what it refuses says when to come again, and what nobody waits for any more stops.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Server;
use tonic::{Request, Status};
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use super::local::LocalSimulator;
use super::tls::{Reloading, TlsError, TlsFiles, for_server};
use super::wire::DESCRIPTOR;
use super::wire::proto::phys_x_sim_server::{PhysXSimServer, SERVICE_NAME};
use crate::compute::ComputePool;
use admission::Admission;
use inputs::HeldInputs;
use service::{Arrived, Service};

mod admission;
mod answer;
mod ensemble;
mod incoming;
mod inputs;
mod metrics;
mod service;

pub use metrics::Metrics;

/// How often an idle connection is asked whether it stands, and how long the answer may take. Our choice.
const KEEP_ALIVE: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(5)];

/// Bytes that may be under way of one request, and of all on a connection: pieces of inputs have half a MiB. Our choice.
const WINDOW_BYTES: [u32; 2] = [4 << 20, 16 << 20];

/// Bytes of one frame that is taken: a piece of an input comes in one. How large those of answers are, the client says.
const FRAME_BYTES: u32 = 1 << 20;

/// Calls on one connection beside members: health, inputs, questions. Our choice.
const STREAMS_BESIDE: u32 = 64;

/// What an operator may set.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Members at the same time.
    pub threads: NonZeroUsize,
    /// Members that wait for a thread at most; more are refused.
    pub waiting_max: usize,
    /// Largest message, bytes.
    pub message_bytes_max: usize,
    /// Largest landscape, cells.
    pub landscape_cells_max: u64,
    /// Memory for inputs that were put, bytes.
    pub inputs_bytes_max: u64,
    /// Longest simulated time, s.
    pub horizon_s_max: u32,
    /// How long members under way may take after the server was told to stop.
    pub drain: Duration,
    /// Certificates; without them nothing is encrypted.
    pub tls: Option<TlsFiles>,
}

impl ServerOptions {
    /// With so many threads, and the rest as it usually is.
    pub fn with_threads(threads: NonZeroUsize) -> Self {
        Self {
            threads,
            waiting_max: 2 * threads.get(),
            message_bytes_max: 64 << 20,
            landscape_cells_max: 25_000_000,
            inputs_bytes_max: 2 << 30,
            horizon_s_max: 14 * 86_400,
            drain: Duration::from_secs(30),
            tls: None,
        }
    }
}

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// No threads.
    #[error("the compute threads did not start: {0}")]
    Threads(std::io::Error),
    /// No certificates.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Reflection cannot be offered.
    #[error("the descriptor cannot be offered: {0}")]
    Descriptor(#[from] tonic_reflection::server::Error),
    /// The transport failed.
    #[error("the gRPC door failed: {0}")]
    Transport(#[from] tonic::transport::Error),
}

/// A PhysX server.
#[derive(Debug)]
pub struct PhysXServer {
    service: Service,
    options: ServerOptions,
    tls: Option<Arc<Reloading<ServerConfig>>>,
    stopping: watch::Sender<bool>,
}

impl PhysXServer {
    /// Starts the threads and reads the certificates; nothing is answered yet.
    pub fn new(options: ServerOptions) -> Result<Self, ServerError> {
        let in_hand_max = options.threads.get() + options.waiting_max;
        let pool = ComputePool::start(options.threads, in_hand_max + 1).map_err(ServerError::Threads)?;
        let pool = Arc::new(pool);
        let metrics = Arc::new(Metrics::new(Arc::clone(&pool)));
        let stopping = watch::channel(false).0;
        let service = Service {
            local: Arc::new(LocalSimulator::new(pool)),
            admission: Admission::new(options.threads.get(), in_hand_max, Arc::clone(&metrics)),
            inputs: Arc::new(HeldInputs::new(&options, Arc::clone(&metrics))),
            metrics,
            options: options.clone(),
            instance: uuid::Uuid::new_v4().to_string(),
            stopping: stopping.subscribe(),
        };
        let tls = options.tls.clone().map(for_server).transpose()?.map(Arc::new);
        Ok(Self { service, options, tls, stopping })
    }

    /// Counts and times of what it does.
    pub fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.service.metrics)
    }

    /// Answers until `stop` is ready, then until what is under way has ended, or the time for that is over.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()>,
    ) -> Result<(), ServerError> {
        let Self { service, options, tls, stopping } = self;
        let (health, health_service) = tonic_health::server::health_reporter();
        set_health(&health, ServingStatus::Serving).await;
        let reflection = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(DESCRIPTOR)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        let streams = u32::try_from(options.threads.get() + options.waiting_max).unwrap_or(u32::MAX);
        let members = PhysXSimServer::new(service.clone())
            .max_decoding_message_size(options.message_bytes_max)
            .max_encoding_message_size(usize::MAX)
            .accept_compressed(tonic::codec::CompressionEncoding::Gzip)
            .send_compressed(tonic::codec::CompressionEncoding::Gzip);
        let router = Server::builder()
            .http2_keepalive_interval(Some(KEEP_ALIVE[0]))
            .http2_keepalive_timeout(Some(KEEP_ALIVE[1]))
            .initial_stream_window_size(WINDOW_BYTES[0])
            .initial_connection_window_size(WINDOW_BYTES[1])
            .max_frame_size(FRAME_BYTES)
            .max_concurrent_streams(streams.saturating_add(STREAMS_BESIDE))
            .add_service(InterceptedService::new(members, note_arrival))
            .add_service(health_service)
            .add_service(reflection().build_v1()?)
            .add_service(reflection().build_v1alpha()?);
        let mut hear = stopping.subscribe();
        let heard = async move {
            drop(hear.wait_for(|told| *told).await); // a sender that has left is a stop, too
        };
        let served = async {
            match tls {
                Some(tls) => {
                    let connections = incoming::encrypted(listener, tls);
                    router.serve_with_incoming_shutdown(connections, heard).await
                }
                None => router.serve_with_incoming_shutdown(incoming::plain(listener), heard).await,
            }
        };
        let stopped = async {
            stop.await;
            set_health(&health, ServingStatus::NotServing).await;
            stopping.send_replace(true);
            drained(&service.admission, options.drain).await;
        };
        tokio::select! {
            served = served => Ok(served?),
            // Whoever watches the health would hold its connection for ever.
            () = stopped => Ok(()),
        }
    }
}

/// When the call came, for deadlines that count from there.
fn note_arrival(mut request: Request<()>) -> Result<Request<()>, Status> {
    request.extensions_mut().insert(Arrived(Instant::now()));
    Ok(request)
}

async fn set_health(health: &HealthReporter, status: ServingStatus) {
    for service in ["", SERVICE_NAME] {
        health.set_service_status(service, status).await;
    }
}

/// Waits until nothing is in hand, and until what was answered last has gone out; no longer than `longest`.
async fn drained(admission: &Admission, longest: Duration) {
    /// How often it is looked, and for how long answers go out.
    const LOOK: Duration = Duration::from_millis(50);
    let until = Instant::now() + longest;
    // Whoever has not heard yet that no more are taken gets an answer, too.
    sleep(4 * LOOK).await;
    while admission.in_hand() > 0 && Instant::now() < until {
        sleep(LOOK).await;
    }
    match admission.in_hand() {
        0 => tracing::info!("stopped: nothing is under way"),
        left => tracing::warn!(left, waited_s = longest.as_secs(), "stopped with members under way"),
    }
    // Answers of the last members are on their way yet.
    sleep(20 * LOOK).await;
}

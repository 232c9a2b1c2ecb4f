//! Landscapes and weather series by their digests: put once, used by many members, forgotten when there is no room.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use firecore::landscape::Landscape;
use firecore::weather::WeatherSeries;
use lru::LruCache;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tonic::{Status, Streaming};

use super::super::lock;
use super::super::wire::read::{self, Unreadable};
use super::super::wire::{WireError, ground, hex, proto, weather};
use super::ServerOptions;
use super::answer::{invalid, refused};
use super::metrics::Metrics;

/// Inputs that are taken in at a time: each may be as large as a landscape gets.
const PUTS_MAX: usize = 2;

/// Longest wait for the next piece: our choice; whoever stalls holds up who comes next.
const PIECE_MAX: Duration = Duration::from_secs(10);

/// Bytes of a landscape's cell on the wire at most: elevation, two rises, fuel, four canopy layers.
const CELL_BYTES: u64 = 3 * 4 + 1 + 4 * 4;

/// Bytes of a landscape beside its cells, and of any weather series: our choice.
const BESIDE_BYTES: u64 = 64 << 20;

/// Bytes of an entry, and of a weather step, beside their cells: our estimate.
const ENTRY_BYTES: usize = 1_000;

/// A SHA-256.
pub(super) type Sha = [u8; 32];

#[derive(Debug)]
pub(super) struct HeldInputs {
    held: Mutex<Held>,
    puts: Semaphore,
    landscape_cells_max: u64,
    metrics: Arc<Metrics>,
}

#[derive(Debug)]
struct Held {
    inputs: LruCache<Sha, Input>,
    bytes: u64,
    bytes_max: u64,
}

#[derive(Clone, Debug)]
enum Input {
    Landscape(Arc<Landscape>),
    Weather(Arc<WeatherSeries>),
}

impl Input {
    /// Memory that it takes.
    fn bytes(&self) -> u64 {
        match self {
            Self::Landscape(landscape) => (landscape.memory_bytes() + ENTRY_BYTES) as u64,
            Self::Weather(weather) => {
                (weather.steps.len() * (weather.shape.len() * 56 + ENTRY_BYTES) + ENTRY_BYTES) as u64
            }
        }
    }
}

impl HeldInputs {
    pub(super) fn new(options: &ServerOptions, metrics: Arc<Metrics>) -> Self {
        let bytes_max = options.inputs_bytes_max;
        Self {
            held: Mutex::new(Held { inputs: LruCache::unbounded(), bytes: 0, bytes_max }),
            puts: Semaphore::new(PUTS_MAX),
            landscape_cells_max: options.landscape_cells_max,
            metrics,
        }
    }

    /// The landscape of a digest.
    pub(super) fn landscape(&self, sha: &Sha) -> Option<Arc<Landscape>> {
        match self.lock().inputs.get(sha) {
            Some(Input::Landscape(landscape)) => Some(Arc::clone(landscape)),
            _ => None,
        }
    }

    /// The weather of a digest.
    pub(super) fn weather(&self, sha: &Sha) -> Option<Arc<WeatherSeries>> {
        match self.lock().inputs.get(sha) {
            Some(Input::Weather(weather)) => Some(Arc::clone(weather)),
            _ => None,
        }
    }

    /// Takes an input in, piece by piece.
    pub(super) async fn put(
        &self,
        mut pieces: Streaming<proto::PutInputRequest>,
    ) -> Result<proto::PutInputResponse, Status> {
        let Some(first) = pieces.message().await? else {
            return Err(invalid(&WireError::new("kind", "a first piece", "none")));
        };
        let sha = digest("sha256", &first.sha256).map_err(|error| invalid(&error))?;
        let kind = first.kind();
        let answer = |known| proto::PutInputResponse { sha256: first.sha256.clone(), known };
        // Looked up as if it were used, so that it is not the next to be forgotten.
        let known = match kind {
            proto::InputKind::Landscape => self.landscape(&sha).is_some(),
            proto::InputKind::Weather => self.weather(&sha).is_some(),
            proto::InputKind::Unspecified => false,
        };
        if known {
            return Ok(answer(true));
        }
        let size_max = self.landscape_cells_max * CELL_BYTES + BESIDE_BYTES;
        if first.size_bytes > size_max {
            return Err(Status::out_of_range(format!(
                "field size_bytes: needed at most {size_max}, found {}",
                first.size_bytes
            )));
        }
        let _place =
            self.puts.acquire().await.map_err(|_| Status::unavailable("the server is being stopped"))?;
        let mut bytes = first.piece.to_vec();
        loop {
            let next = timeout(PIECE_MAX, pieces.message()).await;
            let next = next.map_err(|_| {
                Status::deadline_exceeded(format!("no piece within {} s", PIECE_MAX.as_secs()))
            })?;
            let Some(next) = next? else { break };
            bytes.extend_from_slice(&next.piece);
            if bytes.len() as u64 > first.size_bytes {
                break;
            }
        }
        if bytes.len() as u64 != first.size_bytes {
            let needed = format!("{} bytes, as the first piece says", first.size_bytes);
            return Err(invalid(&WireError::new("piece", needed, bytes.len())));
        }
        let cells_max = self.landscape_cells_max;
        let read = tokio::task::spawn_blocking(move || read(kind, &sha, &bytes, cells_max)).await;
        let input = read.map_err(|error| refused(&error.to_string()))?.map_err(|error| invalid(&error))?;
        self.keep(sha, input)?;
        self.metrics.inputs_put.inc();
        Ok(answer(false))
    }

    fn keep(&self, sha: Sha, input: Input) -> Result<(), Status> {
        let (mut held, bytes) = (self.lock(), input.bytes());
        if bytes > held.bytes_max {
            return Err(Status::out_of_range(format!(
                "the input takes {bytes} bytes of memory, this server holds {} in all",
                held.bytes_max
            )));
        }
        held.bytes += bytes;
        if let Some(before) = held.inputs.put(sha, input) {
            held.bytes -= before.bytes();
        }
        while held.bytes > held.bytes_max {
            let Some((_, oldest)) = held.inputs.pop_lru() else { break };
            held.bytes -= oldest.bytes();
        }
        self.metrics.inputs_bytes.set(i64::try_from(held.bytes).unwrap_or(i64::MAX));
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        lock(&self.held)
    }
}

/// A SHA-256's 32 bytes.
pub(super) fn digest(field: &str, bytes: &[u8]) -> Result<Sha, WireError> {
    bytes.try_into().map_err(|_| WireError::new(field, "32 bytes", bytes.len()))
}

fn read(kind: proto::InputKind, sha: &Sha, bytes: &[u8], cells_max: u64) -> Result<Input, WireError> {
    let found: Sha = Sha256::digest(bytes).into();
    if found != *sha {
        return Err(WireError::new(
            "sha256",
            format_args!("{}, the digest of the bytes", hex(&found)),
            hex(sha),
        ));
    }
    let no_message = |error: Unreadable| WireError::new("piece", "an encoded message", error);
    match kind {
        proto::InputKind::Landscape => {
            let message = read::message::<proto::Landscape>(bytes).map_err(no_message)?;
            Ok(Input::Landscape(Arc::new(ground::landscape_from_wire(&message, cells_max)?)))
        }
        proto::InputKind::Weather => {
            let message = read::message::<proto::WeatherSeries>(bytes).map_err(no_message)?;
            Ok(Input::Weather(Arc::new(weather::weather_from_wire(&message)?)))
        }
        proto::InputKind::Unspecified => Err(WireError::new("kind", "LANDSCAPE or WEATHER", "UNSPECIFIED")),
    }
}

//! Builds every implementation from Settings, in the order in which they need each other, and stops them.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use guira::components::Components;
//! use guira::engine::Submission;
//! use guira::settings::Settings;
//!
//! let components = Components::build(&Settings { demo: true, ..Settings::default() }).await?;
//! # let detections = Vec::new();
//! let receipt = components.engine.submit(Submission { detections, requested: None }).await?;
//! if let Some(view) = components.engine.settled(receipt.request_id).await? {
//!     for forecast in view.forecasts() {
//!         assert!(forecast.members_used > 0);
//!     }
//! }
//! components.stop().await;
//! # Ok(())
//! # }
//! ```

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use firecore::asset::{AssetIndex, HeatSources};
use firecore::cluster::{ClusterSettings, LinkSettings};
use firecore::ensemble::PerturbationSettings;
use firecore::perimeter::Tolerance;
use firecore::strategy::Method;

use crate::artifacts::Artifacts;
use crate::clock::Clock;
use crate::compute::ComputePool;
use crate::engine::assets::{AssetsWatch, LOOK_S};
use crate::engine::grids::GridRoom;
use crate::engine::{Engine, EngineParts, StartError, Submission};
use crate::http::HttpParts;
use crate::http::auth::{Keys, KeysError};
use crate::http::live::LiveClients;
use crate::inputs::assets::{AssetFiles, AssetsError, index_from_geojson, read_file};
use crate::inputs::demo::{self, DemoInputs};
use crate::inputs::{ConfiguredInputs, Inputs, InputsError};
use crate::settings::{
    EngineSettings, EnsembleSettings, HeatSourcesSettings, HttpSettings, LiveSettings, OutOfRange, Settings,
    StoreKind, StoreSettings,
};
use crate::simulate::Simulator;
use crate::simulate::local::LocalSimulator;
use crate::simulate::physx::{PhysXError, PhysXSimulator};
use crate::store::Store;
use crate::store::embedded::{EmbeddedStore, OpenError};
use crate::store::memory::MemoryStore;
use crate::webhooks::{Webhooks, WebhooksError};

/// Everything that runs.
#[expect(missing_debug_implementations, reason = "an engine is a tree of actors")]
pub struct Components {
    /// Where detections go and forecasts come from.
    pub engine: Arc<Engine>,
    /// Landscape and weather.
    pub inputs: Arc<dyn Inputs>,
    /// The forecasts' files.
    pub artifacts: Arc<Artifacts>,
    /// Threads that compute.
    pub pool: Arc<ComputePool>,
    /// Tells the time.
    pub clock: Clock,
    /// What is near a fire.
    pub assets: Arc<AssetIndex>,
    /// Who may do what over HTTP.
    pub keys: Keys,
    /// Where events are sent.
    pub webhooks: Arc<Webhooks>,
    http: HttpSettings,
    assets_watch: Option<AssetsWatch>,
}

/// Why the components cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum ComponentsError {
    /// A setting is outside its range.
    #[error(transparent)]
    Settings(#[from] OutOfRange),
    /// The store's file cannot be used.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The keys file cannot be used.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// Nothing can be written where results should go.
    #[error("data_dir {} cannot be written: {source}", folder.display())]
    DataDir {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// An assets file is not what is needed.
    #[error(transparent)]
    Assets(#[from] AssetsError),
    /// The file of heat sources is not what is needed.
    #[error("heat_sources.file: {0}")]
    HeatSources(AssetsError),
    /// A file that every landscape depends on cannot be used.
    #[error(transparent)]
    Inputs(#[from] InputsError),
    /// No threads.
    #[error("the compute threads did not start: {0}")]
    Threads(std::io::Error),
    /// No servers for members.
    #[error("[physx] {0}")]
    PhysX(#[from] PhysXError),
    /// No webhooks.
    #[error(transparent)]
    Webhooks(#[from] WebhooksError),
    /// No engine.
    #[error(transparent)]
    Engine(#[from] StartError),
}

/// The store that is set. The made-up world's fires are not kept among real ones.
fn store(settings: &Settings) -> Result<Arc<dyn Store>, OpenError> {
    let bounds = settings.store.clone();
    Ok(match bounds.kind {
        StoreKind::Embedded if !settings.demo => Arc::new(EmbeddedStore::open(&settings.data_dir.0, bounds)?),
        StoreKind::Embedded | StoreKind::Memory => Arc::new(MemoryStore::new(bounds)),
    })
}

impl Components {
    /// Builds and starts everything but the HTTP door, on the machine's clock.
    pub async fn build(settings: &Settings) -> Result<Self, ComponentsError> {
        Self::build_at(settings, Clock::system()).await
    }

    /// The same on a clock of the caller's choice.
    pub async fn build_at(settings: &Settings, clock: Clock) -> Result<Self, ComponentsError> {
        settings.check()?;
        writable(&settings.data_dir.0)?;
        let keys = settings.http.keys_file.as_deref().map_or(Ok(Keys::default()), Keys::read)?;
        let threads = threads(settings);
        let engine_settings = settings.engine.clone();
        // Every member of every run may wait, and each run's reduction: so the queue cannot fill up by itself.
        // The engine that measures the pace shares the pool.
        let queued = |engine: &EngineSettings| {
            let members_max = match engine.members_in_flight_max {
                0 => 2 * threads.get(),
                given => given,
            };
            (engine.runs_max + engine.surrogate_runs_max) * (members_max + 1)
        };
        let queued_max = queued(&engine_settings) + queued(&measuring_engine());
        let pool = Arc::new(ComputePool::start(threads, queued_max).map_err(ComponentsError::Threads)?);
        let (assets, asset_files) = assets(settings)?;
        let assets = Arc::new(assets);
        let inputs: Arc<dyn Inputs> = match settings.demo {
            true => Arc::new(DemoInputs::default()),
            false => {
                let inputs = ConfiguredInputs::new(settings.inputs.sources(&settings.data_dir.0)?);
                inputs.check()?;
                Arc::new(inputs)
            }
        };
        let artifacts = Arc::new(Artifacts::new(settings.data_dir.0.join("forecasts")));
        let local = LocalSimulator::new(Arc::clone(&pool));
        let simulator: Arc<dyn Simulator> = match settings.physx.options()? {
            Some(options) => Arc::new(PhysXSimulator::start(options, local)?),
            None => Arc::new(local),
        };
        let engine = Engine::start(EngineParts {
            simulator,
            inputs: Arc::clone(&inputs),
            store: store(settings)?,
            pool: Arc::clone(&pool),
            artifacts: Some(Arc::clone(&artifacts)),
            assets: Arc::clone(&assets),
            clock: clock.clone(),
            heat_sources: Arc::new(heat_sources(settings)?),
            clusters: Arc::new(settings.clusters()?),
            links: settings.forecast.links()?,
            perturbation: settings.forecast.perturbation(),
            perimeter_tolerance: settings.forecast.perimeter_tolerance(),
            ensemble: settings.ensemble,
            settings: engine_settings,
            live: settings.live.clone(),
            grids: GridRoom {
                folder: Some(settings.data_dir.0.join("grids")),
                bytes_max: settings.store.grids_mb_max << 20,
            },
        })
        .await?;
        let (engine, http) = (Arc::new(engine), settings.http.clone());
        let assets_watch = asset_files.map(|files| {
            let every = Duration::from_secs(LOOK_S);
            AssetsWatch::start(files, assets.assets(), Arc::clone(&engine), every)
        });
        let webhooks = Arc::new(Webhooks::start(&settings.webhook, engine.live(), &clock)?);
        Ok(Self { engine, inputs, artifacts, pool, clock, assets, keys, webhooks, http, assets_watch })
    }

    /// Measures one forecast of each method on the built-in world, so that the first estimate rests on a measurement too.
    ///
    /// A second of work on the machine's own threads, on an engine of its own that writes no files; may be dropped.
    pub async fn measure_pace(&self) -> Result<(), ComponentsError> {
        let engine = Engine::start(EngineParts {
            simulator: Arc::new(LocalSimulator::new(Arc::clone(&self.pool))),
            inputs: Arc::new(DemoInputs::default()),
            store: Arc::new(MemoryStore::new(StoreSettings::default())),
            pool: Arc::clone(&self.pool),
            artifacts: None,
            assets: Arc::new(index_from_geojson("the demonstration world", &demo::assets_geojson())?),
            heat_sources: Arc::default(),
            clock: self.clock.clone(),
            clusters: Arc::new(ClusterSettings::default().with_surrogate_first(false)),
            links: LinkSettings::default(),
            perturbation: PerturbationSettings::default(),
            perimeter_tolerance: Tolerance::default(),
            ensemble: EnsembleSettings { provisional_after: 0, ..EnsembleSettings::default() },
            settings: measuring_engine(),
            live: LiveSettings { events_max: 1, ..LiveSettings::default() },
            grids: GridRoom::default(),
        })
        .await?;
        let submission = Submission { detections: demo::detections(self.clock.now()), requested: None };
        if let Ok(receipt) = engine.submit(submission).await {
            let settled = engine.settled(receipt.request_id).await;
            tracing::debug!(known = settled.is_ok(), "the pace was measured");
        }
        for method in [Method::PhysX, Method::Surrogate] {
            if let Some(seconds) = engine.pace_s(method) {
                self.engine.expect_pace(method, seconds);
            }
        }
        engine.stop().await;
        Ok(())
    }

    /// What the HTTP door needs.
    pub fn http_parts(&self) -> Arc<HttpParts> {
        Arc::new(HttpParts {
            engine: Arc::clone(&self.engine),
            inputs: Arc::clone(&self.inputs),
            pool: Arc::clone(&self.pool),
            keys: self.keys.clone(),
            clock: self.clock.clone(),
            live: LiveClients::new(self.http.live_clients_max),
            webhooks: Arc::clone(&self.webhooks),
            settings: self.http.clone(),
        })
    }

    /// Stops the engine; runs under way are cancelled.
    pub async fn stop(&self) {
        if let Some(watch) = &self.assets_watch {
            watch.stop().await;
        }
        self.webhooks.stop().await;
        self.engine.stop().await;
    }
}

/// The engine that measures the pace runs no more members at a time than two cores can.
fn measuring_engine() -> EngineSettings {
    EngineSettings { members_in_flight_max: 2, ..EngineSettings::default() }
}

/// What gives heat and is no wildfire, from its file.
///
/// **Errors** name the setting and the file.
pub fn heat_sources(settings: &Settings) -> Result<HeatSources, ComponentsError> {
    let HeatSourcesSettings { file, radius_m, .. } = &settings.heat_sources;
    let Some(file) = file else { return Ok(HeatSources::default()) };
    let sources = read_file(file).map_err(ComponentsError::HeatSources)?;
    HeatSources::new(sources, *radius_m).map_err(|error| ComponentsError::HeatSources(error.into()))
}

/// Refuses a folder that cannot be written, before detections are taken.
fn writable(folder: &Path) -> Result<(), ComponentsError> {
    let probe = folder.join(".writable");
    let tried = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&probe, []));
    tried
        .and_then(|()| std::fs::remove_file(&probe))
        .map_err(|source| ComponentsError::DataDir { folder: folder.to_owned(), source })
}

fn threads(settings: &Settings) -> NonZeroUsize {
    let cores = || available_parallelism().unwrap_or(NonZeroUsize::MIN);
    NonZeroUsize::new(settings.compute.threads).unwrap_or_else(cores)
}

/// The first list, and the files that it comes from.
fn assets(settings: &Settings) -> Result<(AssetIndex, Option<AssetFiles>), ComponentsError> {
    let inputs = &settings.inputs;
    if inputs.assets.is_empty() {
        let index = match settings.demo {
            true => index_from_geojson("the demonstration world", &demo::assets_geojson())?,
            false => AssetIndex::default(),
        };
        return Ok((index, None));
    }
    let mut files = AssetFiles::new(&inputs.assets, &inputs.clearance_min);
    let assets = files.read()?;
    Ok((AssetIndex::new(assets).map_err(AssetsError::Index)?, Some(files)))
}

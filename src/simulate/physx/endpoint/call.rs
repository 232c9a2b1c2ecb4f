//! One member's call: inputs first where the server lacks them, then the simulation, then whether what came is a fire.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use firecore::ignition::Perturbation;
use firecore::spread::ArrivalTimes;
use tokio::time::{Instant, timeout};
use tonic::metadata::MetadataValue;
use tonic::transport::Channel;
use tonic::{Request, Status};

use super::super::super::wire::proto;
use super::super::super::wire::proto::phys_x_sim_client::PhysXSimClient;
use super::super::super::wire::tile;
use super::super::super::{MemberRequest, Scenario, SimulateError, Simulated};
use super::super::blob::{Blob, Prepared};
use super::super::check;
use super::super::failure::Failure;
use super::super::trace::Trace;
use super::{About, Endpoint, Lease};

/// Longest time to put an input: our choice, 700 MB over a gigabit line ten times over.
const PUT_MAX: Duration = Duration::from_secs(60);

/// How long before the run's deadline an answer may be that it has passed: our choice, servers answer some ms ahead.
const LATE: Duration = Duration::from_millis(50);

/// Digests that are remembered of one server: some days' forecasts. Beyond it all are sent again.
const KNOWN_MAX: usize = 10_000;

/// Cells of a window that is unpacked and checked at once; larger ones on a thread of their own: some 1.5 ms of work.
const UNPACKED_CELLS_MAX: u64 = 500_000;

/// Largest message that is taken: results of far more cells than any landscape has.
const MESSAGE_BYTES_MAX: usize = 1 << 30;

impl Lease {
    /// Sends what the member needs, where the server does not hold it.
    pub(in crate::simulate::physx) async fn prepare(&mut self, prepared: &Prepared) -> Result<(), Failure> {
        let outcome = self.endpoint.put_all(prepared, false).await;
        if let Err(failure) = &outcome {
            self.judge(failure);
        }
        outcome
    }

    /// Runs the member there.
    pub(in crate::simulate::physx) async fn run(
        mut self,
        prepared: Arc<Prepared>,
        request: MemberRequest,
        trace: Trace,
    ) -> Result<Simulated, Failure> {
        let endpoint = Arc::clone(&self.endpoint);
        let outcome = endpoint.call(&prepared, &request, &trace).await;
        let now = Instant::now();
        // The call's own deadline is the run's: that it has passed is no fault of the server.
        let is_late = request.scenario.deadline.is_some_and(|deadline| now + LATE >= deadline);
        let outcome = match outcome {
            Err(Failure::Failed { reason, .. }) if is_late => {
                Err(Failure::Final(SimulateError::TooLate { reason }))
            }
            outcome => outcome,
        };
        match &outcome {
            Ok(_) => {
                endpoint.members_done.fetch_add(1, Ordering::Relaxed);
                endpoint.lock().breaker.succeeded();
                self.judged = true;
            }
            Err(failure) => self.judge(failure),
        }
        outcome
    }

    /// Books what a failure says of the server.
    fn judge(&mut self, failure: &Failure) {
        let endpoint = &self.endpoint;
        match failure {
            // None of these says anything of it.
            Failure::Busy { .. } | Failure::Refused { .. } | Failure::Final(_) => {
                endpoint.lock().breaker.given_up();
            }
            Failure::Failed { unusable, .. } => {
                endpoint.failures.fetch_add(1, Ordering::Relaxed);
                endpoint.unusable.fetch_add(u64::from(*unusable), Ordering::Relaxed);
                endpoint.lock().breaker.failed(Instant::now());
            }
        }
        self.judged = true;
    }

    /// The member takes so long that the server must be stuck.
    pub(in crate::simulate::physx) fn stuck(endpoint: &Endpoint) {
        endpoint.failures.fetch_add(1, Ordering::Relaxed);
        endpoint.lock().breaker.failed(Instant::now());
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.endpoint.in_flight.fetch_sub(1, Ordering::Relaxed);
        if !self.judged {
            self.endpoint.lock().breaker.given_up();
        }
        self.endpoint.changed.notify_waiters();
    }
}

/// A result that is a fire; else what is wrong with it, in words.
fn used(
    result: &proto::MemberResult,
    scenario: &Scenario,
    draws: &Perturbation,
) -> Result<ArrivalTimes, String> {
    let arrival = tile::result_from_wire(result, &scenario.landscape).map_err(|error| error.to_string())?;
    let burned_cells = result.statistics.unwrap_or_default().burned_cells;
    match check::fault(&arrival, burned_cells, scenario, draws) {
        None => Ok(arrival),
        Some(fault) => Err(fault),
    }
}

impl Endpoint {
    async fn call(
        &self,
        prepared: &Prepared,
        request: &MemberRequest,
        trace: &Trace,
    ) -> Result<Simulated, Failure> {
        let about = self.about();
        self.put_all(prepared, false).await?;
        let mut answer = self.simulate(prepared, request, trace, &about).await;
        // It has forgotten them: it was started anew, or others sent it more than it keeps.
        if let Err(status) = &answer
            && Failure::lacks_inputs(status)
        {
            self.put_all(prepared, true).await?;
            answer = self.simulate(prepared, request, trace, &about).await;
        }
        let answer = answer.map_err(|status| Failure::of(&self.url, &status))?;
        let mut result = answer.result.ok_or_else(|| self.unusable("an answer without a result"))?;
        if result.member != request.member.index.0 {
            let found = format!("needed member {}, found member {}", request.member.index.0, result.member);
            return Err(self.unusable(&found));
        }
        let (scenario, draws) = (Arc::clone(&request.scenario), request.member.perturbation.clone());
        let statistics = result.statistics.unwrap_or_default();
        self.note_others(statistics.members_in_hand as usize);
        let took = Duration::try_from_secs_f64(statistics.computed_ms / 1e3).unwrap_or_default();
        if let Some(arrival) = result.arrival.as_mut().filter(|_| !about.intensities)
            && arrival.fireline_intensity_kw_m_f32.is_empty()
        {
            arrival.fireline_intensity_kw_m_f32 = vec![0; arrival.arrival_s_f32.len()].into();
        }
        let cells = result.arrival.as_ref().map_or(0, |tile| u64::from(tile.rows) * u64::from(tile.cols));
        let used = move || used(&result, &scenario, &draws);
        // A large one would hold up whoever else has this thread of the runtime.
        let used = match cells > UNPACKED_CELLS_MAX {
            true => tokio::task::spawn_blocking(used).await.unwrap_or_else(|error| Err(error.to_string())),
            false => used(),
        };
        let arrival = used.map_err(|fault| self.unusable(&fault))?;
        Ok(Simulated { arrival, origin: Arc::clone(&about.origin), took })
    }

    async fn simulate(
        &self,
        prepared: &Prepared,
        request: &MemberRequest,
        trace: &Trace,
        about: &About,
    ) -> Result<proto::RunSimulationResponse, Status> {
        let left = request.scenario.deadline.map(|deadline| deadline - Instant::now());
        let left_ms = left.map_or(0, |left| u32::try_from(left.as_millis().max(1)).unwrap_or(u32::MAX));
        let member = &request.member;
        let sent =
            prepared.request(&request.scenario, member.index.0, &member.perturbation, about.discs, left_ms);
        let mut sent = Request::new(sent);
        if let Some(left) = left {
            sent.set_timeout(left);
        }
        if let Ok(value) = MetadataValue::try_from(trace.parent()) {
            sent.metadata_mut().insert("traceparent", value);
        }
        self.client().run_simulation(sent).await.map(tonic::Response::into_inner)
    }

    async fn put_all(&self, prepared: &Prepared, again: bool) -> Result<(), Failure> {
        self.put(&prepared.landscape, again).await?;
        self.put(&prepared.weather, again).await
    }

    /// Sends an input where it was not sent yet, or anew.
    async fn put(&self, blob: &Blob, again: bool) -> Result<(), Failure> {
        if !again && self.lock().known.contains(&blob.sha256) {
            return Ok(());
        }
        let _one_at_a_time = self.putting.lock().await;
        if !again && self.lock().known.contains(&blob.sha256) {
            return Ok(());
        }
        let pieces = futures_util::stream::iter(blob.pieces());
        let put = self.client();
        let answer = timeout(PUT_MAX, async move { { put }.put_input(pieces).await });
        match answer.await {
            Ok(Ok(_)) => {
                let mut state = self.lock();
                if state.known.len() >= KNOWN_MAX {
                    state.known.clear();
                }
                state.known.insert(blob.sha256);
                Ok(())
            }
            Ok(Err(status)) => Err(Failure::of(&self.url, &status)),
            Err(_) => Err(Failure::failed(
                &self.url,
                format!("an input was not taken within {} s", PUT_MAX.as_secs()),
            )),
        }
    }

    fn client(&self) -> PhysXSimClient<Channel> {
        use tonic::codec::CompressionEncoding::Gzip;
        let client = PhysXSimClient::new(self.channel())
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
        if self.gzip { client.send_compressed(Gzip).accept_compressed(Gzip) } else { client }
    }

    fn note_others(&self, in_hand: usize) {
        let own = self.in_flight.load(Ordering::Relaxed);
        self.lock().others = Some((in_hand.saturating_sub(own), Instant::now()));
    }

    fn unusable(&self, fault: &str) -> Failure {
        Failure::Failed {
            reason: format!("{}: a result that cannot be used: {fault}", self.url),
            unusable: true,
            cut_off: false,
        }
    }
}

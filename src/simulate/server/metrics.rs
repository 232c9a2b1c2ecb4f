//! What the server counts, in the text format of Prometheus.

use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::compute::ComputePool;

/// Counts and times of one server.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    pub(super) members: Family<Outcome, Counter>,
    pub(super) in_hand: Gauge,
    pub(super) member_s: Histogram,
    pub(super) result_bytes: Counter,
    pub(super) inputs_put: Counter,
    pub(super) inputs_bytes: Gauge,
    busy: Gauge,
    pool: Arc<ComputePool>,
}

/// What came of a member.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Outcome {
    outcome: &'static str,
}

impl Outcome {
    pub(super) const fn of(outcome: &'static str) -> Self {
        Self { outcome }
    }
}

impl Metrics {
    pub(super) fn new(pool: Arc<ComputePool>) -> Self {
        let mut registry = Registry::with_prefix("guira_physx");
        // From a millisecond to half an hour.
        let member_s = Histogram::new(exponential_buckets(0.001, 2.0, 21));
        let (members, in_hand, inputs_bytes) = (Family::default(), Gauge::default(), Gauge::default());
        let (result_bytes, inputs_put) = (Counter::default(), Counter::default());
        let width = Gauge::<i64>::default();
        width.set(i64::try_from(pool.load().threads).unwrap_or(i64::MAX));
        let busy = Gauge::<i64>::default();
        registry.register("threads_busy", "Threads that compute now", busy.clone());
        registry.register("members", "Members by what came of them", members.clone());
        registry.register("members_in_hand", "Members that run or wait for a thread", in_hand.clone());
        registry.register("threads", "Members that run at the same time", width);
        registry.register_with_unit(
            "member",
            "Time of a member on its thread",
            Unit::Seconds,
            member_s.clone(),
        );
        registry.register_with_unit(
            "results",
            "Arrival times and intensities sent",
            Unit::Bytes,
            result_bytes.clone(),
        );
        registry.register("inputs_put", "Landscapes and weather series taken", inputs_put.clone());
        registry.register_with_unit("inputs", "Memory of inputs held", Unit::Bytes, inputs_bytes.clone());
        Self { registry, members, in_hand, member_s, result_bytes, inputs_put, inputs_bytes, busy, pool }
    }

    /// All of them, as Prometheus reads them.
    pub fn render(&self) -> String {
        self.busy.set(i64::try_from(self.pool.load().running).unwrap_or(i64::MAX));
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing to a string does not fail");
        text
    }
}

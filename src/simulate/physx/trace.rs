//! The trace context that goes with a call, so that lines in a server's log can be laid beside those here.
//!
//! Source: W3C Trace Context, version 00.

use uuid::Uuid;

use super::super::Scenario;

/// One call's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trace {
    trace_id: u128,
    span_id: u64,
}

impl Trace {
    /// Of a further call for a run: all calls for one forecast have the same trace.
    pub(super) fn of(scenario: &Scenario) -> Self {
        let run = Uuid::new_v5(&scenario.cluster_id.0, &scenario.version.to_be_bytes());
        // Neither may be zero.
        Self { trace_id: run.as_u128() | 1, span_id: (Uuid::new_v4().as_u128() >> 64) as u64 | 1 }
    }

    /// The header `traceparent`.
    pub(super) fn parent(self) -> String {
        format!("00-{:032x}-{:016x}-01", self.trace_id, self.span_id)
    }
}

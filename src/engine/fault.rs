//! Faults on purpose: for tests and drills of the failure table. Nothing here is reachable from outside the process.

use std::sync::Arc;

use firecore::detection::Detection;
use ractor::ActorCell;

use super::cluster::ClusterMsg;
use super::member::MemberMsg;
use super::{Engine, EngineParts, StartError};

/// Called by a fire's actor with each record before it is taken in; it may panic.
pub type OnRecord = Arc<dyn Fn(&Detection) + Send + Sync>;

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victim {
    /// Every fire's actor.
    Clusters,
    /// Every forecast run.
    Aggregators,
    /// Every member of every run.
    Members,
    /// The supervisor itself.
    Supervisor,
}

impl Engine {
    /// An engine whose fires call `on_record`.
    pub async fn start_with_fault(parts: EngineParts, on_record: OnRecord) -> Result<Self, StartError> {
        Self::start_with(parts, Some(on_record)).await
    }

    /// Kills actors as if they had crashed, and gives their number.
    pub fn kill(&self, victim: Victim) -> usize {
        let is_fire = |actor: &ActorCell| actor.is_message_type_of::<ClusterMsg>() == Some(true);
        let clusters: Vec<ActorCell> = self.supervisor.get_children().into_iter().filter(is_fire).collect();
        let victims = match victim {
            Victim::Clusters => clusters,
            Victim::Aggregators => below(&clusters),
            Victim::Members => below(&below(&clusters))
                .into_iter()
                .filter(|actor| actor.is_message_type_of::<MemberMsg>() == Some(true))
                .collect(),
            Victim::Supervisor => vec![self.supervisor.get_cell()],
        };
        victims.iter().for_each(ActorCell::kill);
        victims.len()
    }
}

fn below(actors: &[ActorCell]) -> Vec<ActorCell> {
    actors.iter().flat_map(|actor| actor.get_children()).collect()
}

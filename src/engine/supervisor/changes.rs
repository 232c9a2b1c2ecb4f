//! What changed beside the detections, and which fires it touches: only those decide anew.

use std::sync::Arc;

use firecore::asset::NearestAsset;
use firecore::detection::ClusterId;
use ractor::{ActorProcessingErr, ActorRef};

use super::{SupervisorMsg, SupervisorState, within};
use crate::engine::assets::AssetDelta;
use crate::engine::board::ClusterSnapshot;
use crate::engine::cluster::ClusterMsg;
use crate::engine::{Parts, errand};
use crate::inputs::InputNews;

impl SupervisorState {
    /// A fire that is being restarted reads the list when it is rebuilt.
    pub(super) async fn assets_changed(
        &mut self,
        myself: &ActorRef<SupervisorMsg>,
        delta: &AssetDelta,
    ) -> Result<(), ActorProcessingErr> {
        let far_m = self.parts.clusters.thresholds().far_m();
        let touched = |id: &ClusterId| delta.touches(self.parts.board.get(*id).as_deref(), far_m);
        let mut asleep = Vec::new();
        for (id, fire) in self.fires.iter().filter(|(id, _)| touched(id)) {
            match &fire.actor {
                Some(actor) => drop(actor.cast(ClusterMsg::AssetsChanged)),
                None if fire.restart_awaited => {}
                None => asleep.push(*id),
            }
        }
        if asleep.is_empty() {
            return Ok(());
        }
        let (me, parts) = (myself.clone(), Arc::clone(&self.parts));
        errand::send(myself.get_cell(), async move {
            let nearest = nearest_of(&parts, asleep).await;
            drop(me.cast(SupervisorMsg::NearestOfSleepers(nearest)));
        })
        .await?;
        Ok(())
    }

    /// One that has woken up meanwhile has looked by itself.
    pub(super) fn nearest_of_sleepers(
        &mut self,
        nearest: Vec<(ClusterId, Option<NearestAsset>)>,
    ) -> Result<(), ActorProcessingErr> {
        for (id, nearest) in nearest {
            if self.fires.get(&id).is_some_and(|fire| fire.actor.is_none() && !fire.restart_awaited) {
                self.parts.board.amend(id, |fire| fire.nearest = nearest);
            }
        }
        Ok(())
    }

    pub(super) fn inputs_changed(&mut self, news: &[InputNews]) -> Result<(), ActorProcessingErr> {
        for one in news {
            let mut touched = 0;
            for (id, fire) in &self.fires {
                if let Some(actor) = &fire.actor
                    && self.parts.board.get(*id).is_some_and(|snapshot| touches(one, &snapshot))
                {
                    touched += 1;
                    drop(actor.cast(ClusterMsg::InputsChanged { why: one.what.clone() }));
                }
            }
            tracing::info!(what = one.what, touched, "the inputs changed");
        }
        Ok(())
    }
}

/// The asset nearest to each of some fires that have no actor to look; one whose detections cannot be read keeps what is shown.
async fn nearest_of(parts: &Parts, fires: Vec<ClusterId>) -> Vec<(ClusterId, Option<NearestAsset>)> {
    let mut found = Vec::with_capacity(fires.len());
    for id in fires {
        match within(parts.store.records(id)).await {
            Ok(records) => {
                let places = records.iter().map(|record| record.detection.position());
                found.push((id, parts.assets.current().index.nearest_to_any(places)));
            }
            Err(error) => {
                tracing::warn!(cluster = %id, %error, "the nearest asset of a sleeping fire is not known")
            }
        }
    }
    found
}

/// Whether a fire's newest plan is of ground and time that the news are about.
fn touches(news: &InputNews, fire: &ClusterSnapshot) -> bool {
    fire.plan
        .as_ref()
        .is_some_and(|plan| news.touches(&plan.seed.area(), plan.seed.seeded_at, plan.horizon_s()))
}

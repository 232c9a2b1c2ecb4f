//! What changed beside the detections, and which fires it touches: only those decide anew.

use ractor::ActorProcessingErr;

use super::SupervisorState;
use crate::engine::assets::AssetDelta;
use crate::engine::board::ClusterSnapshot;
use crate::engine::cluster::ClusterMsg;
use crate::inputs::InputNews;

impl SupervisorState {
    /// A fire that is being restarted reads the list when it is rebuilt.
    pub(super) fn assets_changed(&mut self, delta: &AssetDelta) -> Result<(), ActorProcessingErr> {
        let far_m = self.parts.clusters.thresholds().far_m();
        for (id, fire) in &self.fires {
            if let Some(actor) = &fire.actor
                && delta.touches(self.parts.board.get(*id).as_deref(), far_m)
            {
                drop(actor.cast(ClusterMsg::AssetsChanged));
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

/// Whether a fire's newest plan is of ground and time that the news are about.
fn touches(news: &InputNews, fire: &ClusterSnapshot) -> bool {
    fire.plan
        .as_ref()
        .is_some_and(|plan| news.touches(&plan.seed.area(), plan.seed.seeded_at, plan.horizon_s()))
}

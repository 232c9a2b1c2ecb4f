//! The fire and what it does not own: the list of assets and the inputs, and what follows when they change.

use firecore::asset::NearestAsset;
use firecore::cluster::Input;
use firecore::detection::Detection;
use firecore::geo::LonLat;
use ractor::{ActorProcessingErr, ActorRef};

use super::{ClusterActorState, ClusterMsg};

impl ClusterActorState {
    /// The asset nearest to any of some places, by the list as it is now.
    pub(super) fn nearest_to(&mut self, places: impl Iterator<Item = LonLat>) -> Option<NearestAsset> {
        let assets = self.parts.assets.current();
        self.assets_version = assets.version;
        assets.index.nearest_to_any(places)
    }

    pub(super) async fn assets_changed(
        &mut self,
        myself: &ActorRef<ClusterMsg>,
    ) -> Result<(), ActorProcessingErr> {
        let places: Vec<LonLat> = self.cluster.detections().map(Detection::position).collect();
        let nearest = self.nearest_to(places.into_iter());
        let effects = self.cluster.step(Input::AssetsChanged { nearest }, self.parts.clock.now());
        self.cover_after(&effects);
        self.perform(myself, effects).await
    }

    pub(super) async fn inputs_changed(
        &mut self,
        myself: &ActorRef<ClusterMsg>,
        why: String,
    ) -> Result<(), ActorProcessingErr> {
        let effects = self.cluster.step(Input::Reevaluate { why }, self.parts.clock.now());
        self.cover_after(&effects);
        self.publish();
        self.perform(myself, effects).await
    }

    /// After publishing. The supervisor compares a change with what is shown; one that came between this fire's look at the
    /// list and what it showed then was compared with what it showed before, so it looks again.
    pub(super) fn heed_assets(&self, myself: &ActorRef<ClusterMsg>) {
        if self.parts.assets.current().version != self.assets_version {
            drop(myself.cast(ClusterMsg::AssetsChanged));
        }
    }
}

//! Crown fire by cell: the canopy's layers brought to a [`CrownModel`].

use crate::landscape::{Landscape, Trees};
use crate::moisture::FuelMoisture;
use crate::spread::Physics;
use crate::spread::crown::{CanopyFuel, CrownFire, CrownModel, MoistCrownModel};
use crate::spread::rothermel::{MoistBed, SurfaceSpread};

/// How a landscape's trees burn.
pub(super) struct Crowns {
    model: CrownModel,
    foliar_moisture: f64,
    /// The model at the moisture of one weather step, where the weather is the same everywhere.
    moist: Option<(usize, MoistCrownModel)>,
}

/// A surface fire and what it depends on.
pub(super) struct Under<'a> {
    pub(super) bed: &'a MoistBed,
    pub(super) surface: SurfaceSpread,
    pub(super) rise: [f64; 2],
    pub(super) wind_10m: [f64; 2],
    pub(super) midflame_per_10m: f64,
}

impl Crowns {
    /// `None` where the physics or the landscape knows no crowns.
    pub(super) fn new(physics: &Physics, landscape: &Landscape) -> Option<Self> {
        let method = physics.crown_fire.filter(|_| landscape.canopy.is_some())?;
        Some(Self { model: CrownModel::new(method), foliar_moisture: physics.foliar_moisture, moist: None })
    }

    /// The canopy of a cell, where there is one.
    pub(super) fn canopy(&self, landscape: &Landscape, cell: usize) -> Option<CanopyFuel> {
        let Trees { base_height_m, bulk_density_kg_m3, height_m, .. } =
            landscape.canopy.as_ref()?.trees(cell);
        let foliar_moisture = self.foliar_moisture;
        let canopy = CanopyFuel { base_height_m, bulk_density_kg_m3, height_m, foliar_moisture };
        canopy.is_present().then_some(canopy)
    }

    /// The model at a cell's moisture in a weather step; `keeps` says that the step has one moisture everywhere.
    pub(super) fn moist(&mut self, step: usize, keeps: bool, moisture: &FuelMoisture) -> MoistCrownModel {
        if let Some((_, moist)) = self.moist.filter(|(kept, _)| *kept == step) {
            return moist;
        }
        let moist = self.model.moistened(moisture);
        self.moist = keeps.then_some((step, moist));
        moist
    }
}

/// The fire that a surface fire becomes under a canopy.
pub(super) fn fire(crowns: &MoistCrownModel, canopy: &CanopyFuel, under: &Under<'_>) -> CrownFire {
    let [east, north] = under.wind_10m;
    let wind_10m_m_s = east.hypot(north);
    // Another wind of the same direction; in still air there is none, and upslope is as good as any.
    let surface_at = |other_m_s: f64| {
        let scale = if wind_10m_m_s > 0.0 { under.midflame_per_10m / wind_10m_m_s } else { 0.0 };
        under.bed.spread([other_m_s * scale * east, other_m_s * scale * north], under.rise)
    };
    crowns.fire(&under.surface, canopy, wind_10m_m_s, surface_at)
}

//! What changed between two forecasts of a fire.
//!
//! ```
//! # fn example(before: &firecore::forecast::Forecast, after: &firecore::forecast::Forecast) {
//! use firecore::forecast::diff::diff;
//! let change = diff(before, after, "3 detections came after it");
//! for asset in &change.assets {
//!     println!("{}: {:?}", asset.id, asset.change);
//! }
//! # }
//! ```

use jiff::Timestamp;

use super::impact::{AssetImpact, instant};
use super::{Forecast, PERCENTILES};
use crate::detection::ClusterId;
use crate::ensemble::reduce::ArrivalPercentiles;
use crate::strategy::Method;
use crate::units::M2_PER_HA;

/// From this probability of being reached within the horizon on an asset counts as threatened: one member in ten, which is
/// the ground of p90. Our choice.
pub const THREATENED_PROBABILITY: f64 = 0.1;

/// An arrival that moved by no more than this is not told, s: half an hour, half of the shortest lead time. Our choice.
pub const ARRIVAL_MOVED_S: f64 = 1_800.0;

/// Ground that changed less than this is not told, ha: far below a cell of 30 m (0.09 ha), above rounding.
const GROUND_HA_MIN: f64 = 1e-6;

/// What a later forecast says that an earlier one did not.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecastDiff {
    /// The fire.
    pub cluster_id: ClusterId,
    /// Version of the earlier forecast.
    pub from_version: u64,
    /// Version of the later one.
    pub to_version: u64,
    /// Why the fire was forecast anew, in words.
    pub why: String,
    /// The method before and after, where it is another one.
    pub method: Option<(Method, Method)>,
    /// The seed's time before and after, where it is another one.
    pub seeded_at: Option<(Timestamp, Timestamp)>,
    /// Areas by lead time and percentile: those of the later forecast in its order.
    pub areas: Vec<AreaChange>,
    /// Ground by valid time and percentile; empty where it cannot be compared.
    pub ground: Vec<GroundChange>,
    /// Why the ground cannot be compared, where it cannot, or only to within a cell.
    pub ground_note: Option<String>,
    /// Assets whose threat changed, the most urgent first; those that are no longer threatened last.
    pub assets: Vec<AssetChange>,
}

/// Areas at the same lead time, which is another instant where the seed's time changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AreaChange {
    /// 10, 50 or 90.
    pub percentile: u8,
    /// Seconds after each forecast's seed.
    pub lead_time_s: u32,
    /// Area before, ha; `None` where the earlier forecast has no such lead time.
    pub before_ha: Option<f64>,
    /// Area after, ha.
    pub after_ha: f64,
}

/// Ground that burns by one instant in one of two forecasts alone, in whole cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroundChange {
    /// 10, 50 or 90.
    pub percentile: u8,
    /// The instant: one of the later forecast's lead times.
    pub valid_at: Timestamp,
    /// The same in seconds after the later forecast's seed.
    pub lead_time_s: u32,
    /// In the later forecast alone, ha.
    pub grew_ha: f64,
    /// In the earlier forecast alone, ha.
    pub shrank_ha: f64,
}

/// An asset whose threat changed.
#[derive(Clone, Debug, PartialEq)]
pub struct AssetChange {
    /// The asset's id.
    pub id: String,
    /// What it is.
    pub kind: Option<String>,
    /// What people call it.
    pub name: Option<String>,
    /// What changed.
    pub change: ThreatChange,
    /// Probability of being reached within the horizon before; 0 where it lay outside of all members' windows.
    pub probability_before: f64,
    /// The same after.
    pub probability_after: f64,
    /// When half of the members reach it, by the earlier forecast.
    pub p50_before: Option<Timestamp>,
    /// The same by the later one.
    pub p50_after: Option<Timestamp>,
}

/// How a threat changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ThreatChange {
    /// Its probability rose from below [`THREATENED_PROBABILITY`] to it or more.
    NewlyThreatened,
    /// Its probability fell below [`THREATENED_PROBABILITY`].
    NoLongerThreatened,
    /// It is reached sooner, by more than [`ARRIVAL_MOVED_S`].
    Sooner {
        /// By how much, s.
        by_s: f64,
    },
    /// It is reached later, by more than [`ARRIVAL_MOVED_S`].
    Later {
        /// By how much, s.
        by_s: f64,
    },
}

impl ForecastDiff {
    /// True where nothing changed but the version and the reason.
    pub fn is_empty(&self) -> bool {
        let same_area = |area: &AreaChange| area.before_ha == Some(area.after_ha);
        let same_ground = |ground: &GroundChange| ground.grew_ha.max(ground.shrank_ha) < GROUND_HA_MIN;
        self.method.is_none()
            && self.seeded_at.is_none()
            && self.areas.iter().all(same_area)
            && self.ground.iter().all(same_ground)
            && self.assets.is_empty()
    }
}

/// What changed from one forecast of a fire to a later one; `why` is the reason for which it was forecast anew.
///
/// Ground is compared at the same instants, those of the later forecast that the earlier one's horizon covers, and in the same
/// frame: the windows may differ, and so may the cells, which is then said.
pub fn diff(before: &Forecast, after: &Forecast, why: &str) -> ForecastDiff {
    let (plan, former) = (&after.plan, &before.plan);
    let (ground, ground_note) = match comparable(before, after) {
        Ok(note) => (ground(before, after), note),
        Err(note) => (Vec::new(), Some(note)),
    };
    ForecastDiff {
        cluster_id: plan.cluster_id,
        from_version: former.version,
        to_version: plan.version,
        why: why.to_owned(),
        method: (former.method != plan.method).then_some((former.method, plan.method)),
        seeded_at: (former.seed.seeded_at != plan.seed.seeded_at)
            .then_some((former.seed.seeded_at, plan.seed.seeded_at)),
        areas: areas(before, after),
        ground,
        ground_note,
        assets: assets(before, after),
    }
}

fn areas(before: &Forecast, after: &Forecast) -> Vec<AreaChange> {
    let former = |percentile, lead_time_s| {
        let mut all = before.perimeters.iter();
        all.find(|one| (one.percentile, one.lead_time_s) == (percentile, lead_time_s)).map(|one| one.area_ha)
    };
    let change = |one: &super::PercentilePerimeter| AreaChange {
        percentile: one.percentile,
        lead_time_s: one.lead_time_s,
        before_ha: former(one.percentile, one.lead_time_s),
        after_ha: one.area_ha,
    };
    after.perimeters.iter().map(change).collect()
}

/// How well the ground can be compared: a note where it is only to within a cell. **Errors** say why it cannot be.
fn comparable(before: &Forecast, after: &Forecast) -> Result<Option<String>, String> {
    if !(before.has_grids() && after.has_grids()) {
        return Err(
            "the ground is not compared: the grids of one of the forecasts are not known any more".to_owned()
        );
    }
    let (before, after) = (&before.arrival, &after.arrival);
    if before.frame != after.frame {
        let frames = [before.frame.epsg(), after.frame.epsg()];
        return Err(format!(
            "the ground is not compared: it lies in EPSG:{} and EPSG:{}",
            frames[0], frames[1]
        ));
    }
    let (ours, theirs) = (&after.shape, &before.shape);
    Ok((!ours.shares_lattice(theirs)).then(|| {
        let cells_m = [theirs.cell_size_m, ours.cell_size_m].map(|metres| (metres * 10.0).round() / 10.0);
        format!("the ground is compared to within a cell: of {} m and {} m", cells_m[0], cells_m[1])
    }))
}

fn ground(before: &Forecast, after: &Forecast) -> Vec<GroundChange> {
    let later_s = after.plan.seed.seeded_at.duration_since(before.plan.seed.seeded_at).as_secs_f64();
    let mut changes = Vec::new();
    for lead_time_s in &after.plan.lead_times_s {
        let before_s = later_s + f64::from(*lead_time_s);
        if before_s < 0.0 || before_s > f64::from(before.plan.horizon_s()) {
            continue;
        }
        for percentile in PERCENTILES {
            let field = |of, by_s| Burned { of, percentile, by_s };
            let former = field(&before.arrival, before_s as f32);
            let later = field(&after.arrival, *lead_time_s as f32);
            let both_ha = both_ha(&former, &later);
            changes.push(GroundChange {
                percentile,
                valid_at: instant(after.plan.seed.seeded_at, f64::from(*lead_time_s)),
                lead_time_s: *lead_time_s,
                grew_ha: (later.area_ha() - both_ha).max(0.0),
                shrank_ha: (former.area_ha() - both_ha).max(0.0),
            });
        }
    }
    changes
}

/// The cells that a percentile has burned by a time.
#[derive(Clone, Copy)]
struct Burned<'a> {
    of: &'a ArrivalPercentiles,
    percentile: u8,
    by_s: f32,
}

impl Burned<'_> {
    fn is(&self, cell: usize) -> bool {
        self.of.burnable[cell] && self.of.percentile_s(self.percentile)[cell] <= self.by_s
    }

    fn cell_ha(&self) -> f64 {
        self.of.shape.cell_size_m.powi(2) / M2_PER_HA
    }

    fn area_ha(&self) -> f64 {
        (0..self.of.shape.len()).filter(|cell| self.is(*cell)).count() as f64 * self.cell_ha()
    }
}

/// Ground in both, by the middles of the smaller cells.
fn both_ha(former: &Burned<'_>, later: &Burned<'_>) -> f64 {
    let former_is_finer = former.of.shape.cell_size_m < later.of.shape.cell_size_m;
    let (fine, coarse) = if former_is_finer { (former, later) } else { (later, former) };
    let shape = &fine.of.shape;
    let both = (0..shape.len()).filter(|cell| fine.is(*cell)).filter(|cell| {
        let middle = shape.centre(cell / shape.cols, cell % shape.cols);
        let there = coarse.of.shape.cell_at(middle);
        there.is_some_and(|(row, col)| coarse.is(coarse.of.shape.index(row, col)))
    });
    both.count() as f64 * fine.cell_ha()
}

fn assets(before: &Forecast, after: &Forecast) -> Vec<AssetChange> {
    let find = |all: &[AssetImpact], id: &str| all.iter().position(|asset| asset.id == id);
    let mut changes = Vec::new();
    for asset in &after.assets {
        let former = find(&before.assets, &asset.id).map(|at| &before.assets[at]);
        changes.extend(asset_change(before, former, after, Some(asset)));
    }
    // What lies outside of all windows by now.
    for former in before.assets.iter().filter(|former| find(&after.assets, &former.id).is_none()) {
        changes.extend(asset_change(before, Some(former), after, None));
    }
    // Stable: each kind stays in the order of urgency.
    changes.sort_by_key(|change| change.change == ThreatChange::NoLongerThreatened);
    changes
}

fn asset_change(
    before: &Forecast,
    former: Option<&AssetImpact>,
    after: &Forecast,
    asset: Option<&AssetImpact>,
) -> Option<AssetChange> {
    let [probability_before, probability_after] =
        [former, asset].map(|impact| impact.map_or(0.0, AssetImpact::probability));
    let [was, is] = [probability_before, probability_after].map(|share| share >= THREATENED_PROBABILITY);
    let time =
        |of: &Forecast, after_s: Option<f64>| after_s.map(|after_s| instant(of.plan.seed.seeded_at, after_s));
    let p50 = |of: &Forecast, impact: Option<&AssetImpact>| time(of, impact?.arrival.p50_s);
    let p90 = |of: &Forecast, impact: Option<&AssetImpact>| time(of, impact?.arrival.p90_s);
    let (p50_before, p50_after) = (p50(before, former), p50(after, asset));
    let change = match (was, is) {
        (false, true) => ThreatChange::NewlyThreatened,
        (true, false) => ThreatChange::NoLongerThreatened,
        (false, false) => return None,
        (true, true) => {
            // Where half of the members do not reach it in both, the first tenth tells.
            let times = p50_before.zip(p50_after).or_else(|| p90(before, former).zip(p90(after, asset)));
            let (then, now) = times?;
            match now.duration_since(then).as_secs_f64() {
                by_s if by_s < -ARRIVAL_MOVED_S => ThreatChange::Sooner { by_s: -by_s },
                by_s if by_s > ARRIVAL_MOVED_S => ThreatChange::Later { by_s },
                _ => return None,
            }
        }
    };
    let named = asset.or(former)?;
    Some(AssetChange {
        id: named.id.clone(),
        kind: named.kind.clone(),
        name: named.name.clone(),
        change,
        probability_before,
        probability_after,
        p50_before,
        p50_after,
    })
}

#[cfg(test)]
mod tests;

//! The physics against runs of FARSITE and FlamMap over real landscapes, cell by cell.
//!
//! Where a rule of theirs differs, a quantity is compared twice: as this crate computes it, and "by their rules", which
//! are put in from outside. The first says how far the programs are apart, the second that the reason is known.
//! `docs/science.md` tells the rules; `cargo test -p firecore --test verification reference_runs -- --nocapture` prints
//! the distributions.

use firecore::landscape::FuelCode;
use firecore::spread::crown::CrownClass;
use firecore::spread::rothermel::MoistBed;
use firecore::wind::{self, Stand};

use crate::rasters::LandscapeLayers;

mod farsite;
mod flammap;

/// What a cell of a landscape file holds, in this crate's units.
struct Site {
    code: FuelCode,
    /// Upslope gradient, rise over run, east and north.
    slope: [f64; 2],
    cover: f64,
    height_m: f64,
    base_height_m: f64,
}

impl Site {
    fn of(layers: &LandscapeLayers, at: usize) -> Self {
        let tan = f64::from(layers.slope_deg[at]).to_radians().tan();
        // Flat cells face nowhere: -9999.
        let facing_rad = f64::from(layers.aspect_deg[at].max(0)).to_radians();
        Self {
            code: FuelCode::try_from(layers.fuel[at]).unwrap_or(0),
            slope: [-tan * facing_rad.sin(), -tan * facing_rad.cos()],
            cover: f64::from(layers.cover_pct[at]) / 100.0,
            height_m: f64::from(layers.height_dm[at]) / 10.0,
            base_height_m: f64::from(layers.base_height_dm[at]) / 10.0,
        }
    }

    fn has_canopy(&self) -> bool {
        self.cover > 0.0 && self.height_m > 0.0
    }

    /// Rise over run of the steepest way.
    fn steepness(&self) -> f64 {
        self.slope[0].hypot(self.slope[1])
    }

    /// Mid-flame wind over the wind at 20 ft, as the front takes it.
    fn adjustment_factor(&self, depth_m: f64) -> f64 {
        let crown_ratio = Some(wind::crown_ratio(self.height_m, self.base_height_m));
        let stand = Stand { cover: self.cover, height_m: self.height_m, crown_ratio };
        wind::adjustment_factor(depth_m, self.has_canopy().then_some(&stand))
    }

    /// The same as both programs take it: sheltered under any canopy, whatever its crowns' length.
    ///
    /// The sheltered form goes with the cover to the power -1/2, so that full cover gives all others.
    fn their_adjustment_factor(&self, depth_m: f64) -> f64 {
        let closed = Stand { cover: 1.0, height_m: self.height_m, crown_ratio: None };
        match self.has_canopy() {
            true => wind::adjustment_factor(depth_m, Some(&closed)) / self.cover.sqrt(),
            false => wind::adjustment_factor(depth_m, None),
        }
    }

    /// Speed of the sum of a mid-flame wind and of the wind that alone would have the slope's effect, m/s.
    fn sum_of_winds_m_s(&self, bed: &MoistBed, midflame_m_s: [f64; 2]) -> f64 {
        let slope_alone = bed.spread([0.0, 0.0], self.slope);
        let slope_wind = times(slope_alone.toward, slope_alone.effective_wind_m_s);
        (midflame_m_s[0] + slope_wind[0]).hypot(midflame_m_s[1] + slope_wind[1])
    }

    /// A direction on the map taken onto the slope's plane, where it leans toward the steepest way.
    fn onto_slope(&self, toward: [f64; 2]) -> [f64; 2] {
        let steepness = self.steepness();
        if steepness == 0.0 {
            return toward;
        }
        let [up_east, up_north] = self.slope.map(|rise| rise / steepness);
        let climb = (toward[0] * up_east + toward[1] * up_north) * (steepness.hypot(1.0) - 1.0);
        let leaning = [toward[0] + climb * up_east, toward[1] + climb * up_north];
        let length = leaning[0].hypot(leaning[1]);
        leaning.map(|part| part / length)
    }
}

/// Unit vector of where a wind blows, from the compass direction that it comes from.
fn blowing(from_deg: f64) -> [f64; 2] {
    let from_rad = from_deg.to_radians();
    [-from_rad.sin(), -from_rad.cos()]
}

/// Unit vector of a compass direction.
fn compass(toward_deg: f64) -> [f64; 2] {
    let toward_rad = toward_deg.to_radians();
    [toward_rad.sin(), toward_rad.cos()]
}

fn times(vector: [f64; 2], factor: f64) -> [f64; 2] {
    vector.map(|part| part * factor)
}

fn dot(a: [f64; 2], b: [f64; 2]) -> f64 {
    a[0] * b[0] + a[1] * b[1]
}

/// Angle from one unit vector to another, rad, within plus and minus pi.
fn turn_rad(from: [f64; 2], to: [f64; 2]) -> f64 {
    (from[1] * to[0] - from[0] * to[1]).atan2(dot(from, to))
}

/// Row or column of a table of classes: surface, passive, active. A conditional fire burns on the surface.
fn place(class: CrownClass) -> usize {
    match class {
        CrownClass::Surface | CrownClass::Conditional => 0,
        CrownClass::Passive => 1,
        CrownClass::Active => 2,
    }
}

/// A metre a minute, as both programs write rates of spread.
const M_S_PER_M_MIN: f64 = 1.0 / 60.0;

#[test]
fn a_direction_leans_toward_the_slope() {
    let steep = Site { code: 0, slope: [1.0, 0.0], cover: 0.0, height_m: 0.0, base_height_m: 0.0 };
    assert!(turn_rad(steep.onto_slope(compass(45.0)), compass(54.735_610_317)).abs() < 1e-9);
    assert!(turn_rad(steep.onto_slope(compass(90.0)), compass(90.0)).abs() < 1e-12);
    assert!((turn_rad(compass(350.0), compass(20.0)) - 30_f64.to_radians()).abs() < 1e-12);
}

//! Embers of a member: from a burned cell to the cells that they set alight, by the member's own draws.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_distr::{Distribution, StandardNormal};

use crate::spread::EmberSettings;
use crate::spread::front::{Burned, SpotFire};
use crate::spread::spotting::ember::{self, LandingDistance};
use crate::spread::spotting::ignition;

/// Embers that land closer than this to their cell's centre, cells, are left out: the front is there before them.
const BEYOND_CELLS: f64 = 1.5;

/// Embers of one cell that land beyond its neighbours and ignite, at most: by default a cell has less than one.
const PER_CELL_MAX: u32 = 64;

/// Standard deviation of the wind's direction about its mean while embers fly, degrees. Source: neutral air, class D of
/// Pasquill's, in U.S. NRC Regulatory Guide 1.23, table 1.
const WIND_WANDERS_DEG: f64 = 10.0;

/// Air temperature that ember ignition is computed for, degrees C. Source: our choice, a warm day: weather here has none. From
/// 15 to 35 degrees the probability rises by an eighth in fuel at 3 % and by a fifth at 10 %.
const AIR_C: f64 = 25.0;

/// How far a fire from a point lags behind one at its full rate, s: the inverse of the acceleration of 0.115 a minute.
///
/// Source: McAlpine and Wakimoto (1989), Forest Science 35:1314, for point ignitions, as the Canadian fire behaviour prediction
/// system has it (ST-X-3, 1992): rate = full rate x (1 - exp(-0.115 t)).
const POINT_LAG_S: f32 = 60.0 / 0.115;

/// kJ in one GJ.
const KJ_PER_GJ: f64 = 1e6;

/// A member's embers.
pub(super) struct Embers {
    per_kj: f64,
    key: u64,
    left: usize,
    /// Embers beyond the bound.
    pub(super) refused: usize,
}

/// A burned cell, what burned there, and the air above it.
pub(super) struct Source {
    pub(super) burned: Burned,
    /// Number of the cell within the landscape.
    pub(super) cell: usize,
    pub(super) cell_m: f64,
    pub(super) heat_per_unit_area_kj_m2: f64,
    /// Open wind at 10 m, the way it blows, east and north, m/s.
    pub(super) wind_10m: [f64; 2],
    pub(super) one_hour: f64,
    /// Share of the sun that crowns hold off.
    pub(super) shade: f64,
}

impl Embers {
    pub(super) fn new(settings: &EmberSettings, key: u64) -> Self {
        Self { per_kj: settings.per_gj / KJ_PER_GJ, key, left: settings.followed_max as usize, refused: 0 }
    }

    /// Throws a cell's embers; those that ignite fuel as dry as the cell's own are pushed, wherever they land.
    ///
    /// Each cell has a stream of its own, so that what one throws depends on no other.
    pub(super) fn throw(&mut self, source: &Source, from_s: f32, fires: &mut Vec<SpotFire>) {
        let wind_m_s = source.wind_10m[0].hypot(source.wind_10m[1]);
        let intensity_kw_m = f64::from(source.burned.fireline_intensity_kw_m);
        if intensity_kw_m <= 0.0 || wind_m_s <= 0.0 {
            return;
        }
        let thrown = self.per_kj * source.heat_per_unit_area_kj_m2 * source.cell_m * source.cell_m;
        let drawn = uniform_of(self.key, source.cell as u64);
        // None, if all of them ignited: the chance of none is at least 1 less the mean. It spares half of the cells the rest.
        if drawn <= 1.0 - thrown {
            return;
        }
        let fuel_c = ignition::fuel_temperature_c(AIR_C, source.shade);
        let igniting = thrown * ignition::probability(source.one_hour, fuel_c);
        // Most cells send out none, wherever they would land: they cost no more than this.
        if ember::number(igniting, drawn, 1) == 0 {
            return;
        }
        let beyond_m = BEYOND_CELLS * source.cell_m;
        let landing = LandingDistance::new(intensity_kw_m, wind_m_s);
        let number = ember::number(igniting * landing.share_beyond(beyond_m), drawn, PER_CELL_MAX);
        let mut stream = ChaCha8Rng::seed_from_u64(self.key);
        stream.set_stream(source.cell as u64);
        for _ in 0..number {
            let Some(distance_m) = landing.tail_distance_m(unit(&mut stream), beyond_m) else { return };
            let fire = land(source, distance_m, wind_m_s, from_s, &mut stream);
            match self.left {
                0 => self.refused += 1,
                _ => fires.extend(fire),
            }
            self.left = self.left.saturating_sub(1);
        }
    }
}

/// Where and when an ember comes down; `None` outside the numbers of a grid.
fn land(
    source: &Source,
    distance_m: f64,
    wind_m_s: f64,
    from_s: f32,
    stream: &mut ChaCha8Rng,
) -> Option<SpotFire> {
    let [east, north] = source.wind_10m.map(|part| part / wind_m_s);
    let wander = WIND_WANDERS_DEG.to_radians() * normal(stream);
    let intensity_kw_m = f64::from(source.burned.fireline_intensity_kw_m);
    let across_m = ember::crosswind_offset_m(intensity_kw_m, unit(stream)) + distance_m * wander.sin();
    let along_m = distance_m * wander.cos();
    // From anywhere within the cell: a row of cells would otherwise land on a row of cells.
    let (start_east, start_north) = (unit(stream) - 0.5, unit(stream) - 0.5);
    let east_cells = start_east + (along_m * east + across_m * north) / source.cell_m;
    let north_cells = start_north + (along_m * north - across_m * east) / source.cell_m;
    let flight_s = (distance_m / wind_m_s) as f32;
    Some(SpotFire {
        row: source.burned.row.checked_add_signed(-(north_cells.round() as isize))?,
        col: source.burned.col.checked_add_signed(east_cells.round() as isize)?,
        begins_s: from_s.max(source.burned.arrival_s + flight_s + POINT_LAG_S),
    })
}

fn normal(stream: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(stream)
}

/// A uniform number in 0..1 from the top 53 bits of a draw.
fn unit(stream: &mut ChaCha8Rng) -> f64 {
    (stream.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// A cell's own uniform number in 0..1 that costs no stream.
///
/// Source: the finaliser of SplitMix64, Steele, Lea and Flood (2014), OOPSLA.
fn uniform_of(key: u64, cell: u64) -> f64 {
    let mut mixed = key ^ cell.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

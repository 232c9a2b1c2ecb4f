//! Computes the surface fires of a file and prints how long it took, for `scripts/peers/spread`.
//!
//! Each row of the file is text: fuel model, moisture of 1-hour, 10-hour and 100-hour dead fuel, live herbs and shrubs,
//! mid-flame wind in m/s, the direction it blows toward in degrees from upslope, slope, and 1 where Rothermel's wind limit
//! holds. Each line of standard input names one way to compute them, which is answered by one run, so that a caller can
//! take turns with another program while both stay warm. Reading is not timed.

#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use std::error::Error;
use std::io::BufRead;
use std::thread;
use std::time::Instant;

use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::spread::crown::CrownClass;
use firecore::spread::ellipse::Ellipse;
use firecore::spread::front::TravelCost;
use firecore::spread::lookup::{Class, SpreadTable};
use firecore::spread::rothermel::{FuelBed, FuelBeds, WindLimit, flame_length_m};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: spread ROWS < WAYS")?;
    let beds = FuelBeds::standard();
    let text = std::fs::read_to_string(&path)?;
    let cases = text.lines().map(|line| case(line, &beds)).collect::<Result<Vec<_>, _>>()?;
    let tables: Vec<Option<SpreadTable>> =
        (0..=255).map(|code| beds.get(code).map(SpreadTable::of)).collect();
    let at_hand = cases.iter().map(|case| at_hand(case, &tables)).collect::<Result<Vec<_>, _>>()?;
    let cores = thread::available_parallelism().map_or(1, usize::from);

    let mut fires = vec![Fire::default(); cases.len()];
    let mut costs = vec![NOTHING; cases.len()];
    for way in std::io::stdin().lock().lines() {
        let way = way?;
        let started = Instant::now();
        match way.as_str() {
            "exact" => on_cores(1, &cases, &mut fires, fire),
            "exact on all cores" => on_cores(cores, &cases, &mut fires, fire),
            "table with moisture" => on_cores(1, &cases, &mut costs, |case| with_moisture(case, &tables)),
            "table" => {
                on_cores(1, &at_hand, &mut costs, |row| row.table.cost(&row.class, row.wind, row.rise))
            }
            other => return Err(format!("no way {other:?}").into()),
        }
        let wall_s = started.elapsed().as_secs_f64();
        let sums = fires.iter().fold([0.0; 7], add);
        println!(r#"{{"wall_s":{wall_s:.9},"sums":{sums:?}}}"#);
    }
    Ok(())
}

/// What stands where no cost has been written yet.
const NOTHING: TravelCost = TravelCost {
    slowness_s_m: f32::INFINITY,
    drift_east_s_m: 0.0,
    drift_north_s_m: 0.0,
    rise_east: 0.0,
    rise_north: 0.0,
    heat_per_unit_area_kj_m2: 0.0,
    class: CrownClass::Surface,
};

/// A row as its numbers lie in memory.
struct Case<'a> {
    code: usize,
    bed: &'a FuelBed,
    moisture: FuelMoisture,
    midflame_wind_m_s: f64,
    wind_toward_deg: f64,
    slope_tan: f64,
    is_limited: bool,
}

/// All that is said of a fire's head, and its shape.
#[derive(Clone, Copy, Default)]
struct Fire {
    heading_rate_of_spread_m_s: f64,
    toward: [f64; 2],
    fireline_intensity_kw_m: f64,
    flame_length_m: f64,
    length_to_width: f64,
    eccentricity: f64,
}

/// Adds a fire's numbers, each to its own sum.
fn add(sums: [f64; 7], fire: &Fire) -> [f64; 7] {
    let numbers = [
        fire.heading_rate_of_spread_m_s,
        fire.toward[0],
        fire.toward[1],
        fire.fireline_intensity_kw_m,
        fire.flame_length_m,
        fire.length_to_width,
        fire.eccentricity,
    ];
    std::array::from_fn(|at| sums[at] + numbers[at])
}

/// A row as a front solver holds it: moisture has been looked at, wind is a vector.
struct AtHand<'a> {
    table: &'a SpreadTable,
    class: Class,
    wind: [f32; 2],
    rise: [f32; 2],
}

fn fire(case: &Case) -> Fire {
    let mut moist = case.bed.moistened(&case.moisture);
    if case.is_limited {
        moist = moist.with_wind_limit(WindLimit::Rothermel1972);
    }
    let head = moist.spread(wind(case), [0.0, case.slope_tan]);
    let ellipse = Ellipse::new(head.heading_rate_of_spread_m_s, head.effective_wind_m_s);
    let fireline_intensity_kw_m = head.heading_fireline_intensity_kw_m();
    Fire {
        heading_rate_of_spread_m_s: head.heading_rate_of_spread_m_s,
        toward: head.toward,
        fireline_intensity_kw_m,
        flame_length_m: flame_length_m(fireline_intensity_kw_m),
        length_to_width: ellipse.length_to_width,
        eccentricity: ellipse.eccentricity,
    }
}

/// The tables know no limit of the wind.
fn with_moisture(case: &Case, tables: &[Option<SpreadTable>]) -> TravelCost {
    let class = Class::of(&case.bed.moistened(&case.moisture));
    let wind = wind(case).map(|part| part as f32);
    match &tables[case.code] {
        Some(table) => table.cost(&class, wind, [0.0, case.slope_tan as f32]),
        None => NOTHING,
    }
}

/// Upslope is north.
fn wind(case: &Case) -> [f64; 2] {
    let (east, north) = case.wind_toward_deg.to_radians().sin_cos();
    [case.midflame_wind_m_s * east, case.midflame_wind_m_s * north]
}

fn at_hand<'a>(case: &Case, tables: &'a [Option<SpreadTable>]) -> Result<AtHand<'a>, String> {
    let table = tables[case.code].as_ref().ok_or_else(|| format!("fuel {} does not burn", case.code))?;
    Ok(AtHand {
        table,
        class: Class::of(&case.bed.moistened(&case.moisture)),
        wind: wind(case).map(|part| part as f32),
        rise: [0.0, case.slope_tan as f32],
    })
}

/// Each core computes its share of the rows.
fn on_cores<C: Sync, R: Send>(
    cores: usize,
    cases: &[C],
    results: &mut [R],
    compute: impl Fn(&C) -> R + Sync,
) {
    let share = cases.len().div_ceil(cores).max(1);
    let work = |cases: &[C], results: &mut [R]| {
        for (case, result) in cases.iter().zip(results) {
            *result = compute(case);
        }
    };
    thread::scope(|scope| {
        let mut shares = cases.chunks(share).zip(results.chunks_mut(share));
        let own = shares.next();
        for (cases, results) in shares {
            scope.spawn(move || work(cases, results));
        }
        if let Some((cases, results)) = own {
            work(cases, results);
        }
    });
}

fn case<'a>(line: &str, beds: &'a FuelBeds) -> Result<Case<'a>, Box<dyn Error>> {
    let numbers = line.split(',').map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    let [
        code,
        one_hour,
        ten_hour,
        hundred_hour,
        herbaceous,
        woody,
        midflame_wind_m_s,
        toward,
        slope_tan,
        limit,
    ] = numbers[..]
    else {
        return Err(format!("needed 10 numbers a row, found {line:?}").into());
    };
    Ok(Case {
        code: code as usize,
        bed: beds.get(code as u8).ok_or_else(|| format!("fuel {code} does not burn"))?,
        moisture: FuelMoisture {
            dead: DeadFuelMoisture { one_hour, ten_hour, hundred_hour },
            live: LiveFuelMoisture { herbaceous, woody },
        },
        midflame_wind_m_s,
        wind_toward_deg: toward,
        slope_tan,
        is_limited: limit == 1.0,
    })
}

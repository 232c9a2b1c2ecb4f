//! Weather series, and which fires a simulation knows.

use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::spread::crown::CrownMethod;
use firecore::spread::{EmberSettings, Physics};
use firecore::weather::{Weather, WeatherSeries, WeatherStep};

use super::ground::{frame, grid, grid_to_wire};
use super::proto;
use super::{WireError, given, instant, wire_instant, within};

/// Strongest component of the wind, m/s: above any that was measured near the ground.
const WIND_M_S_MAX: f64 = 150.0;

/// Wettest fuel, kg/kg: more water than rotten wood takes up.
const MOISTURE_MAX: f64 = 10.0;

/// Most valid times: hourly for a season.
const STEPS_MAX: usize = 10_000;

/// Largest coarse grid of all steps together, values of one kind.
const VALUES_MAX: u64 = 20_000_000;

/// Foliar moisture, kg/kg: above the wettest needles of spring.
const FOLIAR_MOISTURE_MAX: f64 = 5.0;

/// Embers for each GJ: far above what makes sense.
const EMBERS_PER_GJ_MAX: f64 = 1_000.0;

/// A weather series as it goes out.
pub fn weather_to_wire(weather: &WeatherSeries) -> proto::WeatherSeries {
    proto::WeatherSeries {
        epsg: weather.frame.epsg().into(),
        grid: Some(grid_to_wire(&weather.shape)),
        steps: weather.steps.iter().map(step_to_wire).collect(),
        terrain_bends_wind: weather.terrain_bends_wind,
    }
}

/// A weather series.
pub fn weather_from_wire(wire: &proto::WeatherSeries) -> Result<WeatherSeries, WireError> {
    if wire.steps.is_empty() || wire.steps.len() > STEPS_MAX {
        return Err(WireError::new("steps", format_args!("1 to {STEPS_MAX}"), wire.steps.len()));
    }
    let cells_max = VALUES_MAX / wire.steps.len() as u64;
    let shape = grid(given("grid", &wire.grid)?, cells_max).map_err(|error| error.within("grid"))?;
    let mut steps: Vec<WeatherStep> = Vec::with_capacity(wire.steps.len());
    for (at, step) in wire.steps.iter().enumerate() {
        let step =
            step_from_wire(step, shape.len()).map_err(|error| error.within(&format!("steps[{at}]")))?;
        if let Some(before) = steps.last().filter(|before| before.valid_at >= step.valid_at) {
            let needed = format!("an instant after {}", before.valid_at);
            return Err(WireError::new(format!("steps[{at}].valid_at"), needed, step.valid_at));
        }
        steps.push(step);
    }
    Ok(WeatherSeries { frame: frame(wire.epsg)?, shape, steps, terrain_bends_wind: wire.terrain_bends_wind })
}

fn step_to_wire(step: &WeatherStep) -> proto::WeatherStep {
    let all = |of: fn(&Weather) -> f64| step.cells.iter().map(of).collect();
    proto::WeatherStep {
        valid_at: Some(wire_instant(step.valid_at)),
        wind_10m_east_m_s: all(|cell| cell.wind_10m_east_m_s),
        wind_10m_north_m_s: all(|cell| cell.wind_10m_north_m_s),
        dead_moisture_one_hour: all(|cell| cell.moisture.dead.one_hour),
        dead_moisture_ten_hour: all(|cell| cell.moisture.dead.ten_hour),
        dead_moisture_hundred_hour: all(|cell| cell.moisture.dead.hundred_hour),
        live_moisture_herbaceous: all(|cell| cell.moisture.live.herbaceous),
        live_moisture_woody: all(|cell| cell.moisture.live.woody),
    }
}

fn step_from_wire(step: &proto::WeatherStep, cells: usize) -> Result<WeatherStep, WireError> {
    let wind = [-WIND_M_S_MAX, WIND_M_S_MAX];
    let moisture = [0.0, MOISTURE_MAX];
    let lists = [
        ("wind_10m_east_m_s", &step.wind_10m_east_m_s, wind),
        ("wind_10m_north_m_s", &step.wind_10m_north_m_s, wind),
        ("dead_moisture_one_hour", &step.dead_moisture_one_hour, moisture),
        ("dead_moisture_ten_hour", &step.dead_moisture_ten_hour, moisture),
        ("dead_moisture_hundred_hour", &step.dead_moisture_hundred_hour, moisture),
        ("live_moisture_herbaceous", &step.live_moisture_herbaceous, moisture),
        ("live_moisture_woody", &step.live_moisture_woody, moisture),
    ];
    for (field, values, [low, high]) in lists {
        if values.len() != cells {
            return Err(WireError::new(field, format_args!("{cells} numbers"), values.len()));
        }
        for value in values {
            within(field, *value, low, high)?;
        }
    }
    let cell = |at: usize| Weather {
        wind_10m_east_m_s: step.wind_10m_east_m_s[at],
        wind_10m_north_m_s: step.wind_10m_north_m_s[at],
        moisture: FuelMoisture {
            dead: DeadFuelMoisture {
                one_hour: step.dead_moisture_one_hour[at],
                ten_hour: step.dead_moisture_ten_hour[at],
                hundred_hour: step.dead_moisture_hundred_hour[at],
            },
            live: LiveFuelMoisture {
                herbaceous: step.live_moisture_herbaceous[at],
                woody: step.live_moisture_woody[at],
            },
        },
    };
    Ok(WeatherStep { valid_at: instant("valid_at", &step.valid_at)?, cells: (0..cells).map(cell).collect() })
}

/// Physics as it goes out.
pub fn physics_to_wire(physics: &Physics) -> proto::Physics {
    let embers = |embers: EmberSettings| proto::Embers {
        embers_per_gj: embers.per_gj,
        followed_max: embers.followed_max,
    };
    proto::Physics {
        crown_fire: physics.crown_fire.map(|method| method.name().to_owned()).unwrap_or_default(),
        foliar_moisture: physics.foliar_moisture,
        embers: physics.embers.map(embers),
    }
}

/// Physics.
pub fn physics_from_wire(wire: &proto::Physics) -> Result<Physics, WireError> {
    let crown_fire = match wire.crown_fire.as_str() {
        "" => None,
        name => {
            let method = name.parse::<CrownMethod>();
            Some(method.map_err(|error| WireError::new("crown_fire", "a method's name or nothing", error))?)
        }
    };
    let embers = |embers: &proto::Embers| {
        let per_gj = within("embers.embers_per_gj", embers.embers_per_gj, 0.0, EMBERS_PER_GJ_MAX)?;
        Ok::<_, WireError>(EmberSettings { per_gj, followed_max: embers.followed_max })
    };
    Ok(Physics {
        crown_fire,
        foliar_moisture: within("foliar_moisture", wire.foliar_moisture, 0.0, FOLIAR_MOISTURE_MAX)?,
        embers: wire.embers.as_ref().map(embers).transpose()?,
    })
}

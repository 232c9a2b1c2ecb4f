//! Fields put together to weather.

use std::collections::BTreeMap;

use firecore::geo::Bounds;
use firecore::units::{KW_PER_W, PERCENT, celsius_of_kelvin};
use jiff::Timestamp;

use super::accumulation::Buckets;
use super::{Grib2Error, Grid, Message, ProductKind, Span, Window, messages};
use crate::weather::rows::{Rows, TooManySamples};
use crate::weather::{Node, SAMPLES_MAX, Sample, WeatherRun, checked, humidity};

/// NCEP's number among centres (common code table C-11), whose local codes are read.
const NCEP: u16 = 7;

/// Values a sample has at most, dew point and elevation among them: bounds the values that are unpacked at once.
const VALUES_A_SAMPLE: usize = 12;

/// Weather of a file's bytes, within a box: [`messages`], then [`assemble`]. Fields that are not understood are told and left out.
///
/// **Errors** as [`assemble`], and where a message's frame is broken.
pub fn read(bytes: &[u8], bounds: Option<&Bounds>) -> Result<(WeatherRun, Vec<String>), Grib2Error> {
    let (mut fields, mut refused) = (Vec::new(), Vec::new());
    for message in messages(bytes) {
        match message {
            Ok(message) => fields.push(message),
            Err(error) => refused.push(error),
        }
    }
    if fields.is_empty()
        && let Some(error) = refused.pop()
    {
        return Err(error);
    }
    let (run, mut warnings) = assemble(&fields, bounds)?;
    if let Some(last) = refused.last() {
        warnings.push(format!("{} fields were not understood, the last: {last}", refused.len()));
    }
    Ok((run, warnings))
}

/// Weather of fields, within a box: one run, on the grid of the first field of weather.
///
/// Winds are turned to true east and north; sums and means over intervals become hours, evenly where several cannot be told apart, which
/// makes hours that know their rain alone. Of one instant told by two starts of a model the later holds. What is not taken is told in words.
///
/// **Errors** where no field is one of weather, the grid lies outside the box, or more than [`SAMPLES_MAX`] samples would come of it.
pub fn assemble(
    fields: &[Message<'_>],
    bounds: Option<&Bounds>,
) -> Result<(WeatherRun, Vec<String>), Grib2Error> {
    let mut wanted: Vec<_> = fields.iter().filter_map(|field| Some((Quantity::of(field)?, field))).collect();
    let Some(lead) = wanted.first().map(|(_, field)| *field) else {
        return Err(Grib2Error::NoWeather { found: fields.len() });
    };
    let mut warnings = Vec::new();
    let all = wanted.len();
    wanted.retain(|(_, field)| field.grid == lead.grid && field.kind == lead.kind);
    if wanted.len() < all {
        let others = all - wanted.len();
        warnings.push(format!("{others} fields on another grid or of another member were left out"));
    }
    // Stable: of one instant the later start comes last, and holds.
    wanted.sort_by_key(|(_, field)| (field.span.valid_at(), field.reference_at));
    let window = lead.grid.window(bounds)?;
    let values = window.nodes().saturating_mul(wanted.len());
    if values > SAMPLES_MAX * VALUES_A_SAMPLE {
        return Err(Grib2Error::TooManySamples { found: values / VALUES_A_SAMPLE });
    }
    let mut gathered = Gathered::new(window.nodes());
    let mut broken = Vec::new();
    for (quantity, field) in &wanted {
        match field.values(&window) {
            Ok(values) => gathered.add(*quantity, field, values)?,
            Err(error) => broken.push(error),
        }
    }
    if broken.len() == wanted.len()
        && let Some(error) = broken.pop()
    {
        return Err(error);
    }
    if let Some(last) = broken.last() {
        warnings.push(format!("{} fields could not be unpacked, the last: {last}", broken.len()));
    }
    let run = gathered.run(lead, &wanted, &window, &mut warnings)?;
    let (run, more) = checked(run);
    warnings.extend(more);
    Ok((run, warnings))
}

/// What weather is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantity {
    Wind10East,
    Wind10North,
    Wind80East,
    Wind80North,
    Temperature,
    DewPoint,
    Humidity,
    Rain,
    Cloud,
    Radiation,
    Elevation,
}

impl Quantity {
    /// By code tables 4.2 and 4.5; 192 of the short-wave category and level 200 are NCEP's.
    fn of(field: &Message<'_>) -> Option<Self> {
        let parameter = field.parameter;
        if parameter.discipline != 0 || field.kind == ProductKind::Statistic {
            return None;
        }
        let statistic = match field.span {
            Span::At(_) => None,
            Span::Over { statistic, .. } => Some(statistic),
        };
        let level = (field.level.kind, field.level.value);
        let local = field.centre == NCEP;
        // Sums are statistic 1, means 0.
        match (parameter.category, parameter.number, level, statistic) {
            (2, 2, (103, 10.0), None) => Some(Self::Wind10East),
            (2, 3, (103, 10.0), None) => Some(Self::Wind10North),
            (2, 2, (103, 80.0), None) => Some(Self::Wind80East),
            (2, 3, (103, 80.0), None) => Some(Self::Wind80North),
            (0, 0, (103, 2.0), None) => Some(Self::Temperature),
            (0, 6, (103, 2.0), None) => Some(Self::DewPoint),
            (1, 1, (103, 2.0), None) => Some(Self::Humidity),
            (1, 8, (1, _), Some(1)) => Some(Self::Rain),
            (6, 1, (10, _), None | Some(0)) => Some(Self::Cloud),
            (6, 1, (200, _), None | Some(0)) if local => Some(Self::Cloud),
            (4, 7, (1, _), None | Some(0)) => Some(Self::Radiation),
            (4, 192, (1, _), None | Some(0)) if local => Some(Self::Radiation),
            (3, 5, (1, _), None) => Some(Self::Elevation),
            _ => None,
        }
    }

    /// Turns the code table's unit into a sample's.
    fn turn(self, values: &mut [f32]) {
        let each = |values: &mut [f32], turn: &dyn Fn(f64) -> f64| {
            values.iter_mut().for_each(|value| *value = turn(f64::from(*value)) as f32);
        };
        match self {
            Self::Temperature | Self::DewPoint => each(values, &celsius_of_kelvin),
            Self::Humidity | Self::Cloud => each(values, &|percent| percent * PERCENT),
            Self::Radiation => each(values, &|w_m2| w_m2 * KW_PER_W),
            _ => {}
        }
    }

    /// Its place in a sample; `None` for what a sample does not hold.
    fn place(self, sample: &mut Sample) -> Option<&mut f32> {
        Some(match self {
            Self::Wind10East => &mut sample.wind_10m_east_m_s,
            Self::Wind10North => &mut sample.wind_10m_north_m_s,
            Self::Wind80East => &mut sample.wind_80m_east_m_s,
            Self::Wind80North => &mut sample.wind_80m_north_m_s,
            Self::Temperature => &mut sample.temperature_c,
            Self::Humidity => &mut sample.relative_humidity,
            Self::Rain => &mut sample.rain_kg_m2,
            Self::Cloud => &mut sample.cloud_cover,
            Self::Radiation => &mut sample.radiation_kw_m2,
            Self::DewPoint | Self::Elevation => return None,
        })
    }
}

/// What was unpacked so far.
struct Gathered {
    rows: Rows,
    dew_points: BTreeMap<Timestamp, Vec<f32>>,
    elevation_m: Option<Vec<f32>>,
    rain: Buckets,
    cloud: Buckets,
    radiation: Buckets,
    /// Fields whose interval is no whole number of hours.
    odd: usize,
}

impl Gathered {
    fn new(nodes: usize) -> Self {
        Self {
            rows: Rows::new(nodes),
            dew_points: BTreeMap::new(),
            elevation_m: None,
            rain: Buckets::default(),
            cloud: Buckets::default(),
            radiation: Buckets::default(),
            odd: 0,
        }
    }

    fn add(
        &mut self,
        quantity: Quantity,
        field: &Message<'_>,
        mut values: Vec<f32>,
    ) -> Result<(), Grib2Error> {
        quantity.turn(&mut values);
        match (quantity, field.span) {
            (Quantity::Elevation, _) => self.elevation_m = Some(values),
            (Quantity::DewPoint, span) => {
                self.dew_points.insert(span.valid_at(), values);
            }
            (_, Span::At(valid_at)) => put(self.rows.at(valid_at)?, quantity, &values),
            (_, Span::Over { from, until, .. }) => {
                let at = field.reference_at;
                let taken = match quantity {
                    Quantity::Rain => self.rain.add(at, from, until, values),
                    Quantity::Cloud => self.cloud.add_mean(at, from, until, values),
                    _ => self.radiation.add_mean(at, from, until, values),
                };
                self.odd += usize::from(!taken);
            }
        }
        Ok(())
    }

    fn run(
        mut self,
        lead: &Message<'_>,
        wanted: &[(Quantity, &Message<'_>)],
        window: &Window,
        warnings: &mut Vec<String>,
    ) -> Result<WeatherRun, Grib2Error> {
        self.dew_points_to_humidity()?;
        for share in self.rain.shares() {
            for valid_at in share.hours {
                put(self.rows.at(valid_at)?, Quantity::Rain, &share.in_an_hour);
            }
        }
        self.means_fill_gaps()?;
        if self.odd > 0 {
            warnings.push(format!("{} fields over part of an hour were left out", self.odd));
        }
        let nodes = nodes(&lead.grid, window, self.elevation_m.as_deref())?;
        let (mut hours, _) = self.rows.hours();
        if hours.is_empty() {
            return Err(Grib2Error::NoWeather { found: wanted.len() });
        }
        if lead.grid.winds_along_grid {
            let turns = turns(&lead.grid, &nodes);
            hours.iter_mut().for_each(|hour| turn_winds(&mut hour.samples, &turns));
        }
        let one_start = wanted.iter().all(|(_, field)| field.reference_at == lead.reference_at);
        Ok(WeatherRun {
            provider: provider(lead),
            issued_at: one_start.then_some(lead.reference_at),
            nodes,
            grid: Some((window.rows, window.columns)),
            hours,
        })
    }

    fn dew_points_to_humidity(&mut self) -> Result<(), Grib2Error> {
        for (valid_at, dew_points) in &self.dew_points {
            for (sample, dew_point_c) in self.rows.at(*valid_at)?.iter_mut().zip(dew_points) {
                let both = !sample.temperature_c.is_nan() && !dew_point_c.is_nan();
                if sample.relative_humidity.is_nan() && both {
                    let (air_c, dew_point_c) = (f64::from(sample.temperature_c), f64::from(*dew_point_c));
                    sample.relative_humidity = humidity::of_dew_point(air_c, dew_point_c) as f32;
                }
            }
        }
        Ok(())
    }

    /// Means over an hour stand in where no instant was told.
    fn means_fill_gaps(&mut self) -> Result<(), Grib2Error> {
        for (quantity, buckets) in [(Quantity::Cloud, &self.cloud), (Quantity::Radiation, &self.radiation)] {
            let mut means = BTreeMap::new();
            for share in buckets.shares() {
                let values = std::rc::Rc::new(share.in_an_hour);
                means.extend(share.hours.into_iter().map(|valid_at| (valid_at, values.clone())));
            }
            for (valid_at, values) in means {
                if !self.rows.has(valid_at) {
                    continue;
                }
                for (sample, mean) in self.rows.at(valid_at)?.iter_mut().zip(values.iter()) {
                    if let Some(place) = quantity.place(sample).filter(|place| place.is_nan()) {
                        *place = *mean;
                    }
                }
            }
        }
        Ok(())
    }
}

impl From<TooManySamples> for Grib2Error {
    fn from(TooManySamples(found): TooManySamples) -> Self {
        Self::TooManySamples { found }
    }
}

fn put(samples: &mut [Sample], quantity: Quantity, values: &[f32]) {
    for (sample, value) in samples.iter_mut().zip(values) {
        if let Some(place) = quantity.place(sample) {
            *place = *value;
        }
    }
}

fn nodes(grid: &Grid, window: &Window, elevation_m: Option<&[f32]>) -> Result<Vec<Node>, Grib2Error> {
    let node = |slot: usize| {
        let (column, row) = window.cell(slot);
        let elevation_m = elevation_m.map(|all| f64::from(all[slot])).filter(|one| one.is_finite());
        Ok(Node { place: Some(grid.node(column, row)?), elevation_m, name: None })
    };
    (0..window.nodes()).map(node).collect()
}

/// Sine and cosine of how far the grid's axes are turned clockwise at each node.
fn turns(grid: &Grid, nodes: &[Node]) -> Vec<(f32, f32)> {
    let turn = |node: &Node| {
        let turn_rad = node.place.map_or(0.0, |place| grid.convergence_rad(place));
        (turn_rad.sin() as f32, turn_rad.cos() as f32)
    };
    nodes.iter().map(turn).collect()
}

/// Components along a grid's axes become components along true east and north.
fn turn_winds(samples: &mut [Sample], turns: &[(f32, f32)]) {
    let turn = |east: &mut f32, north: &mut f32, (sine, cosine): (f32, f32)| {
        (*east, *north) = (cosine * *east + sine * *north, cosine * *north - sine * *east);
    };
    for (sample, at) in samples.iter_mut().zip(turns) {
        turn(&mut sample.wind_10m_east_m_s, &mut sample.wind_10m_north_m_s, *at);
        turn(&mut sample.wind_80m_east_m_s, &mut sample.wind_80m_north_m_s, *at);
    }
}

/// The model's name. Source: common code table C-11; NCEP ON 388, table A.
fn provider(field: &Message<'_>) -> String {
    match (field.centre, field.process) {
        (NCEP, 83) => "HRRR".to_owned(),
        (NCEP, 81 | 96) => "GFS".to_owned(),
        (NCEP, 84) => "NAM".to_owned(),
        (NCEP, 105) => "RAP".to_owned(),
        (NCEP, process) => format!("NCEP model {process}"),
        (8, _) => "NDFD".to_owned(),
        (98, _) => "ECMWF".to_owned(),
        (centre, process) => format!("GRIB2 centre {centre} model {process}"),
    }
}

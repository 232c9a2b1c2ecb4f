//! Fields put together to weather.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

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
    let (fields, refused) = understood(bytes)?;
    let (run, mut warnings) = assemble(&fields, bounds)?;
    warnings.extend(refused);
    Ok((run, warnings))
}

/// Fields of a file's bytes, and what is to be said of those that are not understood.
pub(super) fn understood(bytes: &[u8]) -> Result<(Vec<Message<'_>>, Option<String>), Grib2Error> {
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
    let said =
        refused.last().map(|last| format!("{} fields were not understood, the last: {last}", refused.len()));
    Ok((fields, said))
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
    let selected = Selected::of(fields, bounds, None)?;
    let mut gathered = Gathered::new(selected.frame.window.nodes());
    let mut warnings = selected.each(|unpacked| gathered.add(unpacked))?;
    let (run, more) = gathered.run(&selected.frame)?;
    warnings.extend(more);
    Ok((run, warnings))
}

/// What all fields of a run have in common.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Frame {
    pub(super) provider: String,
    kind: ProductKind,
    grid: Grid,
    pub(super) window: Window,
    /// When the model was started; `None` where its fields are of several starts.
    pub(super) issued_at: Option<Timestamp>,
}

/// The fields of weather among others, that are on one grid and of one member.
pub(super) struct Selected<'a> {
    pub(super) frame: Frame,
    wanted: Vec<(Quantity, &'a Message<'a>)>,
    others: usize,
}

/// A field in the window of its run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Unpacked {
    pub(super) quantity: Quantity,
    pub(super) span: Span,
    pub(super) reference_at: Timestamp,
    pub(super) values: Vec<f32>,
}

impl<'a> Selected<'a> {
    /// **Errors** where no field is one of weather, the grid lies outside the box, or there are too many values in it.
    pub(super) fn of(
        fields: &'a [Message<'a>],
        bounds: Option<&Bounds>,
        hours: Option<&RangeInclusive<Timestamp>>,
    ) -> Result<Self, Grib2Error> {
        let mut wanted: Vec<_> =
            fields.iter().filter_map(|field| Some((Quantity::of(field)?, field))).collect();
        let Some(lead) = wanted.first().map(|(_, field)| *field) else {
            return Err(Grib2Error::NoWeather { found: fields.len() });
        };
        let all = wanted.len();
        wanted.retain(|(_, field)| field.grid == lead.grid && field.kind == lead.kind);
        let others = all - wanted.len();
        // Stable: of one instant the later start comes last, and holds.
        wanted.sort_by_key(|(_, field)| (field.span.valid_at(), field.reference_at));
        let window = lead.grid.window(bounds)?;
        let one_start = wanted.iter().all(|(_, field)| field.reference_at == lead.reference_at);
        // The ground is the same at all times.
        wanted.retain(|(quantity, field)| {
            let in_time = |hours: &RangeInclusive<Timestamp>| hours.contains(&field.span.valid_at());
            *quantity == Quantity::Elevation || hours.is_none_or(in_time)
        });
        values_fit(window.nodes(), wanted.len())?;
        let frame = Frame {
            provider: provider(lead),
            kind: lead.kind,
            grid: lead.grid,
            window,
            issued_at: one_start.then_some(lead.reference_at),
        };
        Ok(Self { frame, wanted, others })
    }

    /// One row and column more on each side, where the grid has them.
    pub(super) fn grown(mut self) -> Self {
        self.frame.window = self.frame.window.grown(&self.frame.grid);
        self
    }

    /// Unpacks one field after another, by the time that they hold for. Gives what is to be said of those that were left out.
    ///
    /// **Errors** where none can be unpacked, and what `take` errs with.
    pub(super) fn each(
        &self,
        mut take: impl FnMut(Unpacked) -> Result<(), Grib2Error>,
    ) -> Result<Vec<String>, Grib2Error> {
        let mut broken = Vec::new();
        for (quantity, field) in &self.wanted {
            match field.values(&self.frame.window) {
                Ok(mut values) => {
                    quantity.turn(&mut values);
                    let (span, reference_at) = (field.span, field.reference_at);
                    take(Unpacked { quantity: *quantity, span, reference_at, values })?;
                }
                Err(error) => broken.push(error),
            }
        }
        if broken.len() == self.wanted.len()
            && let Some(error) = broken.pop()
        {
            return Err(error);
        }
        let mut warnings = Vec::new();
        if self.others > 0 {
            warnings
                .push(format!("{} fields on another grid or of another member were left out", self.others));
        }
        if let Some(last) = broken.last() {
            warnings.push(format!("{} fields could not be unpacked, the last: {last}", broken.len()));
        }
        Ok(warnings)
    }
}

/// **Errors** where so many fields hold more values than are unpacked at once.
pub(super) fn values_fit(nodes: usize, fields: usize) -> Result<(), Grib2Error> {
    match nodes.saturating_mul(fields) {
        values if values > SAMPLES_MAX * VALUES_A_SAMPLE => {
            Err(Grib2Error::TooManySamples { found: values / VALUES_A_SAMPLE })
        }
        _ => Ok(()),
    }
}

/// What weather is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Quantity {
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
    pub(super) fn of(field: &Message<'_>) -> Option<Self> {
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
pub(super) struct Gathered {
    rows: Rows,
    dew_points: BTreeMap<Timestamp, Vec<f32>>,
    elevation_m: Option<Vec<f32>>,
    rain: Buckets,
    cloud: Buckets,
    radiation: Buckets,
    fields: usize,
    /// Fields whose interval is no whole number of hours.
    odd: usize,
}

impl Gathered {
    pub(super) fn new(nodes: usize) -> Self {
        Self {
            rows: Rows::new(nodes),
            dew_points: BTreeMap::new(),
            elevation_m: None,
            rain: Buckets::default(),
            cloud: Buckets::default(),
            radiation: Buckets::default(),
            fields: 0,
            odd: 0,
        }
    }

    pub(super) fn add(&mut self, unpacked: Unpacked) -> Result<(), Grib2Error> {
        let Unpacked { quantity, span, reference_at, values } = unpacked;
        self.fields += 1;
        match (quantity, span) {
            (Quantity::Elevation, _) => self.elevation_m = Some(values),
            (Quantity::DewPoint, span) => {
                self.dew_points.insert(span.valid_at(), values);
            }
            (_, Span::At(valid_at)) => put(self.rows.at(valid_at)?, quantity, &values),
            (_, Span::Over { from, until, .. }) => {
                let taken = match quantity {
                    Quantity::Rain => self.rain.add(reference_at, from, until, values),
                    Quantity::Cloud => self.cloud.add_mean(reference_at, from, until, values),
                    _ => self.radiation.add_mean(reference_at, from, until, values),
                };
                self.odd += usize::from(!taken);
            }
        }
        Ok(())
    }

    /// The run, checked, and what is to be said of it.
    pub(super) fn run(mut self, frame: &Frame) -> Result<(WeatherRun, Vec<String>), Grib2Error> {
        self.dew_points_to_humidity()?;
        for share in self.rain.shares() {
            for valid_at in share.hours {
                put(self.rows.at(valid_at)?, Quantity::Rain, &share.in_an_hour);
            }
        }
        self.means_fill_gaps()?;
        let mut warnings = Vec::new();
        if self.odd > 0 {
            warnings.push(format!("{} fields over part of an hour were left out", self.odd));
        }
        let nodes = nodes(&frame.grid, &frame.window, self.elevation_m.as_deref())?;
        let (mut hours, _) = self.rows.hours();
        if hours.is_empty() {
            return Err(Grib2Error::NoWeather { found: self.fields });
        }
        if frame.grid.winds_along_grid {
            let turns = turns(&frame.grid, &nodes);
            hours.iter_mut().for_each(|hour| turn_winds(&mut hour.samples, &turns));
        }
        let grid = Some((frame.window.rows, frame.window.columns));
        let (provider, issued_at) = (frame.provider.clone(), frame.issued_at);
        let (run, more) = checked(WeatherRun { provider, issued_at, nodes, grid, hours });
        warnings.extend(more);
        Ok((run, warnings))
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

//! The chain of weather: configured rasters and files, the constant weather, online providers, a light wind.

use std::path::Path;

use firecore::forecast::InputNote;
use firecore::geo::{Bounds, LocalFrame, LonLat};
use firecore::grid::GridShape;
use firecore::landscape::Landscape;
use firecore::weather::WeatherSeries;
use jiff::{SignedDuration, Timestamp};

use crate::inputs::area::{self, PlaneBox};
use crate::inputs::online::weather::{Ask, Fetched, WeatherError};
use crate::inputs::online::{Gives, Online, Provider};
use crate::inputs::remote::Reach;
use crate::inputs::runs::{self, RunFiles, Wanted};
use crate::inputs::settings::LIVE_FUEL_MOISTURE_DEFAULT;
use crate::inputs::weather::{self, Request};
use crate::inputs::{InputSettings, InputsError, builtin, look};

/// What the first providers of weather said, in their order.
pub(super) type Answers = Vec<Result<Fetched, WeatherError>>;

/// Hours before a forecast that providers are asked for: three days, after which what fire spreads by has forgotten how it began.
const HISTORY_H: i64 = 72;

/// What weather is needed for.
pub(super) struct Chain<'a> {
    pub(super) settings: &'a InputSettings,
    pub(super) area: &'a Bounds,
    pub(super) start: Timestamp,
    pub(super) horizon_s: u32,
}

pub(super) type Found = (WeatherSeries, Vec<InputNote>);

impl Chain<'_> {
    /// Weather of the folders of rasters that come before any other file of weather; `None` where they have none.
    pub(super) fn of_rasters(
        &self,
        frame: &LocalFrame,
        shape: &GridShape,
    ) -> Result<Option<Found>, InputsError> {
        for path in self.settings.weathers.iter().take_while(|path| weather::has_rasters(path)) {
            if let Some(found) = weather::load(path, &self.request(frame, shape)?)? {
                return Ok(Some(self.with_live_note(found)));
            }
        }
        Ok(None)
    }

    /// Weather over a landscape from all that comes after those.
    pub(super) fn over(
        &self,
        landscape: &Landscape,
        files: &RunFiles,
        online: Option<&(&Online, Reach)>,
        asked: Answers,
    ) -> Result<Found, InputsError> {
        let mut reasons = Vec::new();
        let place = area::centre(self.area)?;
        let live = self.live().unwrap_or(LIVE_FUEL_MOISTURE_DEFAULT);
        let wanted = Wanted {
            landscape,
            middle: place,
            start: self.start,
            horizon_s: self.horizon_s,
            hold_s: self.settings.weather_hold_s,
            live,
        };
        for path in self.settings.weathers.iter().skip_while(|path| weather::has_rasters(path)) {
            let found = match weather::has_rasters(path) {
                true => weather::load(path, &self.request(&landscape.frame, &landscape.shape)?)?,
                false => files.series(path, self.settings.utc_offset, &wanted)?,
            };
            if let Some(found) = found {
                return Ok(self.with_live_note(found));
            }
        }
        let names: Vec<String> =
            self.settings.weathers.iter().map(|path| self.with_coverage(path, files)).collect();
        if !names.is_empty() {
            reasons.push(format!("nothing for this place and time in {}", names.join(", ")));
        }
        if self.settings.constant_weather.is_none()
            && let Some((online, reach)) = online
        {
            match self.fetched(online, reach, &wanted, asked) {
                Ok(found) => return Ok(self.with_live_note(found)),
                Err(why) => reasons.extend(why),
            }
        }
        self.built_in(landscape, &reasons)
    }

    /// A folder or file of weather, with when and where it has any.
    fn with_coverage(&self, path: &Path, files: &RunFiles) -> String {
        let name = path.display();
        let middle_deg = area::centre(self.area).map_or(0.0, |middle| middle.lon_deg());
        let offset = self.settings.utc_offset.unwrap_or_else(|| runs::by_longitude(middle_deg));
        match look::reach_of_weather(path, files, offset) {
            Ok(found) => {
                let place = found.bounds.map(|bounds| format!(", {}", look::in_words(&bounds)));
                let time = [found.first, found.last].map(|time| time.strftime("%Y-%m-%dT%H:%MZ"));
                format!("{name} ({} to {}{})", time[0], time[1], place.unwrap_or_default())
            }
            Err(_) => name.to_string(),
        }
    }

    /// Asks providers, where nothing comes before them, until one has an answer; each gets an equal part of the time that is left.
    pub(super) fn ask(&self, online: Option<&(&Online, Reach)>) -> Answers {
        let is_first = self.settings.weathers.is_empty() && self.settings.constant_weather.is_none();
        let (Some((online, reach)), true, Ok(middle)) = (online, is_first, area::centre(self.area)) else {
            return Vec::new();
        };
        let (ask, mut answers) = (self.wanted(middle), Vec::new());
        let providers: Vec<Provider> = online.providers(Gives::Weather).collect();
        for (place, provider) in providers.iter().enumerate() {
            answers.push(online.weather(*provider, &reach.share(providers.len() - place), &ask));
            if answers.last().is_some_and(Result::is_ok) {
                break;
            }
        }
        answers
    }

    fn wanted(&self, place: LonLat) -> Ask {
        let end = self.start + SignedDuration::from_secs(i64::from(self.horizon_s));
        Ask { place, start: self.start, end, history_h: HISTORY_H }
    }

    /// Weather of the first provider that has any; the first of them were asked before.
    fn fetched(
        &self,
        online: &Online,
        reach: &Reach,
        wanted: &Wanted<'_>,
        asked: Answers,
    ) -> Result<Found, Vec<String>> {
        let (mut reasons, mut asked) = (Vec::new(), asked.into_iter());
        let ask = self.wanted(wanted.middle);
        let providers: Vec<Provider> = online.providers(Gives::Weather).collect();
        for (place, provider) in providers.iter().enumerate() {
            let anew = || online.weather(*provider, &reach.share(providers.len() - place), &ask);
            let fetched = match asked.next().unwrap_or_else(anew) {
                Ok(fetched) => fetched,
                Err(error) => {
                    if !error.is_absent() {
                        reach.failures.note(*provider, &error, false);
                    }
                    reasons.push(format!("{provider}: {error}"));
                    continue;
                }
            };
            let origin = format!("{provider}, fetched {}", fetched.fetched_at.strftime("%Y-%m-%dT%H:%MZ"));
            match runs::series(&fetched.run, &origin, wanted) {
                Some(mut made) => {
                    if let Some(why) = &fetched.old {
                        reach.failures.note(*provider, why, true);
                    }
                    let old = fetched.old.map(|why| format!("{provider} could not be asked anew ({why})"));
                    let said: Vec<String> = old.into_iter().chain(fetched.warnings).collect();
                    if !said.is_empty() {
                        made.notes.push(builtin::fallback(
                            "wind",
                            &said.join("; "),
                            Some(fetched.fetched_at),
                        ));
                    }
                    if let Some(note) = made.notes.first_mut().filter(|_| !reasons.is_empty()) {
                        note.source = format!("{}; {}", note.source, reasons.join("; "));
                    }
                    return Ok((made.series, made.notes));
                }
                None => reasons.push(format!("{provider}: no wind for this place and time")),
            }
        }
        Err(reasons)
    }

    fn request<'a>(&self, frame: &'a LocalFrame, shape: &GridShape) -> Result<Request<'a>, InputsError> {
        Ok(Request {
            frame,
            ground: PlaneBox {
                west_m: shape.west_m,
                south_m: shape.north_m - shape.rows as f64 * shape.cell_size_m,
                east_m: shape.west_m + shape.cols as f64 * shape.cell_size_m,
                north_m: shape.north_m,
            },
            fire: area::plane_box(frame, self.area)?.centre(),
            start: self.start,
            horizon_s: self.horizon_s,
            hold_s: self.settings.weather_hold_s,
            live: self.live().unwrap_or(LIVE_FUEL_MOISTURE_DEFAULT),
        })
    }

    /// The constant weather, else the built-in one.
    fn built_in(&self, landscape: &Landscape, reasons: &[String]) -> Result<Found, InputsError> {
        let (mut weather, mut notes) = match self.settings.constant_weather {
            Some(constant) => (constant, constant_notes()),
            None => (builtin::WEATHER_DEFAULT, builtin::weather_notes()),
        };
        if let Some(live) = self.settings.live_fuel_moisture {
            weather.moisture.live = live;
            notes.retain(|note| note.input != "live_fuel_moisture");
            notes.push(live_note(true));
        }
        if let (false, Some(note)) = (reasons.is_empty(), notes.first_mut()) {
            note.source = format!("{}; {}", note.source, reasons.join("; "));
        }
        let fire = area::plane_box(&landscape.frame, self.area)?.centre();
        Ok((builtin::constant_series(landscape.frame.clone(), fire, self.start, &weather), notes))
    }

    fn live(&self) -> Option<firecore::moisture::LiveFuelMoisture> {
        let constant = self.settings.constant_weather;
        self.settings.live_fuel_moisture.or(constant.map(|weather| weather.moisture.live))
    }

    fn with_live_note(&self, (series, mut notes): Found) -> Found {
        notes.push(live_note(self.live().is_some()));
        (series, notes)
    }
}

fn constant_notes() -> Vec<InputNote> {
    ["wind", "dead_fuel_moisture", "live_fuel_moisture"].map(setting_note).to_vec()
}

fn live_note(set: bool) -> InputNote {
    if set {
        setting_note("live_fuel_moisture")
    } else {
        let source = "built-in 60 % herbaceous, 90 % woody (scenario L2)";
        builtin::fallback("live_fuel_moisture", source, None)
    }
}

fn setting_note(input: &str) -> InputNote {
    InputNote { input: input.to_owned(), source: "settings".to_owned(), valid_at: None, fallback: false }
}

//! `guira moisture`: fuel moisture by scenario, by look-up and at equilibrium.

use std::io::stdout;
use std::sync::Arc;

use anyhow::bail;
use firecore::moisture::conditioning::StickSet;
use firecore::moisture::live::{Stage, moisture_at};
use firecore::moisture::scenario::Scenario;

use super::table::case::{self, Flag};
use super::table::{self, Files, Tool, unit};

mod equilibrium;
mod fine_dead;
mod hours;
mod live;

use equilibrium::Equilibrium;
use fine_dead::Look;
use hours::Hours;
use live::Live;

/// Fuel moisture: of a standard scenario, at equilibrium with the air, or by the look-up tables for fine dead fuel, and of live
/// fuel by its stage or the growing season; for every row of a CSV table, or for one case.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    guira moisture --scenario D2L3\n  \
    guira moisture --temp-f 85 --rh-pct 20\n  \
    guira moisture --temp-f 85 --rh-pct 20 --month 8 --hour 14 --aspect S --slope-pct 25 --shading exposed --elevation level\n  \
    guira moisture --stage mature\n  \
    guira moisture --temp-min-c 8 --temp-max-c 24 --rh-min-pct 35 --latitude 45 --day-of-year 170\n  \
    guira moisture --input weather.csv --output moisture.csv\n\n\
    The header decides what is computed:\n\
    - temp_f, rh_pct, month, hour, aspect, slope_pct, shading, elevation: the look-up tables. Fields hold a class as the\n  \
    tables name it (70-89, 20-24, May-Jul, 14-16, S, 0-30, exposed, level), or a number inside one (85, 22, 6, 15, 180, 12).\n  \
    Without temperature and humidity only the correction is given, without the rest only the reference.\n\
    - temp_f, rh_pct: the moisture that dead fuel comes to in such air.\n\
    - valid_at, temp_c, rh_pct, latitude, longitude, and as far as known rain_mm, cloud_pct or radiation_w_m2, elevation_m,\n  \
    above_weather_m, slope_pct, aspect_deg, canopy_cover_pct: dead fuel hour by hour, each site's rows in their order.\n\
    - temp_min_c, temp_max_c, rh_min_pct, latitude, day_of_year, and to tell sites apart longitude: live fuel day by day, from\n  \
    the mean growing season index of a site's last 21 rows: m_herb_pct and m_woody_pct.\n\
    The others write m_1h_pct, m_10h_pct and m_100h_pct too. `guira spread` reads all five. All columns: docs/tools.md.")]
pub(crate) struct Moisture {
    #[command(flatten)]
    files: Files,
    /// Standard moisture scenario, D1L1 to D4L4.
    #[arg(long, value_name = "DnLn", conflicts_with_all = ["input", "output", "temp_f", "rh_pct"], help_heading = "One case")]
    scenario: Option<String>,
    /// Moisture of live foliage that looks fresh, maturing, mature, entering-dormancy or cured.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["scenario", "input", "output", "temp_f", "rh_pct"], help_heading = "One case")]
    stage: Option<String>,
    /// Sticks of wood that hourly weather wets and dries: of the danger rating, or of FARSITE and FlamMap.
    #[arg(long, value_name = "NAME", default_value = "danger-rating", help_heading = "Tables")]
    sticks: SticksArg,
    #[command(flatten)]
    one: One,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum SticksArg {
    DangerRating,
    FireGrowth,
}

impl From<SticksArg> for StickSet {
    fn from(sticks: SticksArg) -> Self {
        match sticks {
            SticksArg::DangerRating => Self::DangerRating,
            SticksArg::FireGrowth => Self::FireGrowth,
        }
    }
}

/// One case.
#[derive(Debug, clap::Args)]
#[group(skip)]
struct One {
    /// Temperature of the air, degrees F.
    #[arg(long, value_name = "F", allow_negative_numbers = true, help_heading = "One case")]
    temp_f: Option<String>,
    /// Temperature of the air, degrees C.
    #[arg(
        long,
        value_name = "C",
        allow_negative_numbers = true,
        help_heading = "One case",
        conflicts_with = "temp_f"
    )]
    temp_c: Option<String>,
    /// Relative humidity of the air.
    #[arg(long, value_name = "PCT", allow_negative_numbers = true, help_heading = "One case")]
    rh_pct: Option<String>,
    /// Month, 1 to 12, on the northern hemisphere.
    #[arg(long, value_name = "MONTH", help_heading = "One case")]
    month: Option<String>,
    /// Local hour of the day, from 8 to before 20.
    #[arg(long, value_name = "HOUR", help_heading = "One case")]
    hour: Option<String>,
    /// Direction that the slope faces: N, E, S or W, or degrees.
    #[arg(long, value_name = "ASPECT", help_heading = "One case")]
    aspect: Option<String>,
    /// Slope, 100 x rise / run.
    #[arg(long, value_name = "PCT", allow_negative_numbers = true, help_heading = "One case")]
    slope_pct: Option<String>,
    /// exposed, or shaded where half of the fuel or more lies in shade.
    #[arg(long, value_name = "SHADING", help_heading = "One case")]
    shading: Option<String>,
    /// Of the site against the weather station: below, level or above (level: within 1000 ft).
    #[arg(long, value_name = "CLASS", help_heading = "One case")]
    elevation: Option<String>,
    #[command(flatten)]
    growing: Growing,
}

/// One day, as far as growth depends on it.
#[derive(Debug, clap::Args)]
#[group(skip)]
struct Growing {
    /// Lowest temperature of the day, degrees C, for live fuel.
    #[arg(long, value_name = "C", allow_negative_numbers = true, help_heading = "One case")]
    temp_min_c: Option<String>,
    /// Highest temperature of the day, degrees C.
    #[arg(long, value_name = "C", allow_negative_numbers = true, help_heading = "One case")]
    temp_max_c: Option<String>,
    /// Lowest relative humidity of the day.
    #[arg(long, value_name = "PCT", allow_negative_numbers = true, help_heading = "One case")]
    rh_min_pct: Option<String>,
    /// Degrees north.
    #[arg(long, value_name = "DEG", allow_negative_numbers = true, help_heading = "One case")]
    latitude: Option<String>,
    /// Day of the year, 1 to 366.
    #[arg(long, value_name = "DAY", help_heading = "One case")]
    day_of_year: Option<String>,
}

impl Moisture {
    /// Computes the table, or prints the case.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        if let Some(name) = &self.scenario {
            return print_scenario(name);
        }
        if let Some(name) = &self.stage {
            return print_stage(name);
        }
        let (look, equilibrium) = (Arc::new(Look::new()), Arc::new(Equilibrium::new()));
        let live = Arc::new(Live::new());
        let tools = [
            Arc::clone(&look) as Arc<dyn Tool>,
            Arc::new(Hours::new(self.sticks.into())),
            Arc::clone(&equilibrium) as Arc<dyn Tool>,
            Arc::clone(&live) as Arc<dyn Tool>,
        ];
        let (place, flags) = self.one.flags()?;
        let growing = self.one.growing.flags();
        if growing.iter().any(Flag::is_given) {
            if flags.iter().any(Flag::is_given) {
                bail!(
                    "live fuel needs --temp-min-c, --temp-max-c, --rh-min-pct, --latitude and --day-of-year alone"
                );
            }
            return table::answer(&tools, &self.files, Some((live.as_ref(), growing)));
        }
        let case: &dyn Tool = if place { look.as_ref() } else { equilibrium.as_ref() };
        table::answer(&tools, &self.files, Some((case, flags)))
    }
}

impl One {
    /// The case's values, and whether a place is among them, which is what the look-up tables need.
    fn flags(&self) -> anyhow::Result<(bool, Vec<Flag>)> {
        let celsius = super::flags::in_unit("--temp-c", &self.temp_c, unit::CELSIUS, unit::FAHRENHEIT)?;
        let air = vec![
            Flag::new("--temp-f", "temp_f", &self.temp_f),
            Flag::new("--temp-c", "temp_f", &celsius),
            Flag::new("--rh-pct", "rh_pct", &self.rh_pct),
        ];
        let place = [
            Flag::new("--month", "month", &self.month),
            Flag::new("--hour", "hour", &self.hour),
            Flag::new("--aspect", "aspect", &self.aspect),
            Flag::new("--slope-pct", "slope_pct", &self.slope_pct),
            Flag::new("--shading", "shading", &self.shading),
            Flag::new("--elevation", "elevation", &self.elevation),
        ];
        let given = place.iter().filter(|flag| flag.is_given()).count();
        if given > 0 && (given < place.len() || !air.iter().any(Flag::is_given)) {
            bail!(
                "the look-up tables need --temp-f, --rh-pct, --month, --hour, --aspect, --slope-pct, --shading and \
                 --elevation; equilibrium needs the first two alone"
            );
        }
        Ok((given > 0, air.into_iter().chain(place).collect()))
    }
}

impl Growing {
    fn flags(&self) -> Vec<Flag> {
        vec![
            Flag::new("--temp-min-c", "temp_min_c", &self.temp_min_c),
            Flag::new("--temp-max-c", "temp_max_c", &self.temp_max_c),
            Flag::new("--rh-min-pct", "rh_min_pct", &self.rh_min_pct),
            Flag::new("--latitude", "latitude", &self.latitude),
            Flag::new("--day-of-year", "day_of_year", &self.day_of_year),
        ]
    }
}

fn print_stage(name: &str) -> anyhow::Result<()> {
    let stage: Stage = name.parse()?;
    let moisture = moisture_at(stage, stage);
    let lines = [
        case::words_line("stage", stage.name()),
        case::number_line("moisture, live herbaceous", unit::PERCENT, moisture.herbaceous),
        case::number_line("moisture, live woody", unit::PERCENT, moisture.woody),
    ];
    case::write_aligned(&lines, &mut stdout().lock())
}

fn print_scenario(name: &str) -> anyhow::Result<()> {
    let scenario: Scenario = name.parse()?;
    let moisture = scenario.moisture();
    let lines = [
        ("moisture, dead 1-hour", moisture.dead.one_hour),
        ("moisture, dead 10-hour", moisture.dead.ten_hour),
        ("moisture, dead 100-hour", moisture.dead.hundred_hour),
        ("moisture, live herbaceous", moisture.live.herbaceous),
        ("moisture, live woody", moisture.live.woody),
    ]
    .map(|(what, share)| case::number_line(what, unit::PERCENT, share));
    let mut all = vec![case::words_line("scenario", &scenario.to_string())];
    all.extend(lines);
    case::write_aligned(&all, &mut stdout().lock())
}

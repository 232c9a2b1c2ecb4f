//! `guira spread`: surface fires, a table of them or one.

use std::sync::Arc;

use super::flags::{FuelModelsFile, Moisture, Wind};
use super::table::case::Flag;
use super::table::{self, Files, Tool};

mod columns;
mod options;
mod surface;

pub(super) use columns::{CANOPY_FT_MAX, SLOPE_PCT_MAX, WIND_MPH_MAX};
use options::Options;
use surface::Surface;

/// Surface fire spread by Rothermel's model: for every row of a CSV table, or for one case given by flags.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    guira spread --fuel GR2 --moisture D1L2 --wind-20ft-mph 10 --slope-pct 20\n  \
    guira spread --fuel 165 --m-1h 5 --m-10h 6 --m-100h 7 --m-herb 60 --m-woody 90 --midflame-mph 4\n  \
    guira spread --input fires.csv --output spread.csv\n  \
    guira spread --input fires.csv --output spread.csv --columns ros_ft_min,flame_ft\n  \
    zcat fires.csv.gz | guira spread | gzip > spread.csv.gz\n\n\
    Columns that a table needs, in any order, with any others between: fuel_model, m_1h_pct, m_10h_pct, m_100h_pct,\n\
    m_herb_pct, m_woody_pct. Columns that it may have: wind_mph (0), wind_input (midflame, 20ft or 10m; midflame),\n\
    waf_method (none, crown_ratio, no_crown_ratio or auto; auto), canopy_cover_pct (0), canopy_height_ft (0), crown_ratio\n\
    (unknown), wind_toward_deg (0), slope_pct (0), wind_limit (0 or 1; 0). Angles count clockwise from upslope; slope is\n\
    100 x rise / run. Rows keep their order and their other columns; what is wrong with a row stands in its column `error`.\n\
    All columns, units and defaults: docs/tools.md.")]
pub(crate) struct Spread {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    fuel_models: FuelModelsFile,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    one: One,
}

/// One case.
#[derive(Debug, clap::Args)]
struct One {
    /// Fuel model by code or name, as in `guira fuel list`.
    #[arg(long, value_name = "MODEL", help_heading = "One case")]
    fuel: Option<String>,
    #[command(flatten)]
    moisture: Moisture,
    #[command(flatten)]
    wind: Wind,
    /// Direction that the wind blows toward, degrees clockwise from upslope [default: 0].
    #[arg(long, value_name = "DEG", allow_negative_numbers = true, help_heading = "One case")]
    wind_toward_deg: Option<String>,
    /// Slope, 100 x rise / run [default: 0].
    #[arg(long, value_name = "PCT", allow_negative_numbers = true, help_heading = "One case")]
    slope_pct: Option<String>,
    /// Share of the ground under crowns, % [default: 0].
    #[arg(long, value_name = "PCT", allow_negative_numbers = true, help_heading = "One case")]
    canopy_cover_pct: Option<String>,
    /// Height of the canopy's top [default: 0].
    #[arg(long, value_name = "FT", allow_negative_numbers = true, help_heading = "One case")]
    canopy_height_ft: Option<String>,
    /// Length of the crowns over the trees' height, 0 to 1; without it the usual form for unknown crowns.
    #[arg(long, value_name = "RATIO", allow_negative_numbers = true, help_heading = "One case")]
    crown_ratio: Option<String>,
}

impl Spread {
    /// Computes the table, or prints the case.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let tool = Arc::new(Surface::new(self.fuel_models.names()?, self.options));
        let tools = [Arc::clone(&tool) as Arc<dyn Tool>];
        table::answer(&tools, &self.files, Some((tool.as_ref(), self.one.flags()?)))
    }
}

impl One {
    fn flags(&self) -> anyhow::Result<Vec<Flag>> {
        let mut flags = vec![
            Flag::new("--fuel", "fuel_model", &self.fuel),
            Flag::new("--wind-toward-deg", "wind_toward_deg", &self.wind_toward_deg),
            Flag::new("--slope-pct", "slope_pct", &self.slope_pct),
            Flag::new("--canopy-cover-pct", "canopy_cover_pct", &self.canopy_cover_pct),
            Flag::new("--canopy-height-ft", "canopy_height_ft", &self.canopy_height_ft),
            Flag::new("--crown-ratio", "crown_ratio", &self.crown_ratio),
        ];
        flags.extend(self.moisture.flags()?);
        flags.extend(self.wind.flags());
        Ok(flags)
    }
}

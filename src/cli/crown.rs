//! `guira crown`: crown fires, a table of them or one.

use std::sync::Arc;

use firecore::spread::crown::Constants;

use super::flags::{self, FuelModelsFile, Moisture};
use super::table::case::Flag;
use super::table::{self, Files, Tool, unit};

mod canopy;
mod cruz;

use canopy::Canopy;
use cruz::Cruz;

/// Whether a surface fire takes the crowns, and the crown fire that follows: for every row of a CSV table, or for one case.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    guira crown --fuel TU5 --moisture D1L1 --wind-20ft-mph 25 --canopy-cover-pct 60 --canopy-height-ft 60 \\\n    \
    --canopy-base-ft 4 --cbd-kg-m3 0.15\n  \
    guira crown --input stands.csv --output crowns.csv\n\n\
    The header decides what is computed:\n\
    - fuel_model, m_1h_pct, m_10h_pct, m_100h_pct, m_herb_pct, m_woody_pct, wind20_mph, canopy_cover_pct, canopy_height_ft,\n  \
    canopy_base_ft, cbd_lb_ft3: surface fire, crowns and what comes of both. It may have method (rothermel,\n  \
    scott_reinhardt, cruz or finney; scott_reinhardt), foliar_pct (100), wind_toward_deg (0), slope_pct (0).\n\
    - wind10_kmh, m1_pct, cbd_kg_m3: the rates of Cruz and others (2005), and Van Wagner's intensity where cbh_m and\n  \
    fmc_pct are there.\n\
    All columns, units and defaults: docs/tools.md.")]
pub(crate) struct Crown {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    fuel_models: FuelModelsFile,
    /// Unit constants of the critical values: behaveplus, whose two rounded conversions make results comparable digit by
    /// digit, or exact, as forecasts use them (critical intensities are 0.08 % higher).
    #[arg(long, value_name = "NAME", default_value = "behaveplus", help_heading = "Choices")]
    constants: Constants,
    #[command(flatten)]
    one: One,
}

/// One case.
#[derive(Debug, clap::Args)]
#[group(skip)]
struct One {
    /// rothermel, scott_reinhardt, cruz or finney, or as forecasts name them, cruz-2005 and so on [default: scott_reinhardt].
    #[arg(long, value_name = "NAME", help_heading = "One case")]
    method: Option<String>,
    /// Fuel model under the canopy, by code or name.
    #[arg(long, value_name = "MODEL", help_heading = "One case")]
    fuel: Option<String>,
    #[command(flatten)]
    moisture: Moisture,
    /// Moisture of the foliage, % of dry weight [default: 100].
    #[arg(long, value_name = "PCT", allow_negative_numbers = true, help_heading = "One case")]
    foliar_pct: Option<String>,
    /// Wind 20 ft above the canopy.
    #[arg(long, value_name = "MPH", allow_negative_numbers = true, help_heading = "One case")]
    wind_20ft_mph: Option<String>,
    /// Direction that the wind blows toward, degrees clockwise from upslope [default: 0].
    #[arg(long, value_name = "DEG", allow_negative_numbers = true, help_heading = "One case")]
    wind_toward_deg: Option<String>,
    /// Slope, 100 x rise / run [default: 0].
    #[arg(long, value_name = "PCT", allow_negative_numbers = true, help_heading = "One case")]
    slope_pct: Option<String>,
    /// Share of the ground under crowns.
    #[arg(long, value_name = "PCT", allow_negative_numbers = true, help_heading = "One case")]
    canopy_cover_pct: Option<String>,
    /// Height of the canopy's top.
    #[arg(long, value_name = "FT", allow_negative_numbers = true, help_heading = "One case")]
    canopy_height_ft: Option<String>,
    /// Height of the canopy's base.
    #[arg(long, value_name = "FT", allow_negative_numbers = true, help_heading = "One case")]
    canopy_base_ft: Option<String>,
    /// Bulk density of the canopy.
    #[arg(long, value_name = "LB_FT3", allow_negative_numbers = true, help_heading = "One case")]
    cbd_lb_ft3: Option<String>,
    /// The same in kg/m3.
    #[arg(
        long,
        value_name = "KG_M3",
        allow_negative_numbers = true,
        help_heading = "One case",
        conflicts_with = "cbd_lb_ft3"
    )]
    cbd_kg_m3: Option<String>,
}

impl Crown {
    /// Computes the table, or prints the case.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let canopy = Arc::new(Canopy::new(self.fuel_models.names()?, self.constants));
        let tools = [Arc::clone(&canopy) as Arc<dyn Tool>, Arc::new(Cruz::new())];
        table::answer(&tools, &self.files, Some((canopy.as_ref(), self.one.flags()?)))
    }
}

impl One {
    fn flags(&self) -> anyhow::Result<Vec<Flag>> {
        let metric = flags::in_unit("--cbd-kg-m3", &self.cbd_kg_m3, unit::KG_M3, unit::LB_FT3)?;
        let mut flags = vec![
            Flag::new("--method", "method", &self.method),
            Flag::new("--fuel", "fuel_model", &self.fuel),
            Flag::new("--foliar-pct", "foliar_pct", &self.foliar_pct),
            Flag::new("--wind-20ft-mph", "wind20_mph", &self.wind_20ft_mph),
            Flag::new("--wind-toward-deg", "wind_toward_deg", &self.wind_toward_deg),
            Flag::new("--slope-pct", "slope_pct", &self.slope_pct),
            Flag::new("--canopy-cover-pct", "canopy_cover_pct", &self.canopy_cover_pct),
            Flag::new("--canopy-height-ft", "canopy_height_ft", &self.canopy_height_ft),
            Flag::new("--canopy-base-ft", "canopy_base_ft", &self.canopy_base_ft),
            Flag::new("--cbd-lb-ft3", "cbd_lb_ft3", &self.cbd_lb_ft3),
            Flag::new("--cbd-kg-m3", "cbd_lb_ft3", &metric),
        ];
        flags.extend(self.moisture.flags()?);
        Ok(flags)
    }
}

//! Flags that several tools share.

use anyhow::bail;

use super::table::case::Flag;

/// Moisture by scenario, by class, or both.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Moisture {
    /// Standard moisture scenario: D1 to D4 for dead fuel, L1 to L4 for live; the flags below win over it.
    #[arg(long, value_name = "DnLn", help_heading = "One case")]
    moisture: Option<String>,
    /// Moisture of dead fuel below 6 mm, % of dry weight.
    #[arg(long, value_name = "PCT", allow_negative_numbers = true, help_heading = "One case")]
    m_1h: Option<String>,
    /// Moisture of dead fuel of 6 to 25 mm.
    #[arg(long, value_name = "PCT", allow_negative_numbers = true, help_heading = "One case")]
    m_10h: Option<String>,
    /// Moisture of dead fuel of 25 to 76 mm.
    #[arg(long, value_name = "PCT", allow_negative_numbers = true, help_heading = "One case")]
    m_100h: Option<String>,
    /// Moisture of live grass and herbs.
    #[arg(long, value_name = "PCT", allow_negative_numbers = true, help_heading = "One case")]
    m_herb: Option<String>,
    /// Moisture of live shrubs.
    #[arg(long, value_name = "PCT", allow_negative_numbers = true, help_heading = "One case")]
    m_woody: Option<String>,
}

/// Wind speed at one of the usual heights.
#[derive(Debug, clap::Args)]
#[group(id = "wind", multiple = false)]
pub(crate) struct Wind {
    /// Wind at mid-flame height.
    #[arg(long, value_name = "MPH", allow_negative_numbers = true, help_heading = "One case")]
    midflame_mph: Option<String>,
    /// Wind 20 ft above open ground or canopy.
    #[arg(long, value_name = "MPH", allow_negative_numbers = true, help_heading = "One case")]
    wind_20ft_mph: Option<String>,
    /// Wind 10 m above open ground or canopy.
    #[arg(long, value_name = "MPH", allow_negative_numbers = true, help_heading = "One case")]
    wind_10m_mph: Option<String>,
}

impl Moisture {
    /// The five moistures.
    pub(crate) fn flags(&self) -> anyhow::Result<[Flag; 5]> {
        let scenario = match &self.moisture {
            Some(name) => scenario(name)?.map(|percent| Some(percent.to_string())),
            None => [const { None }; 5],
        };
        let [one, ten, hundred, herbaceous, woody] = scenario;
        let flag = |flag, column, given: &Option<String>, standard: Option<String>| {
            Flag::new(flag, column, &given.clone().or(standard))
        };
        Ok([
            flag("--moisture or --m-1h", "m_1h_pct", &self.m_1h, one),
            flag("--moisture or --m-10h", "m_10h_pct", &self.m_10h, ten),
            flag("--moisture or --m-100h", "m_100h_pct", &self.m_100h, hundred),
            flag("--moisture or --m-herb", "m_herb_pct", &self.m_herb, herbaceous),
            flag("--moisture or --m-woody", "m_woody_pct", &self.m_woody, woody),
        ])
    }
}

impl Wind {
    /// The wind and where it is given.
    pub(crate) fn flags(&self) -> Vec<Flag> {
        let given = [
            ("--midflame-mph", "midflame", &self.midflame_mph),
            ("--wind-20ft-mph", "20ft", &self.wind_20ft_mph),
            ("--wind-10m-mph", "10m", &self.wind_10m_mph),
        ];
        given
            .into_iter()
            .filter(|(_, _, value)| value.is_some())
            .flat_map(|(flag, height, value)| {
                [Flag::new(flag, "wind_mph", value), Flag::new(flag, "wind_input", &Some(height.to_owned()))]
            })
            .collect()
    }
}

/// Moisture of a standard scenario, %: 1 h, 10 h, 100 h, live herbaceous, live woody.
///
/// Source: Scott and Burgan (2005), RMRS-GTR-153.
fn scenario(name: &str) -> anyhow::Result<[u8; 5]> {
    let parsed = match name.to_ascii_uppercase().as_bytes() {
        [b'D', dead @ b'1'..=b'4', b'L', live @ b'1'..=b'4'] => Some((dead - b'0', live - b'0')),
        _ => None,
    };
    let Some((dead, live)) = parsed else {
        bail!("--moisture: needed a scenario from D1L1 to D4L4, found {name}");
    };
    let one_hour = 3 * dead;
    let herbaceous = 30 * live;
    Ok([one_hour, one_hour + 1, one_hour + 2, herbaceous, herbaceous + 30])
}

//! `guira spot`: how far embers start fires, for a table of sources or for one.

use std::sync::Arc;

use anyhow::bail;

use super::flags;
use super::table::case::Flag;
use super::table::{self, Files, Tool, unit};

mod source;

use source::{SOURCES, Source};

/// Maximum spotting distance from a pile, a surface fire, torching trees or an active crown fire: for every row of a CSV
/// table, or for one case.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    guira spot --source torching --species douglas-fir --trees 5 --dbh-in 14 --tree-height-ft 60 --wind-20ft-mph 20 \\\n    \
    --cover-ft 30\n  \
    guira spot --source surface --flame-ft 10 --wind-20ft-mph 25 --cover-ft 60 --cover-open\n  \
    guira spot --source active_crown --intensity-kw-m 20000 --tree-height-ft 60 --wind-20ft-mph 30\n  \
    guira spot --input sources.csv --output distances.csv\n\n\
    Columns that a table needs: source (pile, surface, torching or active_crown), wind20_mph, and of a, b, c, d those of\n\
    its sources. It may have downwind_cover_ft (0), downwind_open (0 or 1; 0), location (0 midslope windward, 1 valley bottom, 2 midslope leeward,\n\
    3 ridge top; 3), ridge_valley_mi and ridge_valley_elev_ft (0: level ground).\n\
    pile: a flame height, ft. surface: a flame length, ft. torching: a number of trees, b diameter at breast height, in,\n\
    c tree height, ft, d species (0 to 13, or a name). active_crown: b fireline intensity, kW/m, or, where b is 0 or blank,\n\
    a Byram's flame length, ft; c tree height, ft.\n\
    The figures are the farthest that a spot fire is to be expected from, not a likely distance: docs/tools.md.")]
pub(crate) struct Spot {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    one: One,
}

/// One case.
#[derive(Debug, clap::Args)]
#[group(skip)]
struct One {
    /// pile, surface, torching or active_crown.
    #[arg(long, value_name = "NAME", help_heading = "One case")]
    source: Option<String>,
    /// Wind 20 ft above open ground or canopy.
    #[arg(long, value_name = "MPH", allow_negative_numbers = true, help_heading = "One case")]
    wind_20ft_mph: Option<String>,
    /// Height of a pile's flames, length of a surface or crown fire's.
    #[arg(long, value_name = "FT", allow_negative_numbers = true, help_heading = "One case")]
    flame_ft: Option<String>,
    /// Fireline intensity of a crown fire, instead of its flame length.
    #[arg(
        long,
        value_name = "KW_M",
        allow_negative_numbers = true,
        help_heading = "One case",
        conflicts_with = "flame_ft"
    )]
    intensity_kw_m: Option<String>,
    /// How many trees torch at once.
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "One case")]
    trees: Option<String>,
    /// Their diameter at breast height.
    #[arg(long, value_name = "IN", allow_negative_numbers = true, help_heading = "One case")]
    dbh_in: Option<String>,
    /// Their height, or that of the stand in which the crown fire runs.
    #[arg(long, value_name = "FT", allow_negative_numbers = true, help_heading = "One case")]
    tree_height_ft: Option<String>,
    /// Their species, as in ponderosa-pine.
    #[arg(long, value_name = "NAME", help_heading = "One case")]
    species: Option<String>,
    /// Height of the trees downwind [default: 0].
    #[arg(long, value_name = "FT", allow_negative_numbers = true, help_heading = "One case")]
    cover_ft: Option<String>,
    /// The stand downwind is open: half of its height counts.
    #[arg(long, help_heading = "One case")]
    cover_open: bool,
    /// Where the source stands: midslope-windward, valley-bottom, midslope-leeward or ridge-top [default: ridge-top].
    #[arg(long, value_name = "PLACE", help_heading = "One case")]
    location: Option<String>,
    /// Distance from ridge to valley on the map [default: 0, level ground].
    #[arg(long, value_name = "MI", allow_negative_numbers = true, help_heading = "One case")]
    ridge_valley_mi: Option<String>,
    /// Height of the ridge above the valley [default: 0, level ground].
    #[arg(long, value_name = "FT", allow_negative_numbers = true, help_heading = "One case")]
    ridge_valley_elev_ft: Option<String>,
}

impl Spot {
    /// Computes the table, or prints the case.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let tool = Arc::new(Source::new());
        let tools = [Arc::clone(&tool) as Arc<dyn Tool>];
        table::answer(&tools, &self.files, Some((tool.as_ref(), self.one.flags()?)))
    }
}

impl One {
    /// Refuses what the source has no use for, and says what it lacks.
    fn check(&self) -> anyhow::Result<()> {
        // A source that is missing or unknown is the column's complaint.
        let Some(source) = self.source.as_deref().and_then(known_source) else { return Ok(()) };
        let flags = [
            ("--flame-ft", &self.flame_ft, &["pile", "surface", "active_crown"][..]),
            ("--intensity-kw-m", &self.intensity_kw_m, &["active_crown"]),
            ("--trees", &self.trees, &["torching"]),
            ("--dbh-in", &self.dbh_in, &["torching"]),
            ("--tree-height-ft", &self.tree_height_ft, &["torching", "active_crown"]),
            ("--species", &self.species, &["torching"]),
            ("--cover-ft", &self.cover_ft, &["pile", "surface", "torching"]),
        ];
        let fits = |sources: &[&str]| sources.contains(&source);
        for (flag, value, sources) in flags {
            if value.is_some() && !fits(sources) {
                bail!("{flag}: --source {source} has no use for it; it is for {}", sources.join(", "));
            }
        }
        let has_strength = self.flame_ft.is_some() || self.intensity_kw_m.is_some();
        if source == "active_crown" && !has_strength {
            bail!("--intensity-kw-m or --flame-ft: needed for --source {source}, found neither");
        }
        let optional =
            ["--cover-ft", if source == "active_crown" { "--flame-ft" } else { "" }, "--intensity-kw-m"];
        let missing = |flag: &str, value: &Option<String>| value.is_none() && !optional.contains(&flag);
        let lacks: Vec<&str> = flags
            .iter()
            .filter(|(flag, value, sources)| fits(sources) && missing(flag, value))
            .map(|(flag, ..)| *flag)
            .collect();
        if !lacks.is_empty() {
            bail!("{}: needed for --source {source}, found nothing", lacks.join(", "));
        }
        Ok(())
    }

    fn flags(&self) -> anyhow::Result<Vec<Flag>> {
        self.check()?;
        let open = self.cover_open.then(|| "1".to_owned());
        // What a flag means is a column by the source; a crown fire with an intensity needs no flame.
        let no_flame =
            self.intensity_kw_m.as_ref().filter(|_| self.flame_ft.is_none()).map(|_| "0".to_owned());
        let intensity = flags::in_unit("--intensity-kw-m", &self.intensity_kw_m, unit::KW_M, unit::KW_M)?;
        Ok(vec![
            Flag::new("--source", "source", &self.source),
            Flag::new("--wind-20ft-mph", "wind20_mph", &self.wind_20ft_mph),
            Flag::new("--flame-ft", "a", &self.flame_ft).meaning("flame height or length, ft"),
            Flag::new("--trees", "a", &self.trees).meaning("trees that torch at once"),
            Flag::new("--intensity-kw-m", "a", &no_flame),
            Flag::new("--dbh-in", "b", &self.dbh_in).meaning("diameter at breast height, in"),
            Flag::new("--intensity-kw-m", "b", &intensity).meaning("fireline intensity, kW/m"),
            Flag::new("--tree-height-ft", "c", &self.tree_height_ft).meaning("tree height, ft"),
            Flag::new("--species", "d", &self.species).meaning("species"),
            Flag::new("--cover-ft", "downwind_cover_ft", &self.cover_ft),
            Flag::new("--cover-open", "downwind_open", &open),
            Flag::new("--location", "location", &self.location),
            Flag::new("--ridge-valley-mi", "ridge_valley_mi", &self.ridge_valley_mi),
            Flag::new("--ridge-valley-elev-ft", "ridge_valley_elev_ft", &self.ridge_valley_elev_ft),
        ])
    }
}

fn known_source(name: &str) -> Option<&'static str> {
    SOURCES.into_iter().find(|source| source.eq_ignore_ascii_case(name.trim()))
}

//! `guira fuel`: what the fuel models hold, and what stands for other maps' classes.

use std::io::{Write, stdout};

use anyhow::bail;
use clap::Subcommand;
use firecore::fuel::FuelModel;
use firecore::fuel::crosswalk::{Basis, Classification, Doubt};

use super::flags::FuelModelsFile;

mod list;
mod show;

/// Fuel models.
#[derive(Debug, Subcommand)]
pub(crate) enum Fuel {
    /// List the fuel models.
    #[command(after_help = "Examples:\n  guira fuel list\n  guira fuel list --csv > models.csv")]
    List(List),
    /// Show one fuel model: its numbers, what follows from them, and how fire spreads in it.
    #[command(after_help = "Examples:\n  guira fuel show GR2\n  guira fuel show 165 --metric")]
    Show(Show),
    /// List the standard fuel models that stand for the classes of another fuel map.
    #[command(after_help = "Example:\n  guira fuel crosswalk fbp\n\n\
        Maps: fbp, fbp-2014, fireurisk-arid, fireurisk-humid, worldcover-arid, worldcover-humid, corine-arid, corine-humid.")]
    Crosswalk(Crosswalk),
}

/// The list.
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// As CSV, every number in the units of the reports; --fuel-models reads it back.
    #[arg(long)]
    csv: bool,
    #[command(flatten)]
    fuel_models: FuelModelsFile,
}

/// One model.
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// Code or name, as in 102 or GR2.
    #[arg(value_name = "MODEL")]
    model: String,
    /// Rates in m/min, flames in m and winds in km/h.
    #[arg(long)]
    metric: bool,
    #[command(flatten)]
    fuel_models: FuelModelsFile,
}

/// One map.
#[derive(Debug, clap::Args)]
pub(crate) struct Crosswalk {
    /// Which map.
    #[arg(value_name = "MAP")]
    map: Classification,
}

impl Fuel {
    /// Prints what was asked for.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let mut out = stdout().lock();
        match self {
            Self::List(List { csv, fuel_models }) => {
                let names = fuel_models.names()?;
                match csv {
                    true => list::write_csv(names.models(), &mut out),
                    false => list::write(names.models(), &mut out),
                }
            }
            Self::Show(Show { model, metric, fuel_models }) => {
                let names = fuel_models.names()?;
                let Some(place) = names.place(model.trim().as_bytes()) else {
                    let near = names.nearest(&model);
                    let near = match near.is_empty() {
                        true => "`guira fuel list` names them".to_owned(),
                        false => format!("near it: {}", near.join(", ")),
                    };
                    bail!("needed the code or name of a fuel model, found {model} ({near})");
                };
                show::write(&names.models()[place], metric, &mut out)
            }
            Self::Crosswalk(Crosswalk { map }) => write_crosswalk(map, &mut out),
        }
    }
}

fn write_crosswalk(map: Classification, out: &mut impl Write) -> anyhow::Result<()> {
    let mut rows = vec![["classes", "name", "model", "doubt", "basis"].map(str::to_owned)];
    for row in map.rows() {
        let run = |(first, last): &(u16, u16)| match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        };
        let model = FuelModel::standard(row.model).map(|model| format!("{} {}", row.model, model.name));
        let doubt = match row.doubt {
            Doubt::Low => "low",
            Doubt::Some => "some",
            Doubt::High => "high",
        };
        let basis = match row.basis {
            Basis::Published(source) => format!("published: {source}"),
            Basis::ChosenAmongPublished(reason) => format!("one of several published: {reason}"),
            Basis::OurChoice(reason) => format!("our choice: {reason}"),
        };
        let classes = row.classes.iter().map(run).collect::<Vec<_>>().join(" ");
        let model = model.unwrap_or_else(|| row.model.to_string());
        rows.push([classes, row.name.to_owned(), model, doubt.to_owned(), basis]);
    }
    list::write_columns(&rows, [false; 5], out)
}

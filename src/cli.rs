//! The command line: one file a subcommand.

use clap::{Parser, Subcommand};

mod crown;
mod doctor;
mod flags;
mod forecast;
mod fuel;
mod inputs;
mod key;
mod moisture;
mod physx;
mod serve;
mod spot;
mod spread;
mod table;
mod values;

/// Living ensemble forecasts for every active wildfire.
#[derive(Debug, Parser)]
#[command(name = "guira", version, about, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Command {
    #[command(subcommand)]
    subcommand: Subcommands,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// Take detections and serve forecasts over HTTP.
    Serve(serve::Serve),
    /// Compute ensemble members for other processes, over gRPC.
    Physx(physx::Physx),
    /// Forecast the fires in a file of detections, without a server.
    Forecast(forecast::ForecastArgs),
    /// Say what is wrong with a set-up, and what to do about it.
    Doctor(doctor::Doctor),
    /// Look at what forecasts are computed from, and fetch it ahead.
    #[command(subcommand)]
    Inputs(inputs::Inputs),
    /// Surface fire spread, for a table of cases or for one.
    Spread(spread::Spread),
    /// Crown fire, for a table of cases or for one.
    Crown(crown::Crown),
    /// Maximum spotting distance, for a table of cases or for one.
    Spot(spot::Spot),
    /// Fuel moisture, for a table of cases or for one.
    Moisture(moisture::Moisture),
    /// List and show fuel models.
    #[command(subcommand)]
    Fuel(fuel::Fuel),
    /// Make keys for the HTTP door.
    #[command(subcommand)]
    Key(key::Key),
}

impl Command {
    /// Does what was asked for.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self.subcommand {
            Subcommands::Serve(serve) => serve.run(),
            Subcommands::Physx(physx) => physx.run(),
            Subcommands::Forecast(forecast) => forecast.run(),
            Subcommands::Doctor(doctor) => doctor.run(),
            Subcommands::Inputs(inputs) => inputs.run(),
            Subcommands::Spread(spread) => spread.run(),
            Subcommands::Crown(crown) => crown.run(),
            Subcommands::Spot(spot) => spot.run(),
            Subcommands::Moisture(moisture) => moisture.run(),
            Subcommands::Fuel(fuel) => fuel.run(),
            Subcommands::Key(key) => key.run(),
        }
    }
}

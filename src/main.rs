//! Subcommands; nothing else.

use std::process::ExitCode;

use clap::Parser;

mod cli;

fn main() -> ExitCode {
    match cli::Command::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("guira: {error:#}");
            ExitCode::FAILURE
        }
    }
}

//! Picks a source and a sink, and lets the pipeline run.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match seqdump::cli::run(seqdump::cli::Cli::parse()) {
        Ok(status) => ExitCode::from(status),
        // Whoever reads our output has seen enough.
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("seqdump: {error}");
            ExitCode::from(2)
        }
    }
}

//! Picks a source and a sink, and lets the pipeline run.

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(status) = seqdump::run::errand() {
        return ExitCode::from(status);
    }
    match seqdump::cli::run(seqdump::cli::parse()) {
        Ok(status) => ExitCode::from(status),
        // Whoever reads our output has seen enough.
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("seqdump: {error}");
            ExitCode::from(2)
        }
    }
}

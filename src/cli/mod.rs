//! What can be asked on the command line, and who does it.

mod check;
mod compare;
mod complaint;
mod demo;
mod export;
mod interfaces;
mod list;
mod live;
mod print;
mod run;
mod signal;

use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::capture::keylog::WithKeyLogs;
use crate::capture::{self, Frames};
use crate::error::Error;
use crate::limits::Limits;
use crate::locale::Lang;
use crate::model::diagram::Level;
use crate::model::filter::Filter;
use crate::reading::Reading;

/// seqdump draws what happened on the wire as sequence diagrams: TCP, TLS, HTTP/1.1 and WebSocket, live or from
/// capture files.
#[derive(Debug, Parser)]
#[command(name = "seqdump", version, max_term_width = 100, subcommand_negates_reqs = true)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    /// Captures to open in the screen: pcap or pcapng, either gzipped; `-` is standard input; several are merged by
    /// time. Without any: live on loopback
    files: Vec<PathBuf>,

    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play a scenario over real loopback sockets and show it
    Demo(demo::Demo),
    /// Capture live and show it
    Live(live::Live),
    /// Run a program, and show what it and its children said
    Run(run::Run),
    /// Print a table of the connections, one line each with its verdict
    List(list::List),
    /// Print the diagram as text
    Print(print::Print),
    /// Write the events for programs
    Export(export::Export),
    /// Check expectations, for CI: exits 1 where one fails
    Check(check::Check),
    /// Compare what conversations cost, side by side
    Compare(compare::Compare),
    /// List the interfaces that can be captured on
    Interfaces,
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// What every command understands.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// Show only what fits, such as `ws.opcode == text && payload ~ "order"`
    #[arg(long, short = 'f', global = true, value_name = "EXPR")]
    filter: Option<String>,
    /// Read TLS secrets from a key log (SSLKEYLOGFILE), which may still be growing
    #[arg(long, global = true, value_name = "FILE")]
    keylog: Vec<PathBuf>,
    /// How much to show: 1 connections, 2 phases, 3 messages, 4 packets
    #[arg(long, short = 'l', global = true, value_name = "1-4", default_value = "3", value_parser = level)]
    level: Level,
    /// Speak English or Korean
    #[arg(long, global = true, value_name = "en|ko")]
    lang: Option<Lang>,
    /// Print rows as text, also where there is a terminal
    #[arg(long, global = true)]
    print: bool,
    /// When to colour text
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    color: When,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

fn level(text: &str) -> Result<Level, String> {
    match text {
        "1" => Ok(Level::Connections),
        "2" => Ok(Level::Phases),
        "3" => Ok(Level::Messages),
        "4" => Ok(Level::Packets),
        _ => Err("use 1 (connections), 2 (phases), 3 (messages) or 4 (packets)".to_owned()),
    }
}

impl Common {
    fn lang(&self) -> Lang {
        self.lang.unwrap_or_else(Lang::from_environment)
    }

    fn filter(&self) -> Result<Option<Filter>, Error> {
        let Some(text) = &self.filter else { return Ok(None) };
        let wrong = |wrong: crate::model::filter::Wrong| Error::Usage(wrong.to_string());
        Filter::parse(text).map(Some).map_err(wrong)
    }

    /// Whether standard output is to be coloured.
    fn coloured(&self) -> bool {
        match self.color {
            When::Always => true,
            When::Never => false,
            When::Auto => {
                std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
            }
        }
    }

    /// The key logs to follow: those given, and the one that the environment names.
    fn keylogs(&self) -> Vec<PathBuf> {
        let environment =
            std::env::var_os("SSLKEYLOGFILE").filter(|path| !path.is_empty()).map(PathBuf::from);
        self.keylog.iter().cloned().chain(environment.filter(|path| !self.keylog.contains(path))).collect()
    }

    /// Opens capture files for reading; with [`Frames`] where they will be read twice.
    fn open(&self, files: &[PathBuf], rereadable: bool) -> Result<(Reading, Option<Frames>), Error> {
        let limits = Limits::default();
        let options = capture::Options { rereadable, limits: limits.clone(), ..capture::Options::default() };
        let input = capture::open(files, &options)?;
        Ok((self.reading(input.source, &limits), input.frames))
    }

    fn reading(&self, source: Box<dyn capture::Source>, limits: &Limits) -> Reading {
        let keylogs = self.keylogs();
        let source = if keylogs.is_empty() { source } else { Box::new(WithKeyLogs::new(source, keylogs)) };
        Reading::new(source, limits)
    }
}

/// Standard output, buffered.
fn output() -> BufWriter<std::io::StdoutLock<'static>> {
    BufWriter::with_capacity(1 << 16, std::io::stdout().lock())
}

/// How many cells a line of the terminal has; `None` where standard output is none.
fn terminal_width() -> Option<usize> {
    let terminal = std::io::stdout().is_terminal();
    terminal.then(|| crossterm::terminal::size().map(|(columns, _)| usize::from(columns)).unwrap_or(80))
}

/// Whether a folder is there, asked before anything is done that is to be kept in it.
///
/// # Errors
/// [`Error::Write`] where it is not.
fn folder_is_there(folder: &Path) -> Result<(), Error> {
    // The folder of a bare file name is the current one.
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let what = format!("into {}", crate::safe::line(&folder.to_string_lossy()));
    Err(Error::Write { what, cause: std::io::Error::other("there is no such folder") })
}

fn unwritten(cause: std::io::Error) -> Error {
    Error::Write { what: "standard output".to_owned(), cause }
}

/// Does what was asked. The exit status: 0 done, 1 an expectation failed.
///
/// # Errors
/// Whatever stops a command; the exit status is then 2.
pub fn run(cli: Cli) -> Result<u8, Error> {
    let common = &cli.common;
    match cli.command {
        Some(Command::List(list)) => list.run(common)?,
        Some(Command::Print(print)) => print.run(common)?,
        Some(Command::Export(export)) => export.run(common)?,
        Some(Command::Demo(demo)) => demo.run(common)?,
        Some(Command::Live(live)) => live.run(common)?,
        Some(Command::Compare(compare)) => compare.run(common)?,
        Some(Command::Run(run)) => return run.run(common),
        Some(Command::Check(check)) => return check.run(common),
        Some(Command::Interfaces) => interfaces::run(common)?,
        Some(Command::Completions { shell }) => {
            clap_complete::generate(shell, &mut Cli::command(), "seqdump", &mut output());
        }
        Some(Command::Man) => {
            let mut out = output();
            clap_mangen::Man::new(Cli::command())
                .render(&mut out)
                .and_then(|()| out.flush())
                .map_err(unwritten)?;
        }
        None if cli.files.is_empty() => live::Live::default().run(common)?,
        None => print::Print::of(cli.files).run(common)?,
    }
    Ok(0)
}

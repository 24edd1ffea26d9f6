//! What can be asked on the command line, and who does it.

mod check;
mod compare;
mod complaint;
mod demo;
mod draw;
mod explain;
mod export;
mod interfaces;
mod list;
mod live;
mod print;
mod redact;
mod run;
mod signal;

use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::capture::confine::{self, Extent, Needs};
use crate::capture::keylog::{Logs, WithKeyLogs};
use crate::capture::pace::{Pace, Paced};
use crate::capture::{self, Frames, privilege};
use crate::error::Error;
use crate::event::Endpoint;
use crate::limits::Limits;
use crate::locale::Lang;
use crate::model::diagram::Level;
use crate::model::filter::Filter;
use crate::reading::Reading;
use crate::tui;

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
    /// Play the captures at the speed at which they were recorded, instead of reading them at once
    #[arg(long)]
    replay: bool,
    /// Play them N times as fast: 2, 0.5
    #[arg(long, value_name = "N", value_parser = speed)]
    speed: Option<f64>,

    #[command(flatten)]
    common: Common,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed = text.trim_end_matches(['x', '×']).parse().ok().filter(|speed| (0.001..=1e6).contains(speed));
    speed.ok_or_else(|| "use a number from 0.001 to 1000000, such as 2 or 0.5".to_owned())
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
    /// Draw the diagram as a document: svg, png, gif, html, txt, Mermaid, PlantUML, asciicast
    Draw(draw::Draw),
    /// Write the events for programs
    Export(export::Export),
    /// Check expectations, for CI: exits 1 where one fails
    Check(check::Check),
    /// Compare what conversations cost, side by side
    Compare(compare::Compare),
    /// Explain diagnostics, event kinds, verdicts, TCP states and fields in plain words
    Explain(explain::Explain),
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
    /// Call an endpoint by a name of your own in diagrams
    #[arg(long, global = true, value_name = "NAME=HOST:PORT", value_parser = lane)]
    lane: Vec<(String, Endpoint)>,
    /// Print rows as text, also where there is a terminal
    #[arg(long, global = true)]
    print: bool,
    /// Keep more or less of what strangers send, such as `connections=10000,message=64k`; `--limits help` names all
    #[arg(long, global = true, value_name = "NAME=N,…", default_value = "", hide_default_value = true, value_parser = Limits::parse)]
    limits: Limits,
    /// When to colour text
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    color: When,
    #[command(flatten)]
    hide: redact::Hide,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

fn lane(text: &str) -> Result<(String, Endpoint), String> {
    let (name, address) = text.split_once('=').ok_or("write NAME=HOST:PORT, such as api=127.0.0.1:8080")?;
    let address: std::net::SocketAddr =
        address.parse().map_err(|_| format!("{address:?} is no address with a port, such as [::1]:80"))?;
    Ok((crate::safe::line(name), Endpoint { ip: address.ip(), port: address.port() }))
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

    /// Whether to open the screen rather than to print.
    fn wants_screen(&self) -> bool {
        !self.print && std::io::stdout().is_terminal()
    }

    /// Shows an input on the screen until the user ends.
    fn screen(
        &self,
        reading: Reading,
        frames: Option<Frames>,
        live: bool,
        count: Option<u64>,
    ) -> Result<(), Error> {
        let options = tui::Options { count, needs: self.needs(live), ..self.screen_options()? };
        tui::run(tui::Input { reading, frames }, &options)
    }

    /// How the screen begins, as far as the common options say.
    fn screen_options(&self) -> Result<tui::Options, Error> {
        Ok(tui::Options {
            lang: self.lang,
            level: Some(self.level),
            filter: self.filter.clone(),
            aliases: self.lane.clone(),
            redaction: self.hide.what(),
            config: tui::Config::read()?,
            limits: self.limits.clone(),
            ..tui::Options::default()
        })
    }

    /// The key logs to follow: those given, and the one that the environment names.
    fn keylogs(&self) -> Vec<PathBuf> {
        let environment =
            std::env::var_os("SSLKEYLOGFILE").filter(|path| !path.is_empty()).map(PathBuf::from);
        self.keylog.iter().cloned().chain(environment.filter(|path| !self.keylog.contains(path))).collect()
    }

    /// Opens capture files for reading, and gives root up; with [`Frames`] where they will be read twice.
    fn open(&self, files: &[PathBuf], rereadable: bool) -> Result<(Reading, Option<Frames>), Error> {
        self.open_as(files, rereadable, |source| source)
    }

    /// The same, read as `shape` makes it.
    fn open_as(
        &self,
        files: &[PathBuf],
        rereadable: bool,
        shape: impl FnOnce(Box<dyn capture::Source>) -> Box<dyn capture::Source>,
    ) -> Result<(Reading, Option<Frames>), Error> {
        let limits = self.limits.clone();
        let logs = self.logs();
        let options = capture::Options {
            rereadable,
            limits: limits.clone(),
            opened: Some(privilege::leave_root),
            ..capture::Options::default()
        };
        let input = capture::open(files, &options)?;
        let reading = reading(shape(input.source), logs, &limits);
        Ok((reading, input.frames))
    }

    /// Shows captures as they were recorded, at this pace.
    fn replay(&self, files: &[PathBuf], pace: Pace) -> Result<(), Error> {
        let screen = self.wants_screen();
        let begun = Instant::now();
        let clock = pace.clone();
        let paced = move |source| -> Box<dyn capture::Source> {
            Box::new(Paced::new(source, clock, move || begun.elapsed()))
        };
        let (mut reading, frames) = self.open_as(files, screen, paced)?;
        if screen {
            let options =
                tui::Options { pace: Some(pace), needs: self.needs(false), ..self.screen_options()? };
            return tui::run(tui::Input { reading, frames }, &options);
        }
        self.confine()?;
        live::rows(self, &mut reading, None, self.filter()?, || pace.wait(Duration::from_secs(1)))
    }

    /// Opens the key logs that are there.
    fn logs(&self) -> Logs {
        Logs::open(self.keylogs())
    }

    /// What is still needed once the inputs are open.
    fn needs(&self, live: bool) -> Needs {
        Needs { keylogs: self.keylogs(), live }
    }

    /// Gives up what is not needed to read what is open to its end, and once more: other files, programs, connections.
    fn confine(&self) -> Result<(), Error> {
        confine::confine(&self.needs(false)).map(drop)
    }

    /// Does `work` confined, on a thread of its own; this one can still make files.
    fn confined<T: Send>(&self, work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
        confine::confine_screen(false)?;
        apart(&self.needs(false), work)
    }
}

/// Does `work` on a thread of its own, confined to what it `needs`; this one is not.
fn apart<T: Send>(needs: &Needs, work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
    let confined = || confine::confine(needs).and_then(|_| work());
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("reading".to_owned()).stack_size(STACK);
        let thread = thread.spawn_scoped(scope, confined).map_err(Error::Terminal)?;
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// The stack of a thread that does all the work: as large as a program's.
const STACK: usize = 8 << 20;

/// Reads `source`, and the secrets of `logs`.
fn reading(source: Box<dyn capture::Source>, logs: Logs, limits: &Limits) -> Reading {
    if logs.is_empty() {
        return Reading::new(source, limits);
    }
    following(WithKeyLogs::new(source, logs), limits)
}

/// Reads a source with key logs that may still grow.
fn following(source: WithKeyLogs<Box<dyn capture::Source>>, limits: &Limits) -> Reading {
    Reading::new(Box::new(source), limits).expecting_secrets()
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

/// The help of all commands as a page, for `docs/cli.md`.
pub fn manual() -> String {
    let mut page = String::from("# The command line\n\nThis page is generated from `--help`.\n");
    let mut root = Cli::command().term_width(100);
    root.build();
    let mut add = |command: &mut clap::Command, title: &str| {
        let help = command.render_long_help().to_string();
        let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
        page.push_str(&format!("\n## {title}\n\n```text\n{}\n```\n", lines.join("\n").trim_end()));
    };
    add(&mut root.clone(), "seqdump");
    for command in root.get_subcommands_mut().filter(|command| command.get_name() != "help") {
        let title = format!("seqdump {}", command.get_name());
        add(command, &title);
    }
    page
}

/// Reads the command line; prints help, or what is wrong on one line, and exits where that is all there is to do.
pub fn parse() -> Cli {
    let mut command = Cli::command();
    if std::env::args_os().any(|argument| argument == "--version") {
        command = command.long_version(&*version().leak());
    }
    let parsed = command.try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    match parsed {
        Ok(cli) => cli,
        Err(error)
            if error.use_stderr()
                && error.kind() != clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand =>
        {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
            eprintln!("seqdump: {}; see `seqdump --help`", crate::safe::line(first));
            std::process::exit(2)
        }
        Err(error) => error.exit(),
    }
}

/// The version, and how far this system lets the program confine itself, which is tried out.
fn version() -> String {
    let confined = confine::confine(&Needs::default());
    let files = match confined.as_ref().map(|confined| confined.files) {
        Ok(Extent::Full) => {
            "confined by Landlock to inputs, outputs, key logs and spool; no programs, no connections"
        }
        Ok(Extent::Part) => "confined by Landlock as far as this kernel knows it",
        Ok(Extent::Not) => "not confined: this kernel has no Landlock",
        Err(_) => "not confined: Landlock is refused",
    };
    let calls = match confined.is_ok_and(|confined| confined.calls) {
        true => "filtered by seccomp to those that are needed",
        false => "not filtered: this system has no seccomp",
    };
    format!(
        "{}\nroot: given up for good once the inputs are open, before anything of them is read\nfiles: {files}\n\
         system calls: {calls}",
        env!("CARGO_PKG_VERSION")
    )
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
        Some(Command::Draw(draw)) => draw.run(common)?,
        Some(Command::Export(export)) => export.run(common)?,
        Some(Command::Demo(demo)) => demo.run(common)?,
        Some(Command::Live(live)) => live.run(common)?,
        Some(Command::Compare(compare)) => compare.run(common)?,
        Some(Command::Run(run)) => return run.run(common),
        Some(Command::Check(check)) => return check.run(common),
        Some(Command::Explain(explain)) => explain.run(common)?,
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
        None if cli.files.is_empty() && !cli.replay && cli.speed.is_none() => {
            live::Live::default().run(common)?
        }
        None if cli.files.is_empty() => {
            return Err(Error::Usage("name the captures to replay: seqdump --replay FILE".to_owned()));
        }
        None if cli.replay || cli.speed.is_some() => {
            common.replay(&cli.files, Pace::new(cli.speed.unwrap_or(1.0)))?
        }
        None if common.wants_screen() => {
            let (reading, frames) = common.open(&cli.files, true)?;
            common.screen(reading, frames, false, None)?;
        }
        None => print::Print::of(cli.files).run(common)?,
    }
    Ok(0)
}

//! `seqdump demo`: a conversation to look at, without a capture at hand.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use unicode_width::UnicodeWidthStr;

use super::complaint::complain;
use super::print::{Look, Printer};
use super::{Common, apart, folder_is_there, output, unwritten};
use crate::capture::live::Stop;
use crate::capture::{Input, privilege};
use crate::demo::{self, Performance, SCENARIOS, Scenario};
use crate::error::Error;
use crate::model::comparison::Costs;
use crate::tui;

/// Play a scenario over real loopback sockets and show it.
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// The scenario; without one, all are listed
    scenario: Option<String>,
    /// Keep the capture of each scenario (of all, where none is named) in this folder, as pcapng with its keys
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    #[command(flatten)]
    look: Look,
}

impl Demo {
    pub(super) fn run(self, common: &Common) -> Result<(), Error> {
        common.filter()?;
        if self.record.is_some() {
            common.hide.spare_packets()?;
        }
        self.record.as_deref().map_or(Ok(()), folder_is_there)?;
        match (&self.scenario, &self.record) {
            (None, None) => list(common),
            (None, Some(_)) => SCENARIOS.iter().try_for_each(|scenario| self.play(common, scenario)),
            (Some(name), _) => self.play(common, demo::scenario(name)?),
        }
    }

    fn play(&self, common: &Common, scenario: &'static Scenario) -> Result<(), Error> {
        let stop = Stop::default();
        let (input, mut performance) = scenario.open(&stop, self.record.is_some())?;
        remark(common, &performance);
        if common.wants_screen() && self.record.is_none() && scenario.columns.is_empty() {
            let reading = super::reading(input.source, common.logs(), &common.limits);
            let said = performance.recorded.as_ref().map(|_| {
                common.lang().pick(
                    "a recording of this scenario, since capturing is not permitted",
                    "캡처 권한이 없어 이 시나리오의 녹화를 보여 줍니다",
                )
            });
            let options = tui::Options {
                needs: common.needs(true),
                open_first: true,
                said: said.map(str::to_owned),
                ..common.screen_options()?
            };
            tui::run(tui::Input { reading, frames: input.frames }, &options)?;
            stop.stop();
            return performance.finish().map(drop);
        }
        super::signal::on_interrupt(&stop)?;
        narrate(common, scenario)?;
        self.print(common, scenario, input, performance)
    }

    /// Prints the scenario once it is over.
    fn print(
        &self,
        common: &Common,
        scenario: &Scenario,
        input: Input,
        mut performance: Performance,
    ) -> Result<(), Error> {
        let reading = super::reading(input.source, common.logs(), &common.limits);
        let needs = common.needs(true);
        let mut printer = apart(&needs, || Printer::read(common, reading, input.frames))?;
        performance.finish()?;
        let kept = self.record.as_ref().map(|folder| folder.join(format!("{}.pcapng", scenario.name)));
        let kept = kept.map(|path| privilege::create(&path)).transpose()?;
        apart(&needs, || self.show(common, scenario, &mut printer, &performance, kept))
    }

    /// Prints what was read, and keeps it where that is wanted.
    fn show(
        &self,
        common: &Common,
        scenario: &Scenario,
        printer: &mut Printer,
        performance: &Performance,
        kept: Option<File>,
    ) -> Result<(), Error> {
        if let (Some(file), Some(frames)) = (kept, &printer.frames) {
            performance.record(frames, printer.reading.totals().packets, file)?;
        }
        printer.aliases = performance.cast(printer.survey.connections(), common.lang());
        if scenario.columns.is_empty() {
            let mut look = self.look.clone();
            look.together |= scenario.together;
            look.print(common, printer, &printer.wanted(), &mut output())?;
        } else {
            costs(common, scenario, performance, printer)?;
        }
        complain(&printer.survey.warned, &mut printer.reading, common.lang());
        Ok(())
    }
}

/// Prints what each way of saying the same costs.
fn costs(
    common: &Common,
    scenario: &Scenario,
    performance: &Performance,
    printer: &Printer,
) -> Result<(), Error> {
    let mut columns = Vec::new();
    for (place, name) in scenario.columns.iter().enumerate() {
        let own = printer.survey.connections().filter(|known| performance.place(known) == Some(place));
        let trace = printer.open(&own.map(|connection| connection.id).collect::<Vec<u32>>())?;
        columns.push((common.lang().of(*name).to_owned(), Costs::of(&trace)));
    }
    let mut out = output();
    super::compare::table(&columns, common.lang(), &mut out)?;
    out.flush().map_err(unwritten)
}

/// Lists the scenarios.
fn list(common: &Common) -> Result<(), Error> {
    let lang = common.lang();
    let mut out = output();
    let head =
        lang.pick("seqdump demo SCENARIO plays one of these:", "seqdump demo SCENARIO로 하나를 재생합니다:");
    writeln!(out, "{head}").map_err(unwritten)?;
    let width = SCENARIOS.iter().map(|scenario| scenario.name.width()).max().unwrap_or_default();
    for scenario in SCENARIOS {
        writeln!(out, "  {:<width$}  {}", scenario.name, lang.of(scenario.about)).map_err(unwritten)?;
    }
    out.flush().map_err(unwritten)
}

/// Says why it is the recording that is shown, and what this machine lacks.
fn remark(common: &Common, performance: &Performance) {
    let lang = common.lang();
    if let Some(why) = &performance.recorded {
        eprintln!("seqdump: {why}");
        let told = lang
            .pick("showing the recording of this scenario instead", "대신 이 시나리오의 녹화를 보여 줍니다");
        eprintln!("seqdump: {told}");
    }
    for remark in &performance.remarks {
        eprintln!("seqdump: {}", lang.of(*remark));
    }
}

/// Says what is going to be seen.
fn narrate(common: &Common, scenario: &Scenario) -> Result<(), Error> {
    let lang = common.lang();
    let mut out = output();
    let mut say = |line: &str| writeln!(out, "{line}").map_err(unwritten);
    say(&format!("{}: {}", scenario.name, lang.of(scenario.about)))?;
    for line in scenario.watch {
        say(&format!("  • {}", lang.of(*line)))?;
    }
    say("")?;
    out.flush().map_err(unwritten)
}

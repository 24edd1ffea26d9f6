//! `seqdump run`: a program, and what it said.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::mpsc;

use nix::sys::signal::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::complaint::complain;
use super::print::{Look, Printer};
use super::{Common, apart, folder_is_there, output};
use crate::capture::confine::Needs;
use crate::capture::keylog::{Logs, WithKeyLogs};
use crate::capture::live::{self, Stop};
use crate::capture::privilege::{self, Identity};
use crate::capture::write::Format;
use crate::capture::{Frames, interface, process};
use crate::error::Error;
use crate::locale::Lang;
use crate::reading::Reading;
use crate::render::stream::Rows;
use crate::run::{self, Calls, Child, Keys, Record, Recorded, Told, Tracing, Watch, Whose};
use crate::survey::Survey;

/// Run a program, and show what it and its children said.
#[derive(Debug, clap::Args)]
pub(crate) struct Run {
    /// Capture on this interface; may be given several times. All of them by default
    #[arg(short, long, value_name = "IFACE")]
    interface: Vec<String>,
    /// Keep its packets in this file, with its TLS keys (pcapng; a .pcap file holds no keys)
    #[arg(short, long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Put what the program says on standard output and standard error into this file, instead of on standard error
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Show the socket calls of the program and its children between the packets that they cause
    #[arg(long)]
    calls: bool,
    /// Show the connections of all other programs too
    #[arg(long)]
    all: bool,
    /// Draw the diagram once the program has ended, instead of printing rows as they come
    #[arg(long)]
    diagram: bool,
    #[command(flatten)]
    look: Look,
    /// The program and its arguments
    #[arg(value_name = "CMD", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// All that is known once the program has ended.
struct Seen {
    reading: Reading,
    watch: Watch,
    frames: Option<Frames>,
    /// The key log lines of the program.
    lines: Vec<u8>,
    /// The file that keeps its packets.
    kept: Option<(File, Format)>,
}

impl Run {
    /// The exit status is the program's.
    pub(super) fn run(self, common: &Common) -> Result<u8, Error> {
        let filter = common.filter()?;
        if self.write.is_some() {
            common.hide.spare_packets()?;
        }
        for path in [&self.write, &self.output].into_iter().flatten() {
            path.parent().map_or(Ok(()), folder_is_there)?;
        }
        let stop = Stop::default();
        let mut interfaces = self.interface.clone();
        if interfaces.is_empty() && cfg!(target_os = "linux") {
            interfaces.push(interface::ANY.to_owned());
        }
        let input = live::open(&live::Options { interfaces, ..live::Options::default() }, &stop)?;
        let (tell, told) = mpsc::channel();
        // Without it, connections that are gone at once may remain unknown, and calls are watched in another way.
        let tracing = Tracing::begin(self.calls, tell.clone()).ok();
        let invoker = Identity::invoker();
        if let Some(invoker) = invoker {
            privilege::step_down(invoker)?;
        }
        let keys = Keys::new()?;
        let (record, recorded) = match &tracing {
            Some(tracing) => (Record::Kernel(tracing), Recorded::Closings),
            None if self.calls => (Record::Stops(tell.clone()), Recorded::Openings),
            None => (Record::None, Recorded::Nothing),
        };
        drop(tell);
        let child = Child::start(&self.command, &keys, self.output.as_deref(), record)?;
        if let Some(invoker) = invoker {
            privilege::give_up(invoker)?;
        }
        pass_on(&child)?;
        let mut logs = common.keylog.clone();
        logs.push(keys.path().to_owned());
        let window = child.window(input.source);
        let reached = window.reached();
        let source = Box::new(WithKeyLogs::new(window, Logs::open(logs)));
        let mut reading = Reading::new(source, &common.limits).expecting_secrets();
        let rows = (!self.diagram).then(|| {
            let out: Box<dyn Write + Send> = Box::new(BufWriter::new(std::io::stdout()));
            let mut rows = Rows::new(out, common.lang(), common.level, filter).held();
            rows.redactor = common.hide.redactor();
            rows
        });
        let mut watch = Watch::new((std::process::id(), self.all), (recorded, told), (rows, reached))?;
        // What reads packets is confined; this thread waits for the program, and makes and removes files.
        let needs = Needs { keylogs: [common.keylogs(), vec![keys.path().to_owned()]].concat(), live: true };
        let attended = apart(&needs, || run::attend(&mut reading, &mut watch, &child, &stop));
        // Where nobody reads what is printed, the program still goes on to its end.
        let status = child.finish()?;
        if let Some(tracing) = tracing {
            tracing.finish();
        }
        let told = attended.and_then(|()| apart(&needs, || watch.finish()));
        match told {
            Err(error) if error.is_broken_pipe() => return Ok(status),
            other => other?,
        }
        let kept = match &self.write {
            Some(path) => Some((privilege::create(path)?, Format::of(path))),
            None => None,
        };
        let lines = keys.lines();
        let seen = Seen { reading, watch, frames: input.frames, lines, kept };
        apart(&needs, || self.show(common, seen))?;
        say_what_is_left(common.lang());
        Ok(status)
    }

    /// Draws the program's connections where they have not been printed, keeps them where that is wanted, and says
    /// what is missing.
    fn show(&self, common: &Common, seen: Seen) -> Result<(), Error> {
        let lang = common.lang();
        let Watch { survey, whose, calls, .. } = seen.watch;
        let mut printer = Printer::of(common, seen.reading, survey, seen.frames)?;
        let ids: Vec<u32> = printer.wanted().into_iter().filter(|id| self.all || whose.is_own(*id)).collect();
        remark(&calls, self.calls, lang);
        let lines = seen.lines;
        if let (Some(kept), Some(frames)) = (seen.kept, &printer.frames) {
            run::write((&printer.survey, &whose, &calls.calls), &ids, frames, &lines, kept)?;
        }
        if self.diagram {
            printer.aliases = whose.aliases(&printer.survey, &ids, lang);
            printer.calls = calls.calls;
            let mut look = self.look.clone();
            look.together |= self.calls;
            look.print(common, &printer, &ids, &mut output())?;
        }
        self.say_what_is_missing(&whose, &printer, &ids, &lines, lang);
        complain(&printer.survey.warned, &mut printer.reading, lang);
        Ok(())
    }

    fn say_what_is_missing(&self, whose: &Whose, printer: &Printer, ids: &[u32], lines: &[u8], lang: Lang) {
        let undecided = whose.undecided(&printer.survey);
        if !self.all && !ids.is_empty() && undecided > 0 {
            say(&lang.pick(
                format!("{undecided} more connections were gone before it could be asked whose they are; --all shows them"),
                format!("연결 {undecided}개는 누구의 것인지 묻기 전에 사라졌습니다. --all로 볼 수 있습니다"),
            ));
        }
        if ids.is_empty() {
            say(&self.nothing(whose, &printer.survey, lang));
        }
        let mut known = ids.iter().filter_map(|id| printer.survey.get(*id));
        let secret = known.any(|known| known.protocols.has("tls"));
        if secret && lines.is_empty() {
            say(lang.pick(
                "no TLS keys came: the program heeds neither SSLKEYLOGFILE nor NODE_OPTIONS",
                "TLS 키가 오지 않았습니다. 프로그램이 SSLKEYLOGFILE도 NODE_OPTIONS도 따르지 않습니다",
            ));
        }
    }

    /// Why there is nothing to show.
    fn nothing(&self, whose: &Whose, survey: &Survey, lang: Lang) -> String {
        let name =
            crate::safe::line(&self.command.first().map(|name| name.to_string_lossy()).unwrap_or_default());
        let (seen, unknown) = (survey.len(), whose.undecided(survey));
        let own = survey.connections().filter(|known| whose.is_own(known.id)).count();
        if own > 0 {
            return lang.pick(
                format!("the filter lets none of the {own} connections of {name} through"),
                format!("필터가 {name}의 연결 {own}개를 모두 걸렀습니다"),
            );
        }
        if seen == 0 {
            return lang.pick(
                format!("{name} sent nothing that could be captured: no connection was seen while it ran"),
                format!("{name}의 통신이 잡히지 않았습니다. 실행되는 동안 연결이 하나도 보이지 않았습니다"),
            );
        }
        if unknown > 0 {
            return lang.pick(
                format!(
                    "no connection is known to be of {name}: {unknown} of {seen} were gone before it could be asked \
                     whose they are; --all shows them"
                ),
                format!(
                    "{name}의 것으로 밝혀진 연결이 없습니다. {seen}개 중 {unknown}개는 누구의 것인지 묻기 전에 \
                     사라졌습니다. --all로 볼 수 있습니다"
                ),
            );
        }
        lang.pick(
            format!("{name} opened no connection; {seen} of other programs were seen, which --all shows"),
            format!("{name}의 연결이 없습니다. 다른 프로그램의 연결 {seen}개는 --all로 볼 수 있습니다"),
        )
    }
}

/// Says which processes of the program go on without it.
fn say_what_is_left(lang: Lang) {
    let left: Vec<String> =
        process::descendants(std::process::id()).iter().map(ToString::to_string).collect();
    if !left.is_empty() {
        let left = left.join(", ");
        say(&lang.pick(
            format!("what the program left running was watched only until it ended: {left}"),
            format!("프로그램이 남겨 둔 프로세스는 프로그램이 끝날 때까지만 지켜보았습니다: {left}"),
        ));
    }
}

/// Says what is missing among the calls.
fn remark(calls: &Calls, wanted: bool, lang: Lang) {
    if calls.lost > 0 && wanted {
        let lost = calls.lost;
        say(&lang.pick(
            format!("{lost} calls were not recorded: there were too many at once"),
            format!("호출 {lost}개는 한꺼번에 너무 많아 기록하지 못했습니다"),
        ));
    }
    if calls.beyond > 0 && wanted {
        let (kept, beyond) = (calls.calls.len(), calls.beyond);
        say(&lang.pick(
            format!("only the first {kept} calls are shown; {beyond} more came"),
            format!("호출은 처음 {kept}개만 보여 줍니다. 그 뒤로 {beyond}개가 더 있었습니다"),
        ));
    }
    for told in &calls.remarks {
        match told {
            Told::Ring(process) => say(&lang.pick(
                format!("{process} uses io_uring, and what it does with sockets that way is no call: it is not shown"),
                format!("{process}은(는) io_uring을 씁니다. 그렇게 한 소켓 작업은 호출이 아니어서 보이지 않습니다"),
            )),
            Told::Privileged(process) => say(&lang.pick(
                format!("{process} became a program with rights of its own (setuid), which it keeps only unwatched: its calls are not shown; with sudo they are"),
                format!("{process}은(는) 따로 권한을 얻는 프로그램(setuid)이 되었고, 지켜보면 그 권한을 잃으므로 호출을 보이지 않습니다. sudo로 실행하면 볼 수 있습니다"),
            )),
            Told::Call(_) | Told::Socket(..) | Told::Lost(_) => {}
        }
    }
}

fn say(line: &str) {
    eprintln!("seqdump: {line}");
}

/// Passes signals on to the program. A terminal sends Ctrl-C to both; the third signal kills the program.
fn pass_on(child: &Child) -> Result<(), Error> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(Error::Terminal)?;
    let signaller = child.signaller();
    std::thread::spawn(move || {
        for (count, signal) in signals.forever().enumerate() {
            if count >= 2 {
                signaller(Signal::SIGKILL);
            } else if signal != SIGINT || !std::io::stdin().is_terminal() {
                let Ok(signal) = Signal::try_from(signal) else { continue };
                signaller(signal);
            }
        }
    });
    Ok(())
}

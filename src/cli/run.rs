//! `seqdump run`: a program, and what it said.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::complaint::complain;
use super::print::{Look, Printer};
use super::{Common, folder_is_there, output};
use crate::capture::keylog::WithKeyLogs;
use crate::capture::live::{self, Stop};
use crate::capture::privilege::{self, Identity};
use crate::capture::{interface, process};
use crate::error::Error;
use crate::limits::Limits;
use crate::locale::Lang;
use crate::reading::Reading;
use crate::run::{self, Child, Keys, Tracing, Watch, Whose};
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
    /// Show the socket calls of the program and its children between the packets that they cause; needs root
    #[arg(long)]
    calls: bool,
    /// Show the connections of all other programs too
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    look: Look,
    /// The program and its arguments
    #[arg(value_name = "CMD", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

impl Run {
    /// The exit status is the program's.
    pub(super) fn run(self, common: &Common) -> Result<u8, Error> {
        common.filter()?;
        self.write.as_deref().and_then(Path::parent).map_or(Ok(()), folder_is_there)?;
        let stop = Stop::default();
        let mut interfaces = self.interface.clone();
        if interfaces.is_empty() && cfg!(target_os = "linux") {
            interfaces.push(interface::ANY.to_owned());
        }
        let input = live::open(&live::Options { interfaces, ..live::Options::default() }, &stop)?;
        let tracing = match Tracing::begin(self.calls) {
            Err(error) if self.calls => return Err(error),
            // Without it, connections that are gone at once remain unknown.
            tracing => tracing.ok(),
        };
        let invoker = Identity::invoker();
        if let Some(invoker) = invoker {
            privilege::step_down(invoker)?;
        }
        let keys = Keys::new()?;
        let child = Child::start(&self.command, &keys, tracing.as_ref())?;
        if let Some(invoker) = invoker {
            privilege::give_up(invoker)?;
        }
        pass_on(&child)?;
        let mut logs = common.keylog.clone();
        logs.push(keys.path().to_owned());
        let mut reading = Reading::new(Box::new(WithKeyLogs::new(input.source, logs)), &Limits::default());
        // A screen takes `reading` and `watch` from here; the program's output then belongs into a pane.
        let mut watch = Watch::new(std::process::id());
        run::attend(&mut reading, &mut watch, &child, &stop)?;
        let status = child.finish()?;
        let calls = tracing.map(Tracing::finish);
        let mut printer = Printer::of(common, reading, watch.survey, input.frames)?;
        if let Some(calls) = calls {
            if calls.lost > 0 && self.calls {
                say(&common.lang().pick(
                    format!("{} calls were not recorded: there were too many at once", calls.lost),
                    format!("호출 {}개는 한꺼번에 너무 많아 기록하지 못했습니다", calls.lost),
                ));
            }
            watch.whose.learn(&printer.survey, &calls);
            printer.calls = calls.calls;
        }
        self.show(common, &watch.whose, &mut printer, &keys)?;
        complain(&printer.survey.warned, &mut printer.reading, common.lang());
        Ok(status)
    }

    /// Prints the program's connections, and keeps them where that is wanted.
    fn show(&self, common: &Common, whose: &Whose, printer: &mut Printer, keys: &Keys) -> Result<(), Error> {
        let lang = common.lang();
        let ids: Vec<u32> = printer.wanted().into_iter().filter(|id| self.all || whose.is_own(*id)).collect();
        printer.aliases = whose.aliases(&printer.survey, &ids, lang);
        let mut look = self.look.clone();
        look.together |= self.calls;
        look.print(common, printer, &ids, &mut output())?;
        let lines = keys.lines();
        if let (Some(path), Some(frames)) = (&self.write, &printer.frames) {
            run::write((&printer.survey, whose), &ids, frames, &lines, path)?;
        }
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
        let connections = printer.survey.connections();
        let secret =
            ids.iter().filter_map(|id| connections.get(*id as usize)).any(|known| known.protocols.has("tls"));
        if secret && lines.is_empty() {
            say(lang.pick(
                "no TLS keys came: the program heeds neither SSLKEYLOGFILE nor NODE_OPTIONS",
                "TLS 키가 오지 않았습니다. 프로그램이 SSLKEYLOGFILE도 NODE_OPTIONS도 따르지 않습니다",
            ));
        }
        let left: Vec<String> =
            process::descendants(std::process::id()).iter().map(ToString::to_string).collect();
        if !left.is_empty() {
            let left = left.join(", ");
            say(&lang.pick(
                format!("what the program left running was watched only until it ended: {left}"),
                format!("프로그램이 남겨 둔 프로세스는 프로그램이 끝날 때까지만 지켜보았습니다: {left}"),
            ));
        }
        Ok(())
    }

    /// Why there is nothing to show.
    fn nothing(&self, whose: &Whose, survey: &Survey, lang: Lang) -> String {
        let name =
            crate::safe::line(&self.command.first().map(|name| name.to_string_lossy()).unwrap_or_default());
        let (seen, unknown) = (survey.connections().len(), whose.undecided(survey));
        let own = survey.connections().iter().filter(|known| whose.is_own(known.id)).count();
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

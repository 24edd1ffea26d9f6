//! `seqdump live`: capture and show.

use std::path::PathBuf;

use super::complaint::complain;
use super::{Common, output};
use crate::capture::confine;
use crate::capture::keylog::WithKeyLogs;
use crate::capture::live::{self, Stop};
use crate::capture::privilege::{self, Identity};
use crate::capture::write::Format;
use crate::error::Error;
use crate::reading::Step;
use crate::render::stream::Rows;

/// Capture live and show it.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Live {
    /// Capture on this interface; may be given several times, `any` is all of them
    #[arg(short, long, value_name = "IFACE")]
    interface: Vec<String>,
    /// Keep the packets in this file (pcapng, or pcap by its name)
    #[arg(short, long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Put the TLS secrets that come into the key logs meanwhile into the file too, which then decrypts anywhere
    /// (pcapng)
    #[arg(long)]
    embed_keys: bool,
    /// Stop after so many packets
    #[arg(short, long, value_name = "N")]
    count: Option<u64>,
    /// What to capture, in tcpdump's filter language, such as `port 8080`
    #[arg(value_name = "BPF", trailing_var_arg = true)]
    bpf: Vec<String>,
}

impl Live {
    pub(super) fn run(self, common: &Common) -> Result<(), Error> {
        let filter = common.filter()?;
        let limits = common.limits.clone();
        let keylogs = common.keylogs();
        self.has_place_for_keys(&keylogs)?;
        let stop = Stop::default();
        let options = live::Options {
            interfaces: self.interface,
            filter: self.bpf.join(" "),
            write: self.write,
            ring: 64 << 20,
            spool_folder: None,
        };
        let input = live::open(&options, &stop)?;
        if let Some(invoker) = Identity::invoker() {
            privilege::give_up(invoker)?;
        }
        let mut reading = match self.embed_keys {
            true => common.following(WithKeyLogs::new(input.source, keylogs).keeping(), &limits),
            false => common.reading(input.source, &limits),
        };
        if common.wants_screen() {
            return common.screen(reading, input.frames, true, self.count);
        }
        confine::confine(&[], &common.keylogs())?;
        super::signal::on_interrupt(&stop)?;
        let mut rows = Rows::new(output(), common.lang(), common.level, filter);
        loop {
            let step = reading.step(&mut rows)?;
            let enough = self.count.is_some_and(|count| reading.totals().packets >= count);
            if enough {
                reading.finish(false, &mut rows);
            }
            match step {
                Step::End => break,
                _ if enough => break,
                Step::Idle => rows.flush()?,
                Step::More => {}
            }
        }
        rows.flush()?;
        complain(&[], &mut reading, common.lang());
        Ok(())
    }

    /// Whether there is a file to embed keys in, and a log to take them from, where that is wanted.
    fn has_place_for_keys(&self, keylogs: &[PathBuf]) -> Result<(), Error> {
        let why = match &self.write {
            _ if !self.embed_keys => return Ok(()),
            None => "--embed-keys goes with --write: name the file that keeps the packets",
            Some(path) if Format::of(path) == Format::Pcap => "a pcap file holds no secrets: use pcapng",
            Some(_) if keylogs.is_empty() => {
                "--embed-keys needs a key log to take them from: name it with --keylog"
            }
            Some(_) => return Ok(()),
        };
        Err(Error::Usage(why.to_owned()))
    }
}

//! Ctrl-C, a kill and a closed terminal end a capture; what was captured is still told.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::capture::live::Stop;
use crate::error::Error;

/// Ends the capture on the first SIGINT, SIGTERM or SIGHUP; on the second, the program ends at once.
pub(super) fn on_interrupt(stop: &Stop) -> Result<(), Error> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(Error::Terminal)?;
    let stop = stop.clone();
    std::thread::spawn(move || {
        for (count, signal) in signals.forever().enumerate() {
            if count > 0 {
                std::process::exit(128 + signal);
            }
            stop.stop();
        }
    });
    Ok(())
}

//! What comes at the moment: of each connection that is active, its packets of the last seconds.
//!
//! Time is told by whoever calls, in seconds of any clock that does not go back. What is read from a file at once has no
//! pulse.

use rustc_hash::FxHashMap;

/// So many seconds are remembered.
pub const SECONDS: usize = 8;
/// The signs for few and many packets.
const SIGNS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The packets of the last seconds.
#[derive(Debug, Default)]
pub struct Pulse {
    /// By connection: packets of each second, the newest last.
    beats: FxHashMap<u32, [u32; SECONDS]>,
    /// The newest second; `None` where nothing is counted.
    now: Option<u64>,
}

impl Pulse {
    /// It is second `now`: what is too old is forgotten. Whether anything is to be drawn anew.
    pub fn tick(&mut self, now: u64) -> bool {
        let passed = now.saturating_sub(self.now.unwrap_or(now)) as usize;
        self.now = Some(now.max(self.now.unwrap_or(now)));
        if passed == 0 || self.beats.is_empty() {
            return false;
        }
        self.beats.retain(|_, beats| {
            beats.rotate_left(passed.min(SECONDS));
            beats[SECONDS - passed.min(SECONDS)..].fill(0);
            beats.iter().any(|count| *count > 0)
        });
        true
    }

    /// Counts packets that came now.
    pub fn count(&mut self, id: u32, packets: u64) {
        if self.now.is_some() && packets > 0 {
            let beats = self.beats.entry(id).or_default();
            beats[SECONDS - 1] =
                beats[SECONDS - 1].saturating_add(u32::try_from(packets).unwrap_or(u32::MAX));
        }
    }

    /// Whether anything is still to fade away.
    pub fn is_beating(&self) -> bool {
        !self.beats.is_empty()
    }

    /// Whether a connection had packets in this second or the one before.
    pub fn is_active(&self, id: u32) -> bool {
        self.beats.get(&id).is_some_and(|beats| beats[SECONDS - 2..].iter().any(|count| *count > 0))
    }

    /// The packets of all seconds that are remembered.
    pub fn sum(&self, id: u32) -> u64 {
        self.beats.get(&id).map_or(0, |beats| beats.iter().map(|count| u64::from(*count)).sum())
    }

    /// A bar for each second; its height goes with the logarithm of the packets, so that few are seen beside many.
    pub fn bars(&self, id: u32) -> String {
        let sign = |count: &u32| match *count {
            0 => ' ',
            count => SIGNS[(count.ilog2() as usize).min(SIGNS.len() - 1)],
        };
        self.beats.get(&id).map_or_else(String::new, |beats| beats.iter().map(sign).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_moves_to_the_left_and_fades() {
        let mut pulse = Pulse::default();
        pulse.count(1, 5);
        assert!(!pulse.is_beating(), "nothing is counted before there is a time");
        pulse.tick(10);
        pulse.count(1, 1);
        assert!(pulse.is_active(1) && !pulse.is_active(2));
        assert!(pulse.tick(11));
        pulse.count(1, 300);
        assert_eq!((pulse.bars(1).as_str(), pulse.sum(1)), ("      ▁█", 301));
        pulse.tick(13);
        assert_eq!((pulse.bars(1).as_str(), pulse.is_active(1)), ("    ▁█  ", false));
        pulse.tick(99);
        assert!(!pulse.is_beating());
    }
}

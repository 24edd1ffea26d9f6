//! How a pcapng interface counts time (4.2: `if_tsresol`, `if_tsoffset`).

/// Turns an interface's units into nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    unit: Unit,
    /// Nanoseconds to add to each time.
    shift: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// So many nanoseconds.
    Coarse(u64),
    /// So many make a nanosecond.
    Fine(u64),
    /// So many bits of a count are the fraction of a second.
    Binary(u32),
}

impl Default for Clock {
    /// Microseconds.
    fn default() -> Clock {
        Clock { unit: Unit::Coarse(1000), shift: 0 }
    }
}

impl Clock {
    /// Nanoseconds, as this program writes.
    pub(super) const NANOS: Clock = Clock { unit: Unit::Coarse(1), shift: 0 };

    /// Takes `if_tsresol`: a negative power of ten, or of two where the top bit is set.
    pub(super) fn set_resolution(&mut self, resolution: u8) {
        self.unit = match resolution {
            0..=9 => Unit::Coarse(10u64.pow(9 - u32::from(resolution))),
            10..=28 => Unit::Fine(10u64.pow(u32::from(resolution) - 9)),
            // Units so small that 64 bits of them are no time at all.
            29..=127 => Unit::Binary(127),
            _ => Unit::Binary(u32::from(resolution & 0x7f)),
        };
    }

    /// Takes `if_tsoffset`: seconds to add.
    pub(super) fn set_offset(&mut self, seconds: i64) {
        self.shift = seconds.saturating_mul(1_000_000_000);
    }

    /// Nanoseconds; `None` where they do not fit, beyond the year 2262.
    #[inline]
    pub(super) fn nanos(self, units: u64) -> Option<i64> {
        let nanos = match self.unit {
            Unit::Coarse(nanos) => units.checked_mul(nanos).and_then(|nanos| i64::try_from(nanos).ok()),
            Unit::Fine(a_nano) => i64::try_from(units / a_nano).ok(),
            Unit::Binary(bits) => i64::try_from((u128::from(units) * 1_000_000_000) >> bits).ok(),
        };
        nanos?.checked_add(self.shift)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolutions_of_ten_and_of_two_come_out_in_nanoseconds() {
        for (resolution, units, nanos) in [
            (0, 3, Some(3_000_000_000)),
            (6, 1_700_000_000_123_456, Some(1_700_000_000_123_456_000)),
            (9, 5, Some(5)),
            (12, 5_999, Some(5)),
            (127, 1 << 63, Some(0)),
            (0x80, 7, Some(7_000_000_000)),
            (0x8a, 1536, Some(1_500_000_000)),
            (0xff, u64::MAX, Some(0)),
            (3, u64::MAX, None),
            (0x80, u64::MAX, None),
        ] {
            let mut clock = Clock::default();
            clock.set_resolution(resolution);
            assert_eq!(clock.nanos(units), nanos, "{resolution:#x}");
        }
    }

    #[test]
    fn an_offset_moves_all_times_and_none_wraps() {
        let mut clock = Clock::NANOS;
        clock.set_offset(-2);
        assert_eq!(clock.nanos(5), Some(-1_999_999_995));
        clock.set_offset(i64::MAX);
        assert_eq!((clock.nanos(0), clock.nanos(1)), (Some(i64::MAX), None));
        clock.set_offset(i64::MIN);
        assert_eq!(clock.nanos(1), Some(i64::MIN + 1));
    }
}

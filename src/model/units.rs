//! Durations and sizes as people write them.

/// Nanoseconds as three significant digits and a unit: `795 µs`, `1.21 ms`, `12.4 s`, `3m07s`, `2h05m`, `4d03h`.
/// At most eight columns, a minus sign included.
pub fn duration(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    let seconds = nanos / 1_000_000_000;
    let text = match nanos {
        0..1_000 => format!("{nanos} ns"),
        1_000..999_500 => format!("{} µs", three_digits(nanos, 1_000)),
        999_500..999_500_000 => format!("{} ms", three_digits(nanos, 1_000_000)),
        999_500_000..59_950_000_000 => format!("{} s", three_digits(nanos, 1_000_000_000)),
        59_950_000_000..60_000_000_000 => "1m00s".to_owned(),
        _ if seconds < 3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ if seconds < 86_400 => format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
        _ if seconds < 8_640_000 => format!("{}d{:02}h", seconds / 86_400, seconds / 3_600 % 24),
        _ => format!("{}d", seconds / 86_400),
    };
    format!("{sign}{text}")
}

/// Bytes: exact below 10,000 (`1460 B`), then with one decimal (`12.3 kB`, `1.5 MB`).
pub fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// A size that became another: `48→1214 B`, `900 B→12.3 kB`.
pub fn from_to(before: u64, after: u64) -> String {
    let (before, after) = (size(before), size(after));
    match (before.rsplit_once(' '), after.rsplit_once(' ')) {
        (Some((number, unit)), Some((_, same))) if unit == same => format!("{number}→{after}"),
        _ => format!("{before}→{after}"),
    }
}

fn three_digits(nanos: u64, unit: u64) -> String {
    let value = nanos as f64 / unit as f64;
    let decimals = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    let text = format!("{value:.decimals$}");
    if decimals == 0 {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits_and_fit_eight_columns() {
        for (nanos, text) in [
            (0, "0 ns"),
            (850, "850 ns"),
            (41_000, "41 µs"),
            (999_499, "999 µs"),
            (999_500, "1 ms"),
            (1_214_000, "1.21 ms"),
            (12_350_000, "12.3 ms"),
            (999_499_999, "999 ms"),
            (1_500_000_000, "1.5 s"),
            (59_940_000_000, "59.9 s"),
            (59_990_000_000, "1m00s"),
            (187_000_000_000, "3m07s"),
            (7_500_000_000_000, "2h05m"),
            (i64::MIN, "-106751d"),
            (-1_214_000, "-1.21 ms"),
        ] {
            assert_eq!(duration(nanos), text);
        }
        let mut nanos = 1_i64;
        while let Some(next) = nanos.checked_mul(7) {
            assert!(duration(-nanos).chars().count() <= 8, "{}", duration(-nanos));
            nanos = next;
        }
    }

    #[test]
    fn sizes_are_exact_while_they_are_small() {
        assert_eq!(from_to(48, 1214), "48→1214 B");
        assert_eq!(from_to(900, 12_345), "900 B→12.3 kB");
        assert_eq!(size(1460), "1460 B");
        assert_eq!(size(12_345), "12.3 kB");
        assert_eq!(size(1_500_000), "1.5 MB");
        assert_eq!(size(u64::MAX), "18446744073.7 GB");
    }
}

//! Durations and sizes as people write them.

use std::fmt::Write as _;

/// Nanoseconds as three significant digits and a unit: `795 µs`, `1.21 ms`, `12.4 s`, `3m07s`, `2h05m`, `4d03h`.
/// At most eight columns, a minus sign included.
pub fn duration(nanos: i64) -> String {
    let mut text = String::new();
    push_duration(&mut text, nanos);
    text
}

/// Adds [`duration`] to `text`.
pub fn push_duration(text: &mut String, nanos: i64) {
    if nanos < 0 {
        text.push('-');
    }
    let nanos = nanos.unsigned_abs();
    match nanos {
        0..1_000 => push_number(text, nanos),
        1_000..999_500 => push_three_digits(text, nanos, 1_000),
        999_500..999_500_000 => push_three_digits(text, nanos, 1_000_000),
        999_500_000..59_950_000_000 => push_three_digits(text, nanos, 1_000_000_000),
        _ => return push_long(text, nanos.max(60_000_000_000) / 1_000_000_000),
    }
    text.push_str(match nanos {
        0..1_000 => " ns",
        1_000..999_500 => " µs",
        999_500..999_500_000 => " ms",
        _ => " s",
    });
}

/// From a minute on: two units.
fn push_long(text: &mut String, seconds: u64) {
    let (first, unit, second) = match seconds {
        0..3_600 => (seconds / 60, 'm', Some((seconds % 60, 's'))),
        3_600..86_400 => (seconds / 3_600, 'h', Some((seconds / 60 % 60, 'm'))),
        86_400..8_640_000 => (seconds / 86_400, 'd', Some((seconds / 3_600 % 24, 'h'))),
        _ => (seconds / 86_400, 'd', None),
    };
    push_number(text, first);
    text.push(unit);
    if let Some((second, unit)) = second {
        text.extend((second < 10).then_some('0'));
        push_number(text, second);
        text.push(unit);
    }
}

/// Adds a number in decimal digits to `text`.
pub fn push_number(text: &mut String, number: u64) {
    text.push_str(itoa::Buffer::new().format(number));
}

/// Bytes: exact below 10,000 (`1460 B`), then with one decimal (`12.3 kB`, `1.5 MB`).
pub fn size(bytes: u64) -> String {
    let mut text = String::new();
    push_size(&mut text, bytes);
    text
}

/// Adds [`size`] to `text`.
pub fn push_size(text: &mut String, bytes: u64) {
    let (value, unit) = match bytes {
        0..10_000 => {
            push_number(text, bytes);
            return text.push_str(" B");
        }
        10_000..1_000_000 => (bytes as f64 / 1e3, "kB"),
        1_000_000..1_000_000_000 => (bytes as f64 / 1e6, "MB"),
        _ => (bytes as f64 / 1e9, "GB"),
    };
    // Writing to a string does not fail.
    let _ = write!(text, "{value:.1} {unit}");
}

/// A size that became another: `48→1214 B`, `900 B→12.3 kB`.
pub fn from_to(before: u64, after: u64) -> String {
    let (before, after) = (size(before), size(after));
    match (before.rsplit_once(' '), after.rsplit_once(' ')) {
        (Some((number, unit)), Some((_, same))) if unit == same => format!("{number}→{after}"),
        _ => format!("{before}→{after}"),
    }
}

/// So many units in three significant digits, without noughts at the end; a half goes where the binary fraction
/// lies that is nearest, as when numbers with fractions are written.
fn push_three_digits(text: &mut String, nanos: u64, unit: u64) {
    let rounded = |parts: u64| {
        let (whole, rest) = (nanos * parts / unit, nanos * parts % unit * 2);
        let half_is_up = || {
            let beyond = (nanos as f64 / unit as f64).mul_add(parts as f64 * 2.0, -((whole * 2 + 1) as f64));
            beyond > 0.0 || (beyond == 0.0 && whole % 2 == 1)
        };
        whole + u64::from(rest > unit || (rest == unit && half_is_up()))
    };
    let mut parts = match nanos * 1_000 / unit {
        0..9_995 => 100,
        9_995..99_950 => 10,
        _ => 1,
    };
    let mut value = rounded(parts);
    while parts > 1 && value % 10 == 0 {
        (value, parts) = (value / 10, parts / 10);
    }
    push_number(text, value / parts);
    if parts > 1 {
        text.push('.');
        text.extend((parts == 100 && value % 100 < 10).then_some('0'));
        push_number(text, value % parts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_round_as_fractions_do() {
        for unit in [1_000, 1_000_000] {
            for thousandths in 1_000..99_500 {
                let nanos = thousandths * unit / 1_000;
                let value = nanos as f64 / unit as f64;
                let decimals = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
                let written = format!("{value:.decimals$}");
                let written = written.trim_end_matches('0').trim_end_matches('.');
                let mut text = String::new();
                push_three_digits(&mut text, nanos, unit);
                assert_eq!(text, if decimals > 0 { written } else { &text });
            }
        }
    }

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

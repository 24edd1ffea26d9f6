//! Strings, numbers and bytes as the event stream writes them.

use std::io::Write;

use crate::safe;

/// A text in which nothing has to be escaped.
#[inline]
pub(super) fn quoted(line: &mut Vec<u8>, text: &[u8]) {
    line.push(b'"');
    line.extend_from_slice(text);
    line.push(b'"');
}

/// A whole number.
#[inline]
pub(super) fn digits(line: &mut Vec<u8>, number: u64) {
    line.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// A number with a fraction; null where it is none.
pub(super) fn real(line: &mut Vec<u8>, number: f64) {
    let whole = number as u64;
    if whole as f64 == number && number.is_sign_positive() && whole < 1 << 53 {
        digits(line, whole);
    } else if number.is_finite() {
        let _ = write!(line, "{number}");
    } else {
        line.extend_from_slice(b"null");
    }
}

/// Bytes as a string of lower-case hex.
pub(super) fn hex(line: &mut Vec<u8>, bytes: &[u8]) {
    // By arithmetic, which the compiler does for many bytes at once.
    let digit = |value: u8| value + if value < 10 { b'0' } else { b'a' - 10 };
    line.push(b'"');
    let start = line.len();
    line.resize(start + 2 * bytes.len(), 0);
    for (pair, byte) in line[start..].chunks_exact_mut(2).zip(bytes) {
        pair[0] = digit(byte >> 4);
        pair[1] = digit(byte & 15);
    }
    line.push(b'"');
}

/// How many bytes at the start stand in a string as they are: ASCII without controls, quotation marks and backslashes.
fn plain(bytes: &[u8]) -> usize {
    let odd = |byte: u8| !(0x20..0x7f).contains(&byte) | (byte == b'"') | (byte == b'\\');
    // Without a branch inside, so that the compiler looks at all of a block at once.
    let is_plain = |block: &&[u8]| !block.iter().fold(false, |found, &byte| found | odd(byte));
    let blocks = bytes.chunks_exact(16).take_while(is_plain).count() * 16;
    let rest = &bytes[blocks..];
    blocks + rest.iter().position(|&byte| odd(byte)).unwrap_or(rest.len())
}

/// A string, with what is dangerous in it escaped.
pub(super) fn string(line: &mut Vec<u8>, text: &str) {
    line.push(b'"');
    let (mut rest, mut marks) = (text, 0);
    loop {
        let (run, after) = rest.split_at(plain(rest.as_bytes()));
        line.extend_from_slice(run.as_bytes());
        if let Some(after) = after.strip_prefix('"') {
            // By far the most frequent of all, and no mark.
            line.extend_from_slice(b"\\\"");
            (rest, marks) = (after, 0);
            continue;
        }
        let mut chars = after.chars();
        let Some(c) = chars.next() else { break };
        rest = chars.as_str();
        marks = match safe::is_mark(c) {
            true if run.is_empty() => marks + 1,
            true => 1,
            false => 0,
        };
        match c {
            '\\' => line.extend_from_slice(b"\\\\"),
            '\n' => line.extend_from_slice(b"\\n"),
            '\r' => line.extend_from_slice(b"\\r"),
            '\t' => line.extend_from_slice(b"\\t"),
            c if safe::is_dangerous(c) || marks > safe::MARKS => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(line, "\\u{unit:04x}");
                }
            }
            c => line.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    line.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_byte_is_found_wherever_it_stands() {
        for length in 0..50 {
            assert_eq!(plain(&vec![b'a'; length]), length);
            for place in 0..length {
                for odd in [0, 0x1f, b'"', b'\\', 0x7f, 0x80, 0xff] {
                    let mut bytes = vec![b'~'; length];
                    bytes[place] = odd;
                    assert_eq!(plain(&bytes), place);
                }
            }
        }
    }
}

//! Text from the wire made visible: nothing in it can move a cursor, turn writing round or hide.
//!
//! Controls are shown as their pictures (`␛`, `␍`), the other dangerous characters as `\u{202e}`. The result is one
//! line, and what it was can be told from it.

use std::borrow::Cow;
use std::fmt::Write as _;

/// More combining marks than this on one character are shown as escapes.
pub const MARKS: usize = 4;

/// Whether `c` must not reach an output as it is.
pub fn is_dangerous(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
        | '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether `c` is a combining mark.
pub fn is_mark(c: char) -> bool {
    // There are none before U+0300, nor among the ideographs and the Hangul syllables: most text needs no look-up.
    !matches!(c, '\0'..'\u{300}' | '\u{4e00}'..='\u{9fff}' | '가'..='힣')
        && unicode_normalization::char::is_combining_mark(c)
}

/// Which letters of a host name look like ASCII ones and are not (UTS 39), such as `U+0430 looks like a`; `None` where
/// there are none.
pub fn look_alikes(host: &str) -> Option<String> {
    let mut said = Vec::new();
    for c in host.chars().filter(|c| !c.is_ascii()) {
        let like: String = unicode_security::skeleton(c.encode_utf8(&mut [0; 4])).collect();
        let text = format!("U+{:04X} looks like {like}", c as u32);
        if like.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !like.is_empty() && !said.contains(&text)
        {
            said.push(text);
        }
    }
    (!said.is_empty()).then(|| said.join(", "))
}

/// A host name that is not one, and which of its letters look like others, for a note.
pub fn odd_host(host: &[u8]) -> String {
    let host = String::from_utf8_lossy(host.get(..255).unwrap_or(host));
    match look_alikes(&host) {
        Some(alike) => format!("{host}: {alike}"),
        None => host.into_owned(),
    }
}

/// `text` on one line, harmless: control characters as pictures, invisible and direction characters as escapes.
pub fn line(text: &str) -> String {
    shown(text).into_owned()
}

/// [`line()`], borrowing where nothing had to change.
pub fn shown(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !text.bytes().any(|b| b < 0x20 || b == 0x7f) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut marks = 0;
    for c in text.chars() {
        marks = if is_mark(c) { marks + 1 } else { 0 };
        match c {
            '\0'..='\x1f' => out.extend(char::from_u32(0x2400 + c as u32)),
            '\x7f' => out.push('\u{2421}'),
            c if is_dangerous(c) || marks > MARKS => {
                let _ = write!(out, "\\u{{{:x}}}", c as u32);
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Bytes as the text that they are, with a replacement character for what is not UTF-8. As `String::from_utf8_lossy`,
/// which is slower where nothing is wrong.
pub fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// Bytes as one harmless line: text where they are UTF-8, with `\xNN` for each byte that is not.
pub fn bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for piece in bytes.utf8_chunks() {
        out.push_str(&shown(piece.valid()));
        for byte in piece.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// Several lines, each harmless; line feeds stay, tabs become four blanks.
pub fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\t', "    ").split('\n').map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_one_with_or_without_a_look_up() {
        for c in '\0'..=char::MAX {
            assert_eq!(is_mark(c), unicode_normalization::char::is_combining_mark(c), "{:x}", c as u32);
        }
    }

    #[test]
    fn nothing_dangerous_is_left_of_any_character() {
        for c in '\0'..=char::MAX {
            let text = line(&c.to_string());
            assert!(!text.chars().any(is_dangerous), "{:x}", c as u32);
            assert!(!text.is_empty());
        }
    }

    #[test]
    fn controls_become_pictures_and_the_rest_escapes() {
        assert_eq!(line("a\x1b[2Jb\r\n"), "a␛[2Jb␍␊");
        assert_eq!(line("\u{202e}한글 é"), "\\u{202e}한글 é");
        assert_eq!(bytes(b"ok \xff\x1b"), "ok \\xff␛");
    }

    #[test]
    fn letters_that_look_like_others_are_named() {
        assert_eq!(look_alikes("\u{430}pple.com").as_deref(), Some("U+0430 looks like a"));
        assert_eq!(look_alikes("\u{ff47}oogle.com").as_deref(), Some("U+FF47 looks like g"));
        for honest in ["apple.com", "한글.kr", "bücher.example", "例え.jp", ""] {
            assert_eq!(look_alikes(honest), None, "{honest}");
        }
    }

    #[test]
    fn piled_marks_are_cut_down() {
        let piled = format!("a{}", "\u{301}".repeat(50));
        assert_eq!(line(&piled).matches('\u{301}').count(), MARKS);
    }
}

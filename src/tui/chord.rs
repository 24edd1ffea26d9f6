//! Keys as they are written: `j`, `ctrl-c`, `f1`, `space`; and whole inputs: `jj<enter>/order<enter>`.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Chord {
    /// The key; letters as the shift key left them.
    pub code: KeyCode,
    /// Ctrl and Alt; Shift only for keys that are no characters.
    pub modifiers: KeyModifiers,
}

const NAMES: &[(&str, KeyCode)] = &[
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("space", KeyCode::Char(' ')),
    ("lt", KeyCode::Char('<')),
    ("gt", KeyCode::Char('>')),
];

impl Chord {
    /// The key of a terminal's key event.
    pub fn of(event: &KeyEvent) -> Chord {
        let mut modifiers =
            event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        if matches!(event.code, KeyCode::Char(_) | KeyCode::BackTab) {
            modifiers -= KeyModifiers::SHIFT;
        }
        Chord { code: event.code, modifiers }
    }

    /// Reads a key as it is written in the table and in the configuration.
    ///
    /// # Errors
    /// A sentence that names what was written.
    pub fn parse(text: &str) -> Result<Chord, String> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        loop {
            let lower = rest.to_ascii_lowercase();
            if lower.starts_with("ctrl-") && rest.len() > 5 {
                modifiers |= KeyModifiers::CONTROL;
            } else if lower.starts_with("alt-") && rest.len() > 4 {
                modifiers |= KeyModifiers::ALT;
            } else {
                break;
            }
            rest = &rest[rest.find('-').map_or(0, |at| at + 1)..];
        }
        let mut chars = rest.chars();
        if let (Some(c), None) = (chars.next(), chars.next()) {
            return Ok(Chord { code: KeyCode::Char(c), modifiers });
        }
        let lower = rest.to_ascii_lowercase();
        let named = NAMES.iter().find(|(name, _)| *name == lower).map(|(_, code)| *code);
        let function = lower.strip_prefix('f').and_then(|number| number.parse::<u8>().ok());
        let function = function.filter(|number| (1..=12).contains(number)).map(KeyCode::F);
        match named.or(function) {
            Some(code) => Ok(Chord { code, modifiers }),
            None => Err(format!("there is no key {text:?}: write j, ctrl-c, f1, enter, space, pgup …")),
        }
    }

    /// Reads what somebody types: characters as they are, other keys in angle brackets.
    ///
    /// # Errors
    /// A sentence that names the key that there is not.
    pub fn sequence(text: &str) -> Result<Vec<Chord>, String> {
        let mut chords = Vec::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let named = rest.strip_prefix('<').and_then(|inner| inner.split_once('>'));
            if let Some((name, behind)) = named.filter(|(name, _)| !name.is_empty()) {
                chords.push(Chord::parse(name)?);
                rest = behind;
            } else {
                chords.push(Chord { code: KeyCode::Char(c), modifiers: KeyModifiers::NONE });
                rest = &rest[c.len_utf8()..];
            }
        }
        Ok(chords)
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.modifiers.contains(KeyModifiers::CONTROL) {
            f.write_str("Ctrl-")?;
        }
        if self.modifiers.contains(KeyModifiers::ALT) {
            f.write_str("Alt-")?;
        }
        match self.code {
            KeyCode::Up => f.write_str("↑"),
            KeyCode::Down => f.write_str("↓"),
            KeyCode::Left => f.write_str("←"),
            KeyCode::Right => f.write_str("→"),
            KeyCode::PageUp => f.write_str("PgUp"),
            KeyCode::PageDown => f.write_str("PgDn"),
            KeyCode::BackTab => f.write_str("Shift-Tab"),
            KeyCode::Char(' ') => f.write_str("Space"),
            KeyCode::Char(c) if self.modifiers.contains(KeyModifiers::CONTROL) => {
                write!(f, "{}", c.to_ascii_uppercase())
            }
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(number) => write!(f, "F{number}"),
            other => write!(f, "{other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        let shown = |text: &str| Chord::parse(text).map(|chord| chord.to_string());
        assert_eq!(shown("ctrl-c").as_deref(), Ok("Ctrl-C"));
        assert_eq!(shown("F1").as_deref(), Ok("F1"));
        assert_eq!(shown("space").as_deref(), Ok("Space"));
        assert_eq!(shown("-").as_deref(), Ok("-"));
        assert!(shown("f99").is_err());
        let typed = Chord::sequence("a<enter><lt><한").expect("keys");
        assert_eq!(typed.iter().map(Chord::to_string).collect::<String>(), "aEnter<<한");
        assert!(Chord::sequence("<nothing>").is_err());
    }
}

//! A line that is being typed: what for, the text, the cursor, and what is wrong with it.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crossterm::event::{KeyCode, KeyModifiers};

use crate::locale::Lang;
use crate::tui::chord::Chord;

/// What a line is typed for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    Filter,
    Search,
    Palette,
    SaveDiagram,
    SaveMessage,
    SaveScreen,
}

impl Purpose {
    /// What stands before the line.
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Purpose::Filter => lang.pick("filter: ", "필터: "),
            Purpose::Search => "/",
            Purpose::Palette => ":",
            Purpose::SaveDiagram => lang.pick("save the connection as: ", "연결을 저장할 파일: "),
            Purpose::SaveScreen => lang.pick("save the screen as: ", "화면을 저장할 파일: "),
            Purpose::SaveMessage => lang.pick("save the message as: ", "메시지를 저장할 파일: "),
        }
    }
}

/// The line.
#[derive(Debug)]
pub struct Prompt {
    pub purpose: Purpose,
    pub text: String,
    /// The cursor, in bytes of `text`.
    pub at: usize,
    /// The column that is wrong, in characters, and why.
    pub wrong: Option<(usize, String)>,
    /// Which of the choices below it is taken.
    pub choice: usize,
}

/// What a key did to the line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Typed {
    /// It changed, or its cursor moved.
    Changed,
    /// It is done.
    Done,
    /// It is given up.
    Given,
    /// Another choice: up or down.
    Choice(isize),
    /// Complete it.
    Complete,
    /// Nothing.
    Nothing,
}

/// A line has no more characters than this.
const LONGEST: usize = 1000;

impl Prompt {
    pub fn new(purpose: Purpose, text: String) -> Prompt {
        Prompt { purpose, at: text.len(), text, wrong: None, choice: 0 }
    }

    /// Takes a key.
    pub fn key(&mut self, chord: Chord) -> Typed {
        let ctrl = chord.modifiers.contains(KeyModifiers::CONTROL);
        match chord.code {
            KeyCode::Enter => return Typed::Done,
            KeyCode::Esc => return Typed::Given,
            KeyCode::Char('c' | 'g') if ctrl => return Typed::Given,
            KeyCode::Up => return Typed::Choice(-1),
            KeyCode::Down => return Typed::Choice(1),
            KeyCode::Tab => return Typed::Complete,
            KeyCode::Left => self.at = self.before(),
            KeyCode::Right => self.at = self.after(),
            KeyCode::Home => self.at = 0,
            KeyCode::End => self.at = self.text.len(),
            KeyCode::Char('a') if ctrl => self.at = 0,
            KeyCode::Char('e') if ctrl => self.at = self.text.len(),
            KeyCode::Char('u') if ctrl => {
                self.text.drain(..self.at);
                self.at = 0;
            }
            KeyCode::Char('w') if ctrl => self.erase_word(),
            KeyCode::Backspace if self.text.is_empty() => return Typed::Given,
            KeyCode::Backspace => {
                let from = self.before();
                self.text.drain(from..self.at);
                self.at = from;
            }
            KeyCode::Delete => {
                let to = self.after();
                self.text.drain(self.at..to);
            }
            KeyCode::Char(c) if chord.modifiers.is_empty() => self.insert(&c.to_string()),
            _ => return Typed::Nothing,
        }
        self.wrong = None;
        Typed::Changed
    }

    /// Puts text at the cursor: what was typed or pasted, on one line.
    pub fn insert(&mut self, text: &str) {
        let clean: String = text.chars().filter(|c| !crate::safe::is_dangerous(*c)).collect();
        let room = LONGEST.saturating_sub(self.text.chars().count());
        let clean: String = clean.chars().take(room).collect();
        self.text.insert_str(self.at, &clean);
        self.at += clean.len();
        self.wrong = None;
        self.choice = 0;
    }

    /// The word before the cursor, and where it begins.
    pub fn word(&self) -> (usize, &str) {
        let start = self.text[..self.at]
            .rfind(|c: char| !(c.is_alphanumeric() || "._-".contains(c)))
            .map_or(0, |at| at + self.text[at..].chars().next().map_or(1, char::len_utf8));
        (start, &self.text[start..self.at])
    }

    /// Puts `word` in the place of the word before the cursor.
    pub fn replace_word(&mut self, word: &str) {
        let (start, _) = self.word();
        self.text.replace_range(start..self.at, word);
        self.at = start + word.len();
    }

    /// The column of the cursor, in cells.
    pub fn column(&self) -> usize {
        self.text[..self.at].width()
    }

    fn before(&self) -> usize {
        self.text[..self.at].grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        self.text[self.at..].graphemes(true).next().map_or(self.at, |next| self.at + next.len())
    }

    fn erase_word(&mut self) {
        let kept = self.text[..self.at].trim_end();
        let start = kept.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        self.text.drain(start..self.at);
        self.at = start;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_edited_by_whole_characters() {
        let mut prompt = Prompt::new(Purpose::Filter, "ws 한".to_owned());
        for key in ["left", "backspace", "x", "end", "backspace", "ctrl-w"] {
            prompt.key(Chord::parse(key).expect("a key"));
        }
        assert_eq!((prompt.text.as_str(), prompt.at), ("", 0));
        prompt.insert("tls && ws.op\x1b[2J\u{202e}");
        assert_eq!(prompt.text, "tls && ws.op[2J");
        prompt.key(Chord::parse("ctrl-u").expect("a key"));
        prompt.insert("ws.op");
        assert_eq!(prompt.word(), (0, "ws.op"));
        prompt.replace_word("ws.opcode");
        assert_eq!(prompt.text, "ws.opcode");
    }
}

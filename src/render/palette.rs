//! The colours of drawn documents: one ink for each thing to be told apart, in each theme.
//!
//! The hues are told apart by eyes that mix up red and green (they follow Okabe and Ito, "Color Universal Design"),
//! and text in each of them has a contrast of at least 4.5:1 to its paper. No meaning rests on a colour alone: lines
//! and the marks at their ends say the same.

use crate::diagnostic::Severity;
use crate::event::{Class, Phase, Tone};

/// Which colours a document has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light, or light on dark where the reader's system asks for that.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// Black on white.
    Print,
}

/// A colour by what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// The ground.
    Paper,
    /// The ground of boxes.
    Surface,
    /// The outlines of boxes.
    Edge,
    /// Text.
    Text,
    /// Text in a quieter voice.
    Soft,
    /// Times.
    Faint,
    /// Lifelines.
    Life,
    /// What a reader marked.
    Mark,
    /// The ground of what a reader marked.
    Glow,
    /// A class of events.
    Class(Class),
    /// A note.
    Severity(Severity),
    /// A verdict.
    Tone(Tone),
}

/// The inks with their names in style sheets, and their colours: light, dark, in print.
const INKS: &[(Ink, &str, [&str; 3])] = &[
    (Ink::Paper, "paper", ["#ffffff", "#10151c", "#ffffff"]),
    (Ink::Surface, "surface", ["#f5f7fa", "#1b232d", "#ffffff"]),
    (Ink::Edge, "edge", ["#cfd6df", "#364252", "#222222"]),
    (Ink::Text, "text", ["#18212d", "#e9eef4", "#000000"]),
    (Ink::Soft, "soft", ["#566273", "#a5b1c0", "#333333"]),
    (Ink::Faint, "faint", ["#6b7787", "#8592a2", "#444444"]),
    (Ink::Life, "life", ["#b9c3cf", "#445163", "#777777"]),
    (Ink::Mark, "mark", ["#8a6100", "#f2c14e", "#000000"]),
    (Ink::Glow, "glow", ["#ffc933", "#f2c14e", "#777777"]),
    (Ink::Class(Class::Open), "open", ["#6a45b8", "#b8a1f4", "#000000"]),
    (Ink::Class(Class::Handshake), "handshake", ["#6a45b8", "#b8a1f4", "#000000"]),
    (Ink::Class(Class::Request), "request", ["#0b5fae", "#71b5f8", "#000000"]),
    (Ink::Class(Class::Response), "response", ["#08735a", "#4fcfa8", "#000000"]),
    (Ink::Class(Class::Message), "message", ["#8f5200", "#f0b35a", "#000000"]),
    (Ink::Class(Class::Part), "part", ["#8f5200", "#f0b35a", "#000000"]),
    (Ink::Class(Class::Control), "control", ["#566273", "#a5b1c0", "#333333"]),
    (Ink::Class(Class::Close), "close", ["#a02a68", "#f093c2", "#000000"]),
    (Ink::Class(Class::Trouble), "trouble", ["#bf3412", "#ff8a68", "#000000"]),
    (Ink::Severity(Severity::Info), "info", ["#0b5fae", "#71b5f8", "#000000"]),
    (Ink::Severity(Severity::Warning), "warning", ["#8a6100", "#f2c14e", "#000000"]),
    (Ink::Severity(Severity::Error), "error", ["#bf3412", "#ff8a68", "#000000"]),
    (Ink::Tone(Tone::Good), "good", ["#08735a", "#4fcfa8", "#000000"]),
    (Ink::Tone(Tone::Neutral), "neutral", ["#566273", "#a5b1c0", "#000000"]),
    (Ink::Tone(Tone::Doubtful), "doubtful", ["#8a6100", "#f2c14e", "#000000"]),
    (Ink::Tone(Tone::Bad), "bad", ["#bf3412", "#ff8a68", "#000000"]),
];

impl Ink {
    /// Its name in style sheets.
    pub fn name(self) -> &'static str {
        INKS.iter().find(|(ink, ..)| *ink == self).map_or("text", |(_, name, _)| name)
    }

    /// The names of all inks.
    pub fn names() -> impl Iterator<Item = &'static str> {
        INKS.iter().map(|(_, name, _)| *name)
    }

    /// The ink of a phase.
    pub fn of_phase(phase: Phase) -> Ink {
        Ink::Class(match phase {
            Phase::Connect => Class::Open,
            Phase::Secure => Class::Handshake,
            Phase::Upgrade => Class::Request,
            Phase::Exchange => Class::Control,
            Phase::Close => Class::Close,
        })
    }
}

impl Theme {
    /// The rules of a style sheet that give each ink's class its colour.
    fn rules(self) -> String {
        INKS.iter().map(|(_, name, colours)| format!(".{name}{{color:{}}}", colours[self.column()])).collect()
    }

    /// The declarations of a style sheet that give each ink's variable its colour.
    pub fn variables(self) -> String {
        INKS.iter().map(|(_, name, colours)| format!("--{name}:{};", colours[self.column()])).collect()
    }

    fn column(self) -> usize {
        match self {
            Theme::Auto | Theme::Light => 0,
            Theme::Dark => 1,
            Theme::Print => 2,
        }
    }

    /// The style sheet of the theme: for [`Theme::Auto`] both sets of rules.
    pub fn sheet(self) -> String {
        let dark = match self {
            Theme::Auto => format!("@media(prefers-color-scheme:dark){{{}}}", Theme::Dark.rules()),
            _ => String::new(),
        };
        self.rules() + &dark
    }
}

/// The symbol of a severity, to be read without its colour.
pub fn severity_symbol(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "i",
        Severity::Warning => "!",
        Severity::Error => "✕",
    }
}

/// The symbol of a tone, to be read without its colour.
pub fn tone_symbol(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "✓",
        Tone::Neutral => "•",
        Tone::Doubtful => "?",
        Tone::Bad => "✕",
    }
}

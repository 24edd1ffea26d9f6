//! Colours: a role of what is drawn to a style of the terminal. No meaning is in a colour alone.

use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};

use crate::diagnostic::Severity;
use crate::event::{Class, Phase, Tone};
use crate::render::cells::Role;
use crate::render::screen::Ground;

/// Which colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Theme {
    /// On a dark background, in 24-bit colours.
    #[default]
    Dark,
    /// On a light background, in 24-bit colours.
    Light,
    /// In the terminal's own sixteen colours.
    Sixteen,
    /// Told apart also by those who do not see red and green apart (after Okabe and Ito).
    Safe,
    /// Without colours: bold, dim and reverse alone.
    None,
}

/// What is drawn, besides the roles of a diagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ink {
    /// A piece of a diagram.
    Role(Role),
    /// Plain text.
    Text,
    /// Less important text.
    Dim,
    /// Headings of tables and panes.
    Heading,
    /// The title and the footer.
    Bar,
    /// A key in the footer.
    Key,
    /// The row under the cursor of the pane that has the keys.
    Cursor,
    /// The row under the cursor of another pane.
    Shadow,
    /// What was searched for, and bytes of the selected field.
    Match,
    /// Lines between panes.
    Border,
    /// Names of fields.
    Name,
    /// How good something is.
    Tone(Tone),
}

/// The colours of a theme.
struct Palette {
    text: Color,
    dim: Color,
    blue: Color,
    cyan: Color,
    green: Color,
    yellow: Color,
    red: Color,
    magenta: Color,
    cursor: Color,
    shadow: Color,
    bar: (Color, Color),
    matched: (Color, Color),
}

const fn rgb(hex: u32) -> Color {
    Color::Rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

const DARK: Palette = Palette {
    text: Color::Reset,
    dim: rgb(0x008b_949e),
    blue: rgb(0x0079_b8ff),
    cyan: rgb(0x0056_d4dd),
    green: rgb(0x007e_e787),
    yellow: rgb(0x00e3_b341),
    red: rgb(0x00ff_7b72),
    magenta: rgb(0x00d2_a8ff),
    cursor: rgb(0x0026_4f78),
    shadow: rgb(0x0030_363d),
    bar: (rgb(0x00e6_edf3), rgb(0x0021_262d)),
    matched: (rgb(0x000d_1117), rgb(0x00e3_b341)),
};

const LIGHT: Palette = Palette {
    text: Color::Reset,
    dim: rgb(0x0057_606a),
    blue: rgb(0x0009_69da),
    cyan: rgb(0x0005_6d7a),
    green: rgb(0x0011_6329),
    yellow: rgb(0x007d_4e00),
    red: rgb(0x00cf_222e),
    magenta: rgb(0x0082_50df),
    cursor: rgb(0x00b6_d8ff),
    shadow: rgb(0x00e4_e8ec),
    bar: (rgb(0x0024_292f), rgb(0x00d8_dee4)),
    matched: (rgb(0x0024_292f), rgb(0x00ff_df5d)),
};

const SIXTEEN: Palette = Palette {
    text: Color::Reset,
    dim: Color::Gray,
    blue: Color::LightBlue,
    cyan: Color::Cyan,
    green: Color::Green,
    yellow: Color::Yellow,
    red: Color::LightRed,
    magenta: Color::Magenta,
    cursor: Color::Reset,
    shadow: Color::Reset,
    bar: (Color::White, Color::Blue),
    matched: (Color::Black, Color::Yellow),
};

const SAFE: Palette = Palette {
    text: Color::Reset,
    dim: rgb(0x0099_9999),
    blue: rgb(0x0056_b4e9),
    cyan: rgb(0x0056_b4e9),
    green: rgb(0x0000_9e73),
    yellow: rgb(0x00f0_e442),
    red: rgb(0x00d5_5e00),
    magenta: rgb(0x00cc_79a7),
    cursor: rgb(0x0000_4c7a),
    shadow: rgb(0x0033_3333),
    bar: (rgb(0x00ff_ffff), rgb(0x0000_3f66)),
    matched: (rgb(0x0000_0000), rgb(0x00e6_9f00)),
};

impl Theme {
    /// All of them, in the order in which a key walks them.
    pub const ALL: [Theme; 5] = [Theme::Dark, Theme::Light, Theme::Sixteen, Theme::Safe, Theme::None];

    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Theme::Dark => "dark",
            Theme::Light => "light",
            Theme::Sixteen => "16",
            Theme::Safe => "safe",
            Theme::None => "none",
        }
    }

    /// What suits the terminal that `environment` tells of: `NO_COLOR`, `COLORTERM`, `COLORFGBG`, `TERM`.
    pub fn detect(environment: impl Fn(&str) -> Option<String>) -> Theme {
        let set = |name: &str| environment(name).filter(|value| !value.is_empty());
        if set("NO_COLOR").is_some() || set("TERM").is_some_and(|term| term == "dumb") {
            return Theme::None;
        }
        if !set("COLORTERM").is_some_and(|value| value == "truecolor" || value == "24bit") {
            return Theme::Sixteen;
        }
        let background = set("COLORFGBG").and_then(|value| value.rsplit(';').next().map(str::to_owned));
        match background.as_deref() {
            Some("7" | "15") => Theme::Light,
            _ => Theme::Dark,
        }
    }

    /// The ground that a picture of the screen stands on.
    pub fn ground(self) -> Ground {
        match self {
            Theme::Light | Theme::None => Ground::Light,
            Theme::Dark | Theme::Sixteen | Theme::Safe => Ground::Dark,
        }
    }

    /// The next one.
    pub fn next(self) -> Theme {
        let at = Theme::ALL.iter().position(|theme| *theme == self).unwrap_or(0);
        Theme::ALL[(at + 1) % Theme::ALL.len()]
    }

    /// How `ink` looks.
    pub fn style(self, ink: Ink) -> Style {
        let palette = match self {
            Theme::Dark => &DARK,
            Theme::Light => &LIGHT,
            Theme::Sixteen => &SIXTEEN,
            Theme::Safe => &SAFE,
            Theme::None => return plain(ink),
        };
        let fg = |colour| Style::new().fg(colour);
        let on = |(front, back): (Color, Color)| Style::new().fg(front).bg(back);
        match ink {
            Ink::Role(role) => role_style(palette, role),
            Ink::Text => fg(palette.text),
            Ink::Dim | Ink::Border => fg(palette.dim),
            Ink::Heading => fg(palette.dim).add_modifier(Modifier::BOLD),
            Ink::Bar => on(palette.bar),
            Ink::Key => on(palette.bar).add_modifier(Modifier::BOLD),
            Ink::Cursor if self == Theme::Sixteen => Style::new().add_modifier(Modifier::REVERSED),
            Ink::Cursor => Style::new().bg(palette.cursor).add_modifier(Modifier::BOLD),
            Ink::Shadow if self == Theme::Sixteen => Style::new().add_modifier(Modifier::BOLD),
            Ink::Shadow => Style::new().bg(palette.shadow),
            Ink::Match => on(palette.matched),
            Ink::Name => fg(palette.cyan),
            Ink::Tone(tone) => fg(tone_colour(palette, tone)),
        }
    }
}

impl FromStr for Theme {
    type Err = String;

    fn from_str(text: &str) -> Result<Theme, String> {
        let known = Theme::ALL.into_iter().find(|theme| theme.name() == text);
        known.ok_or_else(|| format!("there is no theme {text:?}: use dark, light, 16, safe or none"))
    }
}

fn tone_colour(palette: &Palette, tone: Tone) -> Color {
    match tone {
        Tone::Good => palette.green,
        Tone::Neutral => palette.text,
        Tone::Doubtful => palette.yellow,
        Tone::Bad => palette.red,
    }
}

fn role_style(palette: &Palette, role: Role) -> Style {
    let fg = |colour| Style::new().fg(colour);
    match role {
        Role::Blank => Style::new(),
        Role::Time | Role::Delta | Role::Aside | Role::Below | Role::Lifeline | Role::Quiet => {
            fg(palette.dim)
        }
        Role::Lane | Role::Connection => fg(palette.text).add_modifier(Modifier::BOLD),
        Role::Band(phase) => fg(phase_colour(palette, phase)).add_modifier(Modifier::BOLD),
        Role::State => fg(palette.magenta),
        Role::Arrow(class) | Role::Label(class) => fg(class_colour(palette, class)),
        Role::Note(Severity::Info) | Role::Remark => fg(palette.cyan),
        Role::Note(Severity::Warning) | Role::Gap => fg(palette.yellow),
        Role::Note(Severity::Error) => fg(palette.red),
        Role::Verdict(tone) => fg(tone_colour(palette, tone)),
    }
}

fn phase_colour(palette: &Palette, phase: Phase) -> Color {
    match phase {
        Phase::Connect => palette.cyan,
        Phase::Secure => palette.magenta,
        Phase::Upgrade => palette.blue,
        Phase::Exchange => palette.green,
        Phase::Close => palette.yellow,
    }
}

fn class_colour(palette: &Palette, class: Class) -> Color {
    match class {
        Class::Open | Class::Handshake => palette.cyan,
        Class::Request => palette.blue,
        Class::Response => palette.green,
        Class::Message | Class::Part => palette.text,
        Class::Control => palette.dim,
        Class::Close => palette.magenta,
        Class::Trouble => palette.red,
    }
}

/// How things look without colours.
fn plain(ink: Ink) -> Style {
    let style = Style::new();
    match ink {
        Ink::Heading | Ink::Name | Ink::Role(Role::Lane | Role::Connection | Role::Band(_)) => {
            style.add_modifier(Modifier::BOLD)
        }
        Ink::Role(Role::Note(Severity::Error) | Role::Verdict(Tone::Bad)) | Ink::Tone(Tone::Bad) => {
            style.add_modifier(Modifier::BOLD)
        }
        Ink::Dim
        | Ink::Border
        | Ink::Role(Role::Time | Role::Delta | Role::Aside | Role::Below | Role::Lifeline | Role::Quiet) => {
            style.add_modifier(Modifier::DIM)
        }
        Ink::Bar | Ink::Cursor => style.add_modifier(Modifier::REVERSED),
        Ink::Key => style.add_modifier(Modifier::REVERSED | Modifier::BOLD),
        Ink::Shadow => style.add_modifier(Modifier::BOLD),
        Ink::Match => style.add_modifier(Modifier::REVERSED),
        _ => style,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_suits_the_terminal() {
        let detect = |pairs: &[(&str, &str)]| {
            Theme::detect(|name| {
                pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(detect(&[]), Theme::Sixteen);
        assert_eq!(detect(&[("COLORTERM", "truecolor")]), Theme::Dark);
        assert_eq!(detect(&[("COLORTERM", "truecolor"), ("COLORFGBG", "0;15")]), Theme::Light);
        assert_eq!(detect(&[("COLORTERM", "truecolor"), ("NO_COLOR", "1")]), Theme::None);
        assert_eq!(detect(&[("NO_COLOR", "")]), Theme::Sixteen);
        for theme in Theme::ALL {
            assert_eq!(theme.name().parse(), Ok(theme));
        }
    }
}

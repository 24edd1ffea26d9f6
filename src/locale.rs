//! The language that the program speaks to its user: English or Korean.
//!
//! A visible string is written once in each language, side by side, where it is used: `lang.pick("SYN sent",
//! "SYN 보냄")`, or stands in a table of pairs. What came from the wire is never translated.

use std::str::FromStr;

/// A language of the user interface.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub enum Lang {
    /// English, the default.
    #[default]
    En,
    /// Korean.
    Ko,
}

/// The same words in every language, English first.
pub type Words = [&'static str; 2];

impl Lang {
    /// The text of this language.
    pub fn pick<T>(self, english: T, korean: T) -> T {
        match self {
            Lang::En => english,
            Lang::Ko => korean,
        }
    }

    /// The text of this language out of a pair.
    pub fn of(self, words: Words) -> &'static str {
        self.pick(words[0], words[1])
    }

    /// The other one.
    pub fn other(self) -> Lang {
        self.pick(Lang::Ko, Lang::En)
    }

    /// The language that the environment asks for: the first of `LC_ALL`, `LC_MESSAGES`, `LANG` that is set.
    pub fn from_environment() -> Lang {
        let asked = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty());
        if asked.is_some_and(|value| value.starts_with("ko")) { Lang::Ko } else { Lang::En }
    }
}

impl FromStr for Lang {
    type Err = String;

    fn from_str(text: &str) -> Result<Lang, String> {
        match text {
            "en" => Ok(Lang::En),
            "ko" => Ok(Lang::Ko),
            other => Err(format!("no language {other:?}: use en or ko")),
        }
    }
}

//! The configuration file: `$XDG_CONFIG_HOME/seqdump/config.toml`, else `~/.config/seqdump/config.toml`.
//!
//! ```toml
//! theme = "safe"        # dark, light, 16, safe, none
//! lang = "ko"
//! clipboard = false     # no copying through the terminal
//! mouse = false
//! [keys]
//! quit = ["ctrl-q"]     # names: see `:` in the screen
//! ```

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::capture::privilege;
use crate::error::Error;
use crate::safe;

/// What the file says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// A theme's name.
    pub theme: Option<String>,
    /// A language's.
    pub lang: Option<String>,
    /// Whether copying may write to the terminal (OSC 52).
    pub clipboard: Option<bool>,
    /// Whether the mouse is used.
    pub mouse: Option<bool>,
    /// Names of commands and the keys that do them.
    pub keys: BTreeMap<String, Vec<String>>,
}

impl Config {
    /// Reads the file, where there is one.
    ///
    /// # Errors
    /// [`Error::Usage`] with the place where it makes no sense, [`Error::Read`] where it cannot be read.
    pub fn read() -> Result<Config, Error> {
        let Some(path) = place() else { return Ok(Config::default()) };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Config::default()),
            Err(cause) => return Err(Error::Read { path, cause }),
        };
        Config::parse(&text).map_err(|why| {
            Error::Usage(format!("the configuration {}: {why}", safe::line(&path.to_string_lossy())))
        })
    }

    /// Reads the text of the file.
    ///
    /// # Errors
    /// What makes no sense, with its line.
    pub fn parse(text: &str) -> Result<Config, String> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            format!("line {line}: {}", safe::line(error.message()))
        })
    }
}

fn place() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = set("XDG_CONFIG_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| privilege::home().map(|home| home.join(".config")))?;
    Some(folder.join("seqdump").join("config.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_configuration_names_its_line() {
        let config = Config::parse("theme = \"16\"\n[keys]\nquit = [\"x\"]\n").expect("a configuration");
        assert_eq!(config.keys["quit"], ["x"]);
        assert!(
            Config::parse("theme = \"16\"\ncolour = 1\n").expect_err("no such key").starts_with("line 2")
        );
    }
}

//! The configuration file: `$XDG_CONFIG_HOME/seqdump/config.toml`, else `~/.config/seqdump/config.toml`.
//!
//! ```toml
//! theme = "safe"        # dark, light, 16, safe, none
//! lang = "ko"
//! clipboard = false     # no copying through the terminal
//! mouse = false
//! columns = ["number", "client", "server", "process", "verdict"]     # `c` on the list chooses and writes them
//! [keys]
//! quit = ["ctrl-q"]     # names: see `:` in the screen
//! ```

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

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
    /// The columns of the table of connections; none means as many as fit.
    pub columns: Vec<String>,
    /// Names of commands and the keys that do them.
    pub keys: BTreeMap<String, Vec<String>>,
    /// Where it was looked for, and where what is chosen on the screen is kept.
    #[serde(skip)]
    pub place: Option<PathBuf>,
}

impl Config {
    /// Reads the file, where there is one.
    ///
    /// # Errors
    /// [`Error::Usage`] with the place where it makes no sense, [`Error::Read`] where it cannot be read.
    pub fn read() -> Result<Config, Error> {
        let Some(path) = place() else { return Ok(Config::default()) };
        let config = Config::parse(&text(&path)?).map_err(|why| wrong(&path, &why))?;
        Ok(Config { place: Some(path), ..config })
    }

    /// Writes the columns into the file, and leaves the rest of it as it is.
    ///
    /// # Errors
    /// [`Error::Usage`] where the file makes no sense as it is, [`Error::Write`] where it cannot be written.
    pub fn keep_columns(path: &Path, columns: &[&str]) -> Result<(), Error> {
        let before = text(path)?;
        let after = with_columns(&before, columns).map_err(|why| wrong(path, &why))?;
        for folder in path.ancestors().skip(1).take(2).collect::<Vec<&Path>>().into_iter().rev() {
            privilege::folder(folder)?;
        }
        let mut file = privilege::create(path)?;
        let what = || safe::line(&path.to_string_lossy());
        file.write_all(after.as_bytes()).map_err(|cause| Error::Write { what: what(), cause })
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

/// The text of the file; empty where there is none.
fn text(path: &Path) -> Result<String, Error> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        text => text.map_err(|cause| Error::Read { path: path.to_owned(), cause }),
    }
}

fn wrong(path: &Path, why: &str) -> Error {
    Error::Usage(format!("the configuration {}: {why}", safe::line(&path.to_string_lossy())))
}

/// The text of a configuration with these columns in the place of those that it had.
fn with_columns(text: &str, columns: &[&str]) -> Result<String, String> {
    #[derive(Deserialize)]
    struct Had {
        columns: Option<toml::Spanned<IgnoredAny>>,
    }
    let had = toml::from_str::<Had>(text).map_err(|error| safe::line(error.message()))?;
    let columns: Vec<String> = columns.iter().map(|id| format!("{id:?}")).collect();
    let columns = format!("[{}]", columns.join(", "));
    let mut after = text.to_owned();
    match had.columns.map(|value| value.span()) {
        Some(place) => after.replace_range(place, &columns),
        // What stands above all tables belongs to none.
        None => after.insert_str(0, &format!("columns = {columns}\n")),
    }
    Config::parse(&after).map(|_| after)
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

    #[test]
    fn columns_are_kept_and_the_rest_stays() {
        let text = "# mine\ntheme = \"16\"\ncolumns = [\n  \"number\",\n] # wide\n[keys]\nquit = [\"x\"]\n";
        let after = with_columns(text, &["client", "verdict"]).expect("a configuration");
        assert_eq!(
            after,
            "# mine\ntheme = \"16\"\ncolumns = [\"client\", \"verdict\"] # wide\n[keys]\nquit = [\"x\"]\n"
        );
        let after = with_columns("[keys]\nquit = [\"x\"]\n", &[]).expect("a configuration");
        assert_eq!(after, "columns = []\n[keys]\nquit = [\"x\"]\n");
        assert!(with_columns("theme = ", &[]).is_err());

        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config/seqdump/config.toml");
        Config::keep_columns(&path, &["rtt"]).expect("kept");
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), "columns = [\"rtt\"]\n");
    }
}

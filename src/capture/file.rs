//! Capture files and standard input as a source: every frame once, numbered.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::index::{Checkpoints, Frames, Shared};
use super::merge::{Found, Merge};
use super::reader::{self, Aside, Reader};
use super::tally::Tally;
use super::{About, Input, Next, Options, Source};
use crate::error::Error;
use crate::frame::FrameNumber;

/// Bytes of a file that are read at once, where there is one; and of all files together.
const WINDOW: usize = 256 << 10;
const WINDOWS: usize = 16 << 20;
const SMALLEST_WINDOW: usize = 64 << 10;
/// How long a file that is followed is left alone.
const PATIENCE: Duration = Duration::from_millis(20);

/// Frames of one or several files.
struct Files {
    merge: Merge,
    names: Vec<String>,
    /// Whether the files are asked for more at their end.
    follow: bool,
    number: FrameNumber,
    checkpoints: Option<Checkpoints>,
    tally: Tally,
}

/// Opens files as [`super::open`] says.
pub(super) fn open(paths: &[PathBuf], options: &Options) -> Result<Input, Error> {
    if paths.len() > usize::from(u16::MAX) {
        return Err(Error::Usage(format!("{} files are too many to read at once", paths.len())));
    }
    let window = (WINDOWS / paths.len().max(1)).clamp(SMALLEST_WINDOW, WINDOW);
    let files = paths.iter().map(|path| reader::open(path)).collect::<Result<Vec<_>, _>>()?;
    options.opened.map_or(Ok(()), |then| then())?;
    let begin = |(number, (path, file)): (usize, (&PathBuf, File))| {
        Reader::begin(path, file, number as u16, window, options)
    };
    let mut readers = paths.iter().zip(files).enumerate().map(begin).collect::<Result<Vec<_>, _>>()?;
    let index = options.rereadable.then(|| Shared::new(&options.limits));
    for reader in &mut readers {
        if let Some(index) = &index {
            reader.tell(index);
        }
        if paths.len() > 1 {
            reader.label();
        }
    }
    let source = Files {
        checkpoints: index.clone().map(|index| Checkpoints::new(index, readers.len())),
        merge: Merge::new(readers),
        names: paths.iter().map(|path| name(path)).collect(),
        follow: options.follow,
        number: 0,
        tally: Tally::default(),
    };
    Ok(Input { source: Box::new(source), frames: index.map(Frames::new) })
}

fn name(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

impl Source for Files {
    fn next(&mut self) -> Result<Next<'_>, Error> {
        match self.merge.step()? {
            Found::Frame(file) => {
                self.number += 1;
                if let Some(checkpoints) = &mut self.checkpoints {
                    let length = self.merge.readers()[usize::from(file)].record().length;
                    checkpoints.pass(self.number, length, || self.merge.offsets());
                }
                let frame = self.merge.frame(file, self.number);
                self.tally.count(&frame);
                Ok(Next::Frame(frame))
            }
            Found::Aside(file, aside) => Ok(match *aside {
                Aside::Secrets(range) => Next::Secrets(self.merge.slice(file, range)),
                Aside::Name(address, name) => Next::Name(address, name),
                Aside::Warning(note) | Aside::Damage(note) => Next::Warning(note),
                Aside::Section(_) | Aside::Interface(_) => Next::Idle,
            }),
            Found::Idle => {
                if self.follow {
                    std::thread::sleep(PATIENCE);
                }
                Ok(Next::Idle)
            }
            Found::End { truncated } => match self.tally.say() {
                Some(note) => Ok(Next::Warning(note)),
                None => Ok(Next::End { truncated }),
            },
        }
    }

    fn about(&self) -> About {
        let readers = self.merge.readers();
        let mut links = Vec::new();
        for &link in readers.iter().flat_map(Reader::links) {
            if !links.contains(&link) {
                links.push(link);
            }
        }
        About {
            names: self.names.clone(),
            formats: readers.iter().map(Reader::format_name).collect(),
            links,
            size: readers.iter().map(Reader::size).sum(),
        }
    }
}

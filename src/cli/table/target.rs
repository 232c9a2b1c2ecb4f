//! Where a table is written: under another name until it is whole.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// A file that takes its name when it is whole, or standard output.
pub(crate) struct Target {
    writer: Box<dyn Write>,
    /// The name it has until then, and the one it will have.
    names: Option<(PathBuf, PathBuf)>,
}

impl Target {
    /// Opens what `output` names; standard output for `-` and for none. The input's own file is refused.
    pub(crate) fn open(input: Option<&Path>, output: Option<&Path>) -> anyhow::Result<Self> {
        let Some(output) = output.filter(|path| *path != Path::new("-")) else {
            return Ok(Self { writer: Box::new(stdout().lock()), names: None });
        };
        let failed = || format!("cannot write {}", output.display());
        let Ok(found) = fs::metadata(output) else {
            let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
            if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
                bail!(
                    "cannot write {}: needed the folder {}, found none",
                    output.display(),
                    folder.display()
                );
            }
            return Self::beside(output.to_owned()).with_context(failed);
        };
        if input_metadata(input).is_some_and(|input| is_same(&input, &found)) {
            bail!("--output {} is the input: needed another file", output.display());
        }
        if found.is_dir() {
            bail!("--output {} is a folder: needed a file", output.display());
        }
        if !found.is_file() {
            // A pipe or a device stays what it is.
            let file = OpenOptions::new().write(true).open(output).with_context(failed)?;
            return Ok(Self { writer: Box::new(file), names: None });
        }
        // A link stays a link, and what it leads to is replaced.
        Self::beside(fs::canonicalize(output).with_context(failed)?).with_context(failed)
    }

    /// A file in the same folder, so that giving it its name is one step.
    fn beside(output: PathBuf) -> io::Result<Self> {
        let name = output.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let mut part = name.to_owned();
        part.push(format!(".part-{}", std::process::id()));
        let part = output.with_file_name(part);
        remove_on_interrupt(part.clone())?;
        let file = File::create_new(&part)?;
        Ok(Self { writer: Box::new(file), names: Some((part, output)) })
    }

    /// Gives the file its name.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        self.writer.flush()?;
        if let Some((part, output)) = self.names.take() {
            let renamed = fs::rename(&part, &output);
            if renamed.is_err() {
                fs::remove_file(&part).ok();
            }
            renamed.with_context(|| format!("cannot write {}", output.display()))?;
        }
        Ok(())
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// What is not whole does not stay.
impl Drop for Target {
    fn drop(&mut self) {
        if let Some((part, _)) = &self.names {
            fs::remove_file(part).ok();
        }
    }
}

/// Exit code of a process that an interrupt ends, as shells count it: 128 and the signal's number.
#[cfg(unix)]
const INTERRUPTED: i32 = 130;

/// Sees to it that an interrupt (Ctrl-C) ends the process without leaving this file behind.
#[cfg(unix)]
fn remove_on_interrupt(part: PathBuf) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let mut interrupts = {
        let _inside = runtime.enter();
        signal(SignalKind::interrupt())?
    };
    std::thread::spawn(move || {
        if runtime.block_on(interrupts.recv()).is_some() {
            fs::remove_file(&part).ok();
            std::process::exit(INTERRUPTED);
        }
    });
    Ok(())
}

/// Elsewhere the file may stay.
#[cfg(not(unix))]
fn remove_on_interrupt(_: PathBuf) -> io::Result<()> {
    Ok(())
}

/// The input's file, also where the shell has opened it.
fn input_metadata(input: Option<&Path>) -> Option<Metadata> {
    let path = input.filter(|path| *path != Path::new("-")).unwrap_or(Path::new("/dev/stdin"));
    fs::metadata(path).ok()
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Without numbers for files nothing is known; the input is read from an open handle in any case.
#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    false
}

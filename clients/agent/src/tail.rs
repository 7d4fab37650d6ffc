//! Follows a log through rotation by rename.
//!
//! After a rename nginx writes to the old file until each of its workers has opened the new one. Both files are read
//! until the old one has rested. A file that was truncated in place (`copytruncate`) is refused: lines were lost with
//! the truncation, and its copy would be counted twice.

use std::fs::{self, File, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tracing::{error, info, warn};

use crate::position::{FileId, FilePosition, Position};
use crate::reader::Reader;

/// The number of finished files whose identity is kept.
const MAX_DONE: usize = 32;

/// An error of the log.
#[derive(Debug, thiserror::Error)]
pub enum TailError {
    /// A file or the folder cannot be read.
    #[error("cannot read {path}: {cause}", path = path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// The error of the operating system.
        cause: std::io::Error,
    },
}

/// Where to begin when there is no stored position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Start {
    /// At the end of the file: lines from before the first start are not reported.
    #[default]
    End,
    /// At the beginning of the file.
    Beginning,
}

/// What went wrong since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TailStatus {
    /// Files that were truncated in place, or that are copies.
    pub truncated: u64,
    /// Files that were not read to their end before they disappeared.
    pub lost_files: u64,
    /// Whether the current file is refused.
    pub is_refused: bool,
    /// The number of files that are read now.
    pub open_files: usize,
}

/// Follows one log.
#[derive(Debug)]
pub struct Tail {
    path: PathBuf,
    rest: Duration,
    readers: Vec<Reader>,
    done: Vec<FilePosition>,
    refused: Vec<FileId>,
    status: TailStatus,
}

impl Tail {
    /// Opens the log at `path` at its stored position. A rotated file is read until it has rested for `rest`.
    ///
    /// # Errors
    /// Returns an error if a file cannot be read. A missing log is no error.
    pub fn open(path: PathBuf, rest: Duration, stored: Option<Position>, start: Start) -> Result<Self, TailError> {
        let (readers, status) = (Vec::new(), TailStatus::default());
        let mut tail = Self { path, rest, readers, done: Vec::new(), refused: Vec::new(), status };
        match stored {
            Some(position) => tail.restore(position)?,
            None => {
                if let Some((file, metadata)) = Self::open_file(&tail.path)? {
                    let offset = if start == Start::End { metadata.len() } else { 0 };
                    tail.readers.push(tail.reader(file, &metadata, offset)?);
                }
            }
        }
        Ok(tail)
    }

    /// Returns the position before the next line.
    #[must_use]
    pub fn position(&self) -> Position {
        let files = self.readers.iter().map(Reader::position).collect();
        Position { files, done: self.done.clone(), refused: self.refused.clone() }
    }

    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> TailStatus {
        let is_refused = !self.refused.is_empty();
        TailStatus { is_refused, open_files: self.readers.len(), ..self.status }
    }

    /// Returns the next complete line of any file, the oldest file first; `None` if there is none now.
    ///
    /// # Errors
    /// Returns an error if a file cannot be read.
    pub fn next_line(&mut self) -> Result<Option<&[u8]>, TailError> {
        let mut found = None;
        for (index, reader) in self.readers.iter_mut().enumerate() {
            if reader.fill_line().map_err(|cause| TailError::Io { path: self.path.clone(), cause })? {
                found = Some(index);
                break;
            }
        }
        Ok(found.and_then(|index| self.readers.get_mut(index)).map(Reader::take_line))
    }

    /// Looks for truncated and rotated files. Call it before reading.
    ///
    /// # Errors
    /// Returns an error if a file cannot be read.
    pub fn check(&mut self, now: Instant) -> Result<(), TailError> {
        self.refuse_truncated()?;
        let current = match fs::metadata(&self.path) {
            Ok(metadata) => metadata,
            // Renamed, and not opened yet.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(cause) => return Err(self.failed(cause)),
        };
        let id = FileId::from(&current);
        if self.refused.contains(&id) {
            return Ok(());
        }
        self.refused.clear();
        if self.readers.last().is_none_or(|reader| reader.id() != id) {
            self.open_newer(true)?;
        }
        self.finish_rested(id, now);
        Ok(())
    }

    /// Opens the files of a stored position again.
    fn restore(&mut self, position: Position) -> Result<(), TailError> {
        (self.done, self.refused) = (position.done, position.refused);
        let candidates = self.candidates()?;
        for known in position.files {
            let found = candidates.iter().find(|(_, metadata)| FileId::from(metadata) == known.id);
            let opened = match found {
                Some((path, _)) => Self::open_file(path)?,
                None => None,
            };
            match opened {
                Some((file, metadata))
                    if metadata.len() >= known.offset
                        && known.print.matches(&file).map_err(|cause| self.failed(cause))? =>
                {
                    self.readers.push(self.reader(file, &metadata, known.offset)?);
                }
                _ => {
                    self.status.lost_files += 1;
                    error!(
                        inode = known.id.inode,
                        offset = known.offset,
                        "log file disappeared before it was read to its end"
                    );
                    self.finish(known);
                }
            }
        }
        self.open_newer(false)
    }

    /// Opens files that are newer than those known: several rotations may have happened. `is_running` is false at the
    /// start.
    fn open_newer(&mut self, is_running: bool) -> Result<(), TailError> {
        let newest_known = self.readers.iter().map(Reader::created).max();
        let current = fs::metadata(&self.path).ok().map(|metadata| FileId::from(&metadata));
        for (path, metadata) in self.candidates()? {
            let id = FileId::from(&metadata);
            let is_current = Some(id) == current;
            let is_newer = newest_known.is_some_and(|known| created(&metadata) >= known);
            if self.readers.iter().any(|reader| reader.id() == id)
                || self.refused.contains(&id)
                || !(is_current || is_newer)
            {
                continue;
            }
            let Some((file, metadata)) = Self::open_file(&path)? else { continue };
            let reader = self.reader(file, &metadata, 0)?;
            if self.is_done(&reader)? {
                continue;
            }
            if self.is_copy(&reader)? {
                self.refuse(&path, id);
                continue;
            }
            info!(path = %path.display(), inode = id.inode, is_running, "log file opened");
            self.readers.push(reader);
        }
        // The current file last.
        self.readers.sort_by_key(|reader| (Some(reader.id()) == current, reader.created()));
        Ok(())
    }

    fn is_done(&self, reader: &Reader) -> Result<bool, TailError> {
        let mut matching = self.done.iter().filter(|done| done.id == reader.id() && done.print.length > 0);
        matching
            .try_fold(false, |found, done| Ok(found || reader.begins_with(&done.print)?))
            .map_err(|cause| self.failed(cause))
    }

    /// Returns whether another known file begins with the same bytes: then this one is a copy of it.
    fn is_copy(&self, reader: &Reader) -> Result<bool, TailError> {
        let known = self.done.iter().map(|done| (done.id, done.print.clone()));
        let open = self.readers.iter().map(|open| (open.id(), open.print().clone()));
        for (id, print) in known.chain(open) {
            if id != reader.id()
                && print.is_complete()
                && reader.begins_with(&print).map_err(|cause| self.failed(cause))?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn refuse_truncated(&mut self) -> Result<(), TailError> {
        let mut index = 0;
        while let Some(reader) = self.readers.get_mut(index) {
            if reader.is_truncated().map_err(|cause| TailError::Io { path: self.path.clone(), cause })? {
                let reader = self.readers.remove(index);
                let path = self.path.clone();
                self.refuse(&path, reader.id());
                self.finish(reader.position());
            } else {
                index += 1;
            }
        }
        Ok(())
    }

    fn refuse(&mut self, path: &Path, id: FileId) {
        self.status.truncated += 1;
        if !self.refused.contains(&id) {
            self.refused.push(id);
        }
        error!(
            path = %path.display(), inode = id.inode,
            "log file refused: it was truncated in place. Rotate by rename and USR1, not by copytruncate"
        );
    }

    /// Closes rotated files that did not grow for a while.
    fn finish_rested(&mut self, current: FileId, now: Instant) {
        let rest = self.rest;
        let (rested, open) = std::mem::take(&mut self.readers).into_iter().partition(|reader: &Reader| {
            reader.id() != current && reader.is_at_end() && now.duration_since(reader.grew_at()) >= rest
        });
        self.readers = open;
        let rested: Vec<Reader> = rested;
        for reader in rested {
            if reader.partial_bytes() > 0 {
                warn!(bytes = reader.partial_bytes(), "rotated log file ends within a line: the writer was killed");
            }
            self.finish(reader.position());
        }
    }

    fn finish(&mut self, position: FilePosition) {
        self.done.push(position);
        let surplus = self.done.len().saturating_sub(MAX_DONE);
        self.done.drain(..surplus);
    }

    fn reader(&self, file: File, metadata: &Metadata, offset: u64) -> Result<Reader, TailError> {
        Reader::new(file, metadata, offset, created(metadata)).map_err(|cause| self.failed(cause))
    }

    fn open_file(path: &Path) -> Result<Option<(File, Metadata)>, TailError> {
        match File::open(path).and_then(|file| file.metadata().map(|metadata| (file, metadata))) {
            Ok(opened) => Ok(Some(opened)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(TailError::Io { path: path.to_owned(), cause }),
        }
    }

    /// Returns the log and its rotated files, the oldest first, without compressed ones.
    fn candidates(&self) -> Result<Vec<(PathBuf, Metadata)>, TailError> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let Some(name) = self.path.file_name().and_then(|name| name.to_str()) else { return Ok(Vec::new()) };
        let failed = |cause| TailError::Io { path: folder.to_owned(), cause };
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let Some(rest) = path.file_name().and_then(|file| file.to_str()).and_then(|file| file.strip_prefix(name))
            else {
                continue;
            };
            let is_compressed = [".gz", ".bz2", ".xz", ".zst"].iter().any(|suffix| rest.ends_with(suffix));
            if !(rest.is_empty() || rest.starts_with(['.', '-'])) || is_compressed {
                continue;
            }
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_file() => found.push((path, metadata)),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(cause) => return Err(TailError::Io { path, cause }),
            }
        }
        found.sort_by_key(|(_, metadata)| created(metadata));
        Ok(found)
    }

    fn failed(&self, cause: std::io::Error) -> TailError {
        TailError::Io { path: self.path.clone(), cause }
    }
}

/// Returns the time at which a file was created; that of its last change if the file system does not know.
fn created(metadata: &Metadata) -> std::time::SystemTime {
    metadata.created().or_else(|_| metadata.modified()).unwrap_or(std::time::UNIX_EPOCH)
}

//! Reads the lines of one file.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::FileExt;
use std::time::{Instant, SystemTime};

use crate::position::{FileId, FilePosition, Fingerprint};

/// The number of bytes of one read.
const CHUNK: usize = 256 * 1024;
/// The longest line. A longer one is returned in parts, which cannot be parsed.
const MAX_LINE: usize = 64 * 1024;

/// An open file with the lines that were read ahead.
#[derive(Debug)]
pub struct Reader {
    file: File,
    id: FileId,
    created: SystemTime,
    print: Fingerprint,
    /// The offset of the next line.
    offset: u64,
    /// Bytes from `offset` on are `buffer[start..]`.
    buffer: Vec<u8>,
    start: usize,
    /// The end of the next line in the buffer, with its line break.
    line_end: Option<usize>,
    /// The bytes before this index have no line break.
    scanned: usize,
    grew_at: Instant,
    /// The end was reached since the last [`Reader::is_truncated`]: it is not read again for each line of other files.
    is_exhausted: bool,
}

impl Reader {
    /// Reads `file` from `offset`.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn new(file: File, metadata: &Metadata, offset: u64, created: SystemTime) -> io::Result<Self> {
        let print = Fingerprint::longest(&file)?;
        let (buffer, id) = (Vec::new(), FileId::from(metadata));
        let grew_at = Instant::now();
        Ok(Self {
            file,
            id,
            created,
            print,
            offset,
            buffer,
            start: 0,
            line_end: None,
            scanned: 0,
            grew_at,
            is_exhausted: false,
        })
    }

    /// Returns the device and the inode.
    #[must_use]
    pub fn id(&self) -> FileId {
        self.id
    }

    /// Returns the time at which the file was created.
    #[must_use]
    pub fn created(&self) -> SystemTime {
        self.created
    }

    /// Returns the first bytes.
    #[must_use]
    pub fn print(&self) -> &Fingerprint {
        &self.print
    }

    /// Returns the time at which bytes were last read.
    #[must_use]
    pub fn grew_at(&self) -> Instant {
        self.grew_at
    }

    /// Returns the position before the next line.
    #[must_use]
    pub fn position(&self) -> FilePosition {
        FilePosition { id: self.id, print: self.print.clone(), offset: self.offset }
    }

    /// Returns the number of bytes of an unfinished line.
    #[must_use]
    pub fn partial_bytes(&self) -> usize {
        self.buffer.len() - self.start
    }

    /// Returns whether no complete line waits, and the file has no more bytes.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        let read = self.offset + self.partial_bytes() as u64;
        self.line_end.is_none() && self.file.metadata().is_ok_and(|metadata| metadata.len() <= read)
    }

    /// Returns whether the file begins with the bytes of `print`.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn begins_with(&self, print: &Fingerprint) -> io::Result<bool> {
        print.matches(&self.file)
    }

    /// Returns whether the file is shorter than what was read, or begins with other bytes.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn is_truncated(&mut self) -> io::Result<bool> {
        self.is_exhausted = false;
        if self.file.metadata()?.len() < self.offset + self.partial_bytes() as u64 || !self.print.matches(&self.file)? {
            return Ok(true);
        }
        if !self.print.is_complete() {
            self.print = Fingerprint::longest(&self.file)?;
        }
        Ok(false)
    }

    /// Reads until a complete line is in the buffer, or until the end of the file. Returns whether there is a line.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn fill_line(&mut self) -> io::Result<bool> {
        loop {
            if self.line_end.is_some() || self.find_line() {
                return Ok(true);
            }
            if self.is_exhausted || self.read_chunk()? == 0 {
                self.is_exhausted = true;
                return Ok(false);
            }
        }
    }

    /// Returns the line that [`Reader::fill_line`] found, without its line break; empty if there is none.
    pub fn take_line(&mut self) -> &[u8] {
        let Some(end) = self.line_end.take() else { return &[] };
        let line = self.buffer.get(self.start..end).unwrap_or_default();
        self.offset += line.len() as u64;
        (self.start, self.scanned) = (end, end);
        line.strip_suffix(b"\n").unwrap_or(line)
    }

    fn find_line(&mut self) -> bool {
        let unscanned = self.buffer.get(self.scanned..).unwrap_or_default();
        self.line_end = match unscanned.iter().position(|byte| *byte == b'\n') {
            Some(index) => Some(self.scanned + index + 1),
            None if self.partial_bytes() >= MAX_LINE => Some(self.start + MAX_LINE),
            None => None,
        };
        self.scanned = self.line_end.unwrap_or(self.buffer.len());
        self.line_end.is_some()
    }

    fn read_chunk(&mut self) -> io::Result<usize> {
        self.buffer.drain(..self.start);
        (self.scanned, self.start) = (self.scanned - self.start, 0);
        let held = self.buffer.len();
        self.buffer.resize(held + CHUNK, 0);
        let read = self.file.read_at(self.buffer.get_mut(held..).unwrap_or_default(), self.offset + held as u64);
        self.buffer.truncate(held + read.as_ref().copied().unwrap_or_default());
        if read.as_ref().is_ok_and(|count| *count > 0) {
            self.grew_at = Instant::now();
        }
        read
    }
}

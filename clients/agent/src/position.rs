//! The read position in a log and its rotated files, as it is stored with each batch.

use std::fmt::Write;
use std::fs::{File, Metadata};
use std::os::unix::fs::{FileExt, MetadataExt};

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

/// The most bytes that identify a file. They have the time and the request id of its first line.
const PRINT_BYTES: usize = 256;

/// The device and the inode of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileId {
    /// The device.
    pub device: u64,
    /// The inode. It may be used again after the file is removed.
    pub inode: u64,
}

impl From<&Metadata> for FileId {
    fn from(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }
}

/// The hash of the first bytes of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The number of bytes, at most 256.
    pub length: usize,
    /// Their SHA-256, in hex; empty for an empty file.
    pub hash: String,
}

impl Fingerprint {
    /// Returns the fingerprint of the first `length` bytes, or of fewer if the file is shorter.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn of(file: &File, length: usize) -> std::io::Result<Self> {
        let mut bytes = vec![0; length.min(PRINT_BYTES)];
        let mut filled = 0;
        while filled < bytes.len() {
            match file.read_at(bytes.get_mut(filled..).unwrap_or_default(), filled as u64)? {
                0 => break,
                count => filled += count,
            }
        }
        bytes.truncate(filled);
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        Ok(Self { length: filled, hash: to_hex(digest(&SHA256, &bytes).as_ref()) })
    }

    /// Returns the fingerprint of as many bytes as there are, at most 256.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn longest(file: &File) -> std::io::Result<Self> {
        Self::of(file, PRINT_BYTES)
    }

    /// Returns whether the fingerprint covers as many bytes as it can.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.length == PRINT_BYTES
    }

    /// Returns whether `file` begins with the same bytes.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn matches(&self, file: &File) -> std::io::Result<bool> {
        Ok(Self::of(file, self.length)? == *self)
    }
}

/// Returns bytes in hexadecimal.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// A file with the offset of the first byte that was not counted yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePosition {
    /// The device and the inode.
    #[serde(flatten)]
    pub id: FileId,
    /// The first bytes.
    pub print: Fingerprint,
    /// The offset, in bytes.
    pub offset: u64,
}

/// The read position.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The files that are read, the oldest first.
    pub files: Vec<FilePosition>,
    /// Files that were read to their end. The newest are kept, so that no rotated file is read twice.
    pub done: Vec<FilePosition>,
    /// Files that are not read, because they were truncated in place.
    pub refused: Vec<FileId>,
}

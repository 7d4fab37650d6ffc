//! The file of the last good table: written atomically, and rejected if any byte is missing or changed.
//!
//! Format: a line with the format's name and version; a line of JSON with the keys, the times, and the signature and
//! length of each document; the documents as CentOps signed them; the SHA-256 of all bytes before it.

use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use centops_network_api::{Keys, SignedBody};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::updater::SavedTable;

const FORMAT: &[u8] = b"centops-routes 1\n";

/// An error of the table file.
#[derive(Debug, thiserror::Error)]
pub enum TableFileError {
    /// The file cannot be read or written.
    #[error("cannot {action} {path}: {cause}", path = path.display())]
    Io {
        /// The path of the file.
        path: PathBuf,
        /// The action that failed: `read` or `write`.
        action: &'static str,
        /// The error of the operating system.
        cause: std::io::Error,
    },
    /// The content is not what was written: it is truncated, changed, or another file.
    #[error("the file is truncated or changed, or not a route table")]
    Corrupt,
}

#[derive(Serialize, Deserialize)]
struct Header {
    #[serde(rename = "fetched")]
    fetched_at: Timestamp,
    #[serde(rename = "confirmed")]
    confirmed_at: Timestamp,
    /// A JSON Web Key Set.
    keys: String,
    pages: Vec<Entry>,
    deltas: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    signature: String,
    bytes: usize,
}

/// Saves the table atomically: readers see the old file or the new one.
///
/// The table is written to a temporary file in the same folder, synced, and renamed.
///
/// # Errors
/// Returns an error if the file cannot be written. The old file stays.
pub fn save(path: &Path, saved: &SavedTable) -> Result<(), TableFileError> {
    let failed = |cause| TableFileError::Io { path: path.to_owned(), action: "write", cause };
    let content = encode(saved).map_err(|error| failed(error.into()))?;
    centops_network_api::file::replace(path, ".routes-", &content).map_err(failed)
}

/// Loads the table from a file, or returns `None` if the file does not exist. Does not verify signatures.
///
/// # Errors
/// Returns an error if the file cannot be read or is corrupt.
pub fn load(path: &Path) -> Result<Option<SavedTable>, TableFileError> {
    match std::fs::read(path) {
        Ok(bytes) => parse(&bytes).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(TableFileError::Io { path: path.to_owned(), action: "read", cause }),
    }
}

/// Parses the content of a file. Does not verify signatures.
///
/// # Errors
/// Returns an error if the content is corrupt.
pub fn parse(bytes: &[u8]) -> Result<SavedTable, TableFileError> {
    decode(bytes).ok_or(TableFileError::Corrupt)
}

fn encode(saved: &SavedTable) -> Result<Vec<u8>, serde_json::Error> {
    let entries = |documents: &[SignedBody]| {
        documents
            .iter()
            .map(|signed| Entry { signature: signed.signature.clone(), bytes: signed.body.len() })
            .collect::<Vec<_>>()
    };
    let header = Header {
        fetched_at: saved.fetched_at,
        confirmed_at: saved.confirmed_at,
        keys: saved.keys.to_jwks(),
        pages: entries(&saved.pages),
        deltas: entries(&saved.deltas),
    };
    let mut bytes = FORMAT.to_vec();
    serde_json::to_writer(&mut bytes, &header)?;
    bytes.push(b'\n');
    for signed in saved.pages.iter().chain(&saved.deltas) {
        bytes.extend_from_slice(&signed.body);
    }
    let checksum = digest(&SHA256, &bytes);
    bytes.extend_from_slice(checksum.as_ref());
    Ok(bytes)
}

fn decode(bytes: &[u8]) -> Option<SavedTable> {
    let (content, checksum) = bytes.split_at_checked(bytes.len().checked_sub(SHA256_OUTPUT_LEN)?)?;
    if digest(&SHA256, content).as_ref() != checksum {
        return None;
    }
    let content = content.strip_prefix(FORMAT)?;
    let end = content.iter().position(|byte| *byte == b'\n')?;
    let (header, mut bodies) = (content.get(..end)?, content.get(end + 1..)?);
    let header: Header = serde_json::from_slice(header).ok()?;
    let mut documents = |entries: Vec<Entry>| {
        entries
            .into_iter()
            .map(|entry| {
                let (body, rest) = bodies.split_at_checked(entry.bytes)?;
                bodies = rest;
                Some(SignedBody::new(entry.signature, body))
            })
            .collect::<Option<Vec<_>>>()
    };
    let (pages, deltas) = (documents(header.pages)?, documents(header.deltas)?);
    let keys = Keys::from_jwks(header.keys.as_bytes()).ok()?;
    let (fetched_at, confirmed_at) = (header.fetched_at, header.confirmed_at);
    bodies.is_empty().then_some(SavedTable { keys, fetched_at, confirmed_at, pages, deltas })
}

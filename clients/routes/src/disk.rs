//! The last good table in a file: replaced at once or not at all, refused when a byte of it is missing or changed.
//!
//! The file is one line of what it is, one line of JSON (the keys, the times, the documents' signatures and
//! lengths), the documents as CentOps signed them, and the SHA-256 of all that.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::keeper::Saved;
use crate::{Keys, Signed};

const FIRST_LINE: &[u8] = b"centops-routes 1\n";

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// It cannot be read or written.
    #[error("{path} cannot be {done}: {cause}", path = path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What was tried: `read` or `written`.
        done: &'static str,
        /// Why not.
        cause: std::io::Error,
    },
    /// It is not what was written: cut, changed, or another file.
    #[error("it is cut or changed, or no table at all")]
    Damaged,
}

#[derive(Serialize, Deserialize)]
struct Head {
    fetched: Timestamp,
    confirmed: Timestamp,
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

/// Writes the table beside `path` and puts it there when it is on the disk: who reads sees the old file or the new.
///
/// # Errors
/// When it cannot be written. The old file stays.
pub fn save(path: &Path, saved: &Saved) -> Result<(), DiskError> {
    let failed = |cause| DiskError::Io { path: path.to_owned(), done: "written", cause };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".routes-").tempfile_in(folder).map_err(failed)?;
    file.write_all(&encoded(saved).map_err(|error| failed(error.into()))?).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    // The name is on the disk only when its folder is.
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}

/// The table in the file, or none where there is no file. Its signatures are not verified here.
///
/// # Errors
/// When it cannot be read, or is not what was written.
pub fn load(path: &Path) -> Result<Option<Saved>, DiskError> {
    match std::fs::read(path) {
        Ok(bytes) => parse(&bytes).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(DiskError::Io { path: path.to_owned(), done: "read", cause }),
    }
}

/// The table in the bytes of a file. Its signatures are not verified here.
///
/// # Errors
/// When they are not what was written.
pub fn parse(bytes: &[u8]) -> Result<Saved, DiskError> {
    decoded(bytes).ok_or(DiskError::Damaged)
}

fn encoded(saved: &Saved) -> Result<Vec<u8>, serde_json::Error> {
    let entries = |all: &[Signed]| {
        all.iter()
            .map(|signed| Entry { signature: signed.signature.clone(), bytes: signed.body.len() })
            .collect::<Vec<_>>()
    };
    let head = Head {
        fetched: saved.fetched,
        confirmed: saved.confirmed,
        keys: saved.keys.to_jwks(),
        pages: entries(&saved.pages),
        deltas: entries(&saved.deltas),
    };
    let mut bytes = FIRST_LINE.to_vec();
    serde_json::to_writer(&mut bytes, &head)?;
    bytes.push(b'\n');
    for signed in saved.pages.iter().chain(&saved.deltas) {
        bytes.extend_from_slice(&signed.body);
    }
    let sum = digest(&SHA256, &bytes);
    bytes.extend_from_slice(sum.as_ref());
    Ok(bytes)
}

fn decoded(bytes: &[u8]) -> Option<Saved> {
    let (content, sum) = bytes.split_at_checked(bytes.len().checked_sub(SHA256_OUTPUT_LEN)?)?;
    if digest(&SHA256, content).as_ref() != sum {
        return None;
    }
    let content = content.strip_prefix(FIRST_LINE)?;
    let end = content.iter().position(|byte| *byte == b'\n')?;
    let (head, mut bodies) = (content.get(..end)?, content.get(end + 1..)?);
    let head: Head = serde_json::from_slice(head).ok()?;
    let mut documents = |entries: Vec<Entry>| {
        entries
            .into_iter()
            .map(|entry| {
                let (body, rest) = bodies.split_at_checked(entry.bytes)?;
                bodies = rest;
                Some(Signed::new(entry.signature, body))
            })
            .collect::<Option<Vec<_>>>()
    };
    let (pages, deltas) = (documents(head.pages)?, documents(head.deltas)?);
    let keys = Keys::from_jwks(head.keys.as_bytes()).ok()?;
    bodies.is_empty().then_some(Saved { keys, fetched: head.fetched, confirmed: head.confirmed, pages, deltas })
}

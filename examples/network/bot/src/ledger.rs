//! The ledger: one line of JSON for each message, written before the response is sent.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::json;

/// What the bot did with a message.
#[derive(Debug)]
pub struct Ledger(Option<Mutex<File>>);

impl Ledger {
    /// Appends to a file. Without a path nothing is written.
    ///
    /// # Errors
    /// Returns an error if the file cannot be opened.
    pub fn open(path: Option<&Path>) -> std::io::Result<Self> {
        let file = path.map(|path| File::options().create(true).append(true).open(path)).transpose()?;
        Ok(Self(file.map(Mutex::new)))
    }

    /// Writes one line.
    ///
    /// # Errors
    /// Returns an error if the disk refuses it.
    pub fn write(&self, outcome: &str) -> std::io::Result<()> {
        let Some(file) = &self.0 else { return Ok(()) };
        let line = format!("{}\n", json!({"at": Timestamp::now().to_string(), "outcome": outcome}));
        file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes())
    }
}

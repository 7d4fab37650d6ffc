//! Files that only their owner may read.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use crate::error::CliError;

/// Writes a file with mode 0600, whole or not at all.
///
/// # Errors
/// [`CliError::File`].
pub fn write_private(file: &Path, text: &str) -> Result<(), CliError> {
    let failed = |reason: std::io::Error| CliError::file(file.display(), reason);
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A temporary file has mode 0600.
    let mut new = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    new.write_all(text.as_bytes()).map_err(failed)?;
    new.as_file().sync_all().map_err(failed)?;
    new.persist(file).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Reads a secret from a file that only its owner may read.
///
/// # Errors
/// [`CliError::File`] if it cannot be read, or if others may.
pub fn read_private(file: &Path) -> Result<String, CliError> {
    let failed = |reason: std::io::Error| CliError::file(file.display(), reason);
    let mode = fs::metadata(file).map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let reason = format!("others may read it (mode {mode:o}); run chmod 600");
        return Err(CliError::file(file.display(), reason));
    }
    fs::read_to_string(file).map_err(failed)
}

/// Returns a path with the home folder in the place of a leading `~`.
pub fn expanded(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(path),
    }
}

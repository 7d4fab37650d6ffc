//! Atomic replacement of files.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use tempfile::NamedTempFile;

/// Creates a temporary file in the folder of `path`. It is deleted unless [`persist`] replaces `path` with it.
///
/// # Errors
/// Returns an error if the folder does not exist or is not writable.
pub fn create_beside(path: &Path, prefix: &str) -> std::io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(prefix).tempfile_in(folder(path))
}

/// Replaces `path` with a temporary file of the same folder, durably.
///
/// # Errors
/// Returns an error if the file cannot be synced or renamed. The old file stays.
pub fn persist(file: NamedTempFile, path: &Path) -> std::io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // The rename is durable only after the folder is synced.
    File::open(folder(path)).and_then(|folder| folder.sync_all())
}

/// Replaces the content of `path`: readers see the old content or the new one.
///
/// # Errors
/// Returns an error if the file cannot be written. The old file stays.
pub fn replace(path: &Path, prefix: &str, content: &[u8]) -> std::io::Result<()> {
    let mut file = create_beside(path, prefix)?;
    file.write_all(content)?;
    persist(file, path)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

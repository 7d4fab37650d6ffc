//! The size of each bootstrap: a larger one starts more slowly.

use std::path::Path;

use crate::bootstraps::Bootstraps;
use crate::error::BenchError;
use crate::report::{Figure, Unit};

/// The largest size of a bootstrap, in MiB.
const SIZE_BAR: f64 = 6.5;

/// Reads the size of each bootstrap of the functions.
///
/// # Errors
/// When there is no bootstrap, or one cannot be read.
pub fn measure(bootstraps: &Bootstraps) -> Result<Vec<Figure>, BenchError> {
    bootstraps.all()?.iter().map(|path| size(path)).collect()
}

fn size(path: &Path) -> Result<Figure, BenchError> {
    let unreadable = |reason| BenchError::File { path: path.to_owned(), reason };
    let bytes = path.metadata().map_err(unreadable)?.len();
    let function = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    #[expect(clippy::cast_precision_loss, reason = "no bootstrap has 2^53 bytes")]
    let mib = bytes as f64 / f64::from(1 << 20);
    Ok(Figure::new(format!("size, {function}"), mib, Unit::MiB).at_most(SIZE_BAR))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;
    use crate::report;

    #[test]
    fn bar_is_missed_by_one_byte_over_six_and_a_half_mebibytes() {
        let directory = tempfile::tempdir().unwrap();
        let bootstraps = Bootstraps::new(directory.path().to_owned(), directory.path().to_owned());
        for (function, bytes) in [("get-route", 6_815_744), ("get-routes", 6_815_745)] {
            fs::create_dir(directory.path().join(function)).unwrap();
            File::create(bootstraps.function(function)).unwrap().set_len(bytes).unwrap();
        }
        let missed = report::missed(&measure(&bootstraps).unwrap());
        assert_eq!(missed, ["size, get-routes: 6.50 MiB, the bar is ≤ 6.50 MiB"]);
    }
}

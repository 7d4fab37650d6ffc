//! Three days of a DMR without CentOps, in simulated time.

use centops_routes::simulation::{self, SimulationError};

use crate::error::BenchError;
use crate::report::{Figure, Unit};

/// The number of chatbots that the DMR knows.
const CHATBOTS: usize = 1000;

/// Simulates the outage.
///
/// # Errors
/// When the simulation cannot run.
pub fn measure() -> Result<Vec<Figure>, BenchError> {
    let folder = tempfile::tempdir()?;
    let outage = simulation::run_outage(CHATBOTS, &folder.path().join("routes")).map_err(failed)?;
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let figure = |name: &str, value: u64| Figure::new(format!("outage, {name}"), value as f64, Unit::Count);
    Ok(vec![
        figure("hours without CentOps, simulated", outage.simulated_hours).at_least(72.0),
        figure("lookups", outage.lookups),
        figure("lookups that found no or a wrong route", outage.failed).at_most(0.0),
        figure("restarts of the DMR", outage.restarts),
        figure("truncated tables offered", outage.faulty_tables),
        figure("truncated tables accepted", outage.faulty_tables - outage.rejected.min(outage.faulty_tables))
            .at_most(0.0),
        figure("other failures", u64::from(!outage.is_passed())).at_most(0.0),
    ])
}

fn failed(error: SimulationError) -> BenchError {
    std::io::Error::other(error).into()
}

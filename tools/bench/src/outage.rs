//! A DMR through three days without CentOps, in simulated time.

use centops_routes::simulation::{self, SimulationError};

use crate::figures::BenchError;
use crate::report::{Figure, Unit};

/// How many chatbots the DMR knows.
const CHATBOTS: usize = 1000;

/// What is measured.
///
/// # Errors
/// When the simulation cannot run.
pub fn measure() -> Result<Vec<Figure>, BenchError> {
    let folder = tempfile::tempdir()?;
    let outage = simulation::outage(CHATBOTS, &folder.path().join("routes")).map_err(outage_failed)?;
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let figure = |name: &str, value: u64| Figure::new(format!("outage, {name}"), value as f64, Unit::Count);
    Ok(vec![
        figure("hours that CentOps is away, simulated", outage.simulated_hours).at_least(72.0),
        figure("lookups meanwhile", outage.lookups),
        figure("lookups that found no or a wrong route", outage.failed).at_most(0.0),
        figure("restarts of the DMR meanwhile", outage.restarts),
        figure("cut tables that were offered", outage.cut),
        figure("cut tables that were believed", outage.cut - outage.refused.min(outage.cut)).at_most(0.0),
        figure("anything else that went wrong", u64::from(!outage.is_survived())).at_most(0.0),
    ])
}

fn outage_failed(error: SimulationError) -> BenchError {
    std::io::Error::other(error).into()
}

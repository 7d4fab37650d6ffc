//! An outage of 72 h in simulated time.

use centops_routes::simulation::{TableFault, run_outage};

#[test]
fn every_lookup_succeeds_and_every_faulty_table_is_rejected_during_72_hours() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = run_outage(200, &folder.path().join("routes")).expect("the simulation runs");
    assert!(report.is_passed(), "{report:?}");
    assert_eq!(report.simulated_hours, 72);
    assert_eq!(report.lookups, 72 * 60 * 21);
    assert_eq!(report.restarts, 12);
    assert_eq!(report.faulty_tables, 72 * TableFault::ALL.len() as u64);
    assert_eq!(report.late_lookups, 400);
}

//! Three days without CentOps, in simulated time.

use centops_routes::simulation::{Cut, outage};

#[test]
fn a_dmr_routes_through_three_days_without_centops_and_refuses_every_cut_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let outage = outage(200, &folder.path().join("routes")).expect("the simulation runs");
    assert!(outage.is_survived(), "{outage:?}");
    assert_eq!(outage.simulated_hours, 72);
    assert_eq!(outage.lookups, 72 * 60 * 21);
    assert_eq!(outage.restarts, 12);
    assert_eq!(outage.cut, 72 * Cut::ALL.len() as u64);
    assert_eq!(outage.late, 400);
}

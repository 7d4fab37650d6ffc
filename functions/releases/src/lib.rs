//! The functions of the area `releases`: releases, updates and reported versions.

pub mod get_updates;
pub mod list_releases;
pub mod publish_release;
pub mod report_versions;
pub mod withdraw_release;

use centops_api::{Function, run_operation};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "publish-release", main: run_operation::<publish_release::PublishRelease> },
    Function { name: "get-updates", main: run_operation::<get_updates::GetUpdates> },
    Function { name: "report-versions", main: run_operation::<report_versions::ReportVersions> },
    Function { name: "list-releases", main: run_operation::<list_releases::ListReleases> },
    Function { name: "withdraw-release", main: run_operation::<withdraw_release::WithdrawRelease> },
];

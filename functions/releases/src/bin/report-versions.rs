//! The Lambda function `report-versions`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_releases::report_versions::ReportVersions>()
}

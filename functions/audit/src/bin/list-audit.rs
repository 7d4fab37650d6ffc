//! The Lambda function `list-audit`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_audit::list_audit::ListAudit>()
}

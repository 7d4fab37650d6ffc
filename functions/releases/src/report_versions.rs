//! `PUT /versions`: records the component versions that the calling chatbot runs.

use centops_api::{Call, Chatbot, Json, Operation, Reply, StatusCode, callers, reply};
use centops_contract::{self as contract, operations};
use centops_domain::releases::VersionReport;
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct ReportVersions;

impl Operation for ReportVersions {
    const CONTRACT: contract::Operation = operations::REPORT_VERSIONS;
    type Caller = Chatbot;
    type Body = Json<VersionReport>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let (Chatbot(name), Json(report)) = (&call.caller, &call.body);
        callers::check_sender(name, report.chatbot.as_ref())?;
        store.report_versions(&call.audit, name, &report.versions).await?;
        Ok(reply::json(StatusCode::OK, report))
    }
}

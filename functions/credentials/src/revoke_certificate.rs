//! `PUT /certificates/{profile}/{holder}/{serial}/revocation`: revokes a certificate. It is refused from the next
//! request on.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    credentials::{CertificateId, Revocation},
};
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct RevokeCertificate;

impl Operation for RevokeCertificate {
    const CONTRACT: contract::Operation = operations::REVOKE_CERTIFICATE;
    type Caller = Person;
    type Body = Json<Revocation>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let id =
            CertificateId { profile: call.path("profile")?, name: call.path("holder")?, serial: call.path("serial")? };
        let Json(Revocation { reason }) = &call.body;
        let revoked = store.revoke_certificate(&call.audit, &id, reason.as_str()).await;
        let revoked = revoked.map_err(Problem::or_not_found("There is no such certificate."))?;
        Ok(reply::json(StatusCode::OK, &revoked))
    }
}

//! `PUT /certificates/{profile}/{holder}/{serial}/revocation`: revokes a certificate. It is refused from the next
//! request on. The route subscription of a DMR ends with its last valid certificate.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    credentials::{CertificateId, Revocation},
};
use centops_store::credentials::Revoked;
use centops_sweep::Sweeper;

/// The operation.
#[derive(Debug)]
pub struct RevokeCertificate;

impl Operation for RevokeCertificate {
    const CONTRACT: contract::Operation = operations::REVOKE_CERTIFICATE;
    type Caller = Person;
    type Body = Json<Revocation>;
    type State = Sweeper;

    async fn call(sweeper: &Sweeper, call: Call<'_, Self>) -> Reply {
        let id =
            CertificateId { profile: call.path("profile")?, name: call.path("holder")?, serial: call.path("serial")? };
        let Json(Revocation { reason }) = &call.body;
        let revoked = sweeper.store.revoke_certificate(&call.audit, &id, reason.as_str()).await;
        let Revoked { certificate, sweep } = revoked.map_err(Problem::or_not_found("There is no such certificate."))?;
        if let Some(sweep) = sweep {
            sweeper.run_or_leave(&call.audit, &sweep).await;
        }
        Ok(reply::json(StatusCode::OK, &certificate))
    }
}

//! `POST /certificates`: signs a certificate of a DMR or a chatbot for the key in a certificate request.

use aws_sdk_secretsmanager::Client;
use centops_api::{Call, FromSetup, Json, Operation, Problem, Reply, Setup, StartError, StatusCode, random, reply};
use centops_certificates::{InvalidCsr, secret::AuthoritySecret};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    credentials::{Certificate, NewCertificate},
};
use centops_store::Store;

use crate::holder::not_enrolled;

/// The operation.
#[derive(Debug)]
pub struct IssueCertificate {
    store: Store,
    secret: AuthoritySecret,
}

impl FromSetup for IssueCertificate {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        let store = setup.store().await?;
        let secret = AuthoritySecret::new(Client::new(setup.config()), setup.variable("AUTHORITY_SECRET_ARN")?);
        Ok(Self { store, secret })
    }
}

impl Operation for IssueCertificate {
    const CONTRACT: contract::Operation = operations::ISSUE_CERTIFICATE;
    type Caller = Person;
    type Body = Json<NewCertificate>;
    type State = Self;

    async fn call(state: &Self, call: Call<'_, Self>) -> Reply {
        let now = call.now();
        let Json(NewCertificate { profile, name, csr, days }) = call.body;
        let enrolment = state.store.enrolment(profile, &name).await.map_err(not_enrolled(profile))?;
        let serial = random::bytes()?;
        let authority = state.secret.authority(now).await.map_err(Problem::unavailable)?;
        let issued = authority.issue(&csr, profile, &name, days.get(), serial, now).map_err(|error| match error {
            InvalidCsr::SigningFailed(_) => Problem::internal(error),
            _ => Problem::invalid("#/csr", error),
        })?;
        // The authorizer lets in recorded certificates only, so a certificate is recorded before it is handed out.
        let certificate = Certificate::new(&issued, enrolment.at, now);
        state.store.put_certificate(&call.audit, &certificate).await.map_err(not_enrolled(profile))?;
        Ok(reply::json(StatusCode::CREATED, &issued))
    }
}

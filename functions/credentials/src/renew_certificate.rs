//! `POST /certificate-renewals`: signs another certificate for the caller, for the key in a certificate request.

use aws_sdk_secretsmanager::Client;
use centops_api::{
    Call, Device, FromSetup, Json, Operation, Problem, Reply, Setup, StartError, StatusCode, random, reply,
};
use centops_certificates::{InvalidCsr, check_csr, secret::AuthoritySecret};
use centops_contract::{self as contract, operations};
use centops_domain::credentials::{Certificate, CertificateRenewal};
use centops_store::{
    Store, StoreError,
    credentials::{Renewable, RenewalError},
};

/// The most attempts when concurrent requests renew the same certificate. After the first of them succeeded, the others
/// are too early.
const ATTEMPTS: usize = 3;

/// The operation.
#[derive(Debug)]
pub struct RenewCertificate {
    store: Store,
    secret: AuthoritySecret,
}

impl FromSetup for RenewCertificate {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        let store = setup.store().await?;
        let secret = AuthoritySecret::new(Client::new(setup.config()), setup.variable("AUTHORITY_SECRET_ARN")?);
        Ok(Self { store, secret })
    }
}

impl Operation for RenewCertificate {
    const CONTRACT: contract::Operation = operations::RENEW_CERTIFICATE;
    type Caller = Device;
    type Body = Json<CertificateRenewal>;
    type State = Self;

    async fn call(state: &Self, call: Call<'_, Self>) -> Reply {
        let now = call.now();
        let (Device { profile, name }, Json(CertificateRenewal { csr })) = (&call.caller, &call.body);
        check_csr(csr).map_err(|error| Problem::invalid("#/csr", error))?;
        for _ in 0..ATTEMPTS {
            let Renewable { newest, days } = state.store.renewable(*profile, name, now).await.map_err(problem)?;
            let authority = state.secret.authority(now).await.map_err(Problem::unavailable)?;
            let issued = authority.issue(csr, *profile, name, days.get(), random::bytes()?, now);
            let issued = issued.map_err(|error| match error {
                InvalidCsr::SigningFailed(_) => Problem::internal(error),
                _ => Problem::invalid("#/csr", error),
            })?;
            let successor = Certificate::new(&issued, newest.value.enrolled_at, now);
            match state.store.put_renewal(&call.audit, &newest, &successor).await {
                Ok(()) => return Ok(reply::json(StatusCode::CREATED, &issued)),
                Err(StoreError::Changed) => {}
                Err(error) => return Err(problem(error.into())),
            }
        }
        Err(Problem::unavailable("the certificate changed at each attempt"))
    }
}

fn problem(error: RenewalError) -> Problem {
    match error {
        RenewalError::TooEarly(error) => Problem::conflict(&format!("Too early: {error}.")),
        // The authorizer let the caller in a moment ago.
        RenewalError::Store(StoreError::NotFound) => {
            Problem::conflict("Your certificate was revoked, or you are no longer enrolled.")
        }
        RenewalError::Store(error) => error.into(),
    }
}

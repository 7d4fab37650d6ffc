//! `POST /api-keys`: issues an API key to a DMR or a chatbot. Its secret is in this answer and nowhere else.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, random, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    credentials::{ApiKey, ApiKeySecret, IssuedApiKey, KeyId, NewApiKey},
};
use centops_store::{Store, StoreError};

use crate::holder::not_enrolled;

/// The most ids that are tried. The holder has a key of a random id already with a probability of 10^-9.
const ATTEMPTS: usize = 3;

/// The operation.
#[derive(Debug)]
pub struct IssueApiKey;

impl Operation for IssueApiKey {
    const CONTRACT: contract::Operation = operations::ISSUE_API_KEY;
    type Caller = Person;
    type Body = Json<NewApiKey>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let (audit, Json(new)) = (&call.audit, &call.body);
        let enrolment = store.enrolment(new.profile, &new.name).await.map_err(not_enrolled(new.profile))?;
        for _ in 0..ATTEMPTS {
            let secret = ApiKeySecret::new(KeyId::new(random::bytes()?), random::bytes()?);
            let key = ApiKey::issued(secret.id.clone(), new.clone(), enrolment.at, audit.now);
            match store.put_api_key(audit, &key, &secret.hash()).await {
                Err(StoreError::Exists) => {}
                stored => {
                    stored.map_err(not_enrolled(new.profile))?;
                    let issued = IssuedApiKey { key, secret: secret.reveal() };
                    return Ok(reply::json(StatusCode::CREATED, &issued));
                }
            }
        }
        Err(Problem::internal("no free id for an API key"))
    }
}

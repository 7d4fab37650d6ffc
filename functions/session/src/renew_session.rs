//! `POST /session/renewal`: renews the session of the caller.

use centops_api::{Call, NoBody, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::{Store, StoreError};

use crate::view::{SessionView, over, token};

/// The operation.
#[derive(Debug)]
pub struct RenewSession;

impl Operation for RenewSession {
    const CONTRACT: contract::Operation = operations::RENEW_SESSION;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let Some(token) = token(call.headers()) else {
            return Err(Problem::conflict("A bearer token of the issuer has no session."));
        };
        match store.renew_session(&token.hash(), call.now()).await {
            Ok(session) => Ok(reply::json(StatusCode::OK, &SessionView::new(call.caller, Some(&session)))),
            Err(StoreError::NotFound) => Err(over()),
            Err(error) => Err(error.into()),
        }
    }
}

//! `GET /admin/institutions`: lists all institutions by id.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::{Person, Scope};
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct ListInstitutions;

impl Operation for ListInstitutions {
    const CONTRACT: contract::Operation = operations::LIST_INSTITUTIONS;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let visible = match call.scope() {
            Scope::All => store.institutions().await?,
            Scope::Only(institutions) => store.institutions_by_id(institutions).await?,
            Scope::Nothing => Vec::new(),
        };
        Ok(reply::json(StatusCode::OK, &visible))
    }
}

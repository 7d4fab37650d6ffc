//! `GET /routes`: the route table, or what changed in it. An unchanged table costs one small read.

use std::sync::{Arc, Mutex, PoisonError};

use centops_domain::route::RouteTable;
use centops_http::{Reply, caller, etag, reply, request, serve};
use centops_store::Store;
use lambda_http::{Error, Request, http::StatusCode};

/// The table as this environment last read it: good for as long as the revision stands.
type Kept = Mutex<Option<Arc<RouteTable>>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_startup::audited().await?;
    let kept = &Kept::default();
    serve(env!("CARGO_PKG_NAME"), audit, |request, _| async move { get(store, kept, &request).await }).await
}

async fn get(store: &Store, kept: &Kept, request: &Request) -> Reply {
    caller::dmr(request)?;
    if let Some(since) = request::query(request, "since", "a revision, a number from 0")? {
        let changes = store.route_changes(since).await?;
        return Ok(reply::versioned(StatusCode::OK, changes.revision, &changes));
    }
    let revision = store.revision().await?;
    if etag::is_known(request.headers(), revision) {
        return Ok(reply::not_modified(revision));
    }
    let known = kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let table = if let Some(table) = known.filter(|table| table.revision == revision) {
        table
    } else {
        let table = Arc::new(store.routes(revision).await?);
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&table));
        table
    };
    Ok(reply::versioned(StatusCode::OK, table.revision, &*table))
}

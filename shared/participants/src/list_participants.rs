//! `GET /public/participants` and `GET /participants`: lists the active participants.

use centops_api::{Reply, caller, etag, reply, request};
use centops_store::{Store, audit::Act};
use lambda_http::{Request, http::StatusCode};

use crate::{
    participant::HostFormat,
    participant_list::{self, ParticipantList},
    type_filter::TypeFilter,
};

/// The path for proxies, which need addresses as host and port.
const PROXY_PATH: &str = "/participants";

/// Lists the active participants from the cached `list`, or returns 304 if the caller has them.
///
/// # Errors
/// 403; when the list cannot be read completely.
pub async fn list(store: &Store, list: &ParticipantList, act: &Act<'_>, request: &Request) -> Reply {
    caller::device(request)?;
    let format = if request::resource(request) == PROXY_PATH { HostFormat::HostAndPort } else { HostFormat::Uri };
    let json = list.json(store, &TypeFilter::from_request(request), format, act.now).await?;
    let tag = participant_list::etag(&json);
    if etag::is_known(request.headers(), tag) {
        return Ok(reply::not_modified(tag));
    }
    Ok(reply::with_etag(reply::written(StatusCode::OK, "application/json", json), tag))
}

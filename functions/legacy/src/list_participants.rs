//! `GET /public/participants` and `GET /participants`: lists the active participants.

use centops_api::{Call, Device, FromSetup, NoBody, Operation, Reply, Setup, StartError, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_store::Store;

use crate::{
    participant::HostFormat,
    participant_list::{self, ParticipantList},
    type_filter::TypeFilter,
};

/// The path for proxies, which need addresses as host and port.
const PROXY_PATH: &str = "/participants";

/// Lists the active participants from the cached `list`, or returns 304 if the caller has them.
#[derive(Debug)]
pub struct ListParticipants {
    store: Store,
    list: ParticipantList,
}

impl FromSetup for ListParticipants {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await?, list: ParticipantList::default() })
    }
}

impl Operation for ListParticipants {
    const CONTRACT: contract::Operation = operations::LIST_PARTICIPANTS;
    type Caller = Device;
    type Body = NoBody;
    type State = Self;

    async fn call(state: &Self, call: Call<'_, Self>) -> Reply {
        let format = if call.path_template() == PROXY_PATH { HostFormat::HostAndPort } else { HostFormat::Uri };
        let json = state
            .list
            .json(&state.store, &TypeFilter::parse(call.query_values("type")), format, call.audit.now)
            .await?;
        let tag = participant_list::etag(&json);
        if call.has_version(tag) {
            return Ok(reply::not_modified(tag));
        }
        Ok(reply::with_etag(reply::text(StatusCode::OK, "application/json", json), tag))
    }
}

//! `POST /subscriptions`: subscribes an address to the notifications of an institution.

use std::collections::{BTreeMap, BTreeSet};

use centops_api::{Call, FromSetup, Json, Operation, Problem, Reply, Setup, StartError, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    chatbots::{AllowedNetworks, Name},
    notifications::{
        Address, Channel, Coverage, MAX_CHATBOTS, NewSubscription, Present, State, Subscription, SubscriptionView,
    },
};
use centops_egress::filter;
use centops_store::{
    Store, StoreError, Versioned,
    audit::AuditContext,
    notifications::{StoredSubscription, SubscribeError},
};
use serde::Serialize;

use crate::{access, problems, recipients::Recipients};

/// The operation.
#[derive(Debug)]
pub struct CreateSubscription {
    pub(crate) recipients: Recipients,
    pub(crate) networks: AllowedNetworks,
}

/// The new subscription. The secret of a webhook is shown once.
#[derive(Serialize)]
struct CreatedSubscription<'a> {
    #[serde(flatten)]
    subscription: SubscriptionView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl FromSetup for CreateSubscription {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { recipients: Recipients::from_setup(setup).await?, networks: setup.allowed_networks()? })
    }
}

impl Operation for CreateSubscription {
    const CONTRACT: contract::Operation = operations::CREATE_SUBSCRIPTION;
    type Caller = Person;
    type Body = Json<NewSubscription>;
    type State = Self;

    async fn call(state: &Self, call: Call<'_, Self>) -> Reply {
        let (now, Json(new), store) = (call.now(), &call.body, state.recipients.store());
        if !access::permits(&call, new.institution.as_ref()) {
            return Err(Problem::forbidden(match new.institution {
                Some(_) => "The institution is not among yours.",
                None => "Only administrators subscribe addresses of the operations centre.",
            }));
        }
        let address = new.address().map_err(|error| Problem::invalid("#/address", error))?;
        let coverage = coverage(store, new).await?;
        check_reachable(&address, &state.networks, "#/address").await?;
        let subscription = Subscription::new(address, coverage, new.settings.clone(), now);
        let created = begin(store, &call.audit, subscription).await?;
        let created = state.recipients.ask(&call.audit, created, "#/address").await?;
        let subscription = &created.value.subscription;
        let secret = match subscription.address.channel() {
            Channel::Webhook => Some(state.recipients.webhook_secret(subscription, now).await?),
            _ => None,
        };
        let location = format!("/subscriptions/{}", subscription.id);
        let shown = CreatedSubscription { subscription: subscription.view(now), secret };
        reply::located(reply::versioned(StatusCode::CREATED, created.version, &shown), &location)
    }
}

/// Returns the coverage that is requested.
async fn coverage(store: &Store, new: &NewSubscription) -> Result<Coverage, Problem> {
    let present = present(store, new.chatbots.as_ref()).await?;
    let coverage = new.coverage(|name| present.get(name).cloned());
    coverage.map_err(|error| Problem::invalid("#/chatbots", error))
}

/// Returns the present facts of `names`. More than can be chosen are not read.
pub(crate) async fn present(
    store: &Store,
    names: Option<&BTreeSet<Name>>,
) -> Result<BTreeMap<Name, Present>, StoreError> {
    match names.filter(|names| names.len() <= MAX_CHATBOTS) {
        Some(names) => store.present_chatbots(names).await,
        None => Ok(BTreeMap::new()),
    }
}

/// Checks that messages may be sent to `address`, which `pointer` of the body has: the host of a URL must be public.
///
/// # Errors
/// 400.
pub(crate) async fn check_reachable(
    address: &Address,
    networks: &AllowedNetworks,
    pointer: &'static str,
) -> Result<(), Problem> {
    match address.uri() {
        Some(uri) => filter::check(&uri, networks).await.map_err(|denied| Problem::invalid(pointer, denied)),
        None => Ok(()),
    }
}

/// Stores the new `subscription`. A repetition after the first request stopped before it had asked the recipient continues
/// with that one.
///
/// # Errors
/// 409.
pub(crate) async fn begin(
    store: &Store,
    audit: &AuditContext<'_>,
    subscription: Subscription,
) -> Result<Versioned<StoredSubscription>, Problem> {
    let id = subscription.id;
    match store.create_subscriber(audit, subscription).await {
        Ok(created) => Ok(created),
        Err(SubscribeError::Store(StoreError::Exists)) => {
            let stored = store.subscriber(id).await?;
            let StoredSubscription { subscription, arn, .. } = &stored.value;
            let is_pending = matches!(subscription.state.at(audit.now), State::Pending { .. });
            if is_pending && subscription.address.channel().is_sns() && arn.is_none() {
                return Ok(stored);
            }
            if is_pending {
                return Err(Problem::exists(&format!(
                    "The address waits for the confirmation of its subscription {id}: ask the recipient again by \
                     POST /subscriptions/{id}/confirmation."
                )));
            }
            Err(problems::of_creation(StoreError::Exists.into()))
        }
        Err(error) => Err(problems::of_creation(error)),
    }
}

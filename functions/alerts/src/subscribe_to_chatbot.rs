//! `POST /chatbots/{name}/subscriptions`: subscribes an address to the notifications of a chatbot. An older form of
//! `POST /subscriptions`: it adds the chatbot to the subscription of the address, or creates one.

use std::collections::BTreeSet;

use centops_api::{Call, FromSetup, Json, Operation, Problem, Reply, Setup, StartError, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    chatbots::{AllowedNetworks, Chatbot, Name},
    notifications::{Address, Channel, Coverage, Enrolment, InvalidTransition, SettingsChange, State, Subscription},
};
use centops_store::{
    IfMatch, Store, StoreError, Versioned,
    audit::AuditContext,
    notifications::{StoredSubscription, SubscribeError},
};
use serde::{Deserialize, Serialize};

use crate::{
    create_subscription::{begin, check_reachable},
    problems,
    recipients::Recipients,
};

/// The place of the address in the body.
const ENDPOINT: &str = "#/endpoint";

/// The operation.
#[derive(Debug)]
pub struct SubscribeToChatbot {
    pub(crate) recipients: Recipients,
    pub(crate) networks: AllowedNetworks,
}

/// The body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewChatbotSubscription {
    protocol: Protocol,
    endpoint: String,
}

/// The channels that this form has.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Protocol {
    Email,
    Sms,
    Https,
    Sqs,
}

impl From<Protocol> for Channel {
    fn from(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Email => Self::Email,
            Protocol::Sms => Self::Sms,
            Protocol::Https => Self::Https,
            Protocol::Sqs => Self::Sqs,
        }
    }
}

#[derive(Serialize)]
struct ChatbotSubscription<'a> {
    id: &'a str,
    chatbot: &'a Name,
    protocol: &'a str,
    endpoint: &'a str,
}

impl FromSetup for SubscribeToChatbot {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { recipients: Recipients::from_setup(setup).await?, networks: setup.allowed_networks()? })
    }
}

impl Operation for SubscribeToChatbot {
    const CONTRACT: contract::Operation = operations::SUBSCRIBE_TO_CHATBOT;
    type Caller = Person;
    type Body = Json<NewChatbotSubscription>;
    type State = Self;

    async fn call(Self { recipients, networks }: &Self, call: Call<'_, Self>) -> Reply {
        let NewChatbotSubscription { protocol, endpoint } = &call.body.0;
        let channel = Channel::from(*protocol);
        let address = Address::new(channel, endpoint).map_err(|error| Problem::invalid(ENDPOINT, error))?;
        let chatbot = call.chatbot_in_scope(recipients.store()).await?.value;
        check_reachable(&address, networks, ENDPOINT).await?;
        let stored = cover(recipients.store(), &call.audit, &chatbot, address.clone()).await?;
        // One without a topic was created just now, or its first request stopped before it had one.
        let stored = match &stored.value.arn {
            Some(_) => stored,
            None => recipients.ask(&call.audit, stored, ENDPOINT).await?,
        };
        let id = stored.value.arn.as_deref().ok_or_else(|| Problem::internal("the subscription has no ARN"))?;
        let (protocol, endpoint) = (channel.as_str(), address.as_str());
        let created = ChatbotSubscription { id, chatbot: &chatbot.name, protocol, endpoint };
        Ok(reply::json(StatusCode::CREATED, &created))
    }
}

/// Adds `chatbot` to the subscription of `address`, or creates one.
async fn cover(
    store: &Store,
    audit: &AuditContext<'_>,
    chatbot: &Chatbot,
    address: Address,
) -> Result<Versioned<StoredSubscription>, Problem> {
    let (institution, enrolment) = (chatbot.institution.clone(), Enrolment::from(chatbot));
    let chatbots = BTreeSet::from([enrolment.clone()]);
    let coverage = Coverage::Chatbots { institution, chatbots };
    let new = Subscription::new(address, coverage, SettingsChange::default(), audit.now);
    let widen = |old: &StoredSubscription| {
        let subscription = old.subscription.at(audit.now);
        if matches!(subscription.state, State::Ended { .. }) {
            return Err(InvalidTransition::Ended);
        }
        // A subscription that has too many chatbots stays as it is, which is noticed below.
        let coverage = subscription.coverage.with(enrolment.clone()).unwrap_or_else(|_| subscription.coverage.clone());
        let updated_at = if coverage == subscription.coverage { subscription.updated_at } else { audit.now };
        Ok(old.with(Subscription { coverage, updated_at, ..subscription }))
    };
    match store.change_subscriber(audit, new.id, IfMatch::Any, widen).await {
        Ok(stored) if stored.value.subscription.coverage.includes(&enrolment) => Ok(stored),
        Ok(_) => Err(Problem::conflict(
            "The subscription of this address has 500 chatbots: change it to all chatbots of the institution.",
        )),
        Err(SubscribeError::Transition(InvalidTransition::Ended) | SubscribeError::Store(StoreError::NotFound)) => {
            begin(store, audit, new).await
        }
        Err(error) => Err(problems::of_change(error)),
    }
}

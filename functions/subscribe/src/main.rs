//! `POST /chatbots/{name}/subscriptions`: sends a chatbot's announcements to an address.

use std::collections::BTreeSet;

use aws_sdk_sns::{
    Client,
    error::DisplayErrorContext,
    operation::{set_subscription_attributes::SetSubscriptionAttributesError, subscribe::SubscribeError},
};
use centops_api::{Problem, Reply, caller, reply, request, serve};
use centops_domain::{
    caller::Role,
    chatbot::Chatbot,
    name::Name,
    subscription::{Destination, Protocol},
};
use centops_store::{Store, StoreError, audit::Act, subscriptions::Subscription};
use lambda_http::{Error, Request, http::StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How often it is tried anew when others subscribe the same destination at the same time.
const ATTEMPTS: usize = 4;
/// The most chatbots of one destination: the most values that SNS takes in a filter.
const MOST_CHATBOTS: usize = 150;

/// The attribute of a subscription that says which messages it gets.
const FILTER: &str = "FilterPolicy";

struct Subscriber {
    store: Store,
    client: Client,
    topic: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewSubscription {
    protocol: Protocol,
    endpoint: String,
}

#[derive(Serialize)]
struct Subscribed<'a> {
    id: &'a str,
    chatbot: &'a Name,
    protocol: &'a str,
    endpoint: &'a str,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = centops_api::startup::audited().await?;
    let (audit, subscriber) = &(
        audit,
        Subscriber {
            store,
            client: Client::new(&centops_api::startup::config()?),
            topic: centops_api::startup::variable("ANNOUNCEMENTS_TOPIC")?,
        },
    );
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { subscriber.answer(&act, &request).await }).await
}

impl Subscriber {
    async fn answer(&self, act: &Act<'_>, request: &Request) -> Reply {
        let person = caller::person(request, &[Role::Admin, Role::Operator, Role::Owner])?;
        let name = request::name(request)?;
        let NewSubscription { protocol, endpoint } = request::body(request)?;
        let to = Destination::new(protocol, endpoint).map_err(|error| Problem::invalid("#/endpoint", error))?;
        let chatbot = self.store.chatbot(&name).await?.value;
        if !person.reaches(&chatbot.institution) {
            return Err(Problem::forbidden("The chatbot is another institution's."));
        }
        let id = self.subscribe(act, &chatbot, &to).await?;
        let (protocol, endpoint) = (to.protocol().as_str(), to.endpoint());
        Ok(reply::json(StatusCode::CREATED, &Subscribed { id: &id, chatbot: &name, protocol, endpoint }))
    }

    /// Adds `chatbot` to what `to` hears of; gives the subscription's ARN.
    async fn subscribe(&self, act: &Act<'_>, chatbot: &Chatbot, to: &Destination) -> Result<String, Problem> {
        for _ in 0..ATTEMPTS {
            let stored = self.store.subscription(to).await?;
            let known = stored.as_ref().map(|stored| &stored.value);
            let mut chatbots = known.map(|known| known.chatbots.clone()).unwrap_or_default();
            chatbots.insert(chatbot.name.clone());
            if chatbots.len() > MOST_CHATBOTS {
                return Err(Problem::exists("One address hears of at most 150 chatbots: give another address."));
            }
            let widened = match known {
                Some(known) => self.widen(&known.arn, &chatbots).await?,
                None => None,
            };
            let subscription = match widened {
                Some(arn) => Subscription { arn, chatbots },
                // None yet, or one that its owner has ended: then what it heard of ended with it.
                None => self.create(to, BTreeSet::from([chatbot.name.clone()])).await?,
            };
            match self.store.put_subscription(act, chatbot, to, &subscription, stored.as_ref()).await {
                Ok(()) => return Ok(subscription.arn),
                Err(StoreError::Changed) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Problem::unavailable("others subscribed the same destination each time"))
    }

    async fn create(&self, to: &Destination, chatbots: BTreeSet<Name>) -> Result<Subscription, Problem> {
        let request = self
            .client
            .subscribe()
            .topic_arn(&self.topic)
            .protocol(to.protocol().as_str())
            .endpoint(to.endpoint())
            .attributes(FILTER, filter(&chatbots))
            .return_subscription_arn(true);
        let subscribed = request.send().await.map_err(|error| match error.as_service_error() {
            Some(SubscribeError::InvalidParameterException(invalid)) => {
                Problem::invalid("#/endpoint", invalid.message().unwrap_or("SNS does not take it"))
            }
            _ => Problem::unavailable(DisplayErrorContext(error)),
        })?;
        let arn = subscribed.subscription_arn.ok_or_else(|| Problem::internal("SNS gave no subscription ARN"))?;
        Ok(Subscription { arn, chatbots })
    }

    /// Makes the subscription `arn` hear of `chatbots`; none when it is no more.
    async fn widen(&self, arn: &str, chatbots: &BTreeSet<Name>) -> Result<Option<String>, Problem> {
        let request = self
            .client
            .set_subscription_attributes()
            .subscription_arn(arn)
            .attribute_name(FILTER)
            .attribute_value(filter(chatbots));
        match request.send().await {
            Ok(_) => Ok(Some(arn.to_owned())),
            Err(error) => match error.as_service_error() {
                Some(SetSubscriptionAttributesError::NotFoundException(_)) => Ok(None),
                Some(SetSubscriptionAttributesError::InvalidParameterException(_)) => Err(Problem::exists(
                    "The address has not confirmed its first subscription: confirm it, then try again.",
                )),
                _ => Err(Problem::unavailable(DisplayErrorContext(error))),
            },
        }
    }
}

fn filter(chatbots: &BTreeSet<Name>) -> String {
    json!({ "chatbot": chatbots }).to_string()
}

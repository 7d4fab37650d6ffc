//! `POST /chatbots/{name}/subscriptions`: subscribes a destination to the announcements of a chatbot.

use std::collections::BTreeSet;

use aws_sdk_sns::{
    Client,
    error::DisplayErrorContext,
    operation::{set_subscription_attributes::SetSubscriptionAttributesError, subscribe::SubscribeError},
};
use centops_api::{Call, FromSetup, Json, Operation, Problem, Reply, Setup, StartError, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    alerts::{Destination, Protocol},
    callers::Person,
    chatbots::{AllowedNetworks, Chatbot, Name},
};
use centops_egress::filter;
use centops_store::{Store, StoreError, alerts::Subscription, audit::AuditContext};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The most attempts when other requests change the same destination at the same time.
const ATTEMPTS: usize = 4;
/// The most chatbots of one destination: SNS takes at most 150 values in a filter policy.
const MAX_CHATBOTS: usize = 150;

/// The subscription attribute that selects messages.
const FILTER: &str = "FilterPolicy";

/// The operation.
#[derive(Debug)]
pub struct CreateSubscription {
    store: Store,
    client: Client,
    topic: String,
    networks: AllowedNetworks,
}

/// The body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSubscription {
    protocol: Protocol,
    endpoint: String,
}

#[derive(Serialize)]
struct CreatedSubscription<'a> {
    id: &'a str,
    chatbot: &'a Name,
    protocol: &'a str,
    endpoint: &'a str,
}

impl FromSetup for CreateSubscription {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self {
            store: setup.store().await?,
            client: Client::new(setup.config()),
            topic: setup.variable("ANNOUNCEMENTS_TOPIC")?,
            networks: setup.allowed_networks()?,
        })
    }
}

impl Operation for CreateSubscription {
    const CONTRACT: contract::Operation = operations::CREATE_SUBSCRIPTION;
    type Caller = Person;
    type Body = Json<NewSubscription>;
    type State = Self;

    async fn call(state: &Self, call: Call<'_, Self>) -> Reply {
        let NewSubscription { protocol, endpoint } = &call.body.0;
        let to =
            Destination::new(*protocol, endpoint.clone()).map_err(|error| Problem::invalid("#/endpoint", error))?;
        let chatbot = call.chatbot_in_scope(&state.store).await?.value;
        if let Some(uri) = to.uri() {
            filter::check(uri, &state.networks).await.map_err(|denied| Problem::invalid("#/endpoint", denied))?;
        }
        let id = state.subscribe(&call.audit, &chatbot, &to).await?;
        let (protocol, endpoint) = (to.protocol().as_str(), to.endpoint());
        let created = CreatedSubscription { id: &id, chatbot: &chatbot.name, protocol, endpoint };
        Ok(reply::json(StatusCode::CREATED, &created))
    }
}

impl CreateSubscription {
    /// Adds `chatbot` to the filter of the destination `to`. Returns the subscription's ARN.
    async fn subscribe(
        &self,
        audit: &AuditContext<'_>,
        chatbot: &Chatbot,
        to: &Destination,
    ) -> Result<String, Problem> {
        for _ in 0..ATTEMPTS {
            let stored = self.store.subscription(to).await?;
            let known = stored.as_ref().map(|stored| &stored.value);
            let mut chatbots = known.map(|known| known.chatbots.clone()).unwrap_or_default();
            chatbots.insert(chatbot.name.clone());
            if chatbots.len() > MAX_CHATBOTS {
                return Err(Problem::exists(
                    "One destination receives the announcements of at most 150 chatbots: give another address.",
                ));
            }
            let updated = match known {
                Some(known) => self.set_filter(&known.arn, &chatbots).await?,
                None => None,
            };
            let subscription = match updated {
                Some(arn) => Subscription { arn, chatbots },
                // There is none yet, or its owner has ended it: its other chatbots ended with it.
                None => self.create(to, BTreeSet::from([chatbot.name.clone()])).await?,
            };
            match self.store.put_subscription(audit, chatbot, to, &subscription, stored.as_ref()).await {
                Ok(()) => return Ok(subscription.arn),
                Err(StoreError::Changed) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Problem::unavailable("other requests changed the same destination at each attempt"))
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
                Problem::invalid("#/endpoint", invalid.message().unwrap_or("SNS refuses the endpoint"))
            }
            _ => Problem::unavailable(DisplayErrorContext(error)),
        })?;
        let arn = subscribed.subscription_arn.ok_or_else(|| Problem::internal("SNS gave no subscription ARN"))?;
        Ok(Subscription { arn, chatbots })
    }

    /// Sets the filter of the subscription `arn` to `chatbots`. Returns `None` when the subscription has ended.
    async fn set_filter(&self, arn: &str, chatbots: &BTreeSet<Name>) -> Result<Option<String>, Problem> {
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

#[cfg(test)]
mod tests {
    use aws_sdk_sns::operation::subscribe::SubscribeOutput;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use centops_api::respond;
    use centops_table::Table;
    use serde_json::Value;

    use super::*;

    /// Sends the sample event for the endpoint of `protocol`, with SNS as `rules`. Returns the status and the response.
    async fn subscribe(table: &Table, rules: &[&Rule], protocol: &str, endpoint: &str) -> (StatusCode, Value) {
        let mut event: Value =
            serde_json::from_str(include_str!("../../../events/alerts/create-subscription.json")).expect("an event");
        event["body"] = json!({ "protocol": protocol, "endpoint": endpoint }).to_string().into();
        event["pathParameters"] = json!({ "name": "tax" });
        let request = lambda_http::request::from_str(&event.to_string()).expect("a request");
        let client = mock_client!(aws_sdk_sns, RuleMode::Sequential, rules);
        let networks = AllowedNetworks::default();
        let state = CreateSubscription { store: table.store.clone(), client, topic: "alerts".to_owned(), networks };
        let response = respond::<CreateSubscription>(&state, &table.audit, &request).await;
        (response.status(), serde_json::from_slice(response.body().as_ref()).expect("json"))
    }

    async fn table() -> Table {
        let table = Table::start().await.expect("a table");
        let new = json!({
            "name": "tax", "uri": "https://tax.example.ee/", "type": "ministry", "institution": "tax-board",
            "contact": "owner@example.ee",
        });
        let now = centops_api::clock::now();
        let chatbot = Chatbot::enrol(serde_json::from_value(new).expect("a good chatbot"), now);
        let audit = centops_table::audit_context(&table.audit, now);
        table.store.create_chatbot(&audit, chatbot).await.expect("created");
        table
    }

    #[tokio::test]
    async fn endpoint_that_is_not_public_is_refused_before_sns_is_asked() {
        let table = table().await;
        for endpoint in [
            "https://169.254.169.254/latest/meta-data/",
            "HTTPS://0xA9FEA9FE/",
            "https://[::1]/",
            "https://hooks.internal/",
            "https://1.1.1.1:25/",
        ] {
            let (status, problem) = subscribe(&table, &[], "https", endpoint).await;
            let pointer = &problem["errors"][0]["pointer"];
            assert_eq!((status, pointer), (StatusCode::BAD_REQUEST, &json!("#/endpoint")), "{endpoint}");
        }
    }

    #[tokio::test]
    async fn endpoint_is_subscribed_and_stored_in_normal_form() {
        let table = table().await;
        let rule = mock!(Client::subscribe)
            .match_requests(|request| request.endpoint() == Some("https://1.1.1.1/a%7Cb"))
            .then_output(|| SubscribeOutput::builder().subscription_arn("arn").build());
        let (status, created) = subscribe(&table, &[&rule], "https", "HTTPS://1.1.1.1:443/a|b").await;
        assert_eq!((status, &created["endpoint"]), (StatusCode::CREATED, &json!("https://1.1.1.1/a%7Cb")));
        let to = Destination::new(Protocol::Https, "https://1.1.1.1/a%7Cb".to_owned()).expect("an endpoint");
        assert!(table.store.subscription(&to).await.expect("read").is_some());
    }
}

//! The queue of a DMR: subscribes it to the route topic, and replaces an earlier one. A DMR has at most one queue, and a
//! queue belongs to one DMR.

use aws_sdk_sns::{Client, error::DisplayErrorContext, operation::subscribe::SubscribeError};
use centops_api::Problem;
use centops_domain::{chatbots::Name, credentials::Profile, notifications::Channel};
use centops_store::{Store, StoreError, audit::AuditContext, routes::RouteSubscription};
use centops_sweep::unsubscribe;

/// The most attempts when other requests subscribe the same DMR at the same time.
const ATTEMPTS: usize = 4;

/// Subscribes queues of DMRs.
#[derive(Debug)]
pub struct Subscriber {
    pub store: Store,
    pub client: Client,
    pub topic: String,
}

impl Subscriber {
    /// Makes `queue` the queue of `dmr`. After a failure the caller repeats the request: the former queue stays in the
    /// table until its subscription has ended.
    pub async fn subscribe(
        &self,
        audit: &AuditContext<'_>,
        dmr: &Name,
        queue: &str,
    ) -> Result<RouteSubscription, Problem> {
        for _ in 0..ATTEMPTS {
            let enrolment = self.store.enrolment(Profile::Dmr, dmr).await;
            let enrolled_at = enrolment.map_err(not_registered)?.at;
            let stored = self.store.route_subscription(dmr).await?;
            let holder = self.store.route_queue_owner(queue).await?;
            if holder.is_some_and(|holder| holder != *dmr) {
                return Err(Problem::exists("The queue belongs to another DMR."));
            }
            // Even for a repeated request: the queue's owner may have ended the subscription.
            let subscription =
                RouteSubscription { arn: self.create(queue).await?, queue: queue.to_owned(), enrolled_at };
            match &stored {
                Some(known) if known.value == subscription => return Ok(subscription),
                Some(known) if known.value.queue != queue => unsubscribe(&self.client, &known.value.arn).await?,
                _ => {}
            }
            match self.store.put_route_subscription(audit, dmr, &subscription, stored.as_ref()).await {
                Ok(()) => return Ok(subscription),
                Err(StoreError::Changed) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Problem::unavailable("other requests subscribed the same DMR at each attempt"))
    }

    /// Subscribes `queue` and returns the subscription's ARN. SNS returns the same ARN for a repeated request.
    async fn create(&self, queue: &str) -> Result<String, Problem> {
        let request = self
            .client
            .subscribe()
            .topic_arn(&self.topic)
            .protocol(Channel::Sqs.as_str())
            .endpoint(queue)
            // The body in the queue is the delta itself, and the SNS attributes become attributes of the SQS message.
            .attributes("RawMessageDelivery", "true")
            .return_subscription_arn(true);
        let subscribed = request.send().await.map_err(|error| match error.as_service_error() {
            Some(SubscribeError::InvalidParameterException(invalid)) => {
                Problem::invalid("#/queue", invalid.message().unwrap_or("SNS refuses the queue"))
            }
            _ => Problem::unavailable(DisplayErrorContext(error)),
        })?;
        subscribed.subscription_arn.ok_or_else(|| Problem::internal("SNS gave no subscription ARN"))
    }
}

/// Converts the error of a DMR that was removed while it subscribed.
fn not_registered(error: StoreError) -> Problem {
    match error {
        StoreError::NotFound => Problem::forbidden("The DMR is no longer registered."),
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aws_sdk_sns::{
        operation::{
            subscribe::SubscribeOutput,
            unsubscribe::{UnsubscribeError, UnsubscribeOutput},
        },
        types::error::{InvalidParameterException, NotFoundException},
    };
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use centops_domain::{
        institutions::{Institution, NewInstitution},
        peers::NewDmr,
    };
    use centops_store::audit::Audit;
    use centops_table::Table;
    use jiff::Timestamp;

    use super::*;

    fn name(text: &str) -> Name {
        text.parse().expect("a good name")
    }

    /// Returns a rule that subscribes `queue` as `arn`.
    fn subscribe_rule(queue: &'static str, arn: &'static str) -> Rule {
        mock!(Client::subscribe)
            .match_requests(move |request| {
                let raw = request.attributes().and_then(|attributes| attributes.get("RawMessageDelivery"));
                request.endpoint() == Some(queue) && raw.is_some_and(|raw| raw == "true")
            })
            .then_output(move || SubscribeOutput::builder().subscription_arn(arn).build())
    }

    /// Returns a rule that ends the subscription `arn`.
    fn unsubscribe_rule(arn: &'static str) -> Rule {
        mock!(Client::unsubscribe)
            .match_requests(move |request| request.subscription_arn() == Some(arn))
            .then_output(|| UnsubscribeOutput::builder().build())
    }

    /// Returns a subscriber with SNS's responses in order, and the audit trail.
    async fn subscriber(rules: &[&Rule]) -> (Subscriber, Arc<Audit>) {
        let Table { store, audit, .. } = Table::start().await.expect("a table");
        let context = || centops_table::audit_context(&audit, Timestamp::UNIX_EPOCH);
        let institution = serde_json::json!({"name": "Infosüsteemi amet"});
        let new: NewInstitution = serde_json::from_value(institution).expect("a good institution");
        store.create_institution(&context(), Institution::new(name("ria"), new)).await.expect("created");
        for dmr in ["tallinn", "tartu"] {
            let new = NewDmr {
                name: name(dmr),
                uri: "https://dmr.example.ee/".parse().expect("a good uri"),
                institution: name("ria"),
            };
            store.create_peer(&context(), new.register(Timestamp::UNIX_EPOCH)).await.expect("registered");
        }
        let client = mock_client!(aws_sdk_sns, RuleMode::Sequential, rules);
        (Subscriber { store, client, topic: "routes".to_owned() }, audit)
    }

    async fn subscribe(
        subscriber: &(Subscriber, Arc<Audit>),
        part: u8,
        dmr: &str,
        queue: &str,
    ) -> Result<String, Problem> {
        let audit = centops_table::audit_context(&subscriber.1, Timestamp::UNIX_EPOCH).part(part);
        subscriber.0.subscribe(&audit, &name(dmr), queue).await.map(|subscription| subscription.arn)
    }

    #[tokio::test]
    async fn queue_replaces_the_former_one_and_a_repetition_changes_nothing() {
        let rules = [
            subscribe_rule("one", "s1"),
            subscribe_rule("one", "s1"),
            subscribe_rule("two", "s2"),
            unsubscribe_rule("s1"),
        ];
        let subscriber = subscriber(&rules.each_ref()).await;
        assert_eq!(subscribe(&subscriber, 0, "tallinn", "one").await.expect("subscribed"), "s1");
        assert_eq!(subscribe(&subscriber, 1, "tallinn", "one").await.expect("subscribed"), "s1");
        assert_eq!(subscribe(&subscriber, 2, "tallinn", "two").await.expect("subscribed"), "s2");
        assert!(rules.iter().all(|rule| rule.num_calls() == 1));
        let stored = subscriber.0.store.route_subscription(&name("tallinn")).await.expect("an answer");
        let stored = stored.expect("a subscription");
        assert_eq!((stored.value.queue.as_str(), stored.version), ("two", 2), "the repetition wrote nothing");
    }

    #[tokio::test]
    async fn returns_409_for_the_queue_of_another_dmr() {
        let rules = [subscribe_rule("one", "s1")];
        let subscriber = subscriber(&rules.each_ref()).await;
        subscribe(&subscriber, 0, "tallinn", "one").await.expect("subscribed");
        let refused = subscribe(&subscriber, 1, "tartu", "one").await.expect_err("another's");
        assert_eq!(refused.status().as_u16(), 409);
    }

    #[tokio::test]
    async fn queue_is_replaced_if_the_former_subscription_has_already_ended() {
        let gone = mock!(Client::unsubscribe)
            .then_error(|| UnsubscribeError::NotFoundException(NotFoundException::builder().build()));
        let rules = [subscribe_rule("one", "s1"), subscribe_rule("two", "s2"), gone];
        let subscriber = subscriber(&rules.each_ref()).await;
        subscribe(&subscriber, 0, "tallinn", "one").await.expect("subscribed");
        assert_eq!(subscribe(&subscriber, 1, "tallinn", "two").await.expect("subscribed"), "s2");
    }

    #[tokio::test]
    async fn returns_400_for_a_queue_that_sns_refuses() {
        let invalid = mock!(Client::subscribe).then_error(|| {
            let error = InvalidParameterException::builder().message("Invalid parameter: SQS endpoint ARN").build();
            SubscribeError::InvalidParameterException(error)
        });
        let subscriber = subscriber(&[&invalid]).await;
        let refused = subscribe(&subscriber, 0, "tallinn", "one").await.expect_err("refused");
        assert_eq!(refused.status().as_u16(), 400);
        assert!(refused.to_string().contains("#/queue: Invalid parameter"), "{refused}");
        assert_eq!(subscriber.0.store.route_subscription(&name("tallinn")).await.expect("an answer"), None);
    }

    #[tokio::test]
    async fn returns_403_for_a_dmr_that_is_not_registered() {
        let subscriber = subscriber(&[]).await;
        let refused = subscribe(&subscriber, 0, "narva", "one").await.expect_err("refused");
        assert_eq!(refused.status().as_u16(), 403);
    }
}

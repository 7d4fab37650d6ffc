//! Clients of the channels, from the environment.

use aws_sdk_secretsmanager::Client as SecretsManager;
use aws_sdk_sesv2::Client as Ses;
use aws_sdk_sns::Client as Sns;
use centops_api::{Setup, StartError};
use centops_delivery::{Channels, Mails, NotificationSecret, Posts, Topics};
use url::Url;

/// The URL of `PagerDuty`'s Events API v2.
const PAGERDUTY: &str = "https://events.pagerduty.com/v2/enqueue";

/// Returns the topics of subscriptions.
///
/// # Errors
/// When a variable is not set.
pub(crate) fn topics(setup: &Setup) -> Result<Topics, StartError> {
    let client = Sns::new(setup.config());
    Ok(Topics::new(client, setup.variable("TOPIC_PREFIX")?, setup.variable("TOPIC_DEAD_LETTERS")?))
}

/// Returns the secret from which those of subscriptions are derived. The first use reads it.
///
/// # Errors
/// When the variable is not set.
pub(crate) fn secret(setup: &Setup) -> Result<NotificationSecret, StartError> {
    let client = SecretsManager::new(setup.config());
    Ok(NotificationSecret::new(client, setup.variable("NOTIFICATION_SECRET_ARN")?))
}

/// Returns what posts to the URLs of recipients.
///
/// # Errors
/// When a variable is not set or wrong, or the TLS client cannot be made.
pub(crate) fn posts(setup: &Setup) -> Result<Posts, StartError> {
    let pagerduty = Url::parse(PAGERDUTY)
        .map_err(|error| StartError::InvalidVariable { name: "PAGERDUTY", reason: error.to_string() })?;
    Posts::new(setup.allowed_networks()?, pagerduty).map_err(|error| StartError::Tls(error.to_string()))
}

/// Returns every channel.
///
/// # Errors
/// When a variable is not set or wrong, or the TLS client cannot be made.
pub(crate) fn channels(setup: &Setup) -> Result<Channels, StartError> {
    // Empty where SES reports nothing.
    let configuration_set = Some(setup.variable("MAIL_CONFIGURATION_SET")?).filter(|name| !name.is_empty());
    Ok(Channels {
        topics: topics(setup)?,
        mails: Mails::new(Ses::new(setup.config()), setup.variable("NOTIFICATION_SENDER")?, configuration_set),
        posts: posts(setup)?,
        secret: secret(setup)?,
    })
}

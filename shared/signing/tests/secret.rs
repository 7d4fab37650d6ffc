//! Tests of the cached signing secret, with mocked responses of Secrets Manager.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;

use aws_sdk_secretsmanager::{
    Client, operation::get_secret_value::GetSecretValueOutput, types::error::InternalServiceError,
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use centops_signing::{InvalidKeys, SignerUnavailable, SigningSecret};
use jiff::{SignedDuration, Timestamp};
use rcgen::KeyPair;
use serde_json::json;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn after_minutes(minutes: i64) -> Timestamp {
    NOW + SignedDuration::from_mins(minutes)
}

fn secret_value() -> String {
    json!({ "keys": [KeyPair::generate().expect("a key").serialize_pem()] }).to_string()
}

fn responds(text: String) -> Rule {
    mock!(Client::get_secret_value)
        .match_requests(|request| request.secret_id() == Some("routes"))
        .then_output(move || GetSecretValueOutput::builder().secret_string(text.clone()).build())
}

fn fails() -> Rule {
    mock!(Client::get_secret_value).then_error(|| {
        aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError::InternalServiceError(
            InternalServiceError::builder().message("no").build(),
        )
    })
}

fn secret(rules: &[&Rule]) -> SigningSecret {
    SigningSecret::new(mock_client!(aws_sdk_secretsmanager, RuleMode::Sequential, rules), "routes".to_owned())
}

#[tokio::test]
async fn keys_are_read_again_after_five_minutes() {
    let (first, second) = (responds(secret_value()), responds(secret_value()));
    let secret = secret(&[&first, &second]);
    let one = secret.value(NOW).await.expect("a signer");
    assert!(Arc::ptr_eq(&one, &secret.value(after_minutes(4)).await.expect("a signer")));
    let other = secret.value(after_minutes(5)).await.expect("a signer");
    assert_ne!(one.jwks(), other.jwks());
    assert_eq!((first.num_calls(), second.num_calls()), (1, 1));
}

#[tokio::test]
async fn cached_keys_stay_in_use_after_a_failed_read_and_are_read_again_soon() {
    let (first, broken, failure, second) =
        (responds(secret_value()), responds("{}".to_owned()), fails(), responds(secret_value()));
    let secret = secret(&[&first, &broken, &failure, &second]);
    let one = secret.value(NOW).await.expect("a signer");
    for later in [5, 6] {
        assert!(Arc::ptr_eq(&one, &secret.value(after_minutes(later)).await.expect("a signer")));
    }
    assert_eq!((broken.num_calls(), failure.num_calls()), (1, 1));
    assert_ne!(one.jwks(), secret.value(after_minutes(7)).await.expect("a signer").jwks());
}

#[tokio::test]
async fn returns_an_error_without_cached_keys() {
    let broken = responds("{}".to_owned());
    let unavailable = secret(&[&broken]).value(NOW).await.expect_err("none");
    assert!(matches!(unavailable, SignerUnavailable::Invalid(InvalidKeys::Form)), "{unavailable}");
    let failure = fails();
    let unavailable = secret(&[&failure]).value(NOW).await.expect_err("none");
    assert!(matches!(unavailable, SignerUnavailable::Read(_)), "{unavailable}");
}

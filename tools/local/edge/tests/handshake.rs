//! The edge with real TLS handshakes and a stub of Lambda.

mod fixture;

use fixture::{Authority, EdgeFixture, FixtureError, Identity};
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use serde_json::json;

fn get(path: &str) -> Result<Request<Full<Bytes>>, FixtureError> {
    Ok(Request::get(path).header("host", "localhost").body(Full::default())?)
}

#[tokio::test]
async fn client_of_a_trusted_authority_receives_the_function_response() -> Result<(), FixtureError> {
    let edge = EdgeFixture::start().await?;
    let dmr = edge.identity("dmr", "dmr-tallinn")?;
    let (status, body) = edge.send(Some(&dmr), get("/routes/ppa?a=1")?).await?;
    assert_eq!(status, 200);
    let subject = "CN=dmr-tallinn,OU=dmr,O=Buerokratt";
    assert_eq!(body["authorizer"], json!({"kind": "dmr", "principalId": subject}));
    let events = edge.lambda.events.lock().map_err(|error| error.to_string())?.clone();
    let [(authorizer, authorizer_event), (function, function_event)] = events.as_slice() else {
        return Err(format!("{} calls", events.len()).into());
    };
    assert_eq!((authorizer.as_str(), function.as_str()), ("test-authorize", "test-get-route"));
    for event in [authorizer_event, function_event] {
        let identity = &event["requestContext"]["identity"];
        assert_eq!(identity["clientCert"]["subjectDN"], subject);
        assert_eq!(identity["clientCert"]["issuerDN"], "CN=Test authority");
        assert_eq!(identity["sourceIp"], "127.0.0.1");
        assert_eq!(event["pathParameters"]["name"], "ppa");
    }
    edge.stop().await
}

/// Asserts that the edge rejects the handshake with an alert and invokes no function.
async fn assert_handshake_fails(edge: &EdgeFixture, identity: Option<&Identity>) -> Result<(), FixtureError> {
    let result = edge.send(identity, get("/routes")?).await;
    let alert = format!("{:?}", result.err().ok_or("the client was accepted")?);
    assert!(alert.contains("AlertReceived"), "{alert}");
    assert!(edge.lambda.events.lock().map_err(|error| error.to_string())?.is_empty());
    Ok(())
}

#[tokio::test]
async fn handshake_fails_without_a_client_certificate() -> Result<(), FixtureError> {
    let edge = EdgeFixture::start().await?;
    assert_handshake_fails(&edge, None).await?;
    edge.stop().await
}

#[tokio::test]
async fn handshake_fails_for_a_client_of_another_authority() -> Result<(), FixtureError> {
    let edge = EdgeFixture::start().await?;
    let foreign = Authority::new("Test authority")?.client("dmr", "dmr-tallinn")?;
    assert_handshake_fails(&edge, Some(&foreign)).await?;
    edge.stop().await
}

#[tokio::test]
async fn subject_in_a_header_is_ignored() -> Result<(), FixtureError> {
    let edge = EdgeFixture::start().await?;
    let revoked = edge.identity("dmr", "revoked")?;
    let mut request = get("/routes")?;
    for name in ["x-amzn-mtls-clientcert-subject", "x-client-cert", "x-ssl-client-s-dn"] {
        let value = "CN=dmr-tallinn,OU=dmr,O=Buerokratt".parse()?;
        request.headers_mut().insert(name, value);
    }
    let (status, body) = edge.send(Some(&revoked), request).await?;
    assert_eq!(status, 403);
    assert_eq!(body, json!({"message": "User is not authorized to access this resource"}));
    edge.stop().await
}

#[tokio::test]
async fn function_is_not_invoked_for_a_rejected_request() -> Result<(), FixtureError> {
    let edge = EdgeFixture::start().await?;
    let dmr = edge.identity("dmr", "dmr-tallinn")?;
    let unknown = edge.identity("dmr", "unknown")?;
    let missing = json!({"message": "Missing Authentication Token"});
    assert_eq!(edge.send(Some(&dmr), get("/chatbots")?).await?, (403, missing));
    let unauthorized = json!({"message": "Unauthorized"});
    assert_eq!(edge.send(Some(&unknown), get("/routes")?).await?, (401, unauthorized));
    let calls = edge.lambda.events.lock().map_err(|error| error.to_string())?.clone();
    assert_eq!(calls.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["test-authorize"]);
    edge.stop().await
}

#[tokio::test]
async fn returns_502_for_a_failed_function_or_an_invalid_response() -> Result<(), FixtureError> {
    let edge = EdgeFixture::start().await?;
    let dmr = edge.identity("dmr", "dmr-tallinn")?;
    let failed = (502, json!({"message": "Internal server error"}));
    let post = Request::post("/codes").header("host", "localhost").body(Full::from("{}"))?;
    assert_eq!(edge.send(Some(&dmr), post).await?, failed);
    assert_eq!(edge.send(Some(&dmr), get("/updates")?).await?, failed);
    edge.stop().await
}

#[tokio::test]
async fn returns_413_for_a_body_over_the_limit_and_forwards_a_smaller_one() -> Result<(), FixtureError> {
    let edge = EdgeFixture::start().await?;
    let chatbot = edge.identity("chatbot", "ppa")?;
    let put = |size: usize| {
        let body = Full::from("x".repeat(size));
        Request::put("/versions").header("host", "localhost").body(body)
    };
    let (status, body) = edge.send(Some(&chatbot), put(300_000)?).await?;
    assert_eq!(status, 200);
    assert_eq!(body["body"].as_str().map(str::len), Some(400_000), "as base64");
    let too_large = json!({"message": "Request Entity Too Large"});
    assert_eq!(edge.send(Some(&chatbot), put(11 * 1024 * 1024)?).await?, (413, too_large));
    edge.stop().await
}

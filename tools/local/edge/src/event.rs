//! The events of API Gateway's REST APIs: of an authorizer, and of a proxy integration (version 1.0).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::HeaderMap;
use hyper::header::USER_AGENT;
use hyper::http::request::Parts;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::certificate::ClientCertificate;
use crate::operations::OperationMatch;

/// The API that the edge serves.
#[derive(Debug, Clone)]
pub struct Api {
    /// The AWS region.
    pub region: String,
    /// The AWS account id.
    pub account: String,
    /// The REST API's id.
    pub id: String,
    /// The deployed stage.
    pub stage: String,
    /// The custom domain name.
    pub domain: String,
}

/// The client of a connection, as the handshake identified it.
#[derive(Debug, Clone)]
pub struct TlsClient {
    /// The client's address.
    pub address: SocketAddr,
    /// The client's certificate.
    pub certificate: Arc<ClientCertificate>,
}

/// A request and its operation.
#[derive(Debug)]
pub struct GatewayRequest {
    /// The request's id.
    pub id: Uuid,
    /// The time of the request.
    pub received_at: Timestamp,
    /// The client that sent the request.
    pub client: TlsClient,
    /// The operation and its path parameters.
    pub operation: OperationMatch,
    /// The method, target and headers.
    pub head: Parts,
}

impl GatewayRequest {
    /// Returns the ARN that the authorizer's policy must allow.
    #[must_use]
    pub fn method_arn(&self, api: &Api) -> String {
        let Api { region, account, id, stage, .. } = api;
        let (method, path) = (&self.head.method, self.head.uri.path());
        format!("arn:aws:execute-api:{region}:{account}:{id}/{stage}/{method}{path}")
    }

    /// Returns the event of a REQUEST authorizer.
    #[must_use]
    pub fn authorizer_event(&self, api: &Api) -> Value {
        let mut event = self.common(api);
        event.insert("type".to_owned(), json!("REQUEST"));
        event.insert("methodArn".to_owned(), json!(self.method_arn(api)));
        event.insert("queryStringParameters".to_owned(), json!(last_values(&self.queries())));
        event.insert("multiValueQueryStringParameters".to_owned(), json!(self.queries()));
        event.insert("pathParameters".to_owned(), json!(self.operation.path_parameters));
        event.insert("stageVariables".to_owned(), json!({}));
        event.insert("requestContext".to_owned(), self.context(api).into());
        event.into()
    }

    /// Returns the proxy event of a function. `authorizer` is the context that the authorizer returned.
    #[must_use]
    pub fn proxy_event(&self, api: &Api, authorizer: &BTreeMap<String, String>, body: &[u8]) -> Value {
        let mut event = self.common(api);
        event.insert("queryStringParameters".to_owned(), null_if_empty(&last_values(&self.queries())));
        event.insert("multiValueQueryStringParameters".to_owned(), null_if_empty(&self.queries()));
        event.insert("pathParameters".to_owned(), null_if_empty(&self.operation.path_parameters));
        event.insert("stageVariables".to_owned(), Value::Null);
        let mut context = self.context(api);
        context.insert("authorizer".to_owned(), json!(authorizer));
        event.insert("requestContext".to_owned(), context.into());
        // The API's binary media types are `*/*`: every body is base64-encoded.
        let encoded = if body.is_empty() { Value::Null } else { BASE64_STANDARD.encode(body).into() };
        event.insert("body".to_owned(), encoded);
        event.insert("isBase64Encoded".to_owned(), (!body.is_empty()).into());
        event.into()
    }

    fn common(&self, api: &Api) -> Map<String, Value> {
        let headers = self.headers(api);
        let mut event = Map::new();
        event.insert("resource".to_owned(), json!(self.operation.resource));
        event.insert("path".to_owned(), json!(self.head.uri.path()));
        event.insert("httpMethod".to_owned(), json!(self.head.method.as_str()));
        event.insert("headers".to_owned(), json!(last_values(&headers)));
        event.insert("multiValueHeaders".to_owned(), json!(headers));
        event
    }

    fn context(&self, api: &Api) -> Map<String, Value> {
        let context = json!({
            "resourceId": self.operation.function,
            "resourcePath": self.operation.resource,
            "httpMethod": self.head.method.as_str(),
            "requestTime": self.received_at.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "requestTimeEpoch": self.received_at.as_millisecond(),
            "path": self.head.uri.path(),
            "protocol": format!("{:?}", self.head.version),
            "accountId": api.account,
            "apiId": api.id,
            "stage": api.stage,
            "domainName": api.domain,
            "domainPrefix": api.domain.split('.').next(),
            "requestId": self.id.to_string(),
            "extendedRequestId": self.id.to_string(),
            "identity": {
                "sourceIp": self.client.address.ip().to_string(),
                "userAgent": self.head.headers.get(USER_AGENT).map(|value| lossy(value.as_bytes())),
                "clientCert": *self.client.certificate,
            },
        });
        match context {
            Value::Object(context) => context,
            _ => Map::new(),
        }
    }

    fn headers(&self, api: &Api) -> BTreeMap<String, Vec<String>> {
        let mut headers = group_headers(&self.head.headers);
        headers.entry("host".to_owned()).or_insert_with(|| vec![api.domain.clone()]);
        let peer = self.client.address.ip().to_string();
        let forwarded = match headers.get("x-forwarded-for") {
            Some(values) => format!("{}, {peer}", values.join(", ")),
            None => peer,
        };
        headers.insert("x-forwarded-for".to_owned(), vec![forwarded]);
        headers.insert("x-forwarded-proto".to_owned(), vec!["https".to_owned()]);
        headers.insert("x-forwarded-port".to_owned(), vec!["443".to_owned()]);
        headers
    }

    fn queries(&self) -> BTreeMap<String, Vec<String>> {
        let mut queries = BTreeMap::<String, Vec<String>>::new();
        let query = self.head.uri.query().unwrap_or_default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            queries.entry(name.into_owned()).or_default().push(value.into_owned());
        }
        queries
    }
}

fn group_headers(headers: &HeaderMap) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::<String, Vec<String>>::new();
    for (name, value) in headers {
        all.entry(name.as_str().to_owned()).or_default().push(lossy(value.as_bytes()));
    }
    all
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Returns the last value of each name.
fn last_values(multi: &BTreeMap<String, Vec<String>>) -> BTreeMap<&str, &str> {
    multi.iter().filter_map(|(name, values)| Some((name.as_str(), values.last()?.as_str()))).collect()
}

fn null_if_empty<K: serde::Serialize + Ord, V: serde::Serialize>(map: &BTreeMap<K, V>) -> Value {
    if map.is_empty() { Value::Null } else { json!(map) }
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::apigw::{ApiGatewayCustomAuthorizerRequestTypeRequest, ApiGatewayProxyRequest};
    use hyper::Request;

    use super::*;
    use crate::certificate::Validity;

    fn api() -> Api {
        Api {
            region: "eu-north-1".to_owned(),
            account: "000000000000".to_owned(),
            id: "abc".to_owned(),
            stage: "v1".to_owned(),
            domain: "network.centops.test".to_owned(),
        }
    }

    fn gateway_request(request: Request<()>) -> GatewayRequest {
        let certificate = ClientCertificate {
            client_cert_pem: "PEM".to_owned(),
            subject_dn: "CN=dmr-tallinn,OU=dmr,O=Buerokratt".to_owned(),
            issuer_dn: "CN=Test authority".to_owned(),
            serial_number: "a1:0b".to_owned(),
            validity: Validity {
                not_before: "May 28 12:30:02 2019 GMT".to_owned(),
                not_after: "Aug  5 09:36:04 2021 GMT".to_owned(),
            },
        };
        GatewayRequest {
            id: Uuid::nil(),
            received_at: "2026-11-21T09:05:06.007Z".parse().unwrap(),
            client: TlsClient { address: "192.0.2.7:50000".parse().unwrap(), certificate: Arc::new(certificate) },
            operation: OperationMatch {
                function: "get-route",
                resource: "/routes/{name}",
                path_parameters: [("name".to_owned(), "ppa".to_owned())].into(),
            },
            head: request.into_parts().0,
        }
    }

    fn request() -> Request<()> {
        Request::get("/routes/ppa?since=1&since=2&note=a%20b")
            .header("host", "network.centops.test")
            .header("user-agent", "dmr/1.0")
            .header("accept", "a")
            .header("accept", "b")
            .header("accept-encoding", "zstd, gzip")
            .header("x-forwarded-for", "198.51.100.1")
            .header("x-amzn-mtls-clientcert-subject", "CN=admin,OU=dmr")
            .body(())
            .unwrap()
    }

    #[test]
    fn authorizer_event_has_the_certificate_of_the_handshake() {
        let event = gateway_request(request()).authorizer_event(&api());
        assert_eq!(event["type"], "REQUEST");
        let arn = "arn:aws:execute-api:eu-north-1:000000000000:abc/v1/GET/routes/ppa";
        assert_eq!(event["methodArn"], arn);
        let typed: ApiGatewayCustomAuthorizerRequestTypeRequest = serde_json::from_value(event).unwrap();
        assert_eq!(typed.method_arn.as_deref(), Some(arn));
        assert_eq!(typed.path_parameters["name"], "ppa");
        let identity = typed.request_context.identity.unwrap();
        assert_eq!(identity.source_ip.as_deref(), Some("192.0.2.7"));
        let certificate = identity.client_cert.unwrap();
        assert_eq!(certificate.client_cert_pem.as_deref(), Some("PEM"));
        assert_eq!(certificate.subject_dn.as_deref(), Some("CN=dmr-tallinn,OU=dmr,O=Buerokratt"));
        assert_eq!(certificate.issuer_dn.as_deref(), Some("CN=Test authority"));
        assert_eq!(certificate.serial_number.as_deref(), Some("a1:0b"));
        assert_eq!(certificate.validity.not_after.as_deref(), Some("Aug  5 09:36:04 2021 GMT"));
    }

    #[test]
    fn proxy_event_has_the_form_of_a_rest_api() {
        let authorizer = [("principalId", "dmr-tallinn"), ("kind", "dmr")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let event = gateway_request(request()).proxy_event(&api(), &authorizer, b"{\"a\":1}");
        assert_eq!(event["body"], "eyJhIjoxfQ==");
        assert_eq!(event["isBase64Encoded"], true);
        assert_eq!(event["queryStringParameters"]["since"], "2");
        assert_eq!(event["multiValueQueryStringParameters"]["since"], json!(["1", "2"]));
        assert_eq!(event["queryStringParameters"]["note"], "a b");
        assert_eq!(event["headers"]["accept"], "b");
        assert_eq!(event["multiValueHeaders"]["accept"], json!(["a", "b"]));
        assert_eq!(event["headers"]["x-forwarded-for"], "198.51.100.1, 192.0.2.7");
        let context = &event["requestContext"];
        assert_eq!(context["requestTime"], "21/Nov/2026:09:05:06 +0000");
        assert_eq!(context["requestTimeEpoch"], 1_795_251_906_007_i64);
        assert_eq!(context["protocol"], "HTTP/1.1");
        assert_eq!(context["domainPrefix"], "network");
        assert_eq!(context["authorizer"], json!({"principalId": "dmr-tallinn", "kind": "dmr"}));
        assert_eq!(context["identity"]["userAgent"], "dmr/1.0");
        assert_eq!(context["identity"]["clientCert"]["subjectDN"], "CN=dmr-tallinn,OU=dmr,O=Buerokratt");
        let typed: ApiGatewayProxyRequest = serde_json::from_value(event).unwrap();
        assert_eq!(typed.resource.as_deref(), Some("/routes/{name}"));
        assert_eq!(typed.multi_value_headers["accept-encoding"], "zstd, gzip");
        assert_eq!(typed.request_context.stage.as_deref(), Some("v1"));
    }

    #[test]
    fn absent_members_are_null_and_every_body_is_base64() {
        let mut request = gateway_request(Request::get("/routes").body(()).unwrap());
        request.operation.path_parameters.clear();
        let event = request.proxy_event(&api(), &BTreeMap::new(), &[0xff, 0x00]);
        for name in ["queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables"] {
            assert_eq!(event[name], Value::Null, "{name}");
        }
        assert_eq!(event["headers"]["host"], "network.centops.test");
        assert_eq!(event["body"], "/wA=");
        assert_eq!(event["isBase64Encoded"], true);
        let empty = request.proxy_event(&api(), &BTreeMap::new(), b"");
        assert_eq!((&empty["body"], &empty["isBase64Encoded"]), (&Value::Null, &json!(false)));
        assert_eq!(request.authorizer_event(&api())["queryStringParameters"], json!({}));
    }
}

//! One call of an operation: path, query, headers and body; and its answer.

use std::marker::PhantomData;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{
    Method, RequestBuilder, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MATCH, LOCATION},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use url::Url;

use crate::{
    Client, ClientError, Problem, Refusal,
    contract::{Api, ApiKeyLocation, Location, Operation},
    error::with_causes,
    retry::{self, Failure},
};

/// The size limit of one decoded body, in bytes. A route table of a hundred thousand chatbots has some 15 MB.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;
/// The length of the excerpt of an error that is no problem details.
const EXCERPT_CHARS: usize = 300;
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const REQUEST_ID: [&str; 2] = ["x-amzn-requestid", "x-request-id"];

/// A call that has not been sent. `T` is the type of the answer's body.
#[derive(Debug)]
#[must_use = "a call does nothing until it is sent"]
pub struct Call<'a, T> {
    client: &'a Client,
    operation: &'static Operation,
    path: Vec<String>,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Option<Result<Vec<u8>, serde_json::Error>>,
    answer: PhantomData<fn() -> T>,
}

/// An answer as it came.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The operationId.
    pub operation: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decoded.
    pub body: Vec<u8>,
}

/// An answer with a body of type `T`.
#[derive(Clone, Debug)]
pub struct Answer<T> {
    /// The body.
    pub body: T,
    /// The `ETag`, the version of what was read or written.
    pub etag: Option<String>,
    /// The `Location` of what was created.
    pub location: Option<String>,
}

impl<'a, T> Call<'a, T> {
    pub(crate) fn new(client: &'a Client, operation: &'static Operation, path: &[&str]) -> Self {
        let path = path.iter().map(|&value| value.to_owned()).collect();
        Self { client, operation, path, query: Vec::new(), headers: Vec::new(), body: None, answer: PhantomData }
    }

    /// Returns the same call with an answer of any type.
    pub fn untyped(self) -> Call<'a, Value> {
        let Self { client, operation, path, query, headers, body, .. } = self;
        Call { client, operation, path, query, headers, body, answer: PhantomData }
    }

    /// Adds a parameter of the query. A name that is added twice is sent twice.
    #[expect(clippy::needless_pass_by_value, reason = "so that numbers and texts are given alike")]
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Adds a parameter of the query, if it has a value.
    pub fn query_if(self, name: &str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value { self.query(name, value) } else { self }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Changes only the version with this `ETag`; otherwise the answer is 412.
    pub fn if_match(self, etag: Option<&str>) -> Self {
        if let Some(etag) = etag { self.header("If-Match", etag) } else { self }
    }

    /// Sets the body.
    pub fn body(mut self, body: &impl Serialize) -> Self {
        self.body = Some(serde_json::to_vec(body));
        self
    }

    /// Sends the call, and returns the answer as it came: a status below 400.
    ///
    /// # Errors
    /// [`ClientError`]; [`ClientError::Refused`] for a status of 400 and above.
    pub async fn reply(self) -> Result<Reply, ClientError> {
        let operation = self.operation;
        let request = self.request()?;
        let settings = self.client.settings();
        let is_idempotent = operation.is_idempotent() && !request.1.contains_key(IF_MATCH);
        let mut attempt = 1;
        loop {
            let (builder, headers) = self.attempt(&request)?;
            let result = builder.headers(headers).send().await;
            let failure = match &result {
                Ok(response) => Failure::Status(response.status().as_u16()),
                Err(error) if error.is_connect() => Failure::NotConnected,
                Err(_) => Failure::NoAnswer,
            };
            let headers = result.as_ref().ok().map(Response::headers);
            let is_failed = !matches!(failure, Failure::Status(status) if status < 400);
            let wait = (is_failed && attempt < settings.attempts && retry::is_repeatable(failure, is_idempotent))
                .then(|| retry::wait(attempt, headers, settings.longest_wait))
                .flatten();
            if let Some(wait) = wait {
                tokio::time::sleep(wait).await;
                attempt += 1;
                continue;
            }
            return read(operation, result.map_err(|error| no_response(&request.0, &error))?).await;
        }
    }

    fn attempt(&self, (url, headers): &(Url, HeaderMap)) -> Result<(RequestBuilder, HeaderMap), ClientError> {
        let method = Method::from_bytes(self.operation.method.as_bytes()).unwrap_or_default();
        let mut builder = self.client.http(self.operation.api)?.request(method, url.clone());
        if let Some(Ok(body)) = &self.body {
            builder = builder.body(body.clone());
        }
        Ok((builder, headers.clone()))
    }

    fn request(&self) -> Result<(Url, HeaderMap), ClientError> {
        let mut headers = HeaderMap::new();
        match &self.body {
            Some(Err(error)) => return Err(ClientError::Body(serde::ser::Error::custom(error))),
            Some(Ok(_)) => _ = headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json")),
            None => {}
        }
        for (name, value) in &self.headers {
            let name: HeaderName = name.parse().map_err(|_| ClientError::Header("of the request"))?;
            headers.insert(name, value.parse().map_err(|_| ClientError::Header("of the request"))?);
        }
        self.authenticate(&mut headers)?;
        Ok((self.url()?, headers))
    }

    fn authenticate(&self, headers: &mut HeaderMap) -> Result<(), ClientError> {
        let settings = self.client.settings();
        let operation = self.operation;
        let missing = |needs| ClientError::NoCredential { operation: operation.id, needs };
        if operation.is_public {
            return Ok(());
        }
        let (name, value, label) = match (operation.api, operation.api_key) {
            (Api::Admin, _) => {
                let token = settings.token.as_ref().ok_or_else(|| missing("a bearer token"))?;
                (AUTHORIZATION, format!("Bearer {}", token.reveal()), "Authorization")
            }
            (Api::Network, None) => return Ok(()),
            (Api::Network, Some(location)) => {
                let key = settings.api_key.as_ref().ok_or_else(|| missing("an API key"))?;
                match location {
                    ApiKeyLocation::Header => (API_KEY, key.reveal().to_owned(), "X-Api-Key"),
                    ApiKeyLocation::Authorization => (AUTHORIZATION, STANDARD.encode(key.reveal()), "Authorization"),
                }
            }
        };
        let mut value = HeaderValue::from_str(&value).map_err(|_| ClientError::Header(label))?;
        value.set_sensitive(true);
        headers.insert(name, value);
        Ok(())
    }

    fn url(&self) -> Result<Url, ClientError> {
        let mut url = self.client.base(self.operation.api)?.clone();
        let base = url.clone();
        let mut values = self.path.iter();
        {
            let mut segments = url.path_segments_mut().map_err(|()| ClientError::BaseUrl(base))?;
            segments.pop_if_empty();
            for part in self.operation.path.split('/').skip(1) {
                let Some(parameter) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
                    segments.push(part);
                    continue;
                };
                let value = values.next().map_or("", String::as_str);
                // `Url` would drop dots, and so address the collection.
                if matches!(value, "" | "." | "..") {
                    let operation = self.operation.id;
                    return Err(ClientError::PathParameter { operation, parameter, value: value.to_owned() });
                }
                segments.push(value);
            }
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }
}

impl<T: DeserializeOwned> Call<'_, T> {
    /// Sends the call, and returns the answer's body. An empty body is read as `null`.
    ///
    /// # Errors
    /// [`ClientError`]; [`ClientError::Malformed`] if the body is not a `T`.
    pub async fn send(self) -> Result<Answer<T>, ClientError> {
        let reply = self.reply().await?;
        let body = if reply.body.is_empty() { b"null" } else { reply.body.as_slice() };
        let malformed = |reason| ClientError::Malformed { operation: reply.operation, reason };
        let body = serde_json::from_slice(body).map_err(malformed)?;
        Ok(Answer { body, etag: reply.header(ETAG.as_str()), location: reply.header(LOCATION.as_str()) })
    }
}

impl Call<'_, Value> {
    /// Sends the call, and as many for the following pages, until `limit` items are read or there are no more.
    ///
    /// `progress` is called after each page with the number of items so far. A body that is no list is one item.
    ///
    /// # Errors
    /// [`ClientError`] of the first page that fails.
    pub async fn items(
        mut self,
        limit: Option<usize>,
        mut progress: impl FnMut(usize),
    ) -> Result<Vec<Value>, ClientError> {
        let mut items = Vec::new();
        loop {
            let page = Call::<Value> { query: self.query.clone(), path: self.path.clone(), ..self.again() };
            let mut body = page.send().await?.body;
            let next = body.get("next").and_then(Value::as_str).map(str::to_owned);
            match (self.operation.items, body.take()) {
                (Some(""), Value::Array(page)) => items.extend(page),
                (Some(field), Value::Object(mut fields)) => {
                    let page = fields.remove(field).unwrap_or_default();
                    items.extend(page.as_array().cloned().unwrap_or_default());
                }
                (_, other) => return Ok(vec![other]),
            }
            progress(items.len());
            if limit.is_some_and(|limit| items.len() >= limit) {
                items.truncate(limit.unwrap_or_default());
                return Ok(items);
            }
            let has_cursor = self.operation.parameter(Location::Query, "cursor").is_some();
            let Some(next) = next.filter(|_| has_cursor) else { return Ok(items) };
            self.query.retain(|(name, _)| name != "cursor");
            self.query.push(("cursor".to_owned(), next));
        }
    }

    fn again(&self) -> Self {
        let body = self.body.as_ref().and_then(|body| body.as_ref().ok()).cloned().map(Ok);
        Self {
            client: self.client,
            operation: self.operation,
            path: Vec::new(),
            query: Vec::new(),
            headers: self.headers.clone(),
            body,
            answer: PhantomData,
        }
    }
}

impl Reply {
    /// Returns the text of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name)?.to_str().ok().map(str::to_owned)
    }
}

async fn read(operation: &'static Operation, mut response: Response) -> Result<Reply, ClientError> {
    let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
    let url = response.url().clone();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| no_response(&url, &error))? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(ClientError::TooLarge(operation.id));
        }
        body.extend_from_slice(&chunk);
    }
    if status.is_client_error() || status.is_server_error() {
        return Err(ClientError::Refused(Box::new(refusal(operation, status, &headers, &body))));
    }
    Ok(Reply { operation: operation.id, status: status.as_u16(), headers, body })
}

/// The gateway, the firewall and proxies answer in other forms than problem details.
fn refusal(operation: &'static Operation, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Refusal {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let mut problem =
        if value.is_object() { serde_json::from_value(value.clone()).unwrap_or_default() } else { Problem::default() };
    if problem.title.is_empty() {
        status.canonical_reason().unwrap_or("Error").clone_into(&mut problem.title);
        let message = value.get("message").and_then(Value::as_str).map(str::to_owned);
        let excerpt = || String::from_utf8_lossy(body).chars().take(EXCERPT_CHARS).collect::<String>();
        problem.detail = problem.detail.or(message).or_else(|| Some(excerpt())).filter(|detail| !detail.is_empty());
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let request_id = problem.instance.clone().or_else(|| REQUEST_ID.iter().find_map(|name| header(name)));
    Refusal { operation: operation.id, status: status.as_u16(), problem, request_id }
}

/// The query is left out: a link's token can be in it.
fn no_response(url: &Url, error: &reqwest::Error) -> ClientError {
    let mut url = url.clone();
    url.set_query(None);
    let reason = std::error::Error::source(error).map_or_else(|| error.to_string(), with_causes);
    let reason = if error.is_timeout() { "the time limit passed".to_owned() } else { reason };
    ClientError::NoResponse { url: url.into(), reason }
}

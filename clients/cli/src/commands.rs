//! The commands: which operation each calls, and how the answer is shown.

use std::{fs, io::Read as _};

use centops_client::{
    Client,
    contract::{self, Location, Operation},
};
use centops_why::{self as why, Reader, texts::Language};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::{
    args::{Call, Get, Override, Range, ResourceKind},
    error::CliError,
    manifest,
    output::{Format, Output},
    table,
};

pub mod follow;
pub mod named;

/// A request of a command.
#[derive(Debug)]
pub struct Request {
    operation: &'static Operation,
    path: Vec<String>,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Option<Value>,
    limit: Option<usize>,
    all: bool,
}

impl Request {
    /// Returns a request of an operation. A list is read to its end.
    pub fn new(operation: &'static Operation, path: &[&str]) -> Self {
        let path = path.iter().map(|&value| value.to_owned()).collect();
        let all = operation.items.is_some();
        Self { operation, path, query: Vec::new(), headers: Vec::new(), body: None, limit: None, all }
    }

    /// Sets the body; fields that are null are left out.
    pub fn body(mut self, mut body: Value) -> Self {
        if let Value::Object(fields) = &mut body {
            fields.retain(|_, value| !value.is_null());
        }
        self.body = Some(body);
        self
    }

    /// Adds a parameter of the query, if it has a value.
    pub fn query(mut self, name: &str, value: Option<&str>) -> Self {
        self.query.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        self
    }

    /// Adds a range and a limit.
    pub fn range(self, range: &Range, default: usize) -> Self {
        let limited = self.limit(Some(range.limit.unwrap_or(default)));
        limited.query("from", range.from.as_deref()).query("to", range.to.as_deref())
    }

    /// Adds a limit of the items.
    pub fn limit(mut self, limit: Option<usize>) -> Self {
        self.limit = limit;
        self
    }

    /// Asks for a format: `json`, `csv` or `html`.
    pub fn accept(mut self, format: &str) -> Result<Self, CliError> {
        let media_type = match format {
            "json" => "application/json",
            "csv" => "text/csv",
            "html" => "text/html",
            other => return Err(CliError::Usage(format!("{other} is none of json, csv and html"))),
        };
        self.headers.push(("Accept".to_owned(), media_type.to_owned()));
        Ok(self)
    }

    fn call<'a>(&self, client: &'a Client) -> centops_client::Call<'a, Value> {
        let path: Vec<_> = self.path.iter().map(String::as_str).collect();
        let mut call = client.call(self.operation, &path);
        for (name, value) in &self.query {
            call = call.query(name, value);
        }
        for (name, value) in &self.headers {
            call = call.header(name, value);
        }
        match &self.body {
            Some(body) => call.body(body),
            None => call,
        }
    }

    /// Sends the request, and shows the answer.
    pub async fn run(self, client: &Client, output: &Output) -> Result<(), CliError> {
        let call = self.call(client);
        if self.all {
            let items = call.items(self.limit, |count| output.progress(&format!("{count} read"))).await;
            output.end_progress();
            return output.list(self.operation.id, &items?);
        }
        let reply = call.reply().await?;
        if let Some(location) = reply.header("location") {
            output.message(&format!("location: {location}"));
        }
        if reply.body.is_empty() {
            output.message(&format!("{}: done", self.operation.id));
            return Ok(());
        }
        match serde_json::from_slice::<Value>(&reply.body) {
            Ok(body) => output.item(&body),
            // Reports, calendars, metrics and pages are passed on as they are.
            Err(_) => output.bytes(&reply.body),
        }
    }
}

/// Returns the request of `get`.
pub fn get(arguments: &Get) -> Result<Request, CliError> {
    use ResourceKind as Kind;
    use contract as c;
    let name = arguments.name.as_deref();
    let (list, one): (&Operation, Option<&Operation>) = match arguments.kind {
        Kind::Chatbots => (&c::LIST_CHATBOTS, Some(&c::GET_CHATBOT)),
        Kind::Institutions => (&c::LIST_INSTITUTIONS, Some(&c::GET_INSTITUTION)),
        Kind::Subscriptions => (&c::LIST_SUBSCRIPTIONS, Some(&c::GET_SUBSCRIPTION)),
        Kind::Outages => (&c::LIST_PLANNED_OUTAGES, Some(&c::GET_PLANNED_OUTAGE)),
        Kind::Incidents => (&c::LIST_INCIDENTS, Some(&c::GET_INCIDENT)),
        Kind::Dmrs => (&c::LIST_DMRS, Some(&c::GET_DMR)),
        Kind::Participants => (&c::LIST_REGISTERED_PARTICIPANTS, Some(&c::GET_PARTICIPANT)),
        Kind::Invitations => (&c::LIST_INVITATIONS, Some(&c::GET_INVITATION)),
        Kind::OwnInvitations => (&c::LIST_OWN_INVITATIONS, None),
        Kind::Components => (&c::LIST_RELEASES, None),
        Kind::Certificates => (&c::LIST_CERTIFICATES, None),
        Kind::ApiKeys => (&c::LIST_API_KEYS, None),
        Kind::People => (&c::LIST_PEOPLE, None),
    };
    let (operation, path) = match (name, one) {
        (None, _) => (list, vec![]),
        (Some(name), Some(one)) => (one, vec![name]),
        (Some(_), None) => return Err(CliError::Usage(format!("{} has no operation for one object", list.id))),
    };
    let mut request = Request::new(find(operation.id)?, &path).limit(arguments.limit);
    request.query = pairs(&arguments.filter)?;
    check_query(&request)?;
    Ok(with_large_pages(request))
}

/// Asks for pages of the permitted size: a list of a thousand chatbots is one request.
fn with_large_pages(mut request: Request) -> Request {
    let largest = contract_maximum(request.operation, "limit");
    let is_set = request.query.iter().any(|(name, _)| name == "limit");
    if let Some(largest) = largest.filter(|_| request.all && !is_set) {
        let size = request.limit.unwrap_or(largest).clamp(1, largest);
        request.query.push(("limit".to_owned(), size.to_string()));
    }
    request
}

fn contract_maximum(operation: &Operation, parameter: &str) -> Option<usize> {
    let schema = centops_client::schema::schemas().parameter(operation.id, parameter)?;
    schema.get("maximum")?.as_u64()?.try_into().ok()
}

/// Returns the request of `call`, after checking it against the contract.
pub fn call(arguments: &Call) -> Result<Request, CliError> {
    let operation = find(&arguments.operation)?;
    let given = pairs(&arguments.path)?;
    let names: Vec<_> = operation.path_parameters().collect();
    let values: Option<Vec<_>> =
        names.iter().map(|name| given.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())).collect();
    let path = values.filter(|values| values.len() == given.len()).ok_or_else(|| {
        let names = if names.is_empty() {
            "no --path".to_owned()
        } else {
            format!("--path {}", names.join("=…, --path ") + "=…")
        };
        CliError::Usage(format!("{} needs {names}", operation.id))
    })?;
    let mut request = Request { all: arguments.all && operation.items.is_some(), ..Request::new(operation, &path) };
    request.query = pairs(&arguments.query)?;
    request.headers = pairs(&arguments.header)?;
    check_query(&request)?;
    for parameter in operation.parameters.iter().filter(|one| one.is_required && one.location == Location::Header) {
        if !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(parameter.name)) {
            return Err(CliError::Usage(format!("{} needs --header {}=…", operation.id, parameter.name)));
        }
    }
    match (operation.body, &arguments.file) {
        (None, None) => Ok(request),
        (None, Some(_)) => Err(CliError::Usage(format!("{} has no body", operation.id))),
        (Some(name), None) => {
            Err(CliError::Usage(format!("{} needs a body: {name}; name a file with -f", operation.id)))
        }
        (Some(name), Some(file)) => {
            let body = document(file)?;
            check_body(name, file, &body)?;
            request.body = Some(body);
            Ok(request)
        }
    }
}

fn check_query(request: &Request) -> Result<(), CliError> {
    for (name, _) in &request.query {
        if request.operation.parameter(Location::Query, name).is_none() {
            let known = request.operation.parameters.iter().filter(|one| one.location == Location::Query);
            let known: Vec<_> = known.map(|one| one.name).collect();
            let id = request.operation.id;
            let known =
                if known.is_empty() { "it has none".to_owned() } else { format!("it has {}", known.join(", ")) };
            return Err(CliError::Usage(format!("{id} has no parameter {name}; {known}")));
        }
    }
    Ok(())
}

/// Checks a body against its schema.
pub fn check_body(schema: &str, file: &str, body: &Value) -> Result<(), CliError> {
    let violations = centops_client::schema::schemas().check_named(schema, body);
    let lines: Vec<_> = violations.iter().map(|one| format!("{file}: {}: {}", one.pointer, one.detail)).collect();
    if lines.is_empty() { Ok(()) } else { Err(CliError::Invalid(lines)) }
}

/// Reads a document in YAML or JSON; `-` is the standard input.
pub fn document(file: &str) -> Result<Value, CliError> {
    let mut text = String::new();
    if file == "-" {
        std::io::stdin().read_to_string(&mut text).map_err(|error| CliError::file("standard input", error))?;
    } else {
        text = fs::read_to_string(file).map_err(|error| CliError::file(file, error))?;
    }
    serde_saphyr::from_str_with_options(&text, manifest::yaml()).map_err(|error| CliError::file(file, error))
}

/// Returns an operation of the contract.
pub fn find(id: &str) -> Result<&'static Operation, CliError> {
    let missing = || CliError::Usage(format!("there is no operation {id}; `centops operations` lists them"));
    Operation::find(id).ok_or_else(missing)
}

/// Writes the operations of the contract.
pub fn operations(output: &Output) -> Result<(), CliError> {
    let rows: Vec<_> = contract::ALL
        .iter()
        .map(|one| json!({"name": one.id, "api": one.api.name(), "method": one.method, "path": one.path, "summary": one.summary}))
        .collect();
    output.list("operations", &rows)
}

fn pairs(texts: &[String]) -> Result<Vec<(String, String)>, CliError> {
    let pair = |text: &String| text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    let wrong = |text: &String| CliError::Usage(format!("{text} is not of the form NAME=VALUE"));
    texts.iter().map(|text| pair(text).ok_or_else(|| wrong(text))).collect()
}

/// Returns the request that overrides a chatbot's status.
pub fn control(mode: &str, arguments: &Override, now: Timestamp) -> Result<Request, CliError> {
    let until = match (&arguments.length, &arguments.until) {
        (Some(text), _) => Some(end(now, length(text)?)?.to_string()),
        (None, until) => until.clone(),
    };
    let body = json!({"mode": mode, "reason": arguments.reason, "until": until});
    Ok(Request::new(&contract::SET_CONTROL, &[&arguments.name]).body(body))
}

/// Returns `now` and a length in whole seconds.
pub fn end(now: Timestamp, length: SignedDuration) -> Result<Timestamp, CliError> {
    let end = now.checked_add(length).and_then(|end| Timestamp::from_second(end.as_second()));
    end.map_err(|error| CliError::Usage(error.to_string()))
}

/// Reads a length such as `30d`, `2h` or `1h30m`.
pub fn length(text: &str) -> Result<SignedDuration, CliError> {
    let wrong = || CliError::Usage(format!("{text} is not a length such as 2h, 30m or 14d"));
    // A day has 24 hours here: a length is no date of a calendar.
    if let Some(days) = text.strip_suffix('d').and_then(|days| days.parse::<i64>().ok()) {
        return days
            .checked_mul(24)
            .map(SignedDuration::from_hours)
            .filter(SignedDuration::is_positive)
            .ok_or_else(wrong);
    }
    text.parse::<SignedDuration>().ok().filter(SignedDuration::is_positive).ok_or_else(wrong)
}

/// Writes the sentences that say why a chatbot has its status.
pub async fn why(client: &Client, name: &str, language: Language, output: &Output) -> Result<(), CliError> {
    let health = client.get_chatbot_health(name).send().await?.body;
    let reader = Reader { now: Timestamp::now(), zone: TimeZone::system(), language };
    let sentences = why::why(&health, &reader);
    if output.format == Format::Table {
        let text: String = sentences.iter().map(|sentence| table::visible(sentence) + "\n").collect();
        return output.bytes(text.as_bytes());
    }
    output.item(&json!({"name": name, "sentences": sentences}))
}

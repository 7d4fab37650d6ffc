//! The objects of manifests on the server: how each kind is found, created, changed and deleted.

use std::collections::BTreeMap;

use centops_client::{Client, ClientError};
use serde_json::{Map, Value, json};

use crate::{
    compare::{self, Difference, is_same, merged},
    error::CliError,
    manifest::{Kind, Manifest},
};

pub mod address;
#[cfg(test)]
mod tests;

/// An object on the server.
#[derive(Clone, Debug)]
pub struct Current {
    /// Its id in paths.
    pub id: String,
    /// Its version.
    pub etag: Option<String>,
    /// Its fields, in the form of a manifest's specification.
    pub spec: Map<String, Value>,
}

/// Reads objects. Lists are read once.
#[derive(Debug)]
pub struct Remote<'a> {
    /// The client.
    pub client: &'a Client,
    outages: BTreeMap<String, Vec<Value>>,
}

impl<'a> Remote<'a> {
    /// Returns a reader.
    pub fn new(client: &'a Client) -> Self {
        Self { client, outages: BTreeMap::new() }
    }

    /// Returns the object of a manifest; none if there is none.
    pub async fn find(&mut self, manifest: &Manifest) -> Result<Option<Current>, CliError> {
        let id = match (manifest.kind, &manifest.id) {
            (Kind::Subscription | Kind::Outage, Some(id)) => Some(id.clone()),
            (Kind::Subscription, None) => Some(address::subscription_id(manifest)),
            (Kind::Outage, None) => self.find_outage(manifest).await?,
            (Kind::Institution | Kind::Chatbot, _) => Some(manifest.name.clone()),
            (Kind::Policy, _) => Some(String::new()),
        };
        let found = match id {
            Some(id) => self.read(manifest.kind, &id).await?,
            None => None,
        };
        match (found, &manifest.id) {
            (None, Some(id)) => {
                Err(CliError::NotFound(format!("{}: there is none with the id {id}", manifest.label())))
            }
            (found, _) => Ok(found),
        }
    }

    /// Reads an object by its id; none if there is none, or if it has ended.
    pub async fn read(&self, kind: Kind, id: &str) -> Result<Option<Current>, CliError> {
        let client = self.client;
        let call = match kind {
            Kind::Institution => client.get_institution(id),
            Kind::Chatbot => client.get_chatbot(id),
            Kind::Subscription => client.get_subscription(id),
            Kind::Outage => client.get_planned_outage(id),
            Kind::Policy => client.get_policy(),
        };
        let answer = match call.send().await {
            Ok(answer) => answer,
            Err(error) if error.status() == Some(404) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let has_ended = match kind {
            Kind::Subscription => answer.body.pointer("/state/name") == Some(&json!("ended")),
            Kind::Outage => answer.body.get("state") == Some(&json!("cancelled")),
            _ => false,
        };
        let spec = view(kind, &answer.body);
        Ok((!has_ended).then(|| Current { id: id.to_owned(), etag: answer.etag, spec }))
    }

    /// A planned outage has no name: it is the one of the institution with the same start, zone and chatbots.
    async fn find_outage(&mut self, manifest: &Manifest) -> Result<Option<String>, CliError> {
        let institution = manifest.text("institution");
        if !self.outages.contains_key(institution) {
            let call = self.client.list_planned_outages().query("institution", institution).query("limit", 100);
            self.outages.insert(institution.to_owned(), call.items(None, |_| ()).await?);
        }
        let wanted = key_of_outage(&manifest.spec);
        let same: Vec<_> = self.outages[institution]
            .iter()
            .filter(|outage| outage.get("state") != Some(&json!("cancelled")))
            .filter(|outage| {
                let key = key_of_outage(&view(Kind::Outage, outage));
                key.0 == wanted.0 && is_same(&key.1, &wanted.1)
            })
            .filter_map(|outage| outage.get("id")?.as_str())
            .collect();
        match same.as_slice() {
            [] => Ok(None),
            [id] => Ok(Some((*id).to_owned())),
            several => Err(CliError::Conflict(format!(
                "{}: several planned outages have this institution, start and chatbots; set metadata.id to one of {}",
                manifest.label(),
                several.join(", ")
            ))),
        }
    }

    /// Creates the object of a manifest. Returns its id and the answer.
    pub async fn create(&self, manifest: &Manifest) -> Result<(String, Value), CliError> {
        let client = self.client;
        let mut body = manifest.spec.clone();
        let id_field = match manifest.kind {
            Kind::Institution => "id",
            Kind::Chatbot => "name",
            _ => "",
        };
        if !id_field.is_empty() {
            body.insert(id_field.to_owned(), json!(manifest.name));
        }
        if body.get("chatbots") == Some(&json!("all")) {
            body.remove("chatbots");
        }
        let is_paused = body.remove("paused") == Some(json!(true));
        let call = match manifest.kind {
            Kind::Institution => client.create_institution(&body),
            Kind::Chatbot => client.create_chatbot(&body),
            Kind::Subscription => client.create_subscription(&body),
            Kind::Outage => client.create_planned_outage(&body),
            Kind::Policy => client.put_policy(&body),
        };
        let answer = call.send().await?;
        let id = answer.body.get("id").and_then(Value::as_str).unwrap_or(&manifest.name).to_owned();
        if is_paused {
            client.update_subscription(&id, &json!({"paused": true})).if_match(answer.etag.as_deref()).send().await?;
        }
        Ok((id, answer.body))
    }

    /// Changes what differs, if the object still has the version that was read.
    pub async fn change(
        &self,
        manifest: &Manifest,
        current: &Current,
        found: &[Difference],
    ) -> Result<(), ClientError> {
        let body = body_of_change(manifest, current, found);
        let (client, id) = (self.client, current.id.as_str());
        let call = match manifest.kind {
            Kind::Institution => client.update_institution(id, &body),
            Kind::Chatbot => client.update_chatbot(id, &body),
            Kind::Subscription => client.update_subscription(id, &body),
            Kind::Outage => client.update_planned_outage(id, &body),
            Kind::Policy => client.put_policy(&body),
        };
        call.if_match(current.etag.as_deref()).send().await.map(|_| ())
    }

    /// Deletes an object, if it still has the version that was read.
    pub async fn delete(&self, kind: Kind, current: &Current) -> Result<(), CliError> {
        let (client, id) = (self.client, current.id.as_str());
        let call = match kind {
            Kind::Institution => client.delete_institution(id),
            Kind::Chatbot => client.delete_chatbot(id),
            Kind::Subscription => client.delete_subscription(id),
            Kind::Outage => client.cancel_planned_outage(id),
            Kind::Policy => return Err(CliError::Usage("the policy cannot be deleted".to_owned())),
        };
        call.if_match(current.etag.as_deref()).send().await?;
        Ok(())
    }

    /// Returns the ids of the objects of a kind that an institution has.
    pub async fn ids(&self, kind: Kind, institution: &str) -> Result<Vec<String>, CliError> {
        let client = self.client;
        let (call, field) = match kind {
            Kind::Chatbot => (client.list_chatbots().query("limit", 1000), "name"),
            Kind::Subscription => (client.list_subscriptions().query("limit", 100), "id"),
            Kind::Outage => (client.list_planned_outages().query("limit", 100), "id"),
            Kind::Institution | Kind::Policy => return Ok(Vec::new()),
        };
        let items = call.query("institution", institution).items(None, |_| ()).await?;
        let is_over = |item: &&Value| {
            let state = item.pointer("/state/name").or_else(|| item.get("state")).and_then(Value::as_str);
            matches!(state, Some("ended" | "cancelled" | "completed"))
        };
        let ids =
            items.iter().filter(|item| !is_over(item)).filter_map(|item| item.get(field)?.as_str().map(str::to_owned));
        Ok(ids.collect())
    }
}

/// Returns the fields of the file that are other on the server.
///
/// # Errors
/// [`CliError::Conflict`] if one of them cannot change.
pub fn differences(manifest: &Manifest, current: &Current) -> Result<Vec<Difference>, CliError> {
    let mut wanted = normal(manifest.kind, &manifest.spec);
    if manifest.kind == Kind::Subscription && current.spec.get("address") == Some(&json!(address::shown(manifest))) {
        wanted.remove("address");
    }
    let found = compare::differences(&current.spec, &wanted);
    let fixed: &[&str] = match manifest.kind {
        Kind::Subscription => &["channel", "address", "institution"],
        Kind::Outage => &["institution"],
        _ => &[],
    };
    if let Some(field) = found.iter().map(|one| one.field.as_str()).find(|field| fixed.contains(field)) {
        let label = manifest.label();
        return Err(CliError::Conflict(format!("{label}: {field} cannot change; delete it and create another one")));
    }
    Ok(found)
}

fn body_of_change(manifest: &Manifest, current: &Current, found: &[Difference]) -> Map<String, Value> {
    let wanted = normal(manifest.kind, &manifest.spec);
    match manifest.kind {
        // Both are replaced as a whole, so what the file does not name is sent as it is.
        Kind::Institution | Kind::Policy => merged(&current.spec, &wanted),
        Kind::Outage => {
            let all = merged(&current.spec, &wanted);
            let is_changed = |name: &str| found.iter().any(|one| one.field.split('.').next() == Some(name));
            all.into_iter().filter(|(name, _)| is_changed(name)).collect()
        }
        Kind::Chatbot | Kind::Subscription => nested(found),
    }
}

/// Returns differences as an object: `settings.language` becomes a field of `settings`.
fn nested(found: &[Difference]) -> Map<String, Value> {
    let mut body = Map::new();
    for one in found {
        let parts = one.field.rsplit('.');
        let value = parts.fold(one.to.clone(), |value, part| json!({part: value}));
        if let Value::Object(fields) = value {
            body = merged(&body, &fields);
        }
    }
    body
}

/// Returns an object of the server in the form of a manifest's specification.
pub fn view(kind: Kind, object: &Value) -> Map<String, Value> {
    let mut fields = object.as_object().cloned().unwrap_or_default();
    match kind {
        Kind::Institution => _ = fields.remove("id"),
        Kind::Chatbot => {
            // A new address replaces the old one when it has passed its probes. Until then it is what was asked for.
            let uri = fields.remove("pendingUri").or_else(|| fields.remove("uri"));
            fields.retain(|name, _| matches!(name.as_str(), "type" | "institution" | "contact"));
            fields.extend(uri.map(|uri| ("uri".to_owned(), uri)));
        }
        Kind::Subscription => {
            let coverage = fields.remove("coverage").unwrap_or_default();
            let names = |list: &Vec<Value>| list.iter().filter_map(|one| one.get("name")).cloned().collect::<Value>();
            let chatbots = coverage.get("chatbots").and_then(Value::as_array).map_or(json!("all"), names);
            let is_paused = fields.remove("state").unwrap_or_default().get("name") == Some(&json!("paused"));
            fields.retain(|name, _| matches!(name.as_str(), "channel" | "address" | "settings"));
            fields.insert("chatbots".to_owned(), chatbots);
            fields.insert("paused".to_owned(), json!(is_paused));
            fields.extend(coverage.get("institution").map(|name| ("institution".to_owned(), name.clone())));
        }
        Kind::Outage => {
            fields
                .retain(|name, _| matches!(name.as_str(), "institution" | "chatbots" | "rule" | "reason" | "takeOut"));
            fields.entry("chatbots").or_insert_with(|| json!("all"));
        }
        Kind::Policy => {}
    }
    normal(kind, &fields)
}

/// Returns a specification in normal form, so that one value has one spelling.
fn normal(kind: Kind, spec: &Map<String, Value>) -> Map<String, Value> {
    let mut spec = spec.clone();
    if kind == Kind::Chatbot
        && let Some(Value::String(uri)) = spec.get_mut("uri")
    {
        *uri = address::normal_url(uri);
    }
    if kind == Kind::Outage
        && let Some(Value::String(start)) = spec.get_mut("rule").and_then(|rule| rule.get_mut("start"))
    {
        // Outages start at a full minute; the seconds may be written.
        start.truncate("2026-11-27T09:12".len());
    }
    spec
}

fn key_of_outage(spec: &Map<String, Value>) -> (String, Value) {
    let text =
        |pointer: &str| spec.get("rule").and_then(|rule| rule.get(pointer)?.as_str()).unwrap_or_default().to_owned();
    let start: String = text("start").chars().take("2026-11-27T09:12".len()).collect();
    (start, spec.get("chatbots").cloned().unwrap_or_else(|| json!("all")))
}

//! `GET /metrics`: returns the state of the whole network as metrics for a Prometheus server.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    health::{DmrMetrics, Lane, NetworkMetrics},
    peers::PeerKind,
};
use centops_store::{Store, StoreError};

/// The operation.
#[derive(Debug)]
pub struct GetMetrics;

impl Operation for GetMetrics {
    const CONTRACT: contract::Operation = operations::GET_METRICS;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let now = call.now();
        let (network, dmrs, due) = tokio::try_join!(store.network(), dmrs(store), store.due(Lane::Recovery, now, 1))?;
        let oldest_due_probe = due.first().map(|entry| entry.at);
        let metrics = NetworkMetrics { network: network.value, dmrs, oldest_due_probe, now };
        Ok(reply::text(StatusCode::OK, NetworkMetrics::CONTENT_TYPE, metrics.to_string()))
    }
}

/// Returns the registered DMRs by name. One read unit for each 4 KB of peers, and half a unit for each DMR.
async fn dmrs(store: &Store) -> Result<Vec<DmrMetrics>, StoreError> {
    let peers: Vec<_> = store.peers().await?.into_iter().filter(|peer| peer.kind == PeerKind::Dmr).collect();
    let names: Vec<_> = peers.iter().map(|peer| peer.name.clone()).collect();
    let mut states = store.dmr_states(&names).await?;
    let metrics = peers.into_iter().map(|peer| {
        let state = states.remove(&peer.name).unwrap_or_default();
        DmrMetrics { name: peer.name, active: peer.active, state }
    });
    Ok(metrics.collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use centops_domain::{
        callers::Role,
        chatbots::{Chatbot, Name},
        health::{DmrClient, PolicyDocument},
        institutions::Institution,
        peers::Peer,
    };
    use centops_table::{Table, declared, meter::Meter};
    use jiff::Timestamp;
    use lambda_http::{Body, Request};
    use serde_json::json;

    use super::*;

    fn after(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + seconds).expect("a time")
    }

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    async fn table() -> Table {
        let table = Table::start().await.expect("a table");
        let new = serde_json::from_value(json!({"name": "Infosüsteemi amet"})).expect("an institution");
        let audit = centops_table::audit_context(&table.audit, after(0));
        table.store.create_institution(&audit, Institution::new(name("ria"), new)).await.expect("created");
        table
    }

    async fn register(table: &Table, peer: &str, kind: PeerKind, active: bool) {
        let (name, host) = (name(peer), format!("https://{peer}.example.ee/messages").parse().expect("an address"));
        let (institution, created_at) = (self::name("ria"), after(0));
        let peer = Peer { name, host, kind, institution, active, created_at, updated_at: created_at };
        let audit = centops_table::audit_context(&table.audit, after(0));
        table.store.create_peer(&audit, peer).await.expect("registered");
    }

    async fn report(table: &Table, dmr: &str, revision: u64, at: Timestamp) {
        let client = DmrClient { table_revision: Some(revision), client_version: None };
        table.store.record_report(&name(dmr), &client, &PolicyDocument::default(), at).await.expect("recorded");
    }

    async fn enrol(table: &Table, chatbot: &str, at: Timestamp) {
        let new = json!({
            "name": chatbot, "uri": "https://bot.example.ee/", "type": "ministry", "institution": "ria",
            "contact": "owner@example.ee",
        });
        let new = Chatbot::enrol(serde_json::from_value(new).expect("a chatbot"), at);
        table.store.create_chatbot(&centops_table::audit_context(&table.audit, at), new).await.expect("enrolled");
    }

    /// Returns the content type, and the value of each sample by its name and labels.
    async fn scrape(store: &Store, table: &Table, now: Timestamp) -> (String, BTreeMap<String, String>) {
        let viewer = Person { subject: "EE1".to_owned(), roles: [Role::Viewer].into(), institutions: [].into() };
        let (request, audit) = (Request::new(Body::Empty), centops_table::audit_context(&table.audit, now));
        let response = GetMetrics::call(store, Call::new(viewer, NoBody, audit, &request)).await.expect("metrics");
        let Body::Text(text) = response.body() else { unreachable!("{response:?}") };
        let samples = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
            let (sample, value) = line.rsplit_once(' ').expect("a value");
            (sample.to_owned(), value.to_owned())
        });
        let content_type = response.headers()["content-type"].to_str().expect("a text").to_owned();
        (content_type, samples.collect())
    }

    #[tokio::test]
    async fn metrics_are_those_of_the_table() {
        let table = table().await;
        register(&table, "narva", PeerKind::Dmr, false).await;
        register(&table, "tallinn", PeerKind::Dmr, true).await;
        register(&table, "topics", PeerKind::Classifier, true).await;
        report(&table, "tallinn", 7, after(10)).await;
        for (chatbot, seconds) in [("tax", 20), ("police", 5), ("later", 95)] {
            enrol(&table, chatbot, after(seconds)).await;
        }
        let (content_type, samples) = scrape(&table.store, &table, after(90)).await;
        assert_eq!(content_type, "text/plain; version=0.0.4; charset=utf-8");
        let dmrs: BTreeMap<_, _> = samples
            .iter()
            .filter(|(sample, _)| sample.contains("dmr"))
            .map(|(key, value)| (&**key, &**value))
            .collect();
        let expected = [
            (r#"centops_dmr_active{dmr="narva"}"#, "0"),
            (r#"centops_dmr_active{dmr="tallinn"}"#, "1"),
            (r#"centops_dmr_last_report_timestamp_seconds{dmr="tallinn"}"#, "1790000010"),
            (r#"centops_dmr_silent{dmr="narva"}"#, "0"),
            (r#"centops_dmr_silent{dmr="tallinn"}"#, "0"),
            (r#"centops_dmr_table_revision{dmr="tallinn"}"#, "7"),
            (r#"centops_dmr_unsettled_chatbots{dmr="narva"}"#, "0"),
            (r#"centops_dmr_unsettled_chatbots{dmr="tallinn"}"#, "0"),
        ];
        assert_eq!(dmrs, expected.into());
        assert_eq!(samples[r#"centops_chatbots{type="ministry",state="unknown"}"#], "3");
        assert_eq!(samples["centops_oldest_due_probe_age_seconds"], "85", "of police");
    }

    /// A scrape reads the network, the list of peers, half a unit for each DMR and for each shard of the due items. Due
    /// chatbots cost nothing.
    #[tokio::test]
    async fn scrape_costs_the_same_for_any_number_of_chatbots() {
        let table = table().await;
        let (meter, client) = Meter::of(&table.client);
        let store = Store::new(client, centops_table::NAME.to_owned());
        let (mut registered, mut enrolled) = (0, 0);
        for (dmrs, chatbots) in [(0, 0), (1, 0), (10, 0), (10, 200), (40, 200)] {
            for number in registered..dmrs {
                let dmr = format!("dmr-of-county-{number}");
                register(&table, &dmr, PeerKind::Dmr, true).await;
                report(&table, &dmr, 1_790, after(0)).await;
            }
            for number in enrolled..chatbots {
                enrol(&table, &format!("bot-{number}"), after(number)).await;
            }
            (registered, enrolled) = (dmrs, chatbots);
            let (_, samples) = scrape(&store, &table, after(1_000)).await;
            assert_eq!(samples["centops_oldest_due_probe_age_seconds"], if chatbots == 0 { "0" } else { "1000" });
            assert_eq!(meter.take(), declared::get_metrics(f64::from(dmrs)), "{dmrs} DMRs, {chatbots} chatbots");
        }
    }
}

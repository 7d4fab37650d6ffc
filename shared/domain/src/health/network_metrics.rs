//! The state of the network as metrics for a Prometheus server.
//!
//! [Text format](https://prometheus.io/docs/instrumenting/exposition_formats/), version 0.0.4. All metrics are gauges,
//! and none has a label for a chatbot: the number of series does not grow with the chatbots.

use std::fmt::{self, Display, Formatter};

use jiff::Timestamp;

use crate::{
    chatbots::name::Name,
    health::{dmr::Dmr, network::Network},
    stamp,
};

/// The state of a registered DMR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DmrMetrics {
    /// The name.
    pub name: Name,
    /// False while it is disabled.
    pub active: bool,
    /// The reporting state.
    pub state: Dmr,
}

/// The state of the network at one time. `Display` writes it in the text format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkMetrics {
    /// The counts of chatbots, and the revision of the route table.
    pub network: Network,
    /// The registered DMRs.
    pub dmrs: Vec<DmrMetrics>,
    /// The time since which the oldest probe has been due; none if none is due.
    pub oldest_due_probe: Option<Timestamp>,
    /// The current time.
    pub now: Timestamp,
}

impl NetworkMetrics {
    /// The content type of the text format.
    pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

    fn write_chatbots(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let types = self.network.view().types;
        let counts = types.iter().flat_map(|(kind, counts)| {
            let states = [
                ("unknown", counts.unknown),
                ("online", counts.online),
                ("offline", counts.offline),
                ("ejected", counts.ejected),
            ];
            states.map(|(state, count)| ([("type", kind.as_str()), ("state", state)], count))
        });
        write_gauge(f, "centops_chatbots", "The number of chatbots by type and routing state.", counts)?;
        let held =
            types.iter().map(|(kind, counts)| ([("type", kind.as_str())], u8::from(counts.holding_since.is_some())));
        write_gauge(f, "centops_ejections_held", "1 while the cap holds ejections back.", held)
    }

    fn write_routes(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let head = self.network.head();
        write_gauge(f, "centops_routes", "The number of routes.", [([], head.count)])?;
        write_gauge(f, "centops_route_revision", "The revision of the route table.", [([], head.revision)])?;
        let help = "The time of the revision of the route table; 0 before the first.";
        write_gauge(f, "centops_route_revision_timestamp_seconds", help, [([], seconds(head.time))])?;
        let age = self.oldest_due_probe.map_or(0.0, |due| self.now.duration_since(due).as_secs_f64());
        let help = "The time for which the oldest probe has been due; 0 if none is due.";
        write_gauge(f, "centops_oldest_due_probe_age_seconds", help, [([], age)])
    }

    fn write_dmrs(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let active = self.each_dmr(|dmr| Some(u8::from(dmr.active)));
        write_gauge(f, "centops_dmr_active", "1 while the DMR is active, 0 while it is disabled.", active)?;
        let help = "The time of the last recorded report of the DMR; absent until its first report.";
        let last_report = self.each_dmr(|dmr| dmr.state.last_heard().map(seconds));
        write_gauge(f, "centops_dmr_last_report_timestamp_seconds", help, last_report)?;
        let silent = self.each_dmr(|dmr| Some(u8::from(dmr.state.is_silent())));
        write_gauge(f, "centops_dmr_silent", "1 while the DMR is silent.", silent)?;
        let help = "The revision of the route table that the DMR last reported; absent if it reported none.";
        let revision = self.each_dmr(|dmr| dmr.state.client().table_revision);
        write_gauge(f, "centops_dmr_table_revision", help, revision)?;
        let help = "The number of chatbots with unsettled batches of the DMR.";
        let unsettled = self.each_dmr(|dmr| Some(dmr.state.unsettled().len()));
        write_gauge(f, "centops_dmr_unsettled_chatbots", help, unsettled)
    }

    /// Returns a sample of each DMR for which `value` returns one.
    fn each_dmr<'a, V>(
        &'a self,
        value: impl Fn(&DmrMetrics) -> Option<V> + 'a,
    ) -> impl Iterator<Item = ([Label<'a>; 1], V)> {
        self.dmrs.iter().filter_map(move |dmr| Some(([("dmr", dmr.name.as_str())], value(dmr)?)))
    }
}

impl Display for NetworkMetrics {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.write_chatbots(f)?;
        self.write_routes(f)?;
        self.write_dmrs(f)
    }
}

/// The name of a label, and its value.
type Label<'a> = (&'static str, &'a str);

/// Writes a metric with its samples: the labels and the value of each. `help` has no backslash and no line feed.
fn write_gauge<'a, const LABELS: usize, V: Display>(
    f: &mut Formatter<'_>,
    name: &str,
    help: &str,
    samples: impl IntoIterator<Item = ([Label<'a>; LABELS], V)>,
) -> fmt::Result {
    writeln!(f, "# HELP {name} {help}")?;
    writeln!(f, "# TYPE {name} gauge")?;
    for (labels, value) in samples {
        f.write_str(name)?;
        for (index, (label, value)) in labels.iter().enumerate() {
            let before = if index == 0 { '{' } else { ',' };
            write!(f, "{before}{label}=\"{}\"", Escaped(value))?;
        }
        writeln!(f, "{} {value}", if LABELS == 0 { "" } else { "}" })?;
    }
    Ok(())
}

/// The value of a label with escaped backslashes, quotation marks and line feeds.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '\\' => f.write_str(r"\\"),
            '"' => f.write_str("\\\""),
            '\n' => f.write_str(r"\n"),
            other => write!(f, "{other}"),
        })
    }
}

/// Returns the seconds since the Unix epoch, to the millisecond.
fn seconds(at: Timestamp) -> f64 {
    stamp::milliseconds(at).duration_since(Timestamp::UNIX_EPOCH).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use jiff::SignedDuration;

    use super::*;
    use crate::{
        chatbots::chatbot_type::ChatbotType,
        health::{
            dmr::{DmrClient, UnsettledBatches},
            network::StateCounts,
            policy::SilencePolicy,
        },
        stamp::Stamp,
    };

    fn millisecond(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(millisecond).expect("a time")
    }

    /// Returns the metrics of a network with `dmrs`, at 1,790,000,060 s.
    fn metrics(dmrs: Vec<DmrMetrics>) -> NetworkMetrics {
        let at = millisecond(1_790_000_000_250);
        let counts =
            StateCounts { unknown: 1, online: 70_000, offline: 2, ejected: 30_000, holding_since: Some(Stamp(at)) };
        let network =
            Network { revision: 1_790, revised_at: Some(Stamp(at)), types: [(ChatbotType::Ministry, counts)].into() };
        NetworkMetrics { network, dmrs, oldest_due_probe: Some(at), now: at + SignedDuration::from_millis(59_750) }
    }

    fn dmr(name: &str, active: bool, state: Dmr) -> DmrMetrics {
        DmrMetrics { name: name.parse().expect("a name"), active, state }
    }

    /// Returns a silent DMR with two chatbots with unsettled batches.
    fn silent() -> Dmr {
        let mut dmr = Dmr::default();
        let client = DmrClient { table_revision: Some(1_789), client_version: None };
        assert!((0..=6).all(|time| dmr.record_report(&client, millisecond(1_789_000_000_000 + time * 60_000))));
        let batches =
            ["tax", "police"].map(|name| (name.parse().expect("a name"), BTreeSet::from([1.into(), 2.into()])));
        assert!(dmr.add_unsettled(&UnsettledBatches::from(batches)));
        assert!(dmr.flag_silence(&SilencePolicy::default(), millisecond(1_790_000_000_000)).is_some());
        dmr
    }

    #[test]
    fn every_metric_is_written_in_the_text_format() {
        let metrics = metrics(vec![dmr("narva", false, Dmr::default()), dmr("tallinn", true, silent())]);
        let expected = r#"# HELP centops_chatbots The number of chatbots by type and routing state.
# TYPE centops_chatbots gauge
centops_chatbots{type="ministry",state="unknown"} 1
centops_chatbots{type="ministry",state="online"} 70000
centops_chatbots{type="ministry",state="offline"} 2
centops_chatbots{type="ministry",state="ejected"} 30000
centops_chatbots{type="institution",state="unknown"} 0
centops_chatbots{type="institution",state="online"} 0
centops_chatbots{type="institution",state="offline"} 0
centops_chatbots{type="institution",state="ejected"} 0
# HELP centops_ejections_held 1 while the cap holds ejections back.
# TYPE centops_ejections_held gauge
centops_ejections_held{type="ministry"} 1
centops_ejections_held{type="institution"} 0
# HELP centops_routes The number of routes.
# TYPE centops_routes gauge
centops_routes 70000
# HELP centops_route_revision The revision of the route table.
# TYPE centops_route_revision gauge
centops_route_revision 1790
# HELP centops_route_revision_timestamp_seconds The time of the revision of the route table; 0 before the first.
# TYPE centops_route_revision_timestamp_seconds gauge
centops_route_revision_timestamp_seconds 1790000000.25
# HELP centops_oldest_due_probe_age_seconds The time for which the oldest probe has been due; 0 if none is due.
# TYPE centops_oldest_due_probe_age_seconds gauge
centops_oldest_due_probe_age_seconds 59.75
# HELP centops_dmr_active 1 while the DMR is active, 0 while it is disabled.
# TYPE centops_dmr_active gauge
centops_dmr_active{dmr="narva"} 0
centops_dmr_active{dmr="tallinn"} 1
# HELP centops_dmr_last_report_timestamp_seconds The time of the last recorded report of the DMR; absent until its first report.
# TYPE centops_dmr_last_report_timestamp_seconds gauge
centops_dmr_last_report_timestamp_seconds{dmr="tallinn"} 1789000360
# HELP centops_dmr_silent 1 while the DMR is silent.
# TYPE centops_dmr_silent gauge
centops_dmr_silent{dmr="narva"} 0
centops_dmr_silent{dmr="tallinn"} 1
# HELP centops_dmr_table_revision The revision of the route table that the DMR last reported; absent if it reported none.
# TYPE centops_dmr_table_revision gauge
centops_dmr_table_revision{dmr="tallinn"} 1789
# HELP centops_dmr_unsettled_chatbots The number of chatbots with unsettled batches of the DMR.
# TYPE centops_dmr_unsettled_chatbots gauge
centops_dmr_unsettled_chatbots{dmr="narva"} 0
centops_dmr_unsettled_chatbots{dmr="tallinn"} 2
"#;
        assert_eq!(metrics.to_string(), expected);
    }

    #[test]
    fn empty_network_has_zeros_and_no_dmrs() {
        let now = millisecond(1_790_000_000_000);
        let empty = NetworkMetrics { network: Network::default(), dmrs: Vec::new(), oldest_due_probe: None, now };
        let text = empty.to_string();
        let samples: BTreeMap<_, _> =
            text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit_once(' ')).collect();
        assert_eq!(samples.len(), 14);
        assert!(samples.values().all(|value| *value == "0"), "{samples:?}");
    }

    #[test]
    fn values_of_labels_are_escaped() {
        struct Sample(&'static str);
        impl Display for Sample {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                write_gauge(f, "m", "A metric.", [([("a", self.0), ("b", "")], 1)])
            }
        }
        let written = Sample("C:\\ \"õ\"\n{},=").to_string();
        let expected = "# HELP m A metric.\n# TYPE m gauge\nm{a=\"C:\\\\ \\\"õ\\\"\\n{},=\",b=\"\"} 1\n";
        assert_eq!(written, expected);
    }
}

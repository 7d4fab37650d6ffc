//! Runs every minute: writes the public status page, as finished HTML and JSON with a feed, to the bucket of the console.
//! So the page is there when the APIs and the table are not, and says how old it is.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_s3::{Client, primitives::ByteStream};
use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_domain::{
    chatbots::Chatbot,
    notifications::Language,
    outages::Windows,
    status_page::{AHEAD, Facts, HISTORY, StatusPage},
};
use centops_store::{Store, StoreError, chatbots::ChatbotFilter, outages::OutageFilter};
use futures::future::try_join_all;
use jiff::Timestamp;
use lambda_runtime::Error;
use serde::de::IgnoredAny;

/// The chatbots and planned outages that one read returns at most.
const PAGE: i32 = 1000;
/// The most incidents that the page lists.
const MOST_INCIDENTS: usize = 500;
/// `Cache-Control` of the page. A copy is shown for 20 seconds: with the minute between two pages, a change is public within
/// 90 seconds. While the bucket does not answer, a copy is shown for a day.
const CACHE: &str = "public, max-age=20, stale-if-error=86400";

/// The function.
#[derive(Debug)]
pub struct PublishStatus {
    store: Store,
    client: Client,
    bucket: String,
}

/// A file of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The key in the bucket.
    pub key: &'static str,
    /// The media type.
    pub media_type: &'static str,
    /// The content.
    pub content: String,
}

impl Consumer for PublishStatus {
    type Event = IgnoredAny;
    type Answer = ();

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        let (store, client) = (setup.store().await?, Client::new(setup.config()));
        Ok(Self { store, client, bucket: setup.variable("CONSOLE_BUCKET")? })
    }

    async fn handle(&self, _: IgnoredAny, _: &Invocation) -> Result<(), Error> {
        let now = clock::now();
        let page = StatusPage::new(&facts(&self.store, now).await?, now);
        try_join_all(files(&page)?.into_iter().map(|file| self.put(file))).await?;
        Ok(())
    }
}

impl PublishStatus {
    async fn put(&self, file: File) -> Result<(), Error> {
        let request = self.client.put_object().bucket(&self.bucket).key(file.key);
        let request = request.content_type(file.media_type).cache_control(CACHE);
        request.body(ByteStream::from(file.content.into_bytes())).send().await?;
        Ok(())
    }
}

/// Returns the files of `page`.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn files(page: &StatusPage) -> Result<Vec<File>, serde_json::Error> {
    const HTML: &str = "text/html; charset=utf-8";
    const ATOM: &str = "application/atom+xml; charset=utf-8";
    let (et, en) = (Language::Et, Language::En);
    Ok(vec![
        File { key: "status/et.html", media_type: HTML, content: page.html(et) },
        File { key: "status/en.html", media_type: HTML, content: page.html(en) },
        File { key: "status/et.atom", media_type: ATOM, content: page.atom(et) },
        File { key: "status/en.atom", media_type: ATOM, content: page.atom(en) },
        File { key: "status/status.json", media_type: "application/json", content: serde_json::to_string(page)? },
    ])
}

/// Reads what the page is made of at `now`. One read unit for each 4 KB of chatbots, institutions and planned outages, one
/// for each incident of the last days, and one or more for each institution with incidents or planned outages.
///
/// # Errors
/// When the table does not answer.
pub async fn facts(store: &Store, now: Timestamp) -> Result<Facts, StoreError> {
    let (from, to) = (now - HISTORY, now + AHEAD);
    let incidents = store.incidents_between(None, from, now, MOST_INCIDENTS).await?;
    let mut affected: BTreeSet<_> = incidents.iter().flatten().filter_map(|one| one.institution().cloned()).collect();
    let filter = OutageFilter { from: Some(now), to: Some(to), ..OutageFilter::default() };
    let mut after = None;
    loop {
        let page = store.planned_outages(&filter, after.as_ref(), PAGE, now).await?;
        affected.extend(page.items.into_iter().map(|outage| outage.institution));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let mut windows = BTreeMap::new();
    for institution in affected {
        let own = store.outage_windows(&institution, from, to).await?;
        windows.insert(institution, Windows::new(own));
    }
    let (institutions, chatbots) = (store.institutions().await?, chatbots(store).await?);
    Ok(Facts { institutions, chatbots, incidents, windows })
}

async fn chatbots(store: &Store) -> Result<Vec<Chatbot>, StoreError> {
    let (mut chatbots, mut after) = (Vec::new(), None);
    loop {
        let page = store.chatbots(&ChatbotFilter::default(), after.as_ref(), PAGE).await?;
        chatbots.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(chatbots);
        }
    }
}

//! Answers route queries from a cached table. The change log advances the cache to the current revision; the whole
//! table is read only on a cold start or when that fails. Invariant: a response is never older than the requested
//! consistency allows.

use std::{fmt, str::FromStr, sync::Arc};

use centops_api::{Problem, clock, cursor, etag};
use centops_domain::routes::{Head, RenderedTable, Revision, RouteChanges, render_page};
use centops_signing::{Signer, SigningSecret};
use centops_store::{Consistency, Store, StoreError, routes::Snapshot};
use lambda_http::{Body, Response, http::HeaderMap};
use tokio::sync::Mutex;

use super::{
    content_encoding::ContentEncoding,
    signed_body::{self, SignedBody},
};

/// Cursor of a table that is read in pages: a part of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    revision: Revision,
    part: usize,
}

/// A text that is not a [`Position`].
#[derive(Clone, Copy, Debug)]
pub struct InvalidPosition;

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.revision, self.part)
    }
}

impl FromStr for Position {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let (revision, part) = text.split_once(':').ok_or(InvalidPosition)?;
        let revision = revision.parse().map_err(|_| InvalidPosition)?;
        Ok(Self { revision, part: part.parse().map_err(|_| InvalidPosition)? })
    }
}

/// The selection of routes in a request.
#[derive(Clone, Copy, Debug)]
pub enum RoutesQuery {
    /// All routes.
    Whole,
    /// The changes after a revision.
    Since(Revision),
    /// A further page.
    Page(Position),
}

/// Answers queries for routes.
#[derive(Debug)]
pub struct Routes {
    pub store: Store,
    pub signing: SigningSecret,
    /// The most bytes of a body that is not a page.
    pub max_bytes: usize,
    pub cache: Mutex<RouteCache>,
}

/// The table and its signed body, cached between invocations of a warm function.
#[derive(Debug, Default)]
pub struct RouteCache {
    table: Option<RenderedTable>,
    whole: Option<SignedBody>,
}

impl Routes {
    /// Returns the response for `query`, to a caller that sent `headers`. A response is complete, or an error.
    ///
    /// # Errors
    /// 406 if the headers refuse every encoding; 410 if the change log or the page has expired; 503 if the table does not
    /// answer.
    pub async fn respond(
        &self,
        query: RoutesQuery,
        consistency: Consistency,
        headers: &HeaderMap,
    ) -> Result<Response<Body>, Problem> {
        let encoding = ContentEncoding::negotiate(headers).ok_or_else(|| {
            Problem::not_acceptable("`Accept-Encoding` refuses all of identity, gzip and zstd: accept one of them.")
        })?;
        if let RoutesQuery::Page(position) = query {
            return Box::pin(self.page(position, encoding)).await;
        }
        let mut cache = self.cache.lock().await;
        let head = match self.follow(&mut cache, query, consistency).await? {
            Some(head) => head,
            None => self.head(&cache, consistency).await?,
        };
        if etag::is_known(headers, head.revision) {
            return signed_body::not_modified(head.revision, encoding);
        }
        if let RoutesQuery::Since(since) = query {
            return Box::pin(self.changes(&mut cache, since, head, encoding)).await;
        }
        match Box::pin(self.whole(&mut cache, head)).await?.response(encoding, self.max_bytes)? {
            Some(response) => Ok(response),
            None => Box::pin(self.first_page(encoding)).await,
        }
    }

    /// Brings the cached table to the newest revision with one read of the change log, for a caller that asks for changes,
    /// and returns its head. Returns `None` if the head must be read.
    async fn follow(
        &self,
        cache: &mut RouteCache,
        query: RoutesQuery,
        consistency: Consistency,
    ) -> Result<Option<Head>, StoreError> {
        let (RoutesQuery::Since(_), Some(table)) = (query, &mut cache.table) else { return Ok(None) };
        match self.store.follow_change_log(table, consistency, clock::now()).await {
            Ok(is_newest) => Ok(is_newest.then(|| table.head())),
            Err(error @ StoreError::Unavailable(_)) => Err(error),
            Err(error) => {
                tracing::info!(%error, from = table.head().revision, "cached table dropped");
                cache.table = None;
                Ok(None)
            }
        }
    }

    /// Reads the head. Returns that of the cached table if it is newer: an eventually consistent read may lag behind a
    /// revision that this environment already returned.
    async fn head(&self, cache: &RouteCache, consistency: Consistency) -> Result<Head, StoreError> {
        let read = self.store.head(consistency).await?;
        let cached = cache.table.as_ref().map(RenderedTable::head).filter(|cached| cached.revision > read.revision);
        Ok(cached.unwrap_or(read))
    }

    /// Returns the changes from `since` to `head`: from the cached table if there is one, otherwise from the change log.
    async fn changes(
        &self,
        cache: &mut RouteCache,
        since: Revision,
        head: Head,
        encoding: ContentEncoding,
    ) -> Result<Response<Body>, Problem> {
        let cached = match self.advance(cache, head).await {
            Some(table) => table.changes(since),
            None => None,
        };
        let changes = match cached {
            Some(changes) => changes,
            None => self.logged_changes(since, head).await?,
        };
        let body = serde_json::to_string(&changes).map_err(Problem::internal)?;
        let signer = self.signer().await?;
        // Changes over the limit are larger than the whole table, so the caller reads the table instead.
        SignedBody::new(changes.revision, body, &signer)?
            .response(encoding, self.max_bytes)?
            .ok_or_else(|| StoreError::Gone.into())
    }

    async fn logged_changes(&self, since: Revision, head: Head) -> Result<RouteChanges, StoreError> {
        // An eventually consistent head may be older than the caller's revision.
        let head = if since > head.revision { self.store.head(Consistency::Strong).await? } else { head };
        self.store.route_changes(since, head).await
    }

    /// Advances the cached table to `head`. Returns `None` if no table is cached or its change log has expired.
    async fn advance<'a>(&self, cache: &'a mut RouteCache, head: Head) -> Option<&'a RenderedTable> {
        let mut table = cache.table.take()?;
        match self.store.advance(&mut table, head).await {
            Ok(()) => Some(cache.table.insert(table)),
            Err(error) => {
                let (from, to) = (table.head().revision, head.revision);
                tracing::info!(%error, from, to, "cached route table discarded revision={from}");
                None
            }
        }
    }

    /// Returns the whole table at `head` or later, signed by the key in force.
    async fn whole<'a>(&self, cache: &'a mut RouteCache, head: Head) -> Result<&'a mut SignedBody, Problem> {
        let whole = match cache.whole.take() {
            Some(whole) if whole.revision == head.revision && whole.is_signed_by(&*self.signer().await?) => whole,
            _ => self.render(cache, head).await?,
        };
        Ok(cache.whole.insert(whole))
    }

    async fn render(&self, cache: &mut RouteCache, head: Head) -> Result<SignedBody, Problem> {
        let signer = self.signer();
        let table = async {
            if let Some(body) = self.advance(cache, head).await.is_some().then(|| cached_body(cache)).flatten() {
                return Ok(body);
            }
            cache.table = Some(self.store.route_table(head).await?);
            cached_body(cache).ok_or_else(|| Problem::internal("the route table is incomplete"))
        };
        // The first request reads both, concurrently.
        let (signer, table) = tokio::join!(signer, table);
        let ((head, body), signer) = (table?, signer?);
        SignedBody::new(head.revision, body, &signer)
    }

    async fn first_page(&self, encoding: ContentEncoding) -> Result<Response<Body>, Problem> {
        let snapshot = self.store.snapshot().await?;
        let revision = snapshot.map(|snapshot| snapshot.head.revision).ok_or_else(|| {
            Problem::unavailable("the table is too large for one response, and has no snapshot for pages yet")
        })?;
        Box::pin(self.page(Position { revision, part: 0 }, encoding)).await
    }

    async fn page(&self, position: Position, encoding: ContentEncoding) -> Result<Response<Body>, Problem> {
        let part = self.store.snapshot_part(position.revision, position.part);
        let ((Snapshot { head, parts }, lines), signer) = tokio::try_join!(async { Ok(part.await?) }, self.signer())?;
        let next = Position { part: position.part + 1, ..position };
        let next = (next.part < parts).then(|| cursor::after(&next));
        let body = render_page(head, &lines, next.as_deref());
        let page = SignedBody::new(head.revision, body, &signer)?.response(encoding, signed_body::MAX_BODY_BYTES)?;
        page.ok_or_else(|| Problem::internal("a page is larger than a response can be"))
    }

    async fn signer(&self) -> Result<Arc<Signer>, Problem> {
        self.signing.value(clock::now()).await.map_err(Problem::unavailable)
    }
}

/// Returns the head and the body of the cached table. A table that is not valid leaves the cache.
fn cached_body(cache: &mut RouteCache) -> Option<(Head, String)> {
    let mut table = cache.table.take()?;
    match table.body() {
        Ok(body) => {
            let head = table.head();
            cache.table = Some(table);
            Some((head, body))
        }
        Err(error) => {
            let revision = table.head().revision;
            tracing::error!(%error, revision, "invalid cached route table discarded revision={revision}");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_is_parsed_as_it_is_formatted() {
        let position = Position { revision: 17, part: 3 };
        assert_eq!(position.to_string().parse::<Position>().ok(), Some(position));
        for bad in ["", "17", "17:", ":3", "a:3", "17:3:1", "17:-1"] {
            assert!(bad.parse::<Position>().is_err(), "{bad}");
        }
    }
}

//! The table as this environment keeps it: brought up to date from the change log, never made anew where that
//! can be helped, and never older than what the caller may expect.

use std::{fmt, str::FromStr, sync::Arc};

use centops_api::{Problem, clock, cursor, etag, reply};
use centops_domain::routes::{Head, RenderedTable, Revision, RouteChanges, render_page};
use centops_signing::{Signer, secret::SigningSecret};
use centops_store::{Consistency, Store, StoreError, routes::Snapshot};
use lambda_http::{Body, Response, http::HeaderMap};
use tokio::sync::Mutex;

use super::{
    answer::{self, Signed},
    coding::Coding,
};

/// A place in a table that is read in pages: a part of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    revision: Revision,
    part: usize,
}

/// A text that is no [`Place`].
#[derive(Clone, Copy, Debug)]
pub struct NoPlace;

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.revision, self.part)
    }
}

impl FromStr for Place {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let (revision, part) = text.split_once(':').ok_or(NoPlace)?;
        let number = |text: &str| text.parse().map_err(|_| NoPlace);
        Ok(Self { revision: number(revision)?, part: part.parse().map_err(|_| NoPlace)? })
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// All routes.
    Whole,
    /// What changed after a revision.
    Since(Revision),
    /// A further page.
    Page(Place),
}

/// The table, and what answers are made with.
#[derive(Debug)]
pub struct Routes {
    pub store: Store,
    pub signing: SigningSecret,
    /// The most bytes of a body.
    pub largest: usize,
    pub kept: Mutex<Kept>,
}

/// What is kept from one request to the next.
#[derive(Debug, Default)]
pub struct Kept {
    table: Option<RenderedTable>,
    whole: Option<Signed>,
}

impl Routes {
    /// Answers for `part`, to a caller that sent `headers`.
    ///
    /// # Errors
    /// 410 where the log or a page is gone; 503 where the table does not answer. Never less than all.
    pub async fn answer(
        &self,
        part: Part,
        consistency: Consistency,
        headers: &HeaderMap,
    ) -> Result<Response<Body>, Problem> {
        let coding = Coding::asked(headers);
        if let Part::Page(place) = part {
            return Box::pin(self.page(place, coding)).await;
        }
        let read = self.store.head(consistency).await?;
        let mut kept = self.kept.lock().await;
        // What was shown once is not taken back by a read that lags behind.
        let head = kept.table.as_ref().map(RenderedTable::head).filter(|kept| kept.revision > read.revision);
        let head = head.unwrap_or(read);
        if etag::is_known(headers, head.revision) {
            return Ok(reply::not_modified(head.revision));
        }
        if let Part::Since(since) = part {
            return Box::pin(self.changes(&mut kept, since, head, coding)).await;
        }
        match Box::pin(self.whole(&mut kept, head)).await?.answer(coding, self.largest)? {
            Some(response) => Ok(response),
            None => Box::pin(self.first_page(coding)).await,
        }
    }

    /// The changes from `since` to `head`: from memory where a table is kept, else from the log alone.
    async fn changes(
        &self,
        kept: &mut Kept,
        since: Revision,
        head: Head,
        coding: Coding,
    ) -> Result<Response<Body>, Problem> {
        let remembered = match self.advance(kept, head).await {
            Some(table) => table.changes(since),
            None => None,
        };
        let changes = match remembered {
            Some(changes) => changes,
            None => self.logged(since, head).await?,
        };
        let body = serde_json::to_string(&changes).map_err(Problem::internal)?;
        let signer = self.signer().await?;
        // What cannot be carried is more than the whole table is.
        Signed::new(changes.revision, body, &signer)?
            .answer(coding, self.largest)?
            .ok_or_else(|| StoreError::Gone.into())
    }

    async fn logged(&self, since: Revision, head: Head) -> Result<RouteChanges, StoreError> {
        // A head that lags behind may be older than what the caller has.
        let head = if since > head.revision { self.store.head(Consistency::Strong).await? } else { head };
        self.store.route_changes(since, head).await
    }

    /// The kept table, brought to `head`; none where there is none, or its log is gone.
    async fn advance<'a>(&self, kept: &'a mut Kept, head: Head) -> Option<&'a RenderedTable> {
        let mut table = kept.table.take()?;
        match self.store.advance(&mut table, head).await {
            Ok(()) => Some(kept.table.insert(table)),
            Err(error) => {
                tracing::info!(%error, from = table.head().revision, to = head.revision, "the kept table is left");
                None
            }
        }
    }

    /// The whole table at `head` or later, signed.
    async fn whole<'a>(&self, kept: &'a mut Kept, head: Head) -> Result<&'a mut Signed, Problem> {
        let known = kept.whole.take().filter(|whole| whole.revision == head.revision);
        let whole = match known {
            Some(whole) => whole,
            None => self.render(kept, head).await?,
        };
        Ok(kept.whole.insert(whole))
    }

    async fn render(&self, kept: &mut Kept, head: Head) -> Result<Signed, Problem> {
        let signer = self.signer();
        let table = async {
            if let Some(body) = self.advance(kept, head).await.is_some().then(|| body(kept)).flatten() {
                return Ok(body);
            }
            kept.table = Some(self.store.route_table(head).await?);
            body(kept).ok_or_else(|| Problem::internal("the route table is not whole"))
        };
        // The first time both are read, at the same time.
        let (signer, table) = tokio::join!(signer, table);
        let ((head, body), signer) = (table?, signer?);
        Signed::new(head.revision, body, &signer)
    }

    async fn first_page(&self, coding: Coding) -> Result<Response<Body>, Problem> {
        let snapshot = self.store.snapshot().await?;
        let revision = snapshot.map(|snapshot| snapshot.head.revision).ok_or_else(|| {
            Problem::unavailable("the table is too large for one answer, and has no snapshot to page through yet")
        })?;
        Box::pin(self.page(Place { revision, part: 0 }, coding)).await
    }

    async fn page(&self, place: Place, coding: Coding) -> Result<Response<Body>, Problem> {
        let part = self.store.snapshot_part(place.revision, place.part);
        let ((Snapshot { head, parts }, lines), signer) = tokio::try_join!(async { Ok(part.await?) }, self.signer())?;
        let next = Place { part: place.part + 1, ..place };
        let next = (next.part < parts).then(|| cursor::after(&next));
        let body = render_page(head, &lines, next.as_deref());
        let page = Signed::new(head.revision, body, &signer)?.answer(coding, answer::LARGEST)?;
        page.ok_or_else(|| Problem::internal("a page is too large to be answered"))
    }

    async fn signer(&self) -> Result<Arc<Signer>, Problem> {
        self.signing.signer(clock::now()).await.map_err(Problem::unavailable)
    }
}

/// The head and the body of the kept table; without one that is whole there is none any more.
fn body(kept: &mut Kept) -> Option<(Head, String)> {
    let mut table = kept.table.take()?;
    match table.body() {
        Ok(body) => {
            let head = table.head();
            kept.table = Some(table);
            Some((head, body))
        }
        Err(error) => {
            tracing::error!(%error, "the kept table is left");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let place = Place { revision: 17, part: 3 };
        assert_eq!(place.to_string().parse::<Place>().ok(), Some(place));
        for bad in ["", "17", "17:", ":3", "a:3", "17:3:1", "17:-1"] {
            assert!(bad.parse::<Place>().is_err(), "{bad}");
        }
    }
}

//! A hop before the table that takes the time the table has a request for. What an invocation takes
//! less that time is the function's own.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// An answer of the table that is measured fits.
const BUFFER: usize = 64 * 1024;

/// The hop. Ends with its value.
#[derive(Debug)]
pub struct Stopwatch {
    /// Where it listens.
    pub address: SocketAddr,
    waits: Arc<Mutex<Waits>>,
    server: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Waits {
    asked: Option<Instant>,
    answered: Option<Instant>,
    total: Duration,
}

impl Waits {
    fn request(&mut self) {
        self.close();
        self.asked.get_or_insert_with(Instant::now);
    }

    /// A part of an answer was written: the last part counts.
    fn response(&mut self) {
        self.answered = Some(Instant::now());
    }

    fn close(&mut self) {
        if let Some(answered) = self.answered.take()
            && let Some(asked) = self.asked.take()
        {
            self.total += answered.saturating_duration_since(asked);
        }
    }
}

impl Stopwatch {
    /// Starts before `table`.
    ///
    /// # Errors
    /// When it cannot listen.
    pub async fn start(table: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let waits: Arc<Mutex<Waits>> = Arc::default();
        let server = tokio::spawn(serve(listener, table, Arc::clone(&waits)));
        Ok(Self { address, waits, server })
    }

    /// How long the table had requests since this was asked last: from a request's first byte here to the
    /// last byte of its answer.
    #[must_use]
    pub fn take(&self) -> Duration {
        let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        waits.close();
        std::mem::take(&mut waits.total)
    }
}

impl Drop for Stopwatch {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, table: SocketAddr, waits: Arc<Mutex<Waits>>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        // A connection that breaks is the function's to report.
        connections.spawn(hand_on(client, table, Arc::clone(&waits)));
    }
}

async fn hand_on(mut client: TcpStream, table: SocketAddr, waits: Arc<Mutex<Waits>>) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let mut server = TcpStream::connect(table).await?;
    server.set_nodelay(true)?;
    let at = |note: fn(&mut Waits)| note(&mut waits.lock().unwrap_or_else(PoisonError::into_inner));
    let (mut asked, mut answered) = (vec![0; BUFFER], vec![0; BUFFER]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                at(Waits::request);
                match read? {
                    0 => return Ok(()),
                    read => server.write_all(&asked[..read]).await?,
                }
            }
            read = server.read(&mut answered) => match read? {
                0 => return Ok(()),
                read => {
                    client.write_all(&answered[..read]).await?;
                    at(Waits::response);
                }
            },
        }
    }
}

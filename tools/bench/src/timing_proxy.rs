//! A proxy in front of the table that measures how long the table has a request. The time of an invocation less this
//! time is the function's own.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The size of a buffer, in bytes. A response of the table that is measured fits.
const BUFFER: usize = 64 * 1024;

/// The proxy. Dropping the value stops it.
#[derive(Debug)]
pub struct TimingProxy {
    /// The address that it listens on.
    pub address: SocketAddr,
    waits: Arc<Mutex<Waits>>,
    server: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Waits {
    requested: Option<Instant>,
    responded: Option<Instant>,
    total: Duration,
}

impl Waits {
    /// Notes a part of a request: its first part counts.
    fn request(&mut self) {
        self.close();
        self.requested.get_or_insert_with(Instant::now);
    }

    /// Notes a part of a response: its last part counts.
    fn response(&mut self) {
        self.responded = Some(Instant::now());
    }

    /// Adds the last request to the total, if its response has begun.
    fn close(&mut self) {
        if let Some(responded) = self.responded.take()
            && let Some(requested) = self.requested.take()
        {
            self.total += responded.saturating_duration_since(requested);
        }
    }
}

impl TimingProxy {
    /// Starts a proxy in front of `table`.
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

    /// Returns the time that the table had requests since the last call, from the first byte of a request here to
    /// the last byte of its response.
    #[must_use]
    pub fn take(&self) -> Duration {
        let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        waits.close();
        std::mem::take(&mut waits.total)
    }
}

impl Drop for TimingProxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, table: SocketAddr, waits: Arc<Mutex<Waits>>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        // The function reports a connection that breaks.
        connections.spawn(forward(client, table, Arc::clone(&waits)));
    }
}

async fn forward(mut client: TcpStream, table: SocketAddr, waits: Arc<Mutex<Waits>>) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let mut server = TcpStream::connect(table).await?;
    server.set_nodelay(true)?;
    let note = |note: fn(&mut Waits)| note(&mut waits.lock().unwrap_or_else(PoisonError::into_inner));
    let (mut request, mut response) = (vec![0; BUFFER], vec![0; BUFFER]);
    loop {
        tokio::select! {
            read = client.read(&mut request) => {
                note(Waits::request);
                match read? {
                    0 => return Ok(()),
                    read => server.write_all(&request[..read]).await?,
                }
            }
            read = server.read(&mut response) => match read? {
                0 => return Ok(()),
                read => {
                    client.write_all(&response[..read]).await?;
                    note(Waits::response);
                }
            },
        }
    }
}

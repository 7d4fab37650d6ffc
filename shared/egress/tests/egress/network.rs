//! The network of these tests: listeners on every address of this machine, a resolver without DNS, and a counter of
//! connection attempts to any address.

use std::{
    collections::HashMap,
    error::Error,
    future::Future,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use centops_egress::{EgressDenied, Resolver};
use socket2::{Domain, Socket, Type};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tower::{Layer, Service};

/// The text that [`Listeners::seen`] sends over its own connections. No client of the tests sends it.
const OWN: &str = "own connection";

/// One accepted connection: the local address, and the bytes received.
#[derive(Clone, Debug)]
pub struct Connection {
    pub to: IpAddr,
    pub received: String,
}

/// Listeners on `0.0.0.0` and `[::]` at one port. They accept every connection to this machine.
pub struct Listeners {
    pub port: u16,
    seen: watch::Sender<Vec<Connection>>,
}

impl Listeners {
    /// Starts listeners that send `answer(request)` for each request. An empty answer closes the connection.
    pub async fn answering(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let v4 = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.expect("a port");
        let port = v4.local_addr().expect("an address").port();
        let (seen, _) = watch::channel(Vec::new());
        let answer = Arc::new(answer);
        for listener in [v4, only_v6(port)] {
            tokio::spawn(accept(listener, seen.clone(), answer.clone()));
        }
        Self { port, seen }
    }

    /// Returns all connections until now. Connections are accepted in order, so once each listener has accepted one
    /// of our own, it has accepted all before it. Our own are known by what they send: a port of a client can be used
    /// again for another address of this machine.
    pub async fn seen(&self) -> Vec<Connection> {
        static CALLS: AtomicUsize = AtomicUsize::new(0);
        let own = format!("{OWN} {};", CALLS.fetch_add(1, Ordering::SeqCst));
        let mut open = Vec::new();
        for address in [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()] {
            let mut connection = TcpStream::connect((address, self.port)).await.expect("a connection of our own");
            connection.write_all(own.as_bytes()).await.expect("a write");
            open.push(connection);
        }
        let mut receiver = self.seen.subscribe();
        let accepted = |seen: &Vec<Connection>| seen.iter().filter(|seen| seen.received == own).count() == open.len();
        let all = receiver.wait_for(accepted).await.expect("listeners").clone();
        all.into_iter().filter(|seen| !seen.received.starts_with(OWN)).collect()
    }
}

fn only_v6(port: u16) -> TcpListener {
    let socket = Socket::new(Domain::IPV6, Type::STREAM, None).expect("a socket of IPv6");
    socket.set_only_v6(true).expect("an option");
    socket.set_nonblocking(true).expect("an option");
    socket.bind(&SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)).into()).expect("the same port");
    socket.listen(1024).expect("a listener");
    TcpListener::from_std(socket.into()).expect("a listener")
}

async fn accept(
    listener: TcpListener,
    seen: watch::Sender<Vec<Connection>>,
    answer: Arc<impl Fn(&str) -> String + Send + Sync + 'static>,
) {
    while let Ok((mut connection, _)) = listener.accept().await {
        let to = connection.local_addr().expect("an address").ip();
        let mut index = 0;
        seen.send_modify(|seen| {
            index = seen.len();
            seen.push(Connection { to, received: String::new() });
        });
        let (seen, answer) = (seen.clone(), answer.clone());
        tokio::spawn(async move {
            // The connection stays open, so that a client that reuses it is detected.
            let mut start = [0; 4096];
            while let Ok(length @ 1..) = connection.read(&mut start).await {
                let received = String::from_utf8_lossy(&start[..length]).into_owned();
                seen.send_modify(|seen| seen[index].received.push_str(&received));
                let answer = answer(&received);
                if answer.is_empty() || connection.write_all(answer.as_bytes()).await.is_err() {
                    break;
                }
            }
        });
    }
}

/// A resolver with prepared answers: the n-th lookup of a name returns its n-th answer, and later lookups the last one.
/// An unknown name and an empty answer do not resolve.
#[derive(Clone, Default)]
pub struct FakeResolver(Arc<Mutex<HashMap<String, Answers>>>);

#[derive(Default)]
struct Answers {
    answers: Vec<Vec<IpAddr>>,
    lookups: usize,
}

impl FakeResolver {
    pub fn set(&self, name: &str, answers: Vec<Vec<IpAddr>>) {
        self.0.lock().expect("names").insert(name.to_owned(), Answers { answers, lookups: 0 });
    }

    /// Returns the number of lookups of `name`.
    pub fn lookups(&self, name: &str) -> usize {
        self.0.lock().expect("names").get(name).map_or(0, |known| known.lookups)
    }
}

impl Resolver for FakeResolver {
    async fn addresses(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        let mut known = self.0.lock().expect("names");
        let known = known.entry(name.to_owned()).or_default();
        let answer = known.answers.get(known.lookups).or(known.answers.last()).cloned().unwrap_or_default();
        let answer: Vec<_> = answer.into_iter().map(|address| SocketAddr::new(address, 0)).collect();
        known.lookups += 1;
        if answer.is_empty() { Err(io::Error::other("the name does not resolve")) } else { Ok(answer) }
    }
}

/// Counts the connection attempts of the client to any address: calls of its connector that its resolver did not deny.
#[derive(Clone, Default)]
pub struct ConnectCounter(Arc<AtomicUsize>);

impl ConnectCounter {
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl<S> Layer<S> for ConnectCounter {
    type Service = CountedConnector<S>;

    fn layer(&self, inner: S) -> CountedConnector<S> {
        CountedConnector { inner, counter: self.clone() }
    }
}

#[derive(Clone)]
pub struct CountedConnector<S> {
    inner: S,
    counter: ConnectCounter,
}

type BoxError = Box<dyn Error + Send + Sync>;

impl<S, T> Service<T> for CountedConnector<S>
where
    S: Service<T, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, to: T) -> Self::Future {
        // Counted before the connection, so that an abandoned attempt counts too.
        self.counter.0.fetch_add(1, Ordering::SeqCst);
        let (counter, connecting) = (self.counter.clone(), self.inner.call(to));
        Box::pin(async move {
            let connected = connecting.await;
            if connected.as_ref().is_err_and(|error| is_denied(error.as_ref())) {
                counter.0.fetch_sub(1, Ordering::SeqCst);
            }
            connected
        })
    }
}

fn is_denied(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<EgressDenied>() || error.to_string().contains("does not resolve") {
            return true;
        }
        cause = error.source();
    }
    false
}

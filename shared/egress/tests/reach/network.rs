//! The network of these tests: listeners on every address of this machine, names without DNS, and a
//! count of what the client tried to connect to, on this machine or elsewhere.

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

use centops_egress::reach::{Refused, Resolver};
use socket2::{Domain, Socket, Type};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tower::{Layer, Service};

/// One connection: who came, to which of our addresses, and what was said.
#[derive(Clone, Debug)]
pub struct Seen {
    peer: SocketAddr,
    pub to: IpAddr,
    pub said: String,
}

/// Listeners on `0.0.0.0` and `[::]`, at one port: they see whatever reaches this machine.
pub struct Listeners {
    pub port: u16,
    seen: watch::Sender<Vec<Seen>>,
}

impl Listeners {
    /// They answer each request by `answer`, which is given what was said; by an empty answer they hang up.
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

    /// Every connection until now. Connections are accepted in their order: once one of our own is seen
    /// by each listener, so are all before it.
    pub async fn seen(&self) -> Vec<Seen> {
        let mut own = Vec::new();
        for address in [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()] {
            let connection = TcpStream::connect((address, self.port)).await.expect("a connection of our own");
            own.push(connection.local_addr().expect("an address"));
        }
        let mut receiver = self.seen.subscribe();
        let came = |seen: &Vec<Seen>| own.iter().all(|own| seen.iter().any(|seen| seen.peer == *own));
        let all = receiver.wait_for(came).await.expect("listeners").clone();
        self.seen.send_modify(|seen| seen.retain(|seen| !own.contains(&seen.peer)));
        all.into_iter().filter(|seen| !own.contains(&seen.peer)).collect()
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
    seen: watch::Sender<Vec<Seen>>,
    answer: Arc<impl Fn(&str) -> String + Send + Sync + 'static>,
) {
    while let Ok((mut connection, peer)) = listener.accept().await {
        let to = connection.local_addr().expect("an address").ip();
        seen.send_modify(|seen| seen.push(Seen { peer, to, said: String::new() }));
        let (seen, answer) = (seen.clone(), answer.clone());
        tokio::spawn(async move {
            // Kept open for more requests: a client that would use it again is to be seen doing so.
            let mut start = [0; 4096];
            while let Ok(length @ 1..) = connection.read(&mut start).await {
                let said = String::from_utf8_lossy(&start[..length]).into_owned();
                let answer = answer(&said);
                seen.send_modify(|seen| {
                    if let Some(this) = seen.iter_mut().find(|seen| seen.peer == peer) {
                        this.said.push_str(&said);
                    }
                });
                if answer.is_empty() || connection.write_all(answer.as_bytes()).await.is_err() {
                    break;
                }
            }
        });
    }
}

/// A resolver by heart: the first lookup of a name gives its first answer, and so on; the last answer
/// stays. An empty answer, and a name that is not known, does not resolve.
#[derive(Clone, Default)]
pub struct Names(Arc<Mutex<HashMap<String, Known>>>);

#[derive(Default)]
struct Known {
    answers: Vec<Vec<IpAddr>>,
    lookups: usize,
}

impl Names {
    pub fn know(&self, name: &str, answers: Vec<Vec<IpAddr>>) {
        self.0.lock().expect("names").insert(name.to_owned(), Known { answers, lookups: 0 });
    }

    /// How often `name` was looked up.
    pub fn lookups(&self, name: &str) -> usize {
        self.0.lock().expect("names").get(name).map_or(0, |known| known.lookups)
    }
}

impl Resolver for Names {
    async fn addresses(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        let mut names = self.0.lock().expect("names");
        let known = names.entry(name.to_owned()).or_default();
        let answer = known.answers.get(known.lookups).or(known.answers.last()).cloned().unwrap_or_default();
        let answer: Vec<_> = answer.into_iter().map(|address| SocketAddr::new(address, 0)).collect();
        known.lookups += 1;
        if answer.is_empty() { Err(io::Error::other("the name does not resolve")) } else { Ok(answer) }
    }
}

/// Counts the connections that the client tries to make, whatever their address: calls of its connector
/// that its resolver did not refuse.
#[derive(Clone, Default)]
pub struct Connects(Arc<AtomicUsize>);

impl Connects {
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl<S> Layer<S> for Connects {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Counted<S> {
        Counted { inner, connects: self.clone() }
    }
}

#[derive(Clone)]
pub struct Counted<S> {
    inner: S,
    connects: Connects,
}

type BoxError = Box<dyn Error + Send + Sync>;

impl<S, T> Service<T> for Counted<S>
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
        // Counted at once: one that is given up is a try too.
        self.connects.0.fetch_add(1, Ordering::SeqCst);
        let (connects, connecting) = (self.connects.clone(), self.inner.call(to));
        Box::pin(async move {
            let connected = connecting.await;
            if connected.as_ref().is_err_and(|error| is_refusal(error.as_ref())) {
                connects.0.fetch_sub(1, Ordering::SeqCst);
            }
            connected
        })
    }
}

fn is_refusal(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<Refused>() || error.to_string().contains("does not resolve") {
            return true;
        }
        cause = error.source();
    }
    false
}

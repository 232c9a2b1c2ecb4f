use super::*;

const SOON: Duration = Duration::from_millis(5);

type Answer = io::Result<Vec<SocketAddr>>;

/// A name that stands for what the test says.
struct Name(Arc<Mutex<Box<dyn Fn() -> Answer + Send>>>);

impl Name {
    fn new(answer: impl Fn() -> Answer + Send + 'static) -> (Self, Lookup) {
        let answer: Arc<Mutex<Box<dyn Fn() -> Answer + Send>>> = Arc::new(Mutex::new(Box::new(answer)));
        let asked = Arc::clone(&answer);
        let lookup: Lookup = Arc::new(move |name, port| {
            assert_eq!((name.as_str(), port), ("physx.test", 8300));
            let answer = (asked.lock().unwrap())();
            Box::pin(async move { answer })
        });
        (Self(answer), lookup)
    }

    fn now(&self, answer: impl Fn() -> Answer + Send + 'static) {
        *self.0.lock().unwrap() = Box::new(answer);
    }
}

/// Nobody listens at any of them.
fn address(number: u8) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, number], 1))
}

fn pool(lookup: Lookup) -> Pool {
    let url = ServerUrl::parse("http://physx.test").unwrap();
    Pool::start(vec![(url, Dialer::plain())], false, SOON, lookup)
}

async fn until_known(pool: &Pool, expected: &[u8]) {
    let known = async {
        loop {
            let mut known: Vec<SocketAddr> = pool.endpoints().iter().map(|one| one.address).collect();
            known.sort();
            if known == expected.iter().map(|number| address(*number)).collect::<Vec<_>>() {
                break;
            }
            sleep(SOON).await;
        }
    };
    timeout(Duration::from_secs(20), known).await.expect("the servers follow the name");
}

#[tokio::test]
async fn servers_come_and_go_with_their_name() {
    let (name, lookup) = Name::new(|| Ok(vec![address(2), address(3), address(2)]));
    let pool = pool(lookup);
    until_known(&pool, &[2, 3]).await;
    let kept = pool.endpoints().iter().find(|one| one.address == address(3)).map(Arc::clone).unwrap();
    name.now(|| Ok(vec![address(3), address(4)]));
    until_known(&pool, &[3, 4]).await;
    assert!(pool.endpoints().iter().any(|one| Arc::ptr_eq(one, &kept)), "who stays is not called anew");
    name.now(|| Ok(Vec::new()));
    until_known(&pool, &[]).await;
    let Err(NoServer::Healthy(reason)) = pool.lease(&[], None).await else { panic!("nobody is there") };
    assert_eq!(reason, "http://physx.test: its name stands for no address");
}

#[tokio::test]
async fn a_name_that_cannot_be_looked_up_leaves_the_servers_there_were() {
    let (name, lookup) = Name::new(|| Ok(vec![address(2)]));
    let pool = pool(lookup);
    until_known(&pool, &[2]).await;
    name.now(|| Err(io::Error::other("no answer")));
    while lock(&pool.shared.trouble).is_empty() {
        sleep(SOON).await;
    }
    until_known(&pool, &[2]).await;
    let Err(NoServer::Healthy(reason)) = pool.lease(&[], None).await else { panic!("nobody is there") };
    assert!(reason.contains("http://physx.test is unreachable: "), "{reason}");
    assert!(reason.contains("http://physx.test: its name cannot be looked up: no answer"), "{reason}");
}

#[test]
fn of_two_servers_the_one_with_less_to_do_is_taken() {
    let names = || ("http://physx.test".into(), "physx.test:8300".into());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _inside = runtime.enter();
    let endpoint =
        |number| Arc::new(Endpoint::new(names(), address(number), Dialer::plain(), false, Arc::default()));
    let choice = [(endpoint(2), 1.0), (endpoint(3), 3.0), (endpoint(4), 2.0)];
    let all: Vec<&(Arc<Endpoint>, f64)> = choice.iter().collect();
    let mut taken = [0; 3];
    for _ in 0..3_000 {
        let one = less_loaded(&all).unwrap().address;
        taken[choice.iter().position(|(other, _)| other.address == one).unwrap()] += 1;
    }
    // The least loaded of all wins two of the three pairs, the most loaded none.
    assert_eq!(taken[1], 0, "{taken:?}");
    assert!((1_800..2_200).contains(&taken[0]), "{taken:?}");
    assert!(less_loaded(&[]).is_none());
    assert_eq!(less_loaded(&all[1..2]).unwrap().address, address(3));
}

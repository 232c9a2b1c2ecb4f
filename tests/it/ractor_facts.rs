//! The facts about ractor that the engine's design rests on, each shown by running it. A new version of ractor that
//! breaks one of them breaks the engine.

use std::future::pending;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use ractor::rpc::CallResult;
use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort, SupervisionEvent};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

/// What a parent saw, in order.
type Log = Arc<Mutex<Vec<String>>>;

enum ParentMsg {
    Result(u32),
    /// Blocks the mailbox until the semaphore has a permit.
    Block(Arc<Semaphore>),
    Ask(RpcReplyPort<()>),
    /// Awaits the start of a child.
    Spawn(Start),
}

/// Writes down what it sees; its children's ends do not end it.
struct Parent;

impl Actor for Parent {
    type Msg = ParentMsg;
    type State = Log;
    type Arguments = Log;

    async fn pre_start(&self, _: ActorRef<ParentMsg>, log: Log) -> Result<Log, ActorProcessingErr> {
        Ok(log)
    }

    async fn handle(
        &self,
        myself: ActorRef<ParentMsg>,
        message: ParentMsg,
        log: &mut Log,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            ParentMsg::Result(number) => log.lock().unwrap().push(format!("result {number}")),
            ParentMsg::Block(release) => release.acquire().await?.forget(),
            ParentMsg::Ask(reply) => {
                log.lock().unwrap().push("asked".to_owned());
                reply.send(()).ok();
            }
            ParentMsg::Spawn(start) => {
                Starter::spawn_linked(None, Starter, start, myself.get_cell()).await?;
            }
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<ParentMsg>,
        event: SupervisionEvent,
        log: &mut Log,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorTerminated(_, _, reason) => {
                log.lock().unwrap().push(format!("ended {reason:?}"))
            }
            SupervisionEvent::ActorFailed(_, error) => log.lock().unwrap().push(format!("failed {error}")),
            _ => {}
        }
        Ok(())
    }
}

/// Supervises with ractor's own hook.
struct Careless;

impl Actor for Careless {
    type Msg = ();
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<()>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }
}

enum ChildMsg {
    Report(ActorRef<ParentMsg>),
    Err,
    Panic,
    Hang(oneshot::Sender<()>),
    Nothing,
}

struct Child;

/// Says when it is dropped.
struct Guard(Option<oneshot::Sender<()>>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(told) = self.0.take() {
            told.send(()).ok();
        }
    }
}

impl Actor for Child {
    type Msg = ChildMsg;
    type State = ();
    type Arguments = bool;

    async fn pre_start(&self, _: ActorRef<ChildMsg>, starts: bool) -> Result<(), ActorProcessingErr> {
        if starts { Ok(()) } else { Err("it does not start".into()) }
    }

    async fn handle(
        &self,
        myself: ActorRef<ChildMsg>,
        message: ChildMsg,
        (): &mut (),
    ) -> Result<(), ActorProcessingErr> {
        match message {
            ChildMsg::Report(parent) => {
                parent.cast(ParentMsg::Result(1))?;
                myself.stop(None);
            }
            ChildMsg::Err => return Err("on purpose".into()),
            ChildMsg::Panic => panic!("on purpose"),
            ChildMsg::Hang(told) => {
                let _guard = Guard(Some(told));
                pending::<()>().await;
            }
            ChildMsg::Nothing => {}
        }
        Ok(())
    }
}

/// How long an actor takes to start, and whether it does.
struct Start {
    log: Log,
    pre_start: Duration,
    post_start: Duration,
    starts: bool,
}

impl Start {
    fn new(log: &Log) -> Self {
        Self { log: Arc::clone(log), pre_start: Duration::ZERO, post_start: Duration::ZERO, starts: true }
    }
}

/// Writes down when it has started, and its messages.
struct Starter;

impl Actor for Starter {
    type Msg = u32;
    type State = Start;
    type Arguments = Start;

    async fn pre_start(&self, _: ActorRef<u32>, start: Start) -> Result<Start, ActorProcessingErr> {
        tokio::time::sleep(start.pre_start).await;
        Ok(start)
    }

    async fn post_start(&self, _: ActorRef<u32>, start: &mut Start) -> Result<(), ActorProcessingErr> {
        tokio::time::sleep(start.post_start).await;
        start.log.lock().unwrap().push("started".to_owned());
        if start.starts { Ok(()) } else { Err("it does not go on".into()) }
    }

    async fn handle(
        &self,
        _: ActorRef<u32>,
        number: u32,
        start: &mut Start,
    ) -> Result<(), ActorProcessingErr> {
        start.log.lock().unwrap().push(format!("handled {number}"));
        Ok(())
    }
}

async fn parent() -> (ActorRef<ParentMsg>, Log) {
    let log = Log::default();
    let (parent, _) = Parent::spawn(None, Parent, Arc::clone(&log)).await.unwrap();
    (parent, log)
}

async fn child(parent: &ActorRef<ParentMsg>) -> ActorRef<ChildMsg> {
    Child::spawn_linked(None, Child, true, parent.get_cell()).await.unwrap().0
}

/// Longest wait for anything, s: a fact that no longer holds fails its test, where it would hang otherwise.
const WAIT_S_MAX: u64 = 60;

async fn in_time<T>(wait: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(WAIT_S_MAX), wait).await.expect("it comes in time")
}

async fn logged(log: &Log, entries: usize) -> Vec<String> {
    let written = async {
        while log.lock().unwrap().len() < entries {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    in_time(written).await;
    log.lock().unwrap().clone()
}

/// A child that hangs in its handler, and what hears of the handler's end.
async fn hanging(parent: ractor::ActorCell) -> (ActorRef<ChildMsg>, oneshot::Receiver<()>) {
    let (child, _) = Child::spawn_linked(None, Child, true, parent).await.unwrap();
    let (told, hears) = oneshot::channel();
    child.cast(ChildMsg::Hang(told)).unwrap();
    tokio::time::sleep(Duration::from_millis(1)).await;
    (child, hears)
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_has_no_bound() {
    let (parent, log) = parent().await;
    let release = Arc::new(Semaphore::new(0));
    parent.cast(ParentMsg::Block(Arc::clone(&release))).unwrap();
    for number in 0..100_000 {
        parent.cast(ParentMsg::Result(number)).unwrap();
    }
    release.add_permits(1);
    assert_eq!(logged(&log, 100_000).await.len(), 100_000);
}

#[tokio::test(start_paused = true)]
async fn a_childs_end_overtakes_its_last_message() {
    let (parent, log) = parent().await;
    let release = Arc::new(Semaphore::new(0));
    let child = child(&parent).await;
    parent.cast(ParentMsg::Block(Arc::clone(&release))).unwrap();
    child.cast(ChildMsg::Report(parent.clone())).unwrap();
    in_time(child.wait(None)).await.unwrap();
    release.add_permits(1);
    assert_eq!(logged(&log, 2).await, ["ended None", "result 1"]);
}

#[tokio::test(start_paused = true)]
async fn an_end_by_itself_has_no_reason_and_a_kill_has_one() {
    let (parent, log) = parent().await;
    child(&parent).await.stop(None);
    assert_eq!(logged(&log, 1).await, ["ended None"]);
    child(&parent).await.kill();
    assert_eq!(logged(&log, 2).await[1], "ended Some(\"killed\")");
}

#[tokio::test(start_paused = true)]
async fn an_error_or_a_panic_in_a_handler_ends_the_actor_and_reaches_the_parent() {
    let (parent, log) = parent().await;
    child(&parent).await.cast(ChildMsg::Err).unwrap();
    assert_eq!(logged(&log, 1).await, ["failed on purpose"]);
    child(&parent).await.cast(ChildMsg::Panic).unwrap();
    assert_eq!(logged(&log, 2).await[1], "failed on purpose");
}

#[tokio::test(start_paused = true)]
async fn the_default_hook_stops_the_parent_on_a_childs_clean_end() {
    let (careless, ended) = Careless::spawn(None, Careless, ()).await.unwrap();
    let (child, _) = Child::spawn_linked(None, Child, true, careless.get_cell()).await.unwrap();
    child.stop(None);
    in_time(ended).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stopping_parent_kills_its_linked_children_in_the_middle_of_an_await() {
    let (parent, _log) = parent().await;
    let (child, hears) = hanging(parent.get_cell()).await;
    parent.stop(None);
    in_time(hears).await.unwrap();
    in_time(child.wait(None)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_killed_parent_takes_children_and_grandchildren_with_it_in_the_middle_of_an_await() {
    let (parent, _log) = parent().await;
    let child = child(&parent).await;
    let (grandchild, hears) = hanging(child.get_cell()).await;
    parent.kill();
    in_time(hears).await.unwrap();
    in_time(grandchild.wait(None)).await.unwrap();
    in_time(child.wait(None)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_kill_drops_the_future_of_the_handler_and_the_parent_hears_of_it() {
    let (parent, log) = parent().await;
    let (child, hears) = hanging(parent.get_cell()).await;
    child.kill();
    in_time(hears).await.unwrap();
    assert_eq!(logged(&log, 1).await, ["ended Some(\"killed\")"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_queued_behind_a_crash_is_dropped_although_its_cast_was_ok() {
    for crash in [ChildMsg::Err, ChildMsg::Panic] {
        let (parent, log) = parent().await;
        let child = child(&parent).await;
        child.cast(crash).unwrap();
        child.cast(ChildMsg::Report(parent.clone())).unwrap();
        in_time(child.wait(None)).await.unwrap();
        parent.cast(ParentMsg::Result(2)).unwrap();
        assert_eq!(logged(&log, 2).await, ["failed on purpose", "result 2"]);
    }
}

/// On several threads, where order is not a gift.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_one_sender_stay_in_order() {
    let (parent, log) = parent().await;
    let mut senders = JoinSet::new();
    for sender in 0..4 {
        let parent = parent.clone();
        senders.spawn(async move {
            for number in 0..1_000 {
                parent.cast(ParentMsg::Result(sender * 10_000 + number)).unwrap();
                tokio::task::yield_now().await;
            }
        });
    }
    senders.join_all().await;
    let seen: Vec<u32> = logged(&log, 4_000)
        .await
        .iter()
        .map(|entry| entry.strip_prefix("result ").unwrap().parse().unwrap())
        .collect();
    for sender in 0..4 {
        assert!(seen.iter().filter(|number| *number / 10_000 == sender).is_sorted(), "of sender {sender}");
    }
}

#[tokio::test(start_paused = true)]
async fn post_start_ends_before_the_first_message_is_handled() {
    let (parent, _) = parent().await;
    let log = Log::default();
    let start = Start { post_start: Duration::from_secs(1), ..Start::new(&log) };
    let before = Instant::now();
    let (starter, _) = Starter::spawn_linked(None, Starter, start, parent.get_cell()).await.unwrap();
    assert_eq!(before.elapsed(), Duration::ZERO, "whoever spawns does not wait for it");
    starter.cast(1).unwrap();
    assert_eq!(logged(&log, 2).await, ["started", "handled 1"]);
}

#[tokio::test(start_paused = true)]
async fn an_error_of_post_start_reaches_the_parent_as_an_event() {
    let (parent, log) = parent().await;
    let start = Start { starts: false, ..Start::new(&Log::default()) };
    let (starter, _) = Starter::spawn_linked(None, Starter, start, parent.get_cell()).await.unwrap();
    starter.cast(1).unwrap();
    assert_eq!(logged(&log, 1).await, ["failed it does not go on"]);
    in_time(starter.wait(None)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn awaiting_a_childs_spawn_blocks_the_mailbox_for_the_whole_of_its_pre_start() {
    let (parent, log) = parent().await;
    let start = Start { pre_start: Duration::from_secs(5), ..Start::new(&log) };
    let before = Instant::now();
    parent.cast(ParentMsg::Spawn(start)).unwrap();
    parent.cast(ParentMsg::Result(1)).unwrap();
    tokio::time::sleep(Duration::from_millis(4_900)).await;
    assert!(log.lock().unwrap().is_empty());
    assert!(logged(&log, 2).await.contains(&"result 1".to_owned()));
    assert_eq!(before.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_is_done_although_the_caller_has_stopped_waiting() {
    let (parent, log) = parent().await;
    let release = Arc::new(Semaphore::new(0));
    parent.cast(ParentMsg::Block(Arc::clone(&release))).unwrap();
    let answer = parent.call(ParentMsg::Ask, Some(Duration::from_secs(1))).await.unwrap();
    assert!(matches!(answer, CallResult::Timeout), "{answer:?}");
    assert!(log.lock().unwrap().is_empty());
    release.add_permits(1);
    assert_eq!(logged(&log, 1).await, ["asked"]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_start_is_an_error_to_the_caller_and_no_supervision_event() {
    let (parent, log) = parent().await;
    assert!(Child::spawn_linked(None, Child, false, parent.get_cell()).await.is_err());
    child(&parent).await.stop(None);
    assert_eq!(logged(&log, 1).await, ["ended None"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_queued_behind_a_stop_is_dropped_although_its_cast_was_ok() {
    let (parent, log) = parent().await;
    let release = Arc::new(Semaphore::new(0));
    parent.cast(ParentMsg::Block(Arc::clone(&release))).unwrap();
    tokio::time::sleep(Duration::from_millis(1)).await;
    parent.cast(ParentMsg::Result(1)).unwrap();
    parent.stop(None);
    release.add_permits(1);
    in_time(parent.wait(None)).await.unwrap();
    assert!(log.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_child_lists_among_its_parents_children_until_it_ends() {
    let (parent, log) = parent().await;
    let child = child(&parent).await;
    assert_eq!(parent.get_children().len(), 1);
    assert_eq!(parent.get_children()[0].is_message_type_of::<ChildMsg>(), Some(true));
    child.cast(ChildMsg::Nothing).unwrap();
    child.stop(None);
    logged(&log, 1).await;
    assert!(parent.get_children().is_empty());
}

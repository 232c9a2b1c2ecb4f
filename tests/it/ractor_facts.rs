//! The facts about ractor that the engine's design rests on, each shown by running it. A new version of ractor that
//! breaks one of them breaks the engine.

use std::future::pending;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use ractor::{Actor, ActorProcessingErr, ActorRef, SupervisionEvent};
use tokio::sync::{Semaphore, oneshot};

/// What a parent saw, in order.
type Log = Arc<Mutex<Vec<String>>>;

enum ParentMsg {
    Result(u32),
    /// Blocks the mailbox until the semaphore has a permit.
    Block(Arc<Semaphore>),
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
        _: ActorRef<ParentMsg>,
        message: ParentMsg,
        log: &mut Log,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            ParentMsg::Result(number) => log.lock().unwrap().push(format!("result {number}")),
            ParentMsg::Block(release) => release.acquire().await?.forget(),
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

async fn parent() -> (ActorRef<ParentMsg>, Log) {
    let log = Log::default();
    let (parent, _) = Parent::spawn(None, Parent, Arc::clone(&log)).await.unwrap();
    (parent, log)
}

async fn child(parent: &ActorRef<ParentMsg>) -> ActorRef<ChildMsg> {
    Child::spawn_linked(None, Child, true, parent.get_cell()).await.unwrap().0
}

async fn logged(log: &Log, entries: usize) -> Vec<String> {
    while log.lock().unwrap().len() < entries {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    log.lock().unwrap().clone()
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
    child.wait(None).await.unwrap();
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
    ended.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stopping_parent_kills_its_linked_children_in_the_middle_of_an_await() {
    let (parent, _log) = parent().await;
    let child = child(&parent).await;
    let (told, hears) = oneshot::channel();
    child.cast(ChildMsg::Hang(told)).unwrap();
    tokio::time::sleep(Duration::from_millis(1)).await;
    parent.stop(None);
    hears.await.unwrap();
    child.wait(None).await.unwrap();
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
    parent.wait(None).await.unwrap();
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

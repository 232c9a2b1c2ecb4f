use std::sync::mpsc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::*;

fn pool(threads: usize, queued_max: usize) -> Arc<ComputePool> {
    Arc::new(ComputePool::start(NonZeroUsize::new(threads).unwrap(), queued_max).unwrap())
}

/// Keeps the pool's one thread until what is given here is dropped.
async fn occupied(pool: &Arc<ComputePool>) -> (JoinSet<Result<(), ComputeError>>, mpsc::Sender<()>) {
    let (release, hold) = mpsc::channel::<()>();
    let (running, is_running) = oneshot::channel();
    let (own, mut tasks) = (Arc::clone(pool), JoinSet::new());
    tasks.spawn(async move {
        let hold = move |_: &StopToken| {
            running.send(()).unwrap();
            hold.recv().unwrap_err();
        };
        own.run(Priority::new(1), hold).await
    });
    is_running.await.unwrap();
    (tasks, release)
}

#[tokio::test]
async fn a_panicking_task_becomes_an_error_and_the_thread_lives_on() {
    let pool = pool(1, 4);
    let outcome = pool.run(Priority::new(5), |_| panic!("no fuel")).await;
    assert_eq!(outcome, Err::<(), _>(ComputeError::Panicked { message: "no fuel".into() }));
    assert_eq!(pool.run(Priority::new(5), |_| 7).await, Ok(7));
}

#[tokio::test]
async fn a_full_pool_refuses_and_runs_the_urgent_first() {
    let pool = pool(1, 2);
    let order = Arc::new(Mutex::new(Vec::new()));
    let (mut tasks, release) = occupied(&pool).await;
    for level in [9, 2] {
        let (pool, order) = (Arc::clone(&pool), Arc::clone(&order));
        tasks.spawn(async move {
            pool.run(Priority::new(level), move |_| order.lock().unwrap().push(level)).await
        });
    }
    while pool.load().queued < 2 {
        tokio::task::yield_now().await;
    }
    let refused = pool.run(Priority::new(1), |_| ()).await;
    assert_eq!(refused, Err(ComputeError::Full { queued_max: 2 }));
    drop(release);
    for outcome in tasks.join_all().await {
        outcome.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), [2, 9]);
}

#[tokio::test]
async fn what_is_asked_for_takes_no_place_from_a_forecast() {
    let pool = pool(1, 1);
    let (mut tasks, release) = occupied(&pool).await;
    for _ in 0..ASKED_PER_THREAD {
        let pool = Arc::clone(&pool);
        tasks.spawn(async move { pool.run_asked(Priority::new(1), |_| ()).await });
    }
    while pool.load().queued < ASKED_PER_THREAD {
        tokio::task::yield_now().await;
    }
    let refused = pool.run_asked(Priority::new(1), |_| ()).await;
    assert_eq!(refused, Err(ComputeError::Busy { asked_max: ASKED_PER_THREAD }));
    let member = Arc::clone(&pool);
    tasks.spawn(async move { member.run(Priority::new(5), |_| ()).await });
    while pool.load().queued < ASKED_PER_THREAD + 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(pool.run(Priority::new(5), |_| ()).await, Err(ComputeError::Full { queued_max: 1 }));
    drop(release);
    for outcome in tasks.join_all().await {
        outcome.unwrap();
    }
}

#[tokio::test]
async fn what_nobody_waits_for_takes_no_place_in_the_queue() {
    let pool = pool(1, 1);
    let (mut tasks, release) = occupied(&pool).await;
    {
        let mut leaver = std::pin::pin!(pool.run(Priority::new(1), |_| ()));
        let polled = std::future::poll_fn(|cx| std::task::Poll::Ready(leaver.as_mut().poll(cx))).await;
        assert!(polled.is_pending());
    }
    let stayer = Arc::clone(&pool);
    tasks.spawn(async move { stayer.run(Priority::new(1), |_| ()).await });
    tokio::task::yield_now().await;
    drop(release);
    for outcome in tasks.join_all().await {
        outcome.unwrap();
    }
}

#[tokio::test]
async fn dropping_the_waiting_future_stops_the_task() {
    let pool = pool(1, 4);
    let (told, hears) = mpsc::channel();
    let (started, is_started) = oneshot::channel();
    {
        let task = pool.run(Priority::new(5), move |stop| {
            started.send(()).unwrap();
            while !stop.is_stopped() {
                thread::sleep(Duration::from_millis(1));
            }
            told.send(()).unwrap();
        });
        tokio::select! {
            _ = task => panic!("the task ended by itself"),
            begun = is_started => begun.unwrap(),
        }
    }
    hears.recv_timeout(Duration::from_secs(10)).unwrap();
}

/// One thread, held until all tasks wait: in which order they run, each for some time.
async fn order_of(tasks: &[(Method, &'static str)], each: Duration) -> Vec<&'static str> {
    let pool = pool(1, tasks.len());
    let (release, hold) = mpsc::channel::<()>();
    let (running, is_running) = oneshot::channel();
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut set = JoinSet::new();
    let occupied = Arc::clone(&pool);
    set.spawn(async move {
        let hold = move |_: &StopToken| {
            running.send(()).unwrap();
            hold.recv().unwrap_err();
        };
        occupied.run(Priority::new(1), hold).await
    });
    is_running.await.unwrap();
    for (method, name) in tasks {
        let (pool, order, method, name) = (Arc::clone(&pool), Arc::clone(&order), *method, *name);
        set.spawn(async move {
            let task = move |_: &StopToken| {
                order.lock().unwrap().push(name);
                thread::sleep(each);
            };
            pool.run(Urgency::new(method, Priority::new(5)), task).await
        });
    }
    while pool.load().queued < tasks.len() {
        tokio::task::yield_now().await;
    }
    drop(release);
    set.join_all().await.into_iter().for_each(|outcome| outcome.unwrap());
    Arc::into_inner(order).unwrap().into_inner().unwrap()
}

#[tokio::test]
async fn what_belongs_to_the_surrogate_goes_first() {
    let tasks = [(Method::PhysX, "physx"), (Method::PhysX, "physx"), (Method::Surrogate, "surrogate")];
    let order = order_of(&tasks, Duration::ZERO).await;
    assert_eq!(order, ["surrogate", "physx", "physx"]);
}

#[tokio::test]
async fn many_quick_tasks_do_not_starve_the_others() {
    let mut tasks = vec![(Method::PhysX, "physx")];
    tasks.extend([(Method::Surrogate, "surrogate"); 40]);
    let order = order_of(&tasks, Duration::from_millis(20)).await;
    let at = order.iter().position(|name| *name == "physx").unwrap();
    assert!((1..=13).contains(&at), "after {at} quick tasks of 20 ms");
}

use super::*;

#[test]
fn a_class_is_a_range_of_priorities() {
    let classes: Vec<Class> = (1..=10).map(|level| Class::of(Priority::new(level))).collect();
    assert_eq!(classes[..2], [Class::Critical; 2]);
    assert_eq!(classes[2..5], [Class::Moderate; 3]);
    assert_eq!(classes[5..], [Class::Low; 5]);
}

#[test]
fn class_goes_first_then_the_deadline_then_the_fire_that_had_less() {
    let mut schedule = schedule(1, 1, 2);
    assert_eq!(granted(&schedule.step(Input::Request(request(1, 4)), 0.0)), [1]);
    for (ticket, level, since_s) in [(2, 4, 50.0), (3, 4, 25.0), (4, 1, 60.0), (5, 4, 28.0)] {
        let one = Request { uncovered_since_s: since_s, ..request(ticket, level) };
        assert!(schedule.step(Input::Request(one), 60.0).is_empty());
    }
    // Fires 3 and 5 are due in the same step, and 3 had processor time.
    schedule.usage.add(fire(3), 1.0, 60.0);
    let mut order = vec![];
    for (ticket, now_s) in [(1, 61.0), (4, 62.0), (5, 63.0), (3, 64.0)] {
        order.extend(granted(&schedule.step(finished(ticket, 0.1), now_s)));
    }
    assert_eq!(order, [4, 5, 3, 2]);
}

#[test]
fn of_a_fire_only_the_newest_run_is_in_line_and_keeps_what_was_owed() {
    let mut schedule = schedule(1, 1, 2);
    schedule.step(Input::Request(request(1, 1)), 0.0);
    schedule.step(Input::Request(Request { uncovered_since_s: 1.0, ..request(2, 7) }), 1.0);
    for second in 2..100 {
        let (ticket, now_s) = (100 + second, second as f64);
        let again = Request { ticket: Ticket(ticket), uncovered_since_s: now_s, ..request(2, 7) };
        let commands = schedule.step(Input::Request(again), now_s);
        let before = if second == 2 { 2 } else { ticket - 1 };
        assert_eq!(commands, [Command::Dropped { ticket: Ticket(before), why: Dropped::Replaced }]);
    }
    // It came later than the first request of fire 2, and earlier than its newest.
    schedule.step(Input::Request(Request { uncovered_since_s: 30.0, ..request(3, 7) }), 100.0);
    assert_eq!(schedule.report().waiting, [0, 0, 2]);
    assert_eq!(schedule.report().oldest_wait_s, 99.0);
    let commands = schedule.step(finished(1, 2.0), 101.0);
    assert_eq!(granted(&commands), [199]);
    assert_eq!(grants(&commands)[0].waited_s, 100.0);
}

#[test]
fn a_late_low_run_stands_among_the_moderate_ones() {
    let mut schedule = schedule(1, 1, 2);
    schedule.settings.brown_out = false;
    schedule.step(Input::Request(request(1, 4)), 0.0);
    schedule.step(Input::Request(request(2, 9)), 0.0);
    let mut now_s = 0.0;
    for ticket in 10.. {
        let newer = Request { uncovered_since_s: now_s, ..request(ticket, 4) };
        schedule.step(Input::Request(newer), now_s);
        let under_way = *schedule.running.keys().next().unwrap();
        now_s += 60.0;
        if granted(&schedule.step(Input::Finished { ticket: under_way, cpu_s: 2.0, completed: true }, now_s))
            == [2]
        {
            break;
        }
    }
    assert_eq!(now_s, Class::Low.stale_after_s());
}

#[test]
fn the_surrogate_does_not_wait_behind_physx() {
    let mut schedule = schedule(1, 1, 2);
    for ticket in 1..50 {
        schedule.step(Input::Request(request(ticket, 1)), 0.0);
    }
    let surrogate = Request { method: Method::Surrogate, members: 5, ..request(50, 9) };
    assert_eq!(granted(&schedule.step(Input::Request(surrogate), 0.0)), [50]);
}

/// With one token and with more, a fifth of the processor time goes to the others as long as both kinds wait.
#[test]
fn a_fifth_is_kept_for_fires_that_are_not_critical() {
    for tokens in [1, 2, 7] {
        let mut schedule = schedule(tokens, 1, 2);
        schedule.settings.brown_out = false;
        let (mut spent, mut now_s) = ([0.0, 0.0], 0.0);
        for ticket in 0..60 {
            schedule.step(Input::Request(request(ticket, if ticket % 2 == 0 { 1 } else { 4 })), now_s);
        }
        for ticket in 60..1_000 {
            let (under_way, critical) =
                schedule.running.iter().map(|(ticket, run)| (*ticket, run.critical)).next().unwrap();
            // The critical runs take longer: what counts is time, not turns.
            let cpu_s = if critical { 3.0 } else { 1.0 };
            spent[usize::from(critical)] += cpu_s;
            now_s += cpu_s;
            schedule.step(Input::Request(request(ticket, if critical { 1 } else { 4 })), now_s);
            schedule.step(Input::Finished { ticket: under_way, cpu_s, completed: true }, now_s);
        }
        let share = spent[0] / (spent[0] + spent[1]);
        assert!((0.195..0.215).contains(&share), "{tokens} tokens: {share}");
    }
}

#[test]
fn a_run_that_nobody_waits_for_leaves_the_line() {
    let mut schedule = schedule(1, 1, 2);
    schedule.step(Input::Request(request(1, 1)), 0.0);
    schedule.step(Input::Request(request(2, 1)), 0.0);
    schedule.step(Input::Request(request(3, 4)), 0.0);
    assert!(schedule.step(Input::Left { ticket: Ticket(2) }, 1.0).is_empty());
    assert_eq!(granted(&schedule.step(finished(1, 1.0), 2.0)), [3]);
    // A run that was granted does not leave, and what is unknown is no error.
    assert!(schedule.step(Input::Left { ticket: Ticket(3) }, 3.0).is_empty());
    assert_eq!(schedule.report().running, [1, 0]);
    assert!(schedule.step(finished(77, 1.0), 3.0).is_empty());
}

#[test]
fn only_a_withdrawal_cancels_a_run_and_its_token_is_free_once_it_has_ended() {
    let mut schedule = schedule(1, 1, 2);
    schedule.step(Input::Request(request(1, 4)), 0.0);
    schedule.step(Input::Request(Request { ticket: Ticket(2), ..request(1, 4) }), 0.0);
    schedule.step(Input::Request(request(3, 1)), 0.0);
    let commands = schedule.step(Input::Withdraw { fire: fire(1) }, 1.0);
    let dropped = Command::Dropped { ticket: Ticket(2), why: Dropped::Withdrawn };
    assert_eq!(commands, [dropped, Command::Cancel { ticket: Ticket(1) }]);
    assert_eq!(schedule.report().waiting_in_all(), 1);
    let ended = Input::Finished { ticket: Ticket(1), cpu_s: 0.5, completed: false };
    assert_eq!(granted(&schedule.step(ended, 2.0)), [3]);
    assert_eq!(schedule.costs.of(Method::PhysX, 10), 2.0, "a run that was cut short says nothing of costs");
}

#[test]
fn costs_follow_the_runs_that_finish() {
    let mut schedule = schedule(1, 1, 2);
    for ticket in 0..30 {
        schedule.step(Input::Request(request(ticket, 4)), 0.0);
        schedule.step(finished(ticket, 5.0), 0.0);
    }
    let cost_s = schedule.costs.of(Method::PhysX, 10);
    assert!((4.9..5.0).contains(&cost_s), "{cost_s}");
    assert_eq!(schedule.costs.of(Method::Surrogate, 5), 0.02);
}

#[test]
fn a_clock_that_goes_back_stands_still() {
    let mut schedule = schedule(1, 1, 2);
    schedule.step(Input::Request(request(1, 4)), 1_000.0);
    schedule.step(Input::Request(request(2, 4)), 1_000.0);
    schedule.step(Input::Tick, 10.0);
    assert_eq!(schedule.report().oldest_wait_s, 0.0);
    schedule.step(Input::Tick, 1_003.0);
    assert_eq!(schedule.report().oldest_wait_s, 3.0);
}

/// Fires with a run in line that is worth `work_s` seconds of all cores.
fn overloaded(schedule: &mut Schedule, level: u8, work_s: f64, now_s: f64) {
    for ticket in 0..work_s as u64 {
        let physx = Request { after_surrogate: true, ..request(10_000 + ticket, level) };
        let one = Request { uncovered_since_s: now_s, ..physx };
        schedule.step(Input::Request(one), now_s);
    }
}

#[test]
fn two_windows_of_overload_lead_one_level_up_and_a_minute_of_room_one_back() {
    let mut schedule = schedule(0, 0, 2);
    overloaded(&mut schedule, 1, 31.0, 0.0);
    for (now_s, level) in
        [(4.9, 0), (5.0, 0), (9.9, 0), (10.0, 1), (19.9, 1), (20.0, 2), (60.0, 5), (99.0, 5)]
    {
        schedule.step(Input::Tick, now_s);
        assert_eq!(schedule.level().number(), level, "after {now_s} s");
    }
    for number in 0..31 {
        schedule.step(Input::Left { ticket: Ticket(10_000 + number) }, 100.0);
    }
    for (now_s, level) in [(155.0, 5), (160.0, 4), (215.0, 4), (220.0, 3), (1_000.0, 0)] {
        schedule.step(Input::Tick, now_s);
        assert_eq!(schedule.level().number(), level, "after {now_s} s");
    }
}

#[test]
fn a_short_burst_and_a_middling_load_move_nothing() {
    let mut schedule = schedule(0, 0, 2);
    overloaded(&mut schedule, 1, 100.0, 6.0);
    schedule.step(Input::Tick, 10.0);
    (0..80).for_each(|number| drop(schedule.step(Input::Left { ticket: Ticket(10_000 + number) }, 11.0)));
    schedule.step(Input::Tick, 1_000.0);
    assert_eq!(schedule.level().number(), 0);
    // At 20 s in line, below the line up and above half of it, a level stays.
    schedule.ladder = Ladder::default();
    schedule.ladder.pass(40.0, 40.0);
    schedule.ladder.pass(40.0, 40.0);
    (0..100).for_each(|_| schedule.ladder.pass(20.0, 20.0));
    assert_eq!(schedule.level().number(), 1);
}

#[test]
fn a_load_that_only_fits_with_something_left_out_keeps_it_left_out() {
    let mut ladder = Ladder::default();
    ladder.pass(40.0, 40.0);
    ladder.pass(40.0, 40.0);
    let mut came = [5.0; 6];
    came[1..].fill(2.0);
    for _ in 0..200 {
        ladder.came(came);
        ladder.pass(1.0, 1.0);
    }
    assert_eq!(ladder.level().number(), 1);
    (0..13).for_each(|_| ladder.pass(1.0, 1.0));
    assert_eq!(ladder.level().number(), 0);
}

/// At a level, with room for everything, what becomes of a run.
fn at_level(level: usize, request: Request, now_s: f64) -> Vec<Command> {
    let mut schedule = schedule(9, 9, 2);
    (0..2 * level).for_each(|_| schedule.ladder.pass(40.0, 40.0));
    schedule.ladder.windows_until(now_s);
    assert_eq!(schedule.level().index(), level);
    schedule.now_s = now_s;
    // Without windows that pass meanwhile.
    schedule.settings.brown_out = true;
    let mut commands = Vec::new();
    schedule.take_in(request, &mut commands);
    schedule.hand_out(&mut commands);
    schedule.hold(true, None, &mut commands);
    commands
}

fn runs_as(level: usize, request: Request) -> Option<(Method, u32, Option<String>)> {
    let commands = at_level(level, request, 0.0);
    let grant = grants(&commands).first().copied()?.clone();
    Some((grant.method, grant.members, grant.degradation.map(|one| one.to_string())))
}

#[test]
fn each_level_leaves_out_what_the_ladder_says() {
    let (physx, surrogate) = (Method::PhysX, Method::Surrogate);
    let low = Request { method: surrogate, members: 5, ..request(1, 8) };
    assert_eq!(runs_as(0, low.clone()), Some((surrogate, 5, None)));
    let halved = "overload (level 1 of 5): 3 members in place of 5".to_owned();
    assert_eq!(runs_as(1, low.clone()), Some((surrogate, 3, Some(halved))));
    assert_eq!(runs_as(1, request(1, 4)), Some((physx, 10, None)));
    let replaced = "overload (level 2 of 5): the surrogate ran in place of physx".to_owned();
    assert_eq!(runs_as(2, request(1, 4)), Some((surrogate, 10, Some(replaced))));
    assert_eq!(runs_as(2, low.clone()).unwrap().1, 3);
    let still = Request { grew: false, ..low.clone() };
    assert_eq!(runs_as(2, still.clone()).unwrap().1, 3);
    assert_eq!(runs_as(3, still.clone()), None);
    assert_eq!(runs_as(3, low.clone()).unwrap().1, 3);
    assert_eq!(runs_as(3, request(1, 4)).unwrap().0, surrogate);
    for level in [4, 5] {
        assert_eq!(runs_as(level, low.clone()), None);
        assert_eq!(runs_as(level, request(1, 4)), None);
    }
    assert_eq!(runs_as(4, request(1, 1)), Some((physx, 10, None)));
    let follows = "overload (level 5 of 5): the surrogate ran in place of physx, which follows".to_owned();
    assert_eq!(runs_as(5, request(1, 1)), Some((surrogate, 10, Some(follows))));
    assert_eq!(runs_as(5, Request { after_surrogate: true, ..request(1, 1) }), Some((physx, 10, None)));
}

#[test]
fn a_first_forecast_is_never_held_and_neither_is_a_late_one() {
    for level in 0..=5 {
        for priority in 1..=10 {
            let first = Request { first: true, grew: false, ..request(1, priority) };
            assert!(runs_as(level, first).is_some(), "level {level}, priority {priority}");
            let late = Request { grew: false, ..request(1, priority) };
            let commands = at_level(level, late, Class::Low.stale_after_s());
            assert_eq!(granted(&commands), [1], "level {level}, priority {priority}");
        }
    }
}

#[test]
fn a_held_run_is_told_once_a_level_and_runs_when_there_is_room() {
    let mut schedule = schedule(1, 1, 2);
    (0..6).for_each(|_| schedule.ladder.pass(40.0, 40.0));
    let still = Request { grew: false, uncovered_since_s: 31.0, ..request(1, 8) };
    let commands = schedule.step(Input::Request(still), 31.0);
    let hold = Hold::UntilItGrows(schedule.level());
    assert_eq!(commands, [Command::Held { ticket: Ticket(1), hold }]);
    assert!(hold.to_string().contains("level 3 of 5"), "{hold}");
    assert_eq!(schedule.step(Input::Tick, 32.0), []);
    assert_eq!(schedule.report().held, 1);
    let commands = schedule.step(Input::Tick, 100.0);
    assert_eq!((schedule.level().number(), granted(&commands)), (2, vec![1]));
    assert_eq!(schedule.report().held, 0);
}

#[test]
fn an_empty_line_is_no_work() {
    let mut schedule = Schedule::new(ScheduleSettings {
        capacity: Capacity { physx: 1, surrogate: 1, cores: 2 },
        brown_out: true,
    });
    schedule.step(Input::Tick, 1.0);
    assert!(schedule.report().queued_s.is_sign_positive() && schedule.report().queued_s == 0.0);
}

//! Schedules by hand, with the calendar of 2026 at hand: it begins on a Thursday.

use crate::units::parse_timestamp;

use super::{Expression, Schedule, Zone};

/// The instants from one time to another, as the same clock in UTC shows them.
fn instants(expression: &str, zone: &str, from: &str, until: &str) -> Vec<i64> {
    let expression = Expression::parse(expression).unwrap();
    let schedule = Schedule { expression, zone: Zone::named(zone).unwrap() };
    schedule.instants(utc(from), utc(until)).collect()
}

fn utc(text: &str) -> i64 {
    parse_timestamp(text).unwrap()
}

fn all(times: &[&str]) -> Vec<i64> {
    times.iter().map(|time| utc(time)).collect()
}

#[test]
fn a_nightly_cron_comes_once_a_night() {
    let found = instants("cron(0 2 * * ? *)", "UTC", "2026-01-01", "2026-01-04");
    let nights = ["2026-01-01T02:00:00Z", "2026-01-02T02:00:00Z", "2026-01-03T02:00:00Z"];
    assert_eq!(found, all(&nights));
}

/// Clocks go from 02:00 to 03:00 on 29 March 2026: 02:30 is not there, 03:30 comes at 01:30 UTC.
#[test]
fn a_time_that_spring_skips_is_skipped() {
    let found = instants("cron(30 2 * * ? *)", "Europe/Berlin", "2026-03-28", "2026-03-31");
    assert_eq!(found, all(&["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"]));
    let found = instants("cron(30 3 * * ? *)", "Europe/Berlin", "2026-03-28", "2026-03-30");
    assert_eq!(found, all(&["2026-03-28T02:30:00Z", "2026-03-29T01:30:00Z"]));
    assert!(
        instants("at(2026-03-29T02:30:00)", "Europe/Berlin", "2026-03-28", "2026-03-31").is_empty()
    );
}

/// Clocks go from 03:00 to 02:00 on 25 October 2026 at 01:00 UTC: 02:30 is shown at 00:30 and 01:30 UTC.
#[test]
fn a_time_that_autumn_shows_twice_comes_once() {
    let found = instants("cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-24", "2026-10-27");
    let nights = ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"];
    assert_eq!(found, all(&nights));
}

/// A day of 23 hours is shorter by the skipped hour, a rate is not.
#[test]
fn a_rate_goes_by_elapsed_time() {
    let zone = "Europe/Berlin";
    let found = instants("rate(1 day)", zone, "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z");
    let days = ["2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z", "2026-03-30T12:00:00Z"];
    assert_eq!(found, all(&days));
    let found = instants("rate(20 minutes)", "UTC", "2026-01-01", "2026-01-01T00:59:59Z");
    let times = ["2026-01-01T00:00:00Z", "2026-01-01T00:20:00Z", "2026-01-01T00:40:00Z"];
    assert_eq!(found, all(&times));
    // The day of the change has 23 hours, and so many half hours.
    let (from, until) = ("2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z");
    assert_eq!(instants("cron(30 * * * ? *)", zone, from, until).len(), 23);
}

#[test]
fn at_comes_once_by_the_clock_of_its_zone() {
    let (from, until) = ("2026-01-01", "2026-12-31");
    let found = instants("at(2026-03-01T02:00:00)", "Asia/Kolkata", from, until);
    assert_eq!(found, all(&["2026-02-28T20:30:00Z"]));
    assert!(instants("at(2025-12-31T23:59:59)", "UTC", from, until).is_empty());
}

/// 31 January 2026 is a Saturday, 28 February too, 31 May a Sunday, 30 April a Thursday.
#[test]
fn the_last_weekday_and_the_last_day_of_a_month() {
    let (from, until) = ("2026-01-01", "2026-06-01");
    let found = instants("cron(0 0 LW * ? *)", "UTC", from, until);
    let days = ["2026-01-30", "2026-02-27", "2026-03-31", "2026-04-30", "2026-05-29"];
    assert_eq!(found, all(&days));
    let found = instants("cron(0 0 L 2 ? *)", "UTC", from, "2028-12-31");
    assert_eq!(found, all(&["2026-02-28", "2027-02-28", "2028-02-29"]));
}

/// Fridays of January 2026: 2, 9, 16, 23, 30; of February: 6, 13, 20, 27.
#[test]
fn the_second_and_the_last_friday_of_a_month() {
    let (from, until) = ("2026-01-01", "2026-02-28");
    let second = instants("cron(0 0 ? * 6#2 *)", "UTC", from, until);
    assert_eq!(second, all(&["2026-01-09", "2026-02-13"]));
    assert_eq!(instants("cron(0 0 ? * FRI#2 *)", "UTC", from, until), second);
    let last = instants("cron(0 0 ? * 6L *)", "UTC", from, until);
    assert_eq!(last, all(&["2026-01-30", "2026-02-27"]));
    assert_eq!(instants("cron(0 0 ? * 6#5 *)", "UTC", from, until), all(&["2026-01-30"]));
}

/// 1 February 2026 is a Sunday, 1 August a Saturday, 15 August a Saturday, 31 May a Sunday.
#[test]
fn the_weekday_near_a_day_stays_in_its_month() {
    let near = |day: &str, month: &str| {
        let expression = format!("cron(0 0 {day}W {month} ? 2026)");
        instants(&expression, "UTC", "2026-01-01", "2026-12-31")
    };
    assert_eq!(near("1", "FEB"), all(&["2026-02-02"]));
    assert_eq!(near("1", "AUG"), all(&["2026-08-03"]));
    assert_eq!(near("15", "AUG"), all(&["2026-08-14"]));
    assert_eq!(near("31", "MAY"), all(&["2026-05-29"]));
    assert!(near("31", "APR").is_empty());
}

/// 1 January 2026 is a Thursday: the first Monday is the 5th.
#[test]
fn lists_ranges_steps_and_years() {
    let (from, until) = ("2026-01-05", "2026-01-06");
    let found = instants("cron(10/20,55 8-9 ? JAN MON *)", "UTC", from, until);
    let minutes = |hour: i64| [10, 30, 50, 55].map(|minute| utc(from) + hour * 3_600 + minute * 60);
    assert_eq!(found, [minutes(8), minutes(9)].concat());
    assert!(instants("cron(0 0 * * ? 2027-2030)", "UTC", from, until).is_empty());
    assert_eq!(instants("cron(0 */12 5 1 ? 2026)", "UTC", from, until).len(), 2);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let wrong = |text: &str| {
        let error = Expression::parse(text).unwrap_err();
        text[error.span].to_owned()
    };
    assert_eq!(wrong("cron(0 25 * * ? *)"), "25");
    assert_eq!(wrong("cron(0 2 * * * *)"), "* * *");
    assert_eq!(wrong("cron(0 2 ? * ? *)"), "? * ?");
    assert_eq!(wrong("cron(0 2 * * ?)"), "0 2 * * ?");
    assert_eq!(wrong("cron(0 2 ? * 6#6 *)"), "6");
    assert_eq!(wrong("cron(0 2 ? * 3#1,6#3 *)"), "1,6#3");
    assert_eq!(wrong("cron(0 2 ? JANUARY MON *)"), "JANUARY");
    assert_eq!(wrong("cron(0/0 2 * * ? *)"), "0");
    assert_eq!(wrong("cron(0 22-2 * * ? *)"), "22-2");
    assert_eq!(wrong("cron(0, 2 * * ? *)"), "");
    assert_eq!(wrong("rate(0 minutes)"), "0");
    assert_eq!(wrong("rate(1 minutes)"), "minutes");
    assert_eq!(wrong("rate(5 minute)"), "minute");
    assert_eq!(wrong("at(2026-02-29T00:00:00)"), "2026-02-29T00:00:00");
    assert_eq!(wrong("at(2026-02-28 00:00:00)"), "2026-02-28 00:00:00");
    assert_eq!(wrong("daily(2)"), "daily");
    assert_eq!(wrong("cron(0 2 * * ? *"), "cron(0 2 * * ? *");
}

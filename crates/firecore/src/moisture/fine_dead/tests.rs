use super::*;
use crate::units::M_PER_FT;

#[test]
fn quantities_fall_into_the_class_with_their_name() {
    for (class, temperature_f) in [("10-29", 29.0), ("30-49", 29.6), ("70-89", 89.4), (">109", 130.0)] {
        let temperature_c = (temperature_f - 32.0) / 1.8;
        assert_eq!(Temperature::of_c(temperature_c).unwrap().name(), class);
    }
    for percent in 0..=100_u32 {
        let class = Humidity::of_share(f64::from(percent) / 100.0).unwrap().name();
        let name = if percent == 100 {
            "100".into()
        } else {
            format!("{}-{}", percent / 5 * 5, percent / 5 * 5 + 4)
        };
        assert_eq!(class, name);
    }
    for (class, hour) in [("08-10", 8.0), ("08-10", 9.99), ("14-16", 15.0), ("18-sunset", 19.5)] {
        assert_eq!(Hour::of_local(hour).unwrap().name(), class);
    }
    for (class, aspect_deg) in
        [("N", 0.0), ("N", 359.9), ("N", -44.0), ("E", 45.0), ("S", 180.0), ("W", 300.0)]
    {
        assert_eq!(Aspect::of_deg(aspect_deg).unwrap().name(), class);
    }
    for (class, slope_tan) in [("0-30", 0.0), ("0-30", 0.304), ("31+", 0.31), ("31+", 4.0)] {
        assert_eq!(Slope::of_tan(slope_tan).unwrap().name(), class);
    }
    for (class, feet) in [("level", -1000.0), ("below", -1001.0), ("above", 2000.0), ("level", 0.0)] {
        assert_eq!(Elevation::of_difference_m(feet * M_PER_FT).unwrap().name(), class);
    }
    assert_eq!(Shading::of_share(0.49), Ok(Shading::Exposed));
    assert_eq!(Shading::of_share(0.5), Ok(Shading::Shaded));
}

#[test]
fn months_come_in_three_groups() {
    let months = |season| (1..=12).filter(|month| Season::of_month(*month) == Ok(season)).collect::<Vec<_>>();
    assert_eq!(months(Season::MayToJuly), [5, 6, 7]);
    assert_eq!(months(Season::SpringOrAutumn), [2, 3, 4, 8, 9, 10]);
    assert_eq!(months(Season::NovemberToJanuary), [1, 11, 12]);
}

#[test]
fn what_the_tables_do_not_cover_is_refused_and_named() {
    let refusals = [
        Temperature::of_c(-20.0).unwrap_err(),
        Temperature::of_c(f64::NAN).unwrap_err(),
        Humidity::of_share(1.01).unwrap_err(),
        Humidity::of_share(f64::NAN).unwrap_err(),
        Season::of_month(0).unwrap_err(),
        Season::of_month(13).unwrap_err(),
        Hour::of_local(7.99).unwrap_err(),
        Hour::of_local(20.0).unwrap_err(),
        Aspect::of_deg(f64::INFINITY).unwrap_err(),
        Slope::of_tan(-0.1).unwrap_err(),
        Shading::of_share(f64::NAN).unwrap_err(),
        Elevation::of_difference_m(700.0).unwrap_err(),
        Elevation::of_difference_m(f64::NAN).unwrap_err(),
    ];
    for refusal in refusals {
        let text = refusal.to_string();
        assert!(text.contains(" is ") || text.contains(" lies "), "{text}");
    }
    let night = Hour::of_local(23.0).unwrap_err().to_string();
    assert_eq!(night, "local hour is 23; the day tables hold from 8 to before 20");
}

#[test]
fn every_class_is_read_back_from_its_name() {
    fn check<C: std::str::FromStr + std::fmt::Display + PartialEq + std::fmt::Debug>(all: &[C])
    where
        C::Err: std::fmt::Debug,
    {
        for class in all {
            assert_eq!(&class.to_string().parse::<C>().unwrap(), class);
        }
    }
    check(Temperature::ALL);
    check(Humidity::ALL);
    check(Season::ALL);
    check(Hour::ALL);
    check(Aspect::ALL);
    check(Slope::ALL);
    check(Shading::ALL);
    check(Elevation::ALL);
    let error = "beneath".parse::<Elevation>().unwrap_err().to_string();
    assert_eq!(error, "an elevation class is one of below, level, above, not 'beneath'");
}

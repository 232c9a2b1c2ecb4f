//! Surface spread against 988 runs of an established program, each checked by a second implementation.

use firecore::fuel::FuelModel;
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::spread::ellipse::Ellipse;
use firecore::spread::rothermel::{self, FuelBed, FuelBeds, MoistBed, SurfaceSpread, WindLimit};
use firecore::units::{
    KG_PER_LB, KJ_PER_BTU, KW_M_PER_BTU_FT_S, M_PER_FT, M_S_PER_FT_MIN, M_S_PER_MPH, WIND_10M_PER_20FT,
};
use firecore::wind::{self, Stand};

use crate::table::{Budget, Errors, Row, Table};

const VECTORS: &str = include_str!("data/surface_spread_vectors.csv");
const FUEL_MODELS: &str = include_str!("data/fuel_models.csv");

/// Relative. The reference is printed to ten digits and its unit constants carry about 1e-9; directions, in radians, to
/// nine digits of a degree.
const BUDGET: Budget = Budget { p75: 1e-9, p99: 1e-8, max: 1e-7 };

/// Below this, in the reference's units, errors are absolute: some rows lie exactly at extinction, where both sides
/// hold what rounding left, some 1e-12. The smallest rate of the others is 0.04 ft/min.
const FLOOR: f64 = 1e-4;

/// A still rate between 0 and this is such a remainder: it has no shape or direction to compare, ft/min.
const REMAINDER_FT_MIN: f64 = 1e-9;

const KJ_M2_PER_BTU_FT2: f64 = KJ_PER_BTU / (M_PER_FT * M_PER_FT);

#[test]
fn surface_spread_agrees_with_the_reference() {
    let beds = FuelBeds::standard();
    let table = Table::parse(VECTORS);
    let mut errors = Errors::default();
    for row in table.rows() {
        let code = row.number("fuel_model") as u8;
        match beds.get(code) {
            Some(bed) => compare(&mut errors, row, code, bed),
            None => {
                assert_eq!(row.number("ros_ft_min"), 0.0, "{} burns in the reference", row.text("case_id"))
            }
        }
    }
    assert!(errors.count() > 30_000, "only {} values were compared", errors.count());
    errors.assert_within(BUDGET);
}

#[test]
fn characteristics_of_the_fuel_models_agree_with_published_ones() {
    let beds = FuelBeds::standard();
    let table = Table::parse(FUEL_MODELS);
    let mut errors = Errors::default();
    for row in table.rows() {
        let Some(bed) = beds.get(row.number("code") as u8) else { continue };
        let density_lb_ft3 = bed.bulk_density_kg_m3() / KG_PER_LB * M_PER_FT.powi(3);
        for (column, computed, digit) in [
            // Half of the last digit of the reference's own figures.
            ("char_sav", bed.surface_to_volume_1_m() * M_PER_FT, 0.5e-3),
            ("packing_ratio", bed.packing_ratio(), 0.5e-7),
            ("rel_packing_ratio", bed.relative_packing_ratio(), 0.5e-6),
            ("bulk_density_lb_ft3", density_lb_ft3, 0.5e-6),
            // Published to a whole 1/ft, to two decimals, and the packing ratio cut rather than rounded to five.
            ("gtr371_char_sav", bed.surface_to_volume_1_m() * M_PER_FT, 0.5),
            ("gtr371_packing_ratio", bed.packing_ratio(), 0.000_01),
            ("gtr371_rel_packing_ratio", bed.relative_packing_ratio(), 0.0051),
            ("gtr371_bulk_density", density_lb_ft3, 0.0051),
        ] {
            if let Some(published) = row.maybe(column) {
                errors.record(column, row.text("name"), (computed - published).abs() / digit);
            }
        }
    }
    errors.assert_within(Budget { p75: 1.0, p99: 1.0, max: 1.0 });
}

/// Source: the figures of BehavePlus 6 that ELMFIRE's verification guide prints.
#[test]
fn low_dry_grass_spreads_as_behave_plus_prints_it() {
    let model = FuelModel::standard(102).expect("GR2 is standard");
    let dead = DeadFuelMoisture { one_hour: 0.03, ten_hour: 0.04, hundred_hour: 0.05 };
    let moisture = FuelMoisture { dead, live: LiveFuelMoisture { herbaceous: 0.30, woody: 0.60 } };
    let midflame_mph = 10.0 * wind::adjustment_factor(model.depth_m(), None);
    assert!((midflame_mph - 3.62).abs() < 0.005, "{midflame_mph} mph");
    let bed = FuelBed::of(model).expect("GR2 burns").moistened(&moisture);
    let rate_m_s = bed.spread([midflame_mph * M_S_PER_MPH, 0.0], [0.0, 0.0]).heading_rate_of_spread_m_s;
    assert!((rate_m_s / M_S_PER_FT_MIN - 46.15).abs() < 0.005, "{} ft/min", rate_m_s / M_S_PER_FT_MIN);
}

/// A row's bed and head: upslope is north.
fn compare(errors: &mut Errors, row: Row, code: u8, bed: &FuelBed) {
    let waf = adjustment_factor(row, code);
    let midflame_mph = row.number("wind_mph")
        * match row.text("wind_input") {
            "midflame" => 1.0,
            "20ft" => waf,
            "10m" => waf / WIND_10M_PER_20FT,
            other => panic!("unknown kind of wind: {other}"),
        };
    let moist = bed.moistened(&moisture(row));
    compare_bed(errors, row, bed, &moist);
    let mut check = |column: &str, computed: f64| {
        let row_name = row.text("case_id");
        errors.relative(column, row_name, computed, row.number(column), FLOOR);
    };
    check("waf", waf);
    check("midflame_mph", midflame_mph);

    let slope = [0.0, row.number("slope_pct") / 100.0];
    let toward_rad = row.number("wind_toward_deg").to_radians();
    let midflame_m_s = midflame_mph * M_S_PER_MPH;
    let wind = [midflame_m_s * toward_rad.sin(), midflame_m_s * toward_rad.cos()];
    let limited = match row.text("wind_limit") {
        "1" => moist.with_wind_limit(WindLimit::Rothermel1972),
        _ => moist,
    };
    let head = limited.spread(wind, slope);
    let still_ft_min = moist.still_rate_of_spread_m_s() / M_S_PER_FT_MIN;
    let fastest_ft_min = still_ft_min.max(row.number("pub_ros_ft_min")).max(row.number("ros_ft_min"));
    if fastest_ft_min > 0.0 && fastest_ft_min < REMAINDER_FT_MIN {
        return check("pub_ros_ft_min", head.heading_rate_of_spread_m_s / M_S_PER_FT_MIN);
    }
    check("pub_phi_s", bed.slope_factor(slope[1]));
    if row.text("wind_limit") == "1" {
        let exceeds =
            moist.spread(wind, slope).effective_wind_m_s > moist.wind_limit_m_s(WindLimit::Rothermel1972);
        check("wind_limit_exceeded", f64::from(u8::from(exceeds)));
    }
    if row.text("phi_s_clipped") == "0" {
        compare_head(errors, row, &head);
    }
    compare_published(errors, row, &head);
}

/// What does not depend on wind and slope.
fn compare_bed(errors: &mut Errors, row: Row, bed: &FuelBed, moist: &MoistBed) {
    let mut check = |column: &str, computed: f64| {
        errors.relative(column, row.text("case_id"), computed, row.number(column), FLOOR);
    };
    check("char_sav", bed.surface_to_volume_1_m() * M_PER_FT);
    check("packing_ratio", bed.packing_ratio());
    check("rel_packing_ratio", bed.relative_packing_ratio());
    check("residence_min", bed.residence_time_s() / 60.0);
    // The reference says 0 for models without live fuel.
    if row.number("live_mx_pct") > 0.0 {
        check("live_mx_pct", 100.0 * moist.live_extinction_moisture());
    }
    check("m_dead_char_pct", 100.0 * moist.dead_moisture());
    check("m_live_char_pct", 100.0 * moist.live_moisture());
    check("heat_sink_btu_ft3", moist.heat_sink_kj_m3() / KJ_M2_PER_BTU_FT2 * M_PER_FT);
    check("reaction_intensity_btu_ft2_min", moist.reaction_intensity_kw_m2() * 60.0 / KJ_M2_PER_BTU_FT2);
    check("hpua_btu_ft2", moist.heat_per_unit_area_kj_m2() / KJ_M2_PER_BTU_FT2);
    check("ros0_ft_min", moist.still_rate_of_spread_m_s() / M_S_PER_FT_MIN);
    check("wind_limit_mph", moist.wind_limit_m_s(WindLimit::Rothermel1972) / M_S_PER_MPH);
}

/// The head, the shape and the intensities around it.
fn compare_head(errors: &mut Errors, row: Row, head: &SurfaceSpread) {
    let mut check = |column: &str, computed: f64| {
        errors.relative(column, row.text("case_id"), computed, row.number(column), FLOOR);
    };
    let fire = Ellipse::new(head.heading_rate_of_spread_m_s, head.effective_wind_m_s);
    if row.maybe("eff_wind_mph").is_some() {
        check("eff_wind_mph", head.effective_wind_m_s / M_S_PER_MPH);
    }
    check("lw_ratio", fire.length_to_width);
    check("eccentricity", fire.eccentricity);
    for (rate_m_s, rate, intensity, flame) in [
        (fire.heading_rate_of_spread_m_s, "ros_ft_min", "fli_btu_ft_s", "flame_ft"),
        (fire.backing_rate_of_spread_m_s(), "backing_ros_ft_min", "backing_fli_btu_ft_s", "backing_flame_ft"),
        (
            fire.flanking_rate_of_spread_m_s(),
            "flanking_ros_ft_min",
            "flanking_fli_btu_ft_s",
            "flanking_flame_ft",
        ),
    ] {
        let intensity_kw_m = rothermel::fireline_intensity_kw_m(head.heat_per_unit_area_kj_m2, rate_m_s);
        check(rate, rate_m_s / M_S_PER_FT_MIN);
        check(intensity, intensity_kw_m / KW_M_PER_BTU_FT_S);
        check(flame, rothermel::flame_length_m(intensity_kw_m) / M_PER_FT);
    }
    for angle_deg in [45.0_f64, 110.0] {
        let cos = angle_deg.to_radians().cos();
        check(&format!("ros_radial{angle_deg}_ft_min"), fire.radial_rate_of_spread_m_s(cos) / M_S_PER_FT_MIN);
        check(&format!("ros_normal{angle_deg}_ft_min"), fire.normal_rate_of_spread_m_s(cos) / M_S_PER_FT_MIN);
    }
}

/// The columns that follow the publications to the letter.
fn compare_published(errors: &mut Errors, row: Row, head: &SurfaceSpread) {
    let fire = Ellipse::new(head.heading_rate_of_spread_m_s, head.effective_wind_m_s);
    for (column, computed) in [
        ("pub_ros_ft_min", fire.heading_rate_of_spread_m_s / M_S_PER_FT_MIN),
        ("pub_lw_ratio", fire.length_to_width),
        ("pub_backing_ros_ft_min", fire.backing_rate_of_spread_m_s() / M_S_PER_FT_MIN),
    ] {
        errors.relative(column, row.text("case_id"), computed, row.number(column), FLOOR);
    }
    if let Some(reference_deg) = row.maybe("pub_dir_deg") {
        let [east, north] = head.toward;
        let turn_deg = (east.atan2(north).to_degrees() - reference_deg).rem_euclid(360.0);
        errors.record("pub_dir_deg (rad)", row.text("case_id"), turn_deg.min(360.0 - turn_deg).to_radians());
    }
}

fn adjustment_factor(row: Row, code: u8) -> f64 {
    let model = FuelModel::standard(code).expect("a bed's code is standard");
    let stand = |crown_ratio| Stand {
        cover: row.number("canopy_cover_pct") / 100.0,
        height_m: row.number("canopy_height_ft") * M_PER_FT,
        crown_ratio,
    };
    match row.text("waf_method") {
        "none" => 1.0,
        "crown_ratio" => {
            wind::adjustment_factor(model.depth_m(), Some(&stand(Some(row.number("crown_ratio")))))
        }
        "no_crown_ratio" => wind::adjustment_factor(model.depth_m(), Some(&stand(None))),
        other => panic!("unknown adjustment: {other}"),
    }
}

fn moisture(row: Row) -> FuelMoisture {
    let share = |column: &str| row.number(column) / 100.0;
    FuelMoisture {
        dead: DeadFuelMoisture {
            one_hour: share("m_1h_pct"),
            ten_hour: share("m_10h_pct"),
            hundred_hour: share("m_100h_pct"),
        },
        live: LiveFuelMoisture { herbaceous: share("m_herb_pct"), woody: share("m_woody_pct") },
    }
}

//! Crown fire against 224 runs of an established program and 120 values of Cruz's published equations.

use firecore::fuel::FuelModel;
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::spread::crown::{
    self, CanopyFuel, Constants, CrownBehavior, CrownClass, CrownMethod, CrownModel, torching_wind_10m_m_s,
};
use firecore::spread::rothermel::{self, FuelBed, FuelBeds, MoistBed, SurfaceSpread};
use firecore::units::{
    KG_PER_LB, KJ_PER_BTU, KW_M_PER_BTU_FT_S, M_PER_FT, M_S_PER_FT_MIN, M_S_PER_KM_H, M_S_PER_MPH,
    WIND_10M_PER_20FT,
};
use firecore::wind::{self, Stand};

use crate::table::{Budget, Errors, Row, Table};

const VECTORS: &str = include_str!("data/crown_fire_vectors.csv");
const CRUZ_VECTORS: &str = include_str!("data/crown_cruz_vectors.csv");

/// Relative. The reference counts 3.28084 ft in a metre (3e-8 too many), and its constants carry about 1e-9.
const BUDGET: Budget = Budget { p75: 1e-7, p99: 2e-7, max: 5e-7 };

/// Relative. The reference is printed to ten digits.
const CRUZ_BUDGET: Budget = Budget { p75: 1e-9, p99: 1e-9, max: 2e-9 };

/// Below this, in the reference's units, errors are absolute.
const FLOOR: f64 = 1e-4;

const KJ_M2_PER_BTU_FT2: f64 = KJ_PER_BTU / (M_PER_FT * M_PER_FT);

#[test]
fn crown_fire_agrees_with_the_reference() {
    let beds = FuelBeds::standard();
    let table = Table::parse(VECTORS);
    let mut errors = Errors::default();
    for row in table.rows() {
        compare(&mut errors, row, beds.get(row.number("fuel_model") as u8).expect("the row's fuel burns"));
    }
    assert_eq!(errors.count(), 5824);
    errors.assert_within(BUDGET);
}

#[test]
fn rates_by_cruz_agree_with_the_published_equations() {
    let model = CrownModel::new(CrownMethod::Cruz2005);
    let table = Table::parse(CRUZ_VECTORS);
    let mut errors = Errors::default();
    for (number, row) in table.rows().enumerate() {
        let one_hour = row.number("m1_pct") / 100.0;
        let canopy = CanopyFuel {
            base_height_m: row.number("cbh_m"),
            bulk_density_kg_m3: row.number("cbd_kg_m3"),
            height_m: 30.0,
            foliar_moisture: row.number("fmc_pct") / 100.0,
        };
        // Hot enough for any canopy, and slower than any crown fire.
        let rate_m_s = 1e-6;
        let heat_per_unit_area_kj_m2 = canopy.critical_fireline_intensity_kw_m() / rate_m_s * 1.001;
        let surface = SurfaceSpread {
            heading_rate_of_spread_m_s: rate_m_s,
            heat_per_unit_area_kj_m2,
            ..SurfaceSpread::NONE
        };
        let wind_m_s = row.number("wind10_kmh") * M_S_PER_KM_H;
        let moist = model.moistened(&moisture_of([one_hour; 3], [0.6, 0.9]));
        let behavior = moist.behavior(&surface, &canopy, wind_m_s, |_| surface);
        let fire = moist.fire(&surface, &canopy, wind_m_s, |_| surface);
        let active = row.number("final_m_min") == row.number("active_m_min");
        assert_eq!(fire.class, if active { CrownClass::Active } else { CrownClass::Passive });
        for (column, computed) in [
            ("active_m_min", behavior.active_rate_of_spread_m_s * 60.0),
            ("critical_m_min", behavior.critical_active_rate_of_spread_m_s * 60.0),
            ("cac", behavior.active_ratio),
            ("passive_m_min", behavior.active_rate_of_spread_m_s * 60.0 * (-behavior.active_ratio).exp()),
            ("final_m_min", fire.heading_rate_of_spread_m_s * 60.0),
            ("vw_crit_kw_m", behavior.critical_fireline_intensity_kw_m),
        ] {
            errors.relative(column, &format!("row {}", number + 1), computed, row.number(column), 1e-9);
        }
    }
    assert_eq!(errors.count(), 720);
    errors.assert_within(CRUZ_BUDGET);
}

#[test]
fn the_torching_index_is_the_wind_that_ignites_crowns() {
    let beds = FuelBeds::standard();
    let table = Table::parse(VECTORS);
    let mut found = 0;
    for row in table.rows() {
        let bed =
            beds.get(row.number("fuel_model") as u8).expect("the row's fuel burns").moistened(&moisture(row));
        let canopy = canopy(row);
        let slope = row.number("slope_pct") / 100.0;
        let per_10m = wind::midflame_per_10m(adjustment_factor(row));
        let wind_m_s = torching_wind_10m_m_s(&bed, &canopy, slope, per_10m).expect("the fuel burns");
        let intensity = bed.spread([0.0, wind_m_s * per_10m], [0.0, slope]).heading_fireline_intensity_kw_m();
        let critical = canopy.critical_fireline_intensity_kw_m();
        if wind_m_s > 0.0 && wind_m_s * per_10m < 900.0 {
            assert!(
                (intensity / critical - 1.0).abs() < 1e-9,
                "{}: {intensity} {critical}",
                row.text("case_id")
            );
            found += 1;
        } else {
            assert!(wind_m_s > 0.0 || intensity >= critical, "{}", row.text("case_id"));
        }
    }
    assert!(found > 150, "only {found} rows have an index above still air");
}

fn compare(errors: &mut Errors, row: Row, bed: &FuelBed) {
    let moist = bed.moistened(&moisture(row));
    let waf = adjustment_factor(row);
    let head = surface(row, &moist, waf, row.number("wind20_mph"), row.number("wind_toward_deg"));
    let canopy = canopy(row);
    let method = match row.text("method") {
        "rothermel" => CrownMethod::Rothermel1991,
        "scott_reinhardt" => CrownMethod::ScottReinhardt2001,
        other => panic!("unknown method: {other}"),
    };
    let wind_10m_m_s = row.number("wind20_mph") * M_S_PER_MPH * WIND_10M_PER_20FT;
    let surface_at = |wind_10m_m_s: f64| {
        surface(
            row,
            &moist,
            waf,
            wind_10m_m_s / WIND_10M_PER_20FT / M_S_PER_MPH,
            row.number("wind_toward_deg"),
        )
    };
    let crowns = CrownModel::new(method).with_constants(Constants::BehavePlus).moistened(&moisture(row));
    let behavior = crowns.behavior(&head, &canopy, wind_10m_m_s, surface_at);
    compare_surface(errors, row, waf, &head);
    compare_canopy(errors, row, &canopy, &behavior);
    compare_behavior(errors, row, &behavior);
    let shape = crown::length_to_width(wind_10m_m_s);
    let ran_m = behavior.active_rate_of_spread_m_s * 3600.0;
    let mut check = |column: &str, computed: f64| {
        errors.relative(column, row.text("case_id"), computed, row.number(column), FLOOR);
    };
    check("crown_lw", shape);
    check("crown_area_60min_ft2", crown::area_m2(ran_m, shape) / (M_PER_FT * M_PER_FT));
    check("crown_perim_60min_ft", crown::perimeter_m(ran_m, shape) / M_PER_FT);
    if method == CrownMethod::ScottReinhardt2001 {
        compare_scott_reinhardt(errors, row, &behavior);
    }
}

fn compare_surface(errors: &mut Errors, row: Row, waf: f64, surface: &SurfaceSpread) {
    let intensity_kw_m = surface.heading_fireline_intensity_kw_m();
    for (column, computed) in [
        ("waf", waf),
        ("surf_ros_ft_min", surface.heading_rate_of_spread_m_s / M_S_PER_FT_MIN),
        ("surf_hpua_btu_ft2", surface.heat_per_unit_area_kj_m2 / KJ_M2_PER_BTU_FT2),
        ("surf_fli_btu_ft_s", intensity_kw_m / KW_M_PER_BTU_FT_S),
        ("surf_flame_ft", rothermel::flame_length_m(intensity_kw_m) / M_PER_FT),
    ] {
        errors.relative(column, row.text("case_id"), computed, row.number(column), FLOOR);
    }
}

fn compare_canopy(errors: &mut Errors, row: Row, canopy: &CanopyFuel, behavior: &CrownBehavior) {
    let active_intensity_kw_m = rothermel::fireline_intensity_kw_m(
        behavior.active_heat_per_unit_area_kj_m2,
        behavior.active_rate_of_spread_m_s,
    );
    let critical_kw_m = behavior.critical_fireline_intensity_kw_m;
    for (column, computed) in [
        ("active_crown_ros_ft_min", behavior.active_rate_of_spread_m_s / M_S_PER_FT_MIN),
        ("canopy_load_lb_ft2", canopy.load_kg_m2() / KG_PER_LB * M_PER_FT * M_PER_FT),
        ("canopy_hpua_btu_ft2", canopy.heat_per_unit_area_kj_m2() / KJ_M2_PER_BTU_FT2),
        ("crown_hpua_btu_ft2", behavior.active_heat_per_unit_area_kj_m2 / KJ_M2_PER_BTU_FT2),
        ("crown_fli_btu_ft_s", active_intensity_kw_m / KW_M_PER_BTU_FT_S),
        ("crown_flame_ft", crown::flame_length_m(active_intensity_kw_m) / M_PER_FT),
        ("crit_surf_fli_btu_ft_s", critical_kw_m / KW_M_PER_BTU_FT_S),
        ("crit_surf_flame_ft", rothermel::flame_length_m(critical_kw_m) / M_PER_FT),
        ("crit_crown_ros_ft_min", behavior.critical_active_rate_of_spread_m_s / M_S_PER_FT_MIN),
        ("transition_ratio", behavior.transition_ratio),
        ("active_ratio", behavior.active_ratio),
    ] {
        errors.relative(column, row.text("case_id"), computed, row.number(column), FLOOR);
    }
}

fn compare_behavior(errors: &mut Errors, row: Row, behavior: &CrownBehavior) {
    let class = match row.text("fire_type") {
        "0" => CrownClass::Surface,
        "1" => CrownClass::Passive,
        "2" => CrownClass::Conditional,
        "3" => CrownClass::Active,
        other => panic!("unknown fire type: {other}"),
    };
    errors.record("fire_type", row.text("case_id"), f64::from(u8::from(behavior.class != class)));
    for (column, computed) in [
        ("final_ros_ft_min", behavior.head.rate_of_spread_m_s / M_S_PER_FT_MIN),
        ("final_hpua_btu_ft2", behavior.head.heat_per_unit_area_kj_m2 / KJ_M2_PER_BTU_FT2),
        ("final_fli_btu_ft_s", behavior.head.fireline_intensity_kw_m / KW_M_PER_BTU_FT_S),
        ("final_flame_ft", behavior.head.flame_length_m / M_PER_FT),
    ] {
        errors.relative(column, row.text("case_id"), computed, row.number(column), FLOOR);
    }
}

/// The columns that Rothermel's method leaves empty.
fn compare_scott_reinhardt(errors: &mut Errors, row: Row, behavior: &CrownBehavior) {
    let crowning_mph = behavior.crowning_wind_10m_m_s.map(|wind| wind / WIND_10M_PER_20FT / M_S_PER_MPH);
    for (column, computed) in [
        ("open_wind_active_mph", crowning_mph),
        (
            "crit_surf_ros_ft_min",
            behavior.critical_surface_rate_of_spread_m_s.map(|rate| rate / M_S_PER_FT_MIN),
        ),
        (
            "crowning_surf_ros_ft_min",
            behavior.crowning_surface_rate_of_spread_m_s.map(|rate| rate / M_S_PER_FT_MIN),
        ),
    ] {
        let computed = computed.unwrap_or(f64::NAN);
        errors.relative(column, row.text("case_id"), computed, row.number(column), FLOOR);
    }
    let fraction = behavior.crown_fraction_burned;
    errors.relative(
        "crown_fraction_burned",
        row.text("case_id"),
        fraction,
        row.number("crown_fraction_burned"),
        FLOOR,
    );
}

fn surface(row: Row, bed: &MoistBed, waf: f64, wind_20ft_mph: f64, toward_deg: f64) -> SurfaceSpread {
    let midflame_m_s = wind_20ft_mph * M_S_PER_MPH * waf;
    let toward_rad = toward_deg.to_radians();
    let wind = [midflame_m_s * toward_rad.sin(), midflame_m_s * toward_rad.cos()];
    bed.spread(wind, [0.0, row.number("slope_pct") / 100.0])
}

fn adjustment_factor(row: Row) -> f64 {
    let model = FuelModel::standard(row.number("fuel_model") as u8).expect("the row's fuel is standard");
    let height_m = row.number("canopy_height_ft") * M_PER_FT;
    let base_height_m = row.number("canopy_base_ft") * M_PER_FT;
    let stand = Stand {
        cover: row.number("canopy_cover_pct") / 100.0,
        height_m,
        crown_ratio: Some(wind::crown_ratio(height_m, base_height_m)),
    };
    wind::adjustment_factor(model.depth_m(), Some(&stand))
}

fn canopy(row: Row) -> CanopyFuel {
    CanopyFuel {
        base_height_m: row.number("canopy_base_ft") * M_PER_FT,
        bulk_density_kg_m3: row.number("cbd_lb_ft3") * KG_PER_LB / M_PER_FT.powi(3),
        height_m: row.number("canopy_height_ft") * M_PER_FT,
        foliar_moisture: row.number("foliar_pct") / 100.0,
    }
}

fn moisture(row: Row) -> FuelMoisture {
    let share = |column: &str| row.number(column) / 100.0;
    moisture_of(
        [share("m_1h_pct"), share("m_10h_pct"), share("m_100h_pct")],
        [share("m_herb_pct"), share("m_woody_pct")],
    )
}

fn moisture_of([one_hour, ten_hour, hundred_hour]: [f64; 3], [herbaceous, woody]: [f64; 2]) -> FuelMoisture {
    FuelMoisture {
        dead: DeadFuelMoisture { one_hour, ten_hour, hundred_hour },
        live: LiveFuelMoisture { herbaceous, woody },
    }
}

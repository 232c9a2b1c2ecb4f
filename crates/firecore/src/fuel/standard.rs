//! The standard fuel models' numbers, in the units of their reports.
//!
//! Sources: 1 to 13 from Albini (1976), INT-GTR-30, as Anderson (1982), INT-GTR-122, describes them, with
//! the live load of 4, 5, 7 and 10 woody and 7's live surface-to-volume ratio of 1500 1/ft, as the characteristic
//! ratio in Andrews (2018), RMRS-GTR-371, needs; 101 to 204 from Scott and Burgan (2005), RMRS-GTR-153.
//! A surface-to-volume ratio of 0 stands where the class holds no fuel and the ratio has no effect.

use std::borrow::Cow;

use super::{Fuel, FuelModel};
use crate::landscape::{FUEL_NO_DATA, FuelCode};

/// lb/ft2 in one short ton per acre (exact: 2000 lb, 43 560 ft2).
pub(super) const LB_FT2_PER_TON_ACRE: f64 = 2000.0 / 43_560.0;

/// Surface-to-volume ratio of 10-hour fuel, 1/ft. Source: Albini (1976).
pub(super) const TEN_HOUR_SURFACE_TO_VOLUME_1_FT: f64 = 109.0;

/// The same of 100-hour fuel, 1/ft. Source: Albini (1976).
pub(super) const HUNDRED_HOUR_SURFACE_TO_VOLUME_1_FT: f64 = 30.0;

/// Every standard model, by rising code.
///
/// Columns: code, name, description; loads of 1 h, 10 h, 100 h, live herbaceous, live woody (lb/ft2 or short
/// ton/acre, as the row says); surface-to-volume ratios of 1 h, herbaceous, woody (1/ft); depth (ft), dead fuel
/// moisture of extinction (%), heat content (Btu/lb).
#[rustfmt::skip]
pub(super) static STANDARD: [FuelModel; 59] = [
    not_burnable(FUEL_NO_DATA, "NB0", "no data"),

    lb_ft2(1, "FM1", "short grass", [0.034, 0.0, 0.0, 0.0, 0.0], [3500.0, 0.0, 0.0], [1.0, 12.0, 8000.0]),
    lb_ft2(2, "FM2", "timber grass and understory", [0.092, 0.046, 0.023, 0.023, 0.0], [3000.0, 1500.0, 0.0], [1.0, 15.0, 8000.0]),
    lb_ft2(3, "FM3", "tall grass", [0.138, 0.0, 0.0, 0.0, 0.0], [1500.0, 0.0, 0.0], [2.5, 25.0, 8000.0]),
    lb_ft2(4, "FM4", "chaparral", [0.23, 0.184, 0.092, 0.0, 0.23], [2000.0, 0.0, 1500.0], [6.0, 20.0, 8000.0]),
    lb_ft2(5, "FM5", "brush", [0.046, 0.023, 0.0, 0.0, 0.092], [2000.0, 0.0, 1500.0], [2.0, 20.0, 8000.0]),
    lb_ft2(6, "FM6", "dormant brush, hardwood slash", [0.069, 0.115, 0.092, 0.0, 0.0], [1750.0, 0.0, 0.0], [2.5, 25.0, 8000.0]),
    lb_ft2(7, "FM7", "southern rough", [0.052, 0.086, 0.069, 0.0, 0.017], [1750.0, 0.0, 1500.0], [2.5, 40.0, 8000.0]),
    lb_ft2(8, "FM8", "short needle litter", [0.069, 0.046, 0.115, 0.0, 0.0], [2000.0, 0.0, 0.0], [0.2, 30.0, 8000.0]),
    lb_ft2(9, "FM9", "long needle or hardwood litter", [0.134, 0.019, 0.007, 0.0, 0.0], [2500.0, 0.0, 0.0], [0.2, 25.0, 8000.0]),
    lb_ft2(10, "FM10", "timber litter and understory", [0.138, 0.092, 0.23, 0.0, 0.092], [2000.0, 0.0, 1500.0], [1.0, 25.0, 8000.0]),
    lb_ft2(11, "FM11", "light logging slash", [0.069, 0.207, 0.253, 0.0, 0.0], [1500.0, 0.0, 0.0], [1.0, 15.0, 8000.0]),
    lb_ft2(12, "FM12", "medium logging slash", [0.184, 0.644, 0.759, 0.0, 0.0], [1500.0, 0.0, 0.0], [2.3, 20.0, 8000.0]),
    lb_ft2(13, "FM13", "heavy logging slash", [0.322, 1.058, 1.288, 0.0, 0.0], [1500.0, 0.0, 0.0], [3.0, 25.0, 8000.0]),

    not_burnable(91, "NB1", "urban, developed"),
    not_burnable(92, "NB2", "snow, ice"),
    not_burnable(93, "NB3", "agricultural"),
    not_burnable(98, "NB8", "open water"),
    not_burnable(99, "NB9", "bare ground"),

    ton_acre(101, "GR1", "short, sparse, dry climate grass", [0.1, 0.0, 0.0, 0.3, 0.0], [2200.0, 2000.0, 0.0], [0.4, 15.0, 8000.0]),
    ton_acre(102, "GR2", "low load, dry climate grass", [0.1, 0.0, 0.0, 1.0, 0.0], [2000.0, 1800.0, 0.0], [1.0, 15.0, 8000.0]),
    ton_acre(103, "GR3", "low load, very coarse, humid climate grass", [0.1, 0.4, 0.0, 1.5, 0.0], [1500.0, 1300.0, 0.0], [2.0, 30.0, 8000.0]),
    ton_acre(104, "GR4", "moderate load, dry climate grass", [0.25, 0.0, 0.0, 1.9, 0.0], [2000.0, 1800.0, 0.0], [2.0, 15.0, 8000.0]),
    ton_acre(105, "GR5", "low load, humid climate grass", [0.4, 0.0, 0.0, 2.5, 0.0], [1800.0, 1600.0, 0.0], [1.5, 40.0, 8000.0]),
    ton_acre(106, "GR6", "moderate load, humid climate grass", [0.1, 0.0, 0.0, 3.4, 0.0], [2200.0, 2000.0, 0.0], [1.5, 40.0, 9000.0]),
    ton_acre(107, "GR7", "high load, dry climate grass", [1.0, 0.0, 0.0, 5.4, 0.0], [2000.0, 1800.0, 0.0], [3.0, 15.0, 8000.0]),
    ton_acre(108, "GR8", "high load, very coarse, humid climate grass", [0.5, 1.0, 0.0, 7.3, 0.0], [1500.0, 1300.0, 0.0], [4.0, 30.0, 8000.0]),
    ton_acre(109, "GR9", "very high load, humid climate grass", [1.0, 1.0, 0.0, 9.0, 0.0], [1800.0, 1600.0, 0.0], [5.0, 40.0, 8000.0]),
    ton_acre(121, "GS1", "low load, dry climate grass-shrub", [0.2, 0.0, 0.0, 0.5, 0.65], [2000.0, 1800.0, 1800.0], [0.9, 15.0, 8000.0]),
    ton_acre(122, "GS2", "moderate load, dry climate grass-shrub", [0.5, 0.5, 0.0, 0.6, 1.0], [2000.0, 1800.0, 1800.0], [1.5, 15.0, 8000.0]),
    ton_acre(123, "GS3", "moderate load, humid climate grass-shrub", [0.3, 0.25, 0.0, 1.45, 1.25], [1800.0, 1600.0, 1600.0], [1.8, 40.0, 8000.0]),
    ton_acre(124, "GS4", "high load, humid climate grass-shrub", [1.9, 0.3, 0.1, 3.4, 7.1], [1800.0, 1600.0, 1600.0], [2.1, 40.0, 8000.0]),
    ton_acre(141, "SH1", "low load, dry climate shrub", [0.25, 0.25, 0.0, 0.15, 1.3], [2000.0, 1800.0, 1600.0], [1.0, 15.0, 8000.0]),
    ton_acre(142, "SH2", "moderate load, dry climate shrub", [1.35, 2.4, 0.75, 0.0, 3.85], [2000.0, 0.0, 1600.0], [1.0, 15.0, 8000.0]),
    ton_acre(143, "SH3", "moderate load, humid climate shrub", [0.45, 3.0, 0.0, 0.0, 6.2], [1600.0, 0.0, 1400.0], [2.4, 40.0, 8000.0]),
    ton_acre(144, "SH4", "low load, humid climate timber-shrub", [0.85, 1.15, 0.2, 0.0, 2.55], [2000.0, 0.0, 1600.0], [3.0, 30.0, 8000.0]),
    ton_acre(145, "SH5", "high load, dry climate shrub", [3.6, 2.1, 0.0, 0.0, 2.9], [750.0, 0.0, 1600.0], [6.0, 15.0, 8000.0]),
    ton_acre(146, "SH6", "low load, humid climate shrub", [2.9, 1.45, 0.0, 0.0, 1.4], [750.0, 0.0, 1600.0], [2.0, 30.0, 8000.0]),
    ton_acre(147, "SH7", "very high load, dry climate shrub", [3.5, 5.3, 2.2, 0.0, 3.4], [750.0, 0.0, 1600.0], [6.0, 15.0, 8000.0]),
    ton_acre(148, "SH8", "high load, humid climate shrub", [2.05, 3.4, 0.85, 0.0, 4.35], [750.0, 0.0, 1600.0], [3.0, 40.0, 8000.0]),
    ton_acre(149, "SH9", "very high load, humid climate shrub", [4.5, 2.45, 0.0, 1.55, 7.0], [750.0, 1800.0, 1500.0], [4.4, 40.0, 8000.0]),
    ton_acre(161, "TU1", "light load, dry climate timber-grass-shrub", [0.2, 0.9, 1.5, 0.2, 0.9], [2000.0, 1800.0, 1600.0], [0.6, 20.0, 8000.0]),
    ton_acre(162, "TU2", "moderate load, humid climate timber-shrub", [0.95, 1.8, 1.25, 0.0, 0.2], [2000.0, 0.0, 1600.0], [1.0, 30.0, 8000.0]),
    ton_acre(163, "TU3", "moderate load, humid climate timber-grass-shrub", [1.1, 0.15, 0.25, 0.65, 1.1], [1800.0, 1600.0, 1400.0], [1.3, 30.0, 8000.0]),
    ton_acre(164, "TU4", "dwarf conifer understory", [4.5, 0.0, 0.0, 0.0, 2.0], [2300.0, 0.0, 2000.0], [0.5, 12.0, 8000.0]),
    ton_acre(165, "TU5", "very high load, dry climate timber-shrub", [4.0, 4.0, 3.0, 0.0, 3.0], [1500.0, 0.0, 750.0], [1.0, 25.0, 8000.0]),
    ton_acre(181, "TL1", "low load, compact conifer litter", [1.0, 2.2, 3.6, 0.0, 0.0], [2000.0, 0.0, 0.0], [0.2, 30.0, 8000.0]),
    ton_acre(182, "TL2", "low load broadleaf litter", [1.4, 2.3, 2.2, 0.0, 0.0], [2000.0, 0.0, 0.0], [0.2, 25.0, 8000.0]),
    ton_acre(183, "TL3", "moderate load conifer litter", [0.5, 2.2, 2.8, 0.0, 0.0], [2000.0, 0.0, 0.0], [0.3, 20.0, 8000.0]),
    ton_acre(184, "TL4", "small downed logs", [0.5, 1.5, 4.2, 0.0, 0.0], [2000.0, 0.0, 0.0], [0.4, 25.0, 8000.0]),
    ton_acre(185, "TL5", "high load conifer litter", [1.15, 2.5, 4.4, 0.0, 0.0], [2000.0, 0.0, 0.0], [0.6, 25.0, 8000.0]),
    ton_acre(186, "TL6", "high load broadleaf litter", [2.4, 1.2, 1.2, 0.0, 0.0], [2000.0, 0.0, 0.0], [0.3, 25.0, 8000.0]),
    ton_acre(187, "TL7", "large downed logs", [0.3, 1.4, 8.1, 0.0, 0.0], [2000.0, 0.0, 0.0], [0.4, 25.0, 8000.0]),
    ton_acre(188, "TL8", "long-needle litter", [5.8, 1.4, 1.1, 0.0, 0.0], [1800.0, 0.0, 0.0], [0.3, 35.0, 8000.0]),
    ton_acre(189, "TL9", "very high load broadleaf litter", [6.65, 3.3, 4.15, 0.0, 0.0], [1800.0, 0.0, 0.0], [0.6, 35.0, 8000.0]),
    ton_acre(201, "SB1", "low load activity fuel", [1.5, 3.0, 11.0, 0.0, 0.0], [2000.0, 0.0, 0.0], [1.0, 25.0, 8000.0]),
    ton_acre(202, "SB2", "moderate load activity or low load blowdown", [4.5, 4.25, 4.0, 0.0, 0.0], [2000.0, 0.0, 0.0], [1.0, 25.0, 8000.0]),
    ton_acre(203, "SB3", "high load activity fuel or moderate load blowdown", [5.5, 2.75, 3.0, 0.0, 0.0], [2000.0, 0.0, 0.0], [1.2, 25.0, 8000.0]),
    ton_acre(204, "SB4", "high load blowdown", [5.25, 3.5, 5.25, 0.0, 0.0], [2000.0, 0.0, 0.0], [2.7, 25.0, 8000.0]),
];

/// A model of the first set, loads in lb/ft2: its herbaceous fuel never cures.
const fn lb_ft2(
    code: FuelCode,
    name: &'static str,
    description: &'static str,
    load_lb_ft2: [f64; 5],
    surface_to_volume_1_ft: [f64; 3],
    bed: [f64; 3],
) -> FuelModel {
    let [depth_ft, dead_extinction_percent, heat_btu_lb] = bed;
    let [one_hour, herbaceous, woody] = surface_to_volume_1_ft;
    let [_, ten_hour_load, hundred_hour_load, ..] = load_lb_ft2;
    let fuel = Fuel {
        load_lb_ft2,
        surface_to_volume_1_ft: [
            one_hour,
            if ten_hour_load > 0.0 { TEN_HOUR_SURFACE_TO_VOLUME_1_FT } else { 0.0 },
            if hundred_hour_load > 0.0 { HUNDRED_HOUR_SURFACE_TO_VOLUME_1_FT } else { 0.0 },
            herbaceous,
            woody,
        ],
        depth_ft,
        dead_extinction_moisture: dead_extinction_percent / 100.0,
        dead_heat_btu_lb: heat_btu_lb,
        live_heat_btu_lb: heat_btu_lb,
        herbaceous_cures: false,
    };
    burnable_or_not(code, name, description, Some(fuel))
}

/// A model of the second set, loads in short ton/acre: its herbaceous fuel, where it has any, cures.
const fn ton_acre(
    code: FuelCode,
    name: &'static str,
    description: &'static str,
    load_ton_acre: [f64; 5],
    surface_to_volume_1_ft: [f64; 3],
    bed: [f64; 3],
) -> FuelModel {
    let [one, ten, hundred, herbaceous, woody] = load_ton_acre;
    let load_lb_ft2 = [
        one * LB_FT2_PER_TON_ACRE,
        ten * LB_FT2_PER_TON_ACRE,
        hundred * LB_FT2_PER_TON_ACRE,
        herbaceous * LB_FT2_PER_TON_ACRE,
        woody * LB_FT2_PER_TON_ACRE,
    ];
    let mut model = lb_ft2(code, name, description, load_lb_ft2, surface_to_volume_1_ft, bed);
    if let Some(fuel) = &mut model.fuel {
        fuel.herbaceous_cures = herbaceous > 0.0;
    }
    model
}

const fn not_burnable(code: FuelCode, name: &'static str, description: &'static str) -> FuelModel {
    burnable_or_not(code, name, description, None)
}

const fn burnable_or_not(
    code: FuelCode,
    name: &'static str,
    description: &'static str,
    fuel: Option<Fuel>,
) -> FuelModel {
    FuelModel { code, name: Cow::Borrowed(name), description: Cow::Borrowed(description), fuel }
}

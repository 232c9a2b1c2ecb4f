//! Fuel types of the Canadian Forest Fire Behavior Prediction System.
//!
//! The types are those of Forestry Canada Fire Danger Group (1992), ST-X-3, with D-2 and the combined types of Wotton,
//! Alexander and Taylor (2009), GLC-X-10. No published table from the types to the standard models was found that could
//! be read: Alaska's fuel model guide (Cella and others 2008, revised 2018) assigns both to the same vegetation classes,
//! and is the place to look for a better table. Every row that burns is therefore our choice.
//!
//! The numbers are those of the legend of the national map of 2024 and of W.I.S.E. and Prometheus: types 1 to 32 and the non-fuels 100 to 105, mixed-wood types with
//! the percentage of conifers or of dead fir added (625: M-1/M-2 with 25 %). The map of 2014 has numbers of its own.

use super::Basis::OurChoice;
use super::Doubt::{High, Low, Some};
use super::{Entry, entry};
use crate::landscape::{FUEL_NO_DATA, FuelCode};

/// The same model in every climate.
const fn row(
    classes: &'static [(u16, u16)],
    name: &'static str,
    model: FuelCode,
    reason: &'static str,
    doubt: super::Doubt,
) -> Entry {
    entry(classes, name, [model; 2], OurChoice(reason), doubt)
}

const C1: &str = "an open stand over lichen: the lightest model with timber, and slower than C-2's";
const C2: &str = "TU4 is the model of short conifers over moss or grass, as black spruce stands are";
const C3: &str = "needle litter and moss under crowns too high to take part in a surface fire";
const C4: &str = "dense young stems with much dead wood standing and lying";
const C5: &str = "long needles and a moderate understory; burns slowly";
const C6: &str = "needle litter without understory under closed crowns";
const C7: &str = "an open stand over grass, which Anderson (1982) names for FM2";
const D1: &str = "dry leaf litter in spring";
const D2: &str = "leaves and herbs are green: only compact litter carries fire";
const D12: &str = "the season is not known: as D-1, the faster of the two";
const BY_SHARE: &str = "the FBP system blends two types by this share: the model of the nearer one";
const HALF: &str = "the share is not given: taken as half, and half counts as the faster type";
const DEAD_FIR: &str = "dead fir with much fallen wood: TU5, the heaviest model of timber with understory, as the nearer of two types";
const DEAD_HALF: &str = "the share of dead fir is not given: taken as half, and half counts as dead fir";
const SLASH: &str = "fallen crowns of one logging: moderate load of activity fuel";
const SLASH_HEAVY: &str = "the heaviest of the slash types: high load of activity fuel";
const MATTED: &str =
    "the type's 0.3 kg/m2 lie between GR2 (0.25) and GR4 (0.48), and matted grass is shallow";
const STANDING: &str =
    "the type's 0.3 kg/m2 lie between GR2 (0.25) and GR4 (0.48), and standing grass is deep";
const NONE: &str = "as the legend calls it";
const GREEN: &str = "vegetation that the map takes for no fuel, farmland for the most part";
const WET: &str = "the map takes it for no fuel";
const UNKNOWN: &str = "the map does not know it";

pub(super) static FBP: [Entry; 31] = [
    row(&[(1, 1)], "C-1 spruce-lichen woodland", 161, C1, High),
    row(&[(2, 2)], "C-2 boreal spruce", 164, C2, Some),
    row(&[(3, 3)], "C-3 mature jack or lodgepole pine", 183, C3, Some),
    row(&[(4, 4)], "C-4 immature jack or lodgepole pine", 165, C4, High),
    row(&[(5, 5)], "C-5 red and white pine", 188, C5, Some),
    row(&[(6, 6)], "C-6 conifer plantation", 185, C6, Some),
    row(&[(7, 7)], "C-7 ponderosa pine and Douglas-fir", 2, C7, Some),
    row(&[(11, 11)], "D-1 leafless aspen", 186, D1, Some),
    row(&[(12, 12)], "D-2 green aspen", 182, D2, Some),
    row(&[(13, 13)], "D-1/D-2 aspen", 186, D12, High),
    row(&[(21, 21)], "S-1 jack or lodgepole pine slash", 202, SLASH, Some),
    row(&[(22, 22)], "S-2 white spruce and balsam slash", 202, SLASH, Some),
    row(&[(23, 23)], "S-3 coastal cedar, hemlock and Douglas-fir slash", 203, SLASH_HEAVY, Some),
    row(&[(31, 31)], "O-1a matted grass", 102, MATTED, Some),
    row(&[(32, 32)], "O-1b standing grass", 104, STANDING, Some),
    row(&[(405, 449)], "M-1 boreal mixedwood, leafless, below 50 % conifer", 186, BY_SHARE, High),
    row(&[(505, 549)], "M-2 boreal mixedwood, green, below 50 % conifer", 182, BY_SHARE, High),
    row(&[(605, 649)], "M-1/M-2 boreal mixedwood, below 50 % conifer", 186, BY_SHARE, High),
    row(
        &[(450, 495), (550, 595), (650, 695)],
        "M-1, M-2, M-1/M-2 boreal mixedwood, 50 % conifer and more",
        164,
        BY_SHARE,
        High,
    ),
    row(&[(40, 40), (50, 50), (60, 60)], "M-1, M-2, M-1/M-2 boreal mixedwood", 164, HALF, High),
    row(
        &[(705, 749), (905, 949)],
        "M-3, M-3/M-4 dead balsam fir, leafless, below 50 % dead fir",
        186,
        BY_SHARE,
        High,
    ),
    row(&[(805, 849)], "M-4 dead balsam fir, green, below 50 % dead fir", 182, BY_SHARE, High),
    row(
        &[(750, 795), (850, 895), (950, 995)],
        "M-3, M-4, M-3/M-4 dead balsam fir, 50 % dead fir and more",
        165,
        DEAD_FIR,
        High,
    ),
    row(&[(70, 70), (80, 80), (90, 90)], "M-3, M-4, M-3/M-4 dead balsam fir", 165, DEAD_HALF, High),
    row(&[(0, 0)], "outside", FUEL_NO_DATA, NONE, Low),
    row(&[(100, 100)], "not available", FUEL_NO_DATA, UNKNOWN, Low),
    row(&[(101, 101)], "non-fuel", 99, NONE, Low),
    row(&[(102, 102)], "water", 98, NONE, Low),
    row(&[(103, 103)], "unknown", FUEL_NO_DATA, UNKNOWN, High),
    row(&[(104, 104)], "unclassified", FUEL_NO_DATA, UNKNOWN, High),
    row(&[(105, 105)], "vegetated non-fuel", 93, GREEN, High),
];

/// Numbers of `nat_fbpfuels_2014b`, where 101 is C-1 and water is 118.
pub(super) static FBP_2014: [Entry; 23] = [
    row(&[(0, 0)], "outside", FUEL_NO_DATA, NONE, Low),
    row(&[(101, 101)], "C-1 spruce-lichen woodland", 161, C1, High),
    row(&[(102, 102)], "C-2 boreal spruce", 164, C2, Some),
    row(&[(103, 103)], "C-3 mature jack or lodgepole pine", 183, C3, Some),
    row(&[(104, 104)], "C-4 immature jack or lodgepole pine", 165, C4, High),
    row(&[(105, 105)], "C-5 red and white pine", 188, C5, Some),
    row(&[(106, 106)], "C-6 conifer plantation", 185, C6, Some),
    row(&[(107, 107)], "C-7 ponderosa pine and Douglas-fir", 2, C7, Some),
    row(&[(108, 108)], "D-1 leafless aspen", 186, D1, Some),
    row(&[(109, 109)], "M-1 boreal mixedwood, leafless", 164, HALF, High),
    row(&[(110, 110)], "M-2 boreal mixedwood, green", 164, HALF, High),
    row(&[(111, 111)], "M-3 dead balsam fir, leafless", 165, DEAD_HALF, High),
    row(&[(112, 112)], "M-4 dead balsam fir, green", 165, DEAD_HALF, High),
    row(&[(113, 113)], "S-1 jack or lodgepole pine slash", 202, SLASH, Some),
    row(&[(114, 114)], "S-2 white spruce and balsam slash", 202, SLASH, Some),
    row(&[(115, 115)], "S-3 coastal cedar, hemlock and Douglas-fir slash", 203, SLASH_HEAVY, Some),
    row(&[(116, 116)], "O-1a matted grass", 102, MATTED, Some),
    row(&[(117, 117)], "O-1b standing grass", 104, STANDING, Some),
    row(&[(118, 118)], "water", 98, NONE, Low),
    row(&[(119, 119)], "non-fuel", 99, NONE, Low),
    row(&[(120, 120)], "wetland", 99, WET, High),
    row(&[(121, 121)], "urban", 91, NONE, Low),
    row(&[(122, 122)], "vegetated non-fuel", 93, GREEN, High),
];

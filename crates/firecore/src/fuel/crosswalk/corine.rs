//! CORINE land cover, level 3.
//!
//! No published table from its classes to the standard models was found that could be read. Each class is taken for the
//! FirEUrisk type that it comes closest to, which is our choice, and has that type's published model; the rest says why.
//!
//! Numbers are the class codes (111 to 523) and those of the raster product's legend (1 to 44); no number is in both.

use super::Basis::OurChoice;
use super::Doubt::{High, Low, Some};
use super::europe::FIREURISK;
use super::{Doubt, Entry, entry};
use crate::landscape::{FUEL_NO_DATA, FuelCode};

const LIKE: &str =
    "taken for FirEUrisk's type of this kind; the model is that type's in Aragoneses et al. (2023)";
const LEAVED: &str = "taken for FirEUrisk's closed evergreen broadleaf forest in dry climate and the deciduous one in humid, \
    which the class does not part; the models are those types' in Aragoneses et al. (2023)";
const IRRIGATED: &str = "green or under water in the fire season";
const SPARSE: &str = "thin, patchy cover";
const BURNT: &str = "nothing to burn in the first years; wrong once the map is old";
const SAME: &str = "the same ground";
const NOTHING: &str = "the map holds nothing there";

/// A class that is taken for FirEUrisk types, one in each climate.
const fn like(classes: &'static [(u16, u16)], name: &'static str, types: [u16; 2], doubt: Doubt) -> Entry {
    let models = [model_of(types[0], 0), model_of(types[1], 1)];
    entry(classes, name, models, OurChoice(if types[0] == types[1] { LIKE } else { LEAVED }), doubt)
}

const fn model_of(fireurisk_type: u16, climate: usize) -> FuelCode {
    let mut at = 0;
    while FIREURISK[at].classes[0].0 != fireurisk_type {
        at += 1;
    }
    FIREURISK[at].models[climate]
}

const fn own(
    classes: &'static [(u16, u16)],
    name: &'static str,
    model: FuelCode,
    reason: &'static str,
    doubt: Doubt,
) -> Entry {
    entry(classes, name, [model; 2], OurChoice(reason), doubt)
}

pub(super) static CORINE: [Entry; 45] = [
    like(&[(111, 111), (1, 1)], "continuous urban fabric", [61, 61], Low),
    like(&[(112, 112), (2, 2)], "discontinuous urban fabric", [62, 62], High),
    like(&[(121, 121), (3, 3)], "industrial or commercial units", [61, 61], Low),
    like(&[(122, 122), (4, 4)], "road and rail networks", [61, 61], Low),
    like(&[(123, 123), (5, 5)], "port areas", [61, 61], Low),
    like(&[(124, 124), (6, 6)], "airports", [61, 61], Low),
    like(&[(131, 131), (7, 7)], "mineral extraction sites", [7, 7], Low),
    like(&[(132, 132), (8, 8)], "dump sites", [7, 7], Low),
    like(&[(133, 133), (9, 9)], "construction sites", [7, 7], Low),
    like(&[(141, 141), (10, 10)], "green urban areas", [62, 62], High),
    like(&[(142, 142), (11, 11)], "sport and leisure facilities", [62, 62], High),
    like(&[(211, 211), (12, 12)], "non-irrigated arable land", [41, 41], High),
    own(&[(212, 212), (13, 13)], "permanently irrigated land", 93, IRRIGATED, Some),
    own(&[(213, 213), (14, 14)], "rice fields", 93, IRRIGATED, Low),
    like(&[(221, 221), (15, 15)], "vineyards", [42, 42], High),
    like(&[(222, 222), (16, 16)], "fruit trees and berry plantations", [42, 42], High),
    like(&[(223, 223), (17, 17)], "olive groves", [42, 42], High),
    like(&[(231, 231), (18, 18)], "pastures", [31, 31], Some),
    like(&[(241, 241), (19, 19)], "annual crops with permanent crops", [42, 42], High),
    like(&[(242, 242), (20, 20)], "complex cultivation patterns", [42, 42], High),
    like(&[(243, 243), (21, 21)], "agriculture with much natural vegetation", [32, 32], High),
    like(&[(244, 244), (22, 22)], "agro-forestry areas", [32, 32], Some),
    like(&[(311, 311), (23, 23)], "broad-leaved forest", [1112, 1122], High),
    like(&[(312, 312), (24, 24)], "coniferous forest", [1212, 1212], Some),
    like(&[(313, 313), (25, 25)], "mixed forest", [1302, 1302], Some),
    like(&[(321, 321), (26, 26)], "natural grasslands", [32, 32], Some),
    like(&[(322, 322), (27, 27)], "moors and heathland", [22, 22], Some),
    like(&[(323, 323), (28, 28)], "sclerophyllous vegetation", [22, 22], Some),
    like(&[(324, 324), (29, 29)], "transitional woodland-shrub", [22, 22], High),
    like(&[(331, 331), (30, 30)], "beaches, dunes, sands", [7, 7], Low),
    like(&[(332, 332), (31, 31)], "bare rocks", [7, 7], Low),
    own(&[(333, 333), (32, 32)], "sparsely vegetated areas", 101, SPARSE, High),
    own(&[(334, 334), (33, 33)], "burnt areas", 99, BURNT, High),
    own(&[(335, 335), (34, 34)], "glaciers and perpetual snow", 92, SAME, Low),
    like(&[(411, 411), (35, 35)], "inland marshes", [53, 53], High),
    like(&[(412, 412), (36, 36)], "peat bogs", [53, 53], High),
    like(&[(421, 421), (37, 37)], "salt marshes", [53, 53], High),
    like(&[(422, 422), (38, 38)], "salines", [7, 7], Low),
    like(&[(423, 423), (39, 39)], "intertidal flats", [7, 7], Low),
    own(&[(511, 511), (40, 40)], "water courses", 98, SAME, Low),
    own(&[(512, 512), (41, 41)], "water bodies", 98, SAME, Low),
    own(&[(521, 521), (42, 42)], "coastal lagoons", 98, SAME, Low),
    own(&[(522, 522), (43, 43)], "estuaries", 98, SAME, Low),
    own(&[(523, 523), (44, 44)], "sea and ocean", 98, SAME, Low),
    own(&[(0, 0)], "outside", FUEL_NO_DATA, NOTHING, Low),
];

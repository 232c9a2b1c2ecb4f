//! FirEUrisk's fuel types and ESA WorldCover's classes.
//!
//! FirEUrisk's models are those that Aragoneses, García, Salis, Ribeiro and Chuvieco (2023), Earth Syst. Sci. Data
//! 15:1287, assign by climate, read in the transcription that Sánchez et al. (2025), Sci. Rep. 15:22254, published with
//! their code and checked against a second one. WorldCover's candidates are those of Sánchez et al. (2025): for dry
//! climate their list for Catalonia, for humid climate FirEUrisk's humid models of the types they list for the class.

use super::Basis::{ChosenAmongPublished, OurChoice, Published};
use super::Doubt::{High, Low, Some};
use super::{Doubt, Entry, entry};
use crate::landscape::{FUEL_NO_DATA, FuelCode};

const ARAGONESES: &str = "Aragoneses et al. (2023), in the transcription of Sánchez et al. (2025)";
const SANCHEZ: &str = "Sánchez et al. (2025); in humid climate FirEUrisk's model of the type they name";

const fn fireurisk(
    class: &'static [(u16, u16)],
    name: &'static str,
    models: [FuelCode; 2],
    doubt: Doubt,
) -> Entry {
    entry(class, name, models, Published(ARAGONESES), doubt)
}

pub(super) static FIREURISK: [Entry; 25] = [
    fireurisk(&[(1111, 1111)], "open broadleaf evergreen forest", [147, 148], Some),
    fireurisk(&[(1112, 1112)], "closed broadleaf evergreen forest", [161, 162], Some),
    fireurisk(&[(1121, 1121)], "open broadleaf deciduous forest", [145, 149], Some),
    fireurisk(&[(1122, 1122)], "closed broadleaf deciduous forest", [165, 163], Some),
    fireurisk(&[(1211, 1211)], "open needleleaf evergreen forest", [147, 148], Some),
    fireurisk(&[(1212, 1212)], "closed needleleaf evergreen forest", [161, 162], Some),
    fireurisk(&[(1221, 1221)], "open needleleaf deciduous forest", [145, 149], Some),
    fireurisk(&[(1222, 1222)], "closed needleleaf deciduous forest", [165, 183], Some),
    fireurisk(&[(1301, 1301)], "open mixed forest", [147, 148], Some),
    fireurisk(&[(1302, 1302)], "closed mixed forest", [165, 183], Some),
    fireurisk(&[(21, 21)], "low shrubland, below 0.5 m", [142, 143], Some),
    fireurisk(&[(22, 22)], "medium shrubland, 0.5 to 1.5 m", [147, 148], Some),
    fireurisk(&[(23, 23)], "high shrubland, from 1.5 m", [145, 149], Some),
    fireurisk(&[(31, 31)], "low grassland, below 0.3 m", [102, 106], Some),
    fireurisk(&[(32, 32)], "medium grassland, 0.3 to 0.7 m", [104, 108], Some),
    fireurisk(&[(33, 33)], "high grassland, from 0.7 m", [107, 109], Some),
    fireurisk(&[(41, 41)], "herbaceous cropland", [104, 106], High),
    fireurisk(&[(42, 42)], "woody cropland", [102, 106], High),
    fireurisk(&[(51, 51)], "wet and peat or semi-peat land, tree", [147, 148], High),
    fireurisk(&[(52, 52)], "wet and peat or semi-peat land, shrubland", [145, 149], High),
    fireurisk(&[(53, 53)], "wet and peat or semi-peat land, grassland", [107, 109], High),
    fireurisk(&[(61, 61)], "urban continuous fabric", [91, 91], Low),
    fireurisk(&[(62, 62)], "urban discontinuous fabric", [142, 143], High),
    entry(
        &[(7, 7)],
        "nonfuel",
        [99; 2],
        OurChoice(
            "the transcriptions differ in the kind of ground (91 or 99), which does not burn in either",
        ),
        Low,
    ),
    entry(&[(0, 0)], "outside", [FUEL_NO_DATA; 2], OurChoice("the map holds nothing there"), Low),
];

pub(super) static WORLD_COVER: [Entry; 12] = [
    entry(
        &[(10, 10)],
        "tree cover",
        [161, 183],
        ChosenAmongPublished(
            "Sánchez et al. (2025) name TU1 and SH7 in dry climate, and types whose humid models are SH8, SH9, TU2, TU3 and TL3; \
             most trees stand in closed forest, and the class does not tell which",
        ),
        High,
    ),
    entry(
        &[(20, 20)],
        "shrubland",
        [147, 148],
        ChosenAmongPublished(
            "Sánchez et al. (2025) name SH2 and SH7 in dry climate, and types whose humid models are SH3, SH8 and SH9; \
             the middle of FirEUrisk's three heights",
        ),
        Some,
    ),
    entry(
        &[(30, 30)],
        "grassland",
        [104, 106],
        ChosenAmongPublished(
            "Sánchez et al. (2025) name GR4 in dry climate, and types whose humid models are GR6, GR8 and GR9; \
             the lightest, for pastures are grazed",
        ),
        Some,
    ),
    entry(&[(40, 40)], "cropland", [104, 106], Published(SANCHEZ), High),
    entry(&[(50, 50)], "built-up", [91; 2], Published(SANCHEZ), Low),
    entry(&[(60, 60)], "bare or sparse vegetation", [99; 2], Published(SANCHEZ), Low),
    entry(&[(70, 70)], "snow and ice", [92; 2], Published(SANCHEZ), Low),
    entry(&[(80, 80)], "permanent water bodies", [98; 2], Published(SANCHEZ), Low),
    entry(&[(90, 90)], "herbaceous wetland", [107, 109], Published(SANCHEZ), High),
    entry(
        &[(95, 95)],
        "mangroves",
        [99; 2],
        OurChoice(
            "they stand in tidal water and hardly burn; Sánchez et al. (2025) name SH7 for Catalonia, which has none",
        ),
        High,
    ),
    entry(
        &[(100, 100)],
        "moss and lichen",
        [101; 2],
        OurChoice("a thin, patchy cover; Sánchez et al. (2025) name GR7 for Catalonia, which has hardly any"),
        High,
    ),
    entry(&[(0, 0)], "outside", [FUEL_NO_DATA; 2], OurChoice("the map holds nothing there"), Low),
];

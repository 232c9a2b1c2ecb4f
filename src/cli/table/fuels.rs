//! Fuel models by the code or the name that a field gives.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use firecore::fuel::{FuelModel, FuelModels};
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::spread::rothermel::{FuelBed, MoistBed};
use firecore::wind;

use super::Given;
use super::column::Input;
use super::unit;

/// How many letters a name may differ by to be suggested, and how many names are.
const EDITS_MAX: usize = 2;
const SUGGESTED_MAX: usize = 5;

/// Finds a fuel model's place among all.
pub(crate) struct FuelNames {
    models: FuelModels,
    /// By code and by name in capitals.
    places: HashMap<Vec<u8>, usize, BuildHasherDefault<Fnv>>,
}

impl FuelNames {
    /// Names and codes of the models; where two models share a name, the one with the lower code has it.
    pub(crate) fn of(models: FuelModels) -> Self {
        let mut places = HashMap::default();
        for (place, model) in models.all().iter().enumerate() {
            places.insert(model.code.to_string().into_bytes(), place);
            places.entry(model.name.to_ascii_uppercase().into_bytes()).or_insert(place);
        }
        Self { models, places }
    }

    /// The place of a model that has this code or name, in capitals or not.
    pub(crate) fn place(&self, name: &[u8]) -> Option<usize> {
        self.places.get(name).or_else(|| self.places.get(&name.to_ascii_uppercase())).copied()
    }

    /// Names of the models that look most like a text, the nearest first; none where nothing does.
    pub(crate) fn nearest(&self, text: &str) -> Vec<&str> {
        let text = text.to_ascii_uppercase();
        let burnable = self.models.all().iter().filter(|model| model.is_burnable());
        let mut near: Vec<(usize, &str)> = burnable
            .map(|model| (strsim::levenshtein(&text, &model.name.to_ascii_uppercase()), model.name.as_ref()))
            .filter(|(edits, _)| *edits <= EDITS_MAX)
            .collect();
        near.sort_by_key(|(edits, _)| *edits);
        near.into_iter().take(SUGGESTED_MAX).map(|(_, name)| name).collect()
    }

    /// What the models are on the ground, by place; `None` where nothing burns.
    pub(crate) fn grounds(&self) -> Vec<Option<Ground>> {
        self.models().iter().map(Ground::of).collect()
    }

    /// The models, by place.
    pub(crate) fn models(&self) -> &[FuelModel] {
        self.models.all()
    }
}

/// Hashes a few letters in a few nanoseconds. The keys are names of fuel models, so nobody gains by making them collide.
///
/// Source: Fowler, Noll and Vo, FNV-1a with 64 bits (RFC 9923).
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn write_usize(&mut self, length: usize) {
        self.write(&[length as u8]);
    }
}

/// A fuel model that burns.
pub(crate) struct Ground {
    pub(crate) bed: FuelBed,
    pub(crate) depth_m: f64,
    /// Mid-flame wind over the wind at 20 ft, in the open.
    pub(crate) open_adjustment: f64,
    /// Some of the load is alive while it is moist.
    pub(crate) has_live_fuel: bool,
}

impl Ground {
    fn of(model: &FuelModel) -> Option<Self> {
        let bed = FuelBed::of(model)?;
        let dead = DeadFuelMoisture { one_hour: 1.0, ten_hour: 1.0, hundred_hour: 1.0 };
        let live = LiveFuelMoisture { herbaceous: 2.0, woody: 2.0 };
        let has_live_fuel = bed.moistened(&FuelMoisture { dead, live }).live_moisture() > 0.0;
        let depth_m = model.depth_m();
        let open_adjustment = wind::adjustment_factor(depth_m, None);
        Some(Self { bed, depth_m, open_adjustment, has_live_fuel })
    }
}

/// Fuel beds at the moisture of the last row that had them: many tables have many winds or slopes to one moisture.
#[derive(Default)]
pub(crate) struct MoistBeds(Vec<Option<(FuelMoisture, MoistBed)>>);

impl MoistBeds {
    /// The bed of the fuel model at a place, which is always moistened in the same way.
    pub(crate) fn moistened(
        &mut self,
        place: usize,
        moisture: &FuelMoisture,
        moisten: impl FnOnce(&FuelMoisture) -> MoistBed,
    ) -> &MoistBed {
        if self.0.len() <= place {
            self.0.resize(place + 1, None);
        }
        let kept = &mut self.0[place];
        if kept.as_ref().is_some_and(|(at, _)| at != moisture) {
            *kept = None;
        }
        &kept.get_or_insert_with(|| (*moisture, moisten(moisture))).1
    }
}

/// Largest moisture that is read, % of dry weight: firecore holds moisture below it.
const MOISTURE_PCT_MAX: f64 = 1000.0;

/// The five columns of fuel moisture.
pub(crate) fn moisture_columns() -> [Input; 5] {
    [
        ("m_1h_pct", "moisture, dead 1-hour"),
        ("m_10h_pct", "moisture, dead 10-hour"),
        ("m_100h_pct", "moisture, dead 100-hour"),
        ("m_herb_pct", "moisture, live herbaceous"),
        ("m_woody_pct", "moisture, live woody"),
    ]
    .map(|(name, what)| Input::number(name, what, unit::PERCENT, [0.0, MOISTURE_PCT_MAX]))
}

/// The moisture that these columns hold; `first` is the place of the first of them.
pub(crate) fn moisture(given: Given, first: usize) -> FuelMoisture {
    let share = |column: usize| given.number(first + column);
    FuelMoisture {
        dead: DeadFuelMoisture { one_hour: share(0), ten_hour: share(1), hundred_hour: share(2) },
        live: LiveFuelMoisture { herbaceous: share(3), woody: share(4) },
    }
}

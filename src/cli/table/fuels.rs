//! Fuel models by the code or the name that a field gives.

use std::collections::HashMap;

use firecore::fuel::FuelModel;

/// Finds a fuel model's place in [`FuelModel::all`].
pub(crate) struct FuelNames {
    places: HashMap<Vec<u8>, usize>,
}

impl FuelNames {
    /// The standard models.
    pub(crate) fn standard() -> Self {
        let mut places = HashMap::new();
        for (place, model) in FuelModel::all().iter().enumerate() {
            places.insert(model.code.to_string().into_bytes(), place);
            places.insert(model.name.as_bytes().to_vec(), place);
        }
        Self { places }
    }

    /// The place of a model that has this code or name, in capitals or not.
    pub(crate) fn place(&self, name: &[u8]) -> Option<usize> {
        self.places.get(name).or_else(|| self.places.get(&name.to_ascii_uppercase())).copied()
    }

    /// The model at a place, as in `GR2 low load, dry climate grass`.
    pub(crate) fn describe(&self, place: usize) -> String {
        FuelModel::all().get(place).map(ToString::to_string).unwrap_or_default()
    }

    /// How many models there are.
    pub(crate) fn count(&self) -> usize {
        FuelModel::all().len()
    }
}

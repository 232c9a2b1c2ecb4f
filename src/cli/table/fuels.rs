//! Fuel models by the code or the name that a field gives.

use std::collections::HashMap;

use firecore::fuel::{FuelModel, FuelModels};

/// Finds a fuel model's place among all.
pub(crate) struct FuelNames {
    models: FuelModels,
    /// By code and by name in capitals.
    places: HashMap<Vec<u8>, usize>,
}

impl FuelNames {
    /// Names and codes of the models; where two models share a name, the one with the lower code has it.
    pub(crate) fn of(models: FuelModels) -> Self {
        let mut places = HashMap::new();
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

    /// The models, by place.
    pub(crate) fn models(&self) -> &[FuelModel] {
        self.models.all()
    }
}

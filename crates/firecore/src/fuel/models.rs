//! Fuel models by code.

use std::borrow::Cow;

use super::standard::STANDARD;
use super::{FuelCode, FuelModel};

/// What fuel codes mean: the standard models, with custom ones added to them or in their place.
///
/// The standard table is borrowed, so that making one costs no more than the index.
#[derive(Clone, Debug, PartialEq)]
pub struct FuelModels {
    /// By rising code.
    models: Cow<'static, [FuelModel]>,
    /// Where each code's model lies.
    place: [Option<u8>; 256],
}

impl FuelModels {
    /// The standard models alone.
    pub const fn standard() -> Self {
        Self { models: Cow::Borrowed(&STANDARD), place: STANDARD_PLACE }
    }

    /// These and others: a model takes the place of one with its code, and the last of several wins.
    pub fn with(self, others: impl IntoIterator<Item = FuelModel>) -> Self {
        let mut models = self.models.into_owned();
        for model in others {
            match models.binary_search_by_key(&model.code, |known| known.code) {
                Ok(known) => models[known] = model,
                Err(free) => models.insert(free, model),
            }
        }
        let place = places(&models);
        Self { models: Cow::Owned(models), place }
    }

    /// The model of a code; `None` where the table has none.
    pub fn get(&self, code: FuelCode) -> Option<&FuelModel> {
        self.place[usize::from(code)].map(|place| &self.models[usize::from(place)])
    }

    /// Every model, by rising code; those that do not burn among them.
    pub fn all(&self) -> &[FuelModel] {
        &self.models
    }

    /// Whether ground of a code burns: a known model that carries fuel.
    pub fn burns(&self, code: FuelCode) -> bool {
        self.get(code).is_some_and(FuelModel::is_burnable)
    }

    /// A fuel code in words, known or not.
    pub fn describe(&self, code: FuelCode) -> String {
        match self.get(code) {
            Some(model) => model.to_string(),
            None => format!("{code} not a known fuel model"),
        }
    }

    /// Several codes in words.
    pub fn describe_all(&self, codes: impl IntoIterator<Item = FuelCode>) -> String {
        codes.into_iter().map(|code| self.describe(code)).collect::<Vec<_>>().join(", ")
    }
}

impl Default for FuelModels {
    fn default() -> Self {
        Self::standard()
    }
}

/// The standard model of a code.
pub(super) fn standard(code: FuelCode) -> Option<&'static FuelModel> {
    STANDARD_PLACE[usize::from(code)].map(|place| &STANDARD[usize::from(place)])
}

static STANDARD_PLACE: [Option<u8>; 256] = places(&STANDARD);

const fn places(models: &[FuelModel]) -> [Option<u8>; 256] {
    let mut places = [None; 256];
    let mut place = 0;
    while place < models.len() {
        places[models[place].code as usize] = Some(place as u8);
        place += 1;
    }
    places
}

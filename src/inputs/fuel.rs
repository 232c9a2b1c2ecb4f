//! What the codes of fuel rasters mean: the standard models, a user's own, or another classification.

use std::path::Path;
use std::sync::Arc;

use firecore::forecast::InputNote;
use firecore::fuel::FuelModels;
use firecore::fuel::crosswalk::Classification;
use firecore::fuel::custom::{self, Format};
use firecore::landscape::{FUEL_NO_DATA, FuelCode};

use super::{InputSettings, InputsError};

/// A file of fuel models holds at most 255; this is a hundred times what they need.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Warnings about a file that its note repeats; the rest is counted.
const WARNINGS_SHOWN: usize = 3;

/// How fuel rasters are read.
#[derive(Clone, Debug, Default)]
pub(super) struct FuelMeaning {
    pub(super) models: Arc<FuelModels>,
    classification: Option<Classification>,
    notes: Vec<InputNote>,
}

impl FuelMeaning {
    /// By the settings; reads the file of custom models.
    pub(super) fn read(settings: &InputSettings) -> Result<Self, InputsError> {
        let mut meaning = Self { classification: settings.fuel_classification, ..Self::default() };
        if let Some(path) = &settings.fuel_models {
            let file = read_models(path)?;
            meaning.notes.push(note(path, &file));
            meaning.models = Arc::new(FuelModels::standard().with(file.models));
        }
        Ok(meaning)
    }

    /// The code that a raster's cell stands for; `None` for a number that means nothing.
    pub(super) fn code(&self, cell: f32) -> Option<FuelCode> {
        if cell.is_nan() || cell == 0.0 {
            return Some(FUEL_NO_DATA);
        }
        if let Some(classification) = self.classification {
            let class = cell as u16;
            return classification.to_standard(class).filter(|_| f32::from(class) == cell);
        }
        let code = cell as FuelCode;
        (f32::from(code) == cell && self.models.get(code).is_some()).then_some(code)
    }

    /// How a raster was understood, for its note: empty where its codes are those of fuel models.
    pub(super) fn in_words(&self) -> String {
        match self.classification {
            Some(classification) => format!(", classes of {classification} taken as standard fuel models"),
            None => String::new(),
        }
    }

    /// What the numbers that mean nothing are not, for the note about them.
    pub(super) fn unknown_in_words(&self) -> String {
        match self.classification {
            Some(classification) => format!("numbers that are no class of {classification}"),
            None => "codes that no fuel model has".to_owned(),
        }
    }

    /// Notes on what was read beside the rasters.
    pub(super) fn notes(&self) -> &[InputNote] {
        &self.notes
    }
}

/// Reads a file of custom fuel models: CSV by its extension, else FARSITE's format.
pub fn read_models(path: &Path) -> Result<custom::CustomFuels, InputsError> {
    let unreadable = |source| InputsError::Read { path: path.to_owned(), source };
    let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(InputsError::FuelModelsSize { path: path.to_owned(), bytes, bytes_max: FILE_BYTES_MAX });
    }
    let text = std::fs::read(path).map_err(unreadable)?;
    let is_csv = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    let format = if is_csv { Format::Csv } else { Format::Fmd };
    // Descriptions may be in any encoding; what matters is ASCII.
    custom::parse(&String::from_utf8_lossy(&text), format)
        .map_err(|problem| InputsError::FuelModels { path: path.to_owned(), problem })
}

fn note(path: &Path, file: &custom::CustomFuels) -> InputNote {
    let models: Vec<String> =
        file.models.iter().map(|model| format!("{} {}", model.code, model.name)).collect();
    let mut source =
        format!("{}: {} custom fuel models ({})", path.display(), models.len(), models.join(", "));
    for warning in file.warnings.iter().take(WARNINGS_SHOWN) {
        source.push_str(&format!("; {warning}"));
    }
    if file.warnings.len() > WARNINGS_SHOWN {
        source.push_str(&format!("; {} more warnings", file.warnings.len() - WARNINGS_SHOWN));
    }
    InputNote { input: "fuel_models".to_owned(), source, valid_at: None, fallback: false }
}

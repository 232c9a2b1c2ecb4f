//! From a file and variables to checked Settings, remembering where each value came from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::Settings;

const VARIABLE_PREFIX: &str = "GUIRA_";

/// Deepest nesting of a variable's name: no setting lies deeper.
const VARIABLE_DEPTH_MAX: usize = 4;

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("settings file {file} cannot be read: {source}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("settings file {file} is not TOML: {detail}")]
    NotToml {
        /// The file.
        file: PathBuf,
        /// Where and what.
        detail: String,
    },
    /// A value is of the wrong kind, or a field is not known.
    #[error("{origin}, field {field}: {detail}")]
    Field {
        /// The file or the variable.
        origin: String,
        /// The field's path.
        field: String,
        /// What is needed and what was found.
        detail: String,
    },
}

/// Where the tests and the examples find the reference data: of the same prefix, and no setting.
const REFERENCE_DATA_VARIABLE: &str = "GUIRA_REFERENCE_DATA";

/// The process's own variables; what is not UTF-8 in one is replaced, so that a setting in it is refused by name.
pub fn process_variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .map(|(name, text)| (name.to_string_lossy().into_owned(), text.to_string_lossy().into_owned()))
}

/// Settings from an optional file and variables.
pub fn from_sources(
    file: Option<&Path>,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Settings, SettingsError> {
    let mut table = match file {
        Some(file) => read(file)?,
        None => Table::new(),
    };
    let mut origins = BTreeMap::new();
    for (name, text) in variables {
        let Some(path) = name.strip_prefix(VARIABLE_PREFIX).filter(|_| name != REFERENCE_DATA_VARIABLE)
        else {
            continue;
        };
        let field = path.to_ascii_lowercase().replace("__", ".");
        insert(&mut table, &field, &text).map_err(|detail| SettingsError::Field {
            origin: format!("variable {name}"),
            field: field.clone(),
            detail,
        })?;
        origins.insert(field, name);
    }
    let origin_of = |field: &str| match (origins.get(field), file) {
        (Some(variable), _) => format!("variable {variable}"),
        (None, Some(file)) => format!("settings file {}", file.display()),
        (None, None) => "built-in settings".to_owned(),
    };
    let settings: Settings = serde_path_to_error::deserialize(Value::Table(table)).map_err(|error| {
        let field = error.path().to_string();
        let detail = error.inner().message().to_owned();
        // An unknown field is reported at its parent's path in some shapes; the variable that set it says more.
        let origin = match origins.iter().find(|(path, _)| path.starts_with(&field)) {
            Some((_, variable)) => format!("variable {variable}"),
            None => origin_of(&field),
        };
        SettingsError::Field { origin, field, detail }
    })?;
    settings.check().map_err(|range| SettingsError::Field {
        origin: origin_of(range.field),
        field: range.field.to_owned(),
        detail: range.detail,
    })?;
    Ok(settings)
}

fn read(file: &Path) -> Result<Table, SettingsError> {
    let text = std::fs::read_to_string(file)
        .map_err(|source| SettingsError::Unreadable { file: file.to_owned(), source })?;
    text.parse().map_err(|error: toml::de::Error| SettingsError::NotToml {
        file: file.to_owned(),
        detail: error.to_string().trim_end().replace('\n', " "),
    })
}

/// Puts a variable's text at a dotted path: as a number or truth value where it reads as one, else as text.
fn insert(table: &mut Table, field: &str, text: &str) -> Result<(), String> {
    let parts: Vec<&str> = field.split('.').collect();
    if parts.len() > VARIABLE_DEPTH_MAX || parts.iter().any(|part| part.is_empty()) {
        return Err("no such setting".to_owned());
    }
    let (last, parents) = parts.split_last().expect("a split text has at least one part");
    let mut into = table;
    for parent in parents {
        let entry = into.entry((*parent).to_owned()).or_insert_with(|| Value::Table(Table::new()));
        into = entry.as_table_mut().ok_or_else(|| format!("{parent} is no section"))?;
    }
    into.insert((*last).to_owned(), value_of(text));
    Ok(())
}

fn value_of(text: &str) -> Value {
    let number = text.parse().map(Value::Integer).or_else(|_| text.parse().map(Value::Float));
    match (number, text) {
        (Ok(number), _) => number,
        (Err(_), "true") => Value::Boolean(true),
        (Err(_), "false") => Value::Boolean(false),
        (Err(_), other) => Value::String(other.to_owned()),
    }
}

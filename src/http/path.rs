//! An id in a path, whatever bytes are sent there.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use super::body::fault;
use super::error::ApiError;

/// The one parameter of a path, as it was sent.
pub(super) struct PathId(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Self(id)),
            Err(rejection) => Err(ApiError::BadParameter(fault("id", rejection.body_text()))),
        }
    }
}

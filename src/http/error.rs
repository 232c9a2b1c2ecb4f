//! ApiError -> status and problem body (RFC 9457): the only mapping.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::http::auth::Scope;

/// What a refused request gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ApiError {
    /// The body is not JSON, or not of the documented shape.
    Malformed(Vec<FieldError>),
    /// Every row is bad, or one is and the caller asked for all or nothing.
    Unprocessable(Vec<FieldError>),
    /// Assets that cannot be taken: none of them was.
    AssetsRefused(Vec<FieldError>),
    /// What If-Match or If-None-Match require does not hold.
    Precondition {
        /// What was needed and what was found.
        detail: String,
    },
    /// A query or path parameter is not of the documented shape.
    BadParameter(FieldError),
    /// The body is too large.
    TooLarge {
        /// Largest body, bytes.
        bytes_max: usize,
    },
    /// The body is said to be something else than JSON.
    NotJson,
    /// No key, or one that is not known or has expired.
    NoKey,
    /// The key lacks a scope.
    MissingScope(Scope),
    /// No such path.
    NoSuchPath,
    /// The path has no such method.
    NoSuchMethod,
    /// Nothing has this id.
    NotFound {
        /// What was asked for, as in `forecast request`.
        what: &'static str,
        /// The id.
        id: String,
    },
    /// The fire was merged into another one.
    Merged {
        /// Where the other one is.
        location: String,
    },
    /// What an operator wants cannot be done.
    Refused(FieldError),
    /// It was done before, or what it concerns is no longer there.
    Conflict {
        /// Why, in words.
        detail: String,
    },
    /// Too much work is on its way in.
    Busy {
        /// When to come again, s.
        retry_after_s: u64,
        /// What is full.
        detail: String,
    },
    /// The answer to something that was sent took too long.
    TimedOut,
    /// The answer to a question took too long.
    Unanswered,
    /// Our own fault; the reason is in the log.
    Internal,
}

/// One thing that is wrong, and where: a JSON pointer into the body, or a parameter's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct FieldError {
    /// As in `/detections/0/latitude`; empty for the whole body.
    pub(super) pointer: String,
    /// What is needed and what was found.
    pub(super) detail: String,
}

/// Most faults named in one answer: the rest is counted in `detail`.
const ERRORS_MAX: usize = 100;

#[derive(Serialize)]
struct Problem {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

/// The path that was asked for, which the problem body repeats; set by the router's outermost layer.
#[derive(Clone, Debug)]
struct Unplaced(ApiError);

impl IntoResponse for ApiError {
    /// The instance is added by [`place`], which knows the path.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Unplaced(self));
        response
    }
}

/// Gives an error response its body, with the path that was asked for.
pub(super) fn place(response: Response, path: &str) -> Response {
    let Some(Unplaced(error)) = response.extensions().get::<Unplaced>().cloned() else {
        return response;
    };
    let mut errors = error.errors();
    let mut detail = error.detail();
    if errors.len() > ERRORS_MAX {
        detail = format!("{detail}; the first {ERRORS_MAX} of {} faults are named", errors.len());
        errors.truncate(ERRORS_MAX);
    }
    let problem = Problem {
        r#type: error.type_uri(),
        title: error.title(),
        status: error.status().as_u16(),
        detail,
        instance: Some(path.to_owned()),
        errors,
    };
    let mut placed = (error.status(), Json(problem)).into_response();
    let headers = placed.headers_mut();
    for (name, value) in response.headers() {
        if name != CONTENT_TYPE {
            headers.insert(name, value.clone());
        }
    }
    headers.remove(axum::http::header::CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    match &error {
        ApiError::Busy { retry_after_s, .. } => {
            headers.insert(RETRY_AFTER, HeaderValue::from(*retry_after_s));
        }
        ApiError::NoKey => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("ApiKey header=\"X-API-Key\""));
        }
        ApiError::Merged { location } => {
            if let Ok(location) = HeaderValue::from_str(location) {
                headers.insert(LOCATION, location);
            }
        }
        _ => {}
    }
    placed
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) | Self::BadParameter(_) => StatusCode::BAD_REQUEST,
            Self::Precondition { .. } => StatusCode::PRECONDITION_FAILED,
            Self::Unprocessable(_) | Self::AssetsRefused(_) | Self::Refused(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NoKey => StatusCode::UNAUTHORIZED,
            Self::MissingScope(_) => StatusCode::FORBIDDEN,
            Self::NoSuchPath | Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::NoSuchMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Merged { .. } => StatusCode::PERMANENT_REDIRECT,
            Self::Busy { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::TimedOut | Self::Unanswered => StatusCode::GATEWAY_TIMEOUT,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Names the kind of problem for programs; not an address.
    fn type_uri(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "urn:guira:problem:malformed-body",
            Self::BadParameter(_) => "urn:guira:problem:bad-parameter",
            Self::Unprocessable(_) => "urn:guira:problem:detections-refused",
            Self::Refused(_) => "urn:guira:problem:operation-refused",
            Self::Conflict { .. } => "urn:guira:problem:conflict",
            Self::AssetsRefused(_) => "urn:guira:problem:assets-refused",
            Self::Precondition { .. } => "urn:guira:problem:precondition-failed",
            Self::TooLarge { .. } => "urn:guira:problem:body-too-large",
            Self::NotJson => "urn:guira:problem:not-json",
            Self::NoKey => "urn:guira:problem:no-valid-key",
            Self::MissingScope(_) => "urn:guira:problem:missing-scope",
            Self::NoSuchPath => "urn:guira:problem:no-such-path",
            Self::NoSuchMethod => "urn:guira:problem:no-such-method",
            Self::NotFound { .. } => "urn:guira:problem:not-found",
            Self::Merged { .. } => "urn:guira:problem:merged",
            Self::Busy { .. } => "urn:guira:problem:busy",
            Self::TimedOut | Self::Unanswered => "urn:guira:problem:timed-out",
            Self::Internal => "urn:guira:problem:internal",
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "The body is not what this resource takes",
            Self::BadParameter(_) => "A parameter is not what this resource takes",
            Self::Unprocessable(_) => "The detections cannot be taken",
            Self::Refused(_) => "That cannot be done",
            Self::Conflict { .. } => "That is no longer to be done",
            Self::AssetsRefused(_) => "The assets cannot be taken",
            Self::Precondition { .. } => "The list is not what the request requires",
            Self::TooLarge { .. } => "The body is too large",
            Self::NotJson => "The body must be JSON",
            Self::NoKey => "A valid key is needed",
            Self::MissingScope(_) => "The key lacks a scope",
            Self::NoSuchPath => "No such path",
            Self::NoSuchMethod => "No such method",
            Self::NotFound { .. } => "Not found",
            Self::Merged { .. } => "The fire was merged into another one",
            Self::Busy { .. } => "Too much work is on its way in",
            Self::TimedOut | Self::Unanswered => "The answer took too long",
            Self::Internal => "Internal error",
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Malformed(errors) | Self::Unprocessable(errors) | Self::AssetsRefused(errors) => {
                sum_up(errors)
            }
            Self::Precondition { detail } => detail.clone(),
            Self::BadParameter(error) => format!("{}: {}", error.pointer, error.detail),
            Self::TooLarge { bytes_max } => format!("a body may have at most {bytes_max} bytes"),
            Self::NotJson => "send the header Content-Type: application/json".to_owned(),
            Self::NoKey => "send a key that is known and has not expired in the header X-API-Key".to_owned(),
            Self::MissingScope(scope) => format!("this needs a key with the scope {}", scope.name()),
            Self::NoSuchPath => "GET / lists the paths that exist".to_owned(),
            Self::NoSuchMethod => "the header Allow lists the methods of this path".to_owned(),
            Self::NotFound { what, id } => format!("no {what} has the id {id}"),
            Self::Merged { location } => format!("its detections are now at {location}"),
            Self::Refused(error) => error.detail.clone(),
            Self::Busy { detail, .. } | Self::Conflict { detail } => detail.clone(),
            Self::TimedOut => {
                "what was sent may still have been taken: detections that are sent again are duplicates; what an \
                 operator did is in GET /operations, and the list of assets in GET /assets"
                    .to_owned()
            }
            Self::Unanswered => "nothing was changed by it: ask again".to_owned(),
            Self::Internal => "the reason is in the server's log".to_owned(),
        }
    }

    fn errors(&self) -> Vec<FieldError> {
        match self {
            Self::Malformed(errors) | Self::Unprocessable(errors) | Self::AssetsRefused(errors) => {
                errors.clone()
            }
            Self::BadParameter(error) | Self::Refused(error) => vec![error.clone()],
            Self::TooLarge { .. } => vec![FieldError { pointer: String::new(), detail: self.detail() }],
            _ => Vec::new(),
        }
    }
}

fn sum_up(errors: &[FieldError]) -> String {
    match errors {
        [] => "nothing in it can be taken".to_owned(),
        [error] if error.pointer.is_empty() => error.detail.clone(),
        [error] => format!("{}: {}", error.pointer, error.detail),
        [first, rest @ ..] => format!("{}: {}; and {} more", first.pointer, first.detail, rest.len()),
    }
}

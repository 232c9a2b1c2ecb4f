//! Classes of a quantity that have a name each.

/// A text that names no class of a quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{quantity} is one of {needed}, not '{found}'")]
pub struct ClassError {
    /// What the class was to be of.
    pub quantity: &'static str,
    /// The names there are.
    pub needed: String,
    /// The text there was.
    pub found: String,
}

/// The place of a name in a list; neither letter case nor blanks around it count.
pub(super) fn place(quantity: &'static str, names: &[&str], text: &str) -> Result<usize, ClassError> {
    let found = text.trim();
    let refusal = || ClassError { quantity, needed: names.join(", "), found: found.to_owned() };
    names.iter().position(|name| name.eq_ignore_ascii_case(found)).ok_or_else(refusal)
}

/// A type with one value a class: `ALL`, `name`, `Display` and `FromStr`.
macro_rules! classes {
    ($(#[$docs:meta])* $class:ident: $quantity:literal { $($(#[$of_one:meta])* $one:ident = $name:literal,)+ }) => {
        $(#[$docs])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $class {
            $($(#[$of_one])* $one,)+
        }

        impl $class {
            /// Every class, in the published order.
            pub const ALL: &'static [Self] = &[$(Self::$one,)+];
            const NAMES: &'static [&'static str] = &[$($name,)+];

            /// Its name, as [`FromStr`](std::str::FromStr) reads it.
            pub fn name(self) -> &'static str {
                Self::NAMES[self as usize]
            }
        }

        $crate::moisture::class::named!($class: $quantity);
    };
}

/// `Display` and `FromStr` of a type that has `ALL`, `NAMES` and `name`.
macro_rules! named {
    ($class:ident: $quantity:literal) => {
        impl std::fmt::Display for $class {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.pad(self.name())
            }
        }

        impl std::str::FromStr for $class {
            type Err = $crate::moisture::ClassError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::moisture::class::place($quantity, Self::NAMES, text).map(|place| Self::ALL[place])
            }
        }
    };
}

pub(super) use {classes, named};

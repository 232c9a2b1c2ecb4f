//! What a case found against what was expected.

/// One number of a case.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// What was measured: findings of the same column are shown together.
    pub(crate) column: String,
    /// Which of several: a place, a time, an angle.
    pub(crate) at: String,
    /// In the file's units; infinite: not reached by the end.
    pub(crate) expected: f64,
    /// Likewise; NaN: nothing could be measured.
    pub(crate) found: f64,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// m2
    Area,
    /// m, on a grid of cells of this size
    Length { cell_m: f64 },
    /// min
    Time,
    /// Anything else, told by its share.
    Rate,
}

impl Finding {
    pub(crate) fn new(column: &str, at: impl Into<String>, expected: f64, found: f64, kind: Kind) -> Self {
        Self { column: column.to_owned(), at: at.into(), expected, found, kind }
    }

    /// Error in the file's units; infinite where only one of the two was reached.
    pub(crate) fn error(&self) -> f64 {
        match (self.expected.is_finite(), self.found.is_finite()) {
            (true, true) => self.found - self.expected,
            (false, false) if self.found == f64::INFINITY => 0.0,
            _ => f64::INFINITY,
        }
    }

    /// Error over what was expected, %; `None` where that is zero.
    pub(crate) fn percent(&self) -> Option<f64> {
        match self.error() {
            0.0 => Some(0.0),
            error if error.is_infinite() => Some(error),
            error => (self.expected != 0.0).then(|| 100.0 * error / self.expected.abs()),
        }
    }

    /// Error of a time in seconds, of a length in cells.
    pub(crate) fn scaled(&self) -> Option<f64> {
        match self.kind {
            Kind::Length { cell_m } => Some(self.error() / cell_m),
            Kind::Time => Some(60.0 * self.error()),
            Kind::Area | Kind::Rate => None,
        }
    }
}

/// What became of a case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) name: String,
    /// Rows, columns and size of a cell, m, of the largest grid used.
    pub(crate) grid: (usize, usize, f64),
    pub(crate) findings: Vec<Finding>,
    /// What was taken for granted.
    pub(crate) notes: Vec<String>,
}

impl Report {
    pub(crate) fn used(&mut self, shape: &firecore::grid::GridShape) {
        if shape.len() > self.grid.0 * self.grid.1 {
            self.grid = (shape.rows, shape.cols, shape.cell_size_m);
        }
    }

    /// Of each number the one that is farther off.
    pub(crate) fn worse_of(mut self, other: Self) -> Self {
        let size = |finding: &Finding| finding.error().abs();
        for theirs in other.findings {
            let same = |ours: &&mut Finding| ours.column == theirs.column && ours.at == theirs.at;
            match self.findings.iter_mut().find(same) {
                Some(ours) if size(ours) >= size(&theirs) => {}
                Some(ours) => *ours = theirs,
                None => self.findings.push(theirs),
            }
        }
        self
    }
}

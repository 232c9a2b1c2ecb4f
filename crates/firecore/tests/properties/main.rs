//! What holds for any input: one binary, a module a subject.

mod crown;
mod ember;
mod growth;
mod hands;
mod impact;
mod moisture;
mod nearest;
mod physics;
mod region;
mod scene;
mod simulation;
mod spotting;
mod tracking;

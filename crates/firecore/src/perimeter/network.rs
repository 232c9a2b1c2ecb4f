//! Several contours as one network: stretches that lines share are kept once, so that they stay shared.

use super::lattice::{CELL, Point};
use crate::grid::GridShape;

/// A stretch of line between two places where lines meet or part; a ring on its own begins and ends at one of its points.
pub(super) type Arc = Vec<Point>;

/// What a ring is put together from.
pub(super) struct Network {
    pub(super) arcs: Vec<Arc>,
    /// Of each ring, in the order given: its arcs.
    pub(super) rings: Vec<Vec<u32>>,
}

const NONE: u32 = u32::MAX;

/// Every different point of the rings.
struct Vertices {
    points: Vec<Point>,
    before: Vec<u32>,
    after: Vec<u32>,
    /// True where lines meet or part.
    is_node: Vec<bool>,
}

impl Network {
    /// From closed rings with points on the lines between the grid's centres.
    pub(super) fn new(shape: &GridShape, rings: &[&[Point]]) -> Self {
        let (mut vertices, numbers) = Vertices::new(shape, rings);
        for ring in &numbers {
            vertices.note_neighbours(ring);
        }
        let mut network = Self { arcs: Vec::new(), rings: Vec::with_capacity(rings.len()) };
        let mut arc_of = vec![NONE; vertices.points.len()];
        for mut ring in numbers {
            if let Some(node) = ring.iter().position(|vertex| vertices.is_node[*vertex as usize]) {
                ring.rotate_left(node);
            }
            let parts = network.parts(&ring, &vertices, &mut arc_of);
            network.rings.push(parts);
        }
        network
    }

    /// The arcs of a ring that begins at a node where it has one; those that are not there yet are made.
    fn parts(&mut self, ring: &[u32], vertices: &Vertices, arc_of: &mut [u32]) -> Vec<u32> {
        let mut parts = Vec::new();
        let mut begin = 0;
        while begin < ring.len() {
            let inner =
                ring[begin + 1..].iter().take_while(|vertex| !vertices.is_node[**vertex as usize]).count();
            let end = begin + inner + 1;
            // What is not a node lies in one arc only, and so does a ring without one.
            let key =
                if vertices.is_node[ring[begin] as usize] { ring.get(begin + 1) } else { Some(&ring[begin]) };
            let known = key.filter(|_| inner > 0).map_or(NONE, |vertex| arc_of[*vertex as usize]);
            parts.push(if known == NONE {
                let arc = self.arcs.len() as u32;
                let stretch = ring[begin..end].iter().chain([&ring[end % ring.len()]]);
                self.arcs.push(stretch.map(|vertex| vertices.points[*vertex as usize]).collect());
                for vertex in ring[begin..end].iter().filter(|vertex| !vertices.is_node[**vertex as usize]) {
                    arc_of[*vertex as usize] = arc;
                }
                arc
            } else {
                known
            });
            begin = end;
        }
        parts
    }

    /// The closed rings again, from arcs that have replaced the network's own.
    pub(super) fn rings_of(&self, arcs: &[Arc]) -> Vec<Vec<Point>> {
        let ring = |parts: &Vec<u32>| {
            let mut points: Vec<Point> = Vec::new();
            for part in parts {
                let arc = &arcs[*part as usize];
                points.extend(&arc[..arc.len() - 1]);
            }
            points.push(points[0]);
            points
        };
        self.rings.iter().map(ring).collect()
    }
}

impl Vertices {
    /// The points, and each ring as numbers of points, without the closing one.
    fn new(shape: &GridShape, rings: &[&[Point]]) -> (Self, Vec<Vec<u32>>) {
        let cols = shape.cols + 1;
        let cell_of = |at: Point| (at.y / CELL) as usize * cols + (at.x / CELL) as usize;
        // Points by the cell that they lie in: the newest, and from each the one before.
        let mut newest = vec![NONE; cols * (shape.rows + 1)];
        let mut older: Vec<u32> = Vec::new();
        let mut points: Vec<Point> = Vec::new();
        let mut number = |at: Point| {
            let head = &mut newest[cell_of(at)];
            let mut vertex = *head;
            while vertex != NONE && points[vertex as usize] != at {
                vertex = older[vertex as usize];
            }
            if vertex == NONE {
                vertex = points.len() as u32;
                points.push(at);
                older.push(*head);
                *head = vertex;
            }
            vertex
        };
        let numbers: Vec<Vec<u32>> =
            rings.iter().map(|ring| ring[..ring.len() - 1].iter().map(|at| number(*at)).collect()).collect();
        let count = points.len();
        (
            Self { points, before: vec![NONE; count], after: vec![NONE; count], is_node: vec![false; count] },
            numbers,
        )
    }

    fn note_neighbours(&mut self, ring: &[u32]) {
        for (at, vertex) in ring.iter().enumerate() {
            let before = ring[(at + ring.len() - 1) % ring.len()];
            let after = ring[(at + 1) % ring.len()];
            let vertex = *vertex as usize;
            if self.before[vertex] == NONE {
                (self.before[vertex], self.after[vertex]) = (before, after);
            } else {
                self.is_node[vertex] |= (self.before[vertex], self.after[vertex]) != (before, after);
            }
        }
    }
}

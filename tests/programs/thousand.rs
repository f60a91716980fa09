// Vectors and maps of a thousand elements, all different, as an editor opens them.
use std::collections::BTreeMap;

struct Point {
    x: i32,
    y: f64,
}

enum Shape {
    Circle(f64),
    Square { side: i32 },
    Empty,
}

fn main() {
    let texts: Vec<String> = (0..1000).map(|i| format!("number {i}")).collect();
    let slices: Vec<&str> = texts.iter().map(|one| &one[3..]).collect();
    let options: Vec<Option<i32>> = (0..1000).map(|i| if i % 3 == 0 { None } else { Some(i) }).collect();
    let boxed: Vec<Option<Box<i32>>> = (0..1000).map(|i| if i % 3 == 0 { None } else { Some(Box::new(i)) }).collect();
    let shapes: Vec<Shape> = (0..1000)
        .map(|i| match i % 3 {
            0 => Shape::Circle(i as f64),
            1 => Shape::Square { side: i },
            _ => Shape::Empty,
        })
        .collect();
    let tuples: Vec<(u8, Point)> = (0..1000).map(|i| (i as u8, Point { x: i, y: 0.5 })).collect();
    let tree: BTreeMap<i32, bool> = (0..1000).map(|i| (i, i % 2 == 0)).collect();
    let mut sum = tree.len() + slices.len() + boxed.len() + options.len();
    for shape in &shapes {
        sum += match shape {
            Shape::Circle(radius) => *radius as usize,
            Shape::Square { side } => *side as usize,
            Shape::Empty => 0,
        };
    }
    println!("{}", sum + tuples[3].1.x as usize + tuples[3].1.y as usize); // @mark stop
}

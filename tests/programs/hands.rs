// What hands type most is typed at this program: enums, vectors, traits, options.
use std::collections::HashMap;

#[derive(Debug)]
enum Shape {
    Empty,
    Circle(f64),
    Square { side: f64 },
}

struct Point {
    x: i32,
    y: i32,
}

impl Point {
    fn norm(&self) -> i32 {
        self.x * self.x + self.y * self.y // @mark norm
    }
}

fn area(shape: &Shape) -> f64 {
    match shape {
        Shape::Empty => 0.0,
        Shape::Circle(r) => 3.0 * r * r, // @mark circle
        Shape::Square { side } => side * side,
    }
}

fn main() {
    let point = Point { x: 3, y: 4 };
    let numbers = vec![1, 2, 3];
    let text = String::from("hello");
    let word = "world";
    let some: Option<i32> = Some(7);
    let none: Option<i32> = None;
    let pair = (1u8, 2.5f64);
    let array = [10i64, 20, 30];
    let shapes = [Shape::Empty, Shape::Circle(2.0), Shape::Square { side: 1.5 }];
    let mut ages = HashMap::new();
    ages.insert(String::from("ann"), 31);
    let mut total = 0.0; // @mark ready
    for shape in &shapes {
        total += area(shape);
    }
    println!("{} {} {} {:?} {:?}", point.norm(), text, word, some, none);
    println!("{} {} {} {}", numbers.len(), total, pair.0, array[1] + ages.len() as i64);
    std::process::exit(3);
}

// Trait objects, generics with bounds, associated constants and types, default methods, supertraits.
use std::fmt::Debug;
use std::hint::black_box;

trait Shape: Debug {
    const SIDES: u32;
    fn area(&self) -> f64;
    fn doubled(&self) -> f64 {
        let measured = self.area();
        black_box(&measured);
        measured * 2.0 // @mark doubled: measured; self
    }
}
trait Named {
    fn name(&self) -> &str;
}

#[derive(Debug)]
struct Square {
    side: f64,
}
#[derive(Debug)]
struct Circle(f32, &'static str);

impl Shape for Square {
    const SIDES: u32 = 4;
    #[inline(never)]
    fn area(&self) -> f64 {
        let measured = self.side * self.side;
        black_box(&measured);
        measured // @mark area: measured; self.side; *self
    }
}
impl Shape for Circle {
    const SIDES: u32 = 0;
    fn area(&self) -> f64 {
        self.0 as f64 * 3.0
    }
}
impl Named for Square {
    fn name(&self) -> &str {
        "square"
    }
}
impl Named for Circle {
    fn name(&self) -> &str {
        self.1
    }
}

#[inline(never)]
fn dynamic(named: &dyn Named, boxed: Box<dyn Named>, list: &[&dyn Named]) -> usize {
    let length = named.name().len() + boxed.name().len() + list.len();
    black_box(&length); // @mark dynamic: length
    length
}

#[inline(never)]
fn generic<S: Shape + Named>(shape: &S, count: u32) -> f64 {
    let sides = S::SIDES + count;
    let doubled = shape.doubled();
    black_box((&sides, &doubled));
    doubled + sides as f64 // @mark generic: sides; doubled; count; *shape
}

#[inline(never)]
fn returned(n: i32) -> impl Iterator<Item = i32> {
    (0..n).map(|one| one * 2)
}

fn main() {
    let square = Square { side: 1.5 };
    let circle = Circle(2.0, "circle");
    let length = dynamic(&square, Box::new(Circle(1.0, "boxed")), &[&square, &circle]);
    let sum = generic(&square, 1) + generic(&circle, 2) + returned(4).sum::<i32>() as f64;
    black_box((&square, &circle, &length, &sum));
    black_box(sum); // @mark main: square; circle; length; sum; circle.1; square.side
}

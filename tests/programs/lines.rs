// What lines of Rust come to: a generic function, a method of a trait, a closure, a match.
trait Area {
    fn area(&self) -> i32;
}

struct Square {
    side: i32,
}

impl Area for Square {
    fn area(&self) -> i32 {
        self.side * self.side // @mark area
    }
}

#[inline(never)]
fn largest<T: PartialOrd + Copy>(values: &[T]) -> T {
    let mut found = values[0];
    for value in values {
        if *value > found {
            found = *value; // @mark generic
        }
    }
    found
}

#[inline]
fn small(n: i32) -> i32 {
    n * 2 + 1
}

fn main() {
    let square = Square { side: 3 }; // @mark first
    let add = |n: i32| {
        n + small(square.side) // @mark closure
    };
    let sum = match square.area() {
        9 => add(1),
        other => small(other),
    };
    println!("{} {} {}", sum, largest(&[1, 5, 2]), largest(&[1.5, 0.5]));
}

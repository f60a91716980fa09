// Objects behind traits, and functions that take references: `&3`, `&[1, 2]`.
use std::fmt::Debug;
use std::rc::Rc;
use std::sync::Arc;

trait Shape {
    fn area(&self) -> f64;
}
#[derive(Debug, Clone, Copy)]
struct Square {
    side: f64,
}
struct Circle {
    radius: f64,
    name: String,
}
#[repr(align(64))]
struct Aligned {
    value: u8,
}
impl Shape for Square {
    fn area(&self) -> f64 {
        self.side * self.side
    }
}
impl Shape for Circle {
    fn area(&self) -> f64 {
        3.0 * self.radius * self.radius + self.name.len() as f64
    }
}
impl Shape for Aligned {
    fn area(&self) -> f64 {
        self.value as f64
    }
}

#[inline(never)]
fn by_reference(x: &i32) -> i32 {
    *x + 1
}
#[inline(never)]
fn by_wide_reference(x: &u64) -> u64 {
    *x + 1
}
#[inline(never)]
fn sum(all: &[i32]) -> i32 {
    all.iter().sum()
}
#[inline(never)]
fn second(all: &[i32; 3]) -> i32 {
    all[1]
}
#[inline(never)]
fn area_of(shape: &dyn Shape) -> f64 {
    shape.area()
}

fn main() {
    let number = 3;
    let square = Square { side: 2.5 };
    let boxed: Box<dyn Shape> = Box::new(Circle { radius: 2.0, name: "big".into() });
    let shared: Rc<dyn Shape> = Rc::new(Square { side: 5.0 });
    let sent: Arc<dyn Shape> = Arc::new(Aligned { value: 7 });
    let borrowed: &dyn Shape = &square;
    let shown: Box<dyn Debug> = Box::new(41i32);
    let closure: Box<dyn Fn(i32) -> i32> = Box::new(move |k| k + number);
    let many: Vec<Box<dyn Shape>> = vec![Box::new(square), Box::new(Circle { radius: 1.5, name: "v".into() })];
    let plain = Rc::new(square);
    let text: Rc<str> = "shared".into();
    let label: Arc<str> = Arc::from("sent");
    let numbers: Rc<[i32]> = vec![4, 5].into();
    let total = by_reference(&number) + sum(&[1, 2]) + second(&[1, 2, 3]) + closure(2);
    let areas = boxed.area() + shared.area() + sent.area() + area_of(borrowed) + plain.area() + many[1].area();
    let sizes = text.len() + label.len() + numbers.len();
    println!("{} {} {:?} {} {}", total, areas, shown, by_wide_reference(&1), sizes); // @mark stop
}

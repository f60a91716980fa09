// Structs and tuples: named, of one field, unit, nested, generic, packed, with references; unions; by value.
use std::hint::black_box;
use std::marker::PhantomData;

#[derive(Clone, Copy)]
struct Point {
    x: i32,
    y: i32,
}
struct Wrapper(u64);
struct Unit;
struct Nested<'a> {
    point: Point,
    inner: (i8, Point),
    text: &'a str,
    wrapper: Wrapper,
}
struct Generic<T, const N: usize> {
    items: [T; N],
    marker: PhantomData<T>,
}
#[repr(C, packed)]
#[derive(Clone, Copy)]
struct Packed {
    a: u8,
    b: u32,
    c: u16,
}
#[repr(C)]
#[derive(Clone, Copy)]
union Number {
    whole: u32,
    real: f32,
    bytes: [u8; 4],
}

impl Point {
    #[inline(never)]
    fn moved(&self, by: i32) -> Point {
        let shifted = Point { x: self.x + by, y: self.y - by };
        black_box(&shifted);
        shifted // @mark moved: self.x; *self; by; shifted; shifted.y
    }
    #[inline(never)]
    fn consumed(self, mut other: Point) -> i32 {
        other.x += self.x;
        black_box(&other);
        other.x + self.y // @mark consumed: self; other; self.x; other.x
    }
}
impl<T: Copy, const N: usize> Generic<T, N> {
    #[inline(never)]
    fn first(&self) -> T {
        let front = self.items[0];
        black_box(&front);
        front // @mark first: front; self.items; *self
    }
}

fn main() {
    let point = Point { x: 3, y: -4 };
    let wrapper = Wrapper(u64::MAX);
    let unit = Unit;
    let nested = Nested { point, inner: (-1, Point { x: 5, y: 6 }), text: "nested", wrapper: Wrapper(7) };
    let generic = Generic { items: [1.5f64, 2.5], marker: PhantomData };
    let of_bytes = Generic { items: [b'a', b'b', b'c'], marker: PhantomData };
    let packed = Packed { a: 1, b: 0x01020304, c: 5 };
    let number = Number { real: 1.0 };
    let tuple = (1u8, -2i64, "three", 'f', (5.0f32, ()));
    let (left, ref right) = (10, 20);
    let reference = &nested;
    let double = &reference;
    let mut changed = point.moved(2);
    changed.y = 100;
    let sum = point.consumed(changed) + generic.first() as i32 + of_bytes.first() as i32;
    black_box((&point, &wrapper, &unit, &nested, &generic, &of_bytes, &packed, &number, &tuple, left, right));
    black_box((reference, double, &changed, sum));
    black_box(sum); // @mark main: nested.inner.1.x; tuple.4; tuple.2; wrapper.0; number.whole; (*reference).point; reference.text; double.wrapper; packed.b; *right; generic.items[1]; point
}

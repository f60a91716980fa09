// Containers of what has a dtype for numpy, and of what has none.
use std::collections::VecDeque;

#[derive(Clone, Copy)]
enum Plain { One = 1, Two }
#[allow(dead_code)]
enum Shape { Circle(f64), Nothing }
#[allow(dead_code)]
struct Point { x: i32, y: f64 }

fn main() {
    let matrix = vec![vec![1, 2], vec![3, 4]];
    let ragged = vec![vec![1, 2], vec![3]];
    let hollow: Vec<Vec<i16>> = Vec::new();
    let part: &[i32] = &matrix[0][1..];
    let parts: Vec<&[i32]> = vec![&matrix[0], &matrix[1]];
    let rows = vec![[1u8, 2], [3, 4]];
    let pairs = vec![(1u8, 2.5f64), (2, 3.5)];
    let points = vec![Point { x: 1, y: 2.0 }];
    let plain = vec![Plain::Two, Plain::One];
    let mut deck: VecDeque<i32> = VecDeque::new();
    deck.push_back(1);
    deck.push_front(0);
    let words = vec![String::from("one")];
    let slices = vec!["one"];
    let options = vec![Some(1), None];
    let option: Option<i32> = Some(4);
    let result: Result<i32, String> = Ok(3);
    let shape = Shape::Circle(1.5);
    let unit = ();
    let text = String::from("text");
    println!("{} {} {} {} {}", matrix.len(), ragged.len(), hollow.len(), part.len(), parts.len()); // @mark stop
    println!("{} {} {} {} {} {}", rows.len(), pairs.len(), points.len(), plain[0] as u8, deck.len(), words.len());
    println!("{} {} {:?} {:?} {} {:?} {}", slices.len(), options.len(), option, result, text, unit, match shape { Shape::Circle(_) => 1, _ => 2 });
}

// One variable of each container of Rust's library.
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

struct Point { x: i32, y: i32 }

fn main() {
    let text = String::from("hello");
    let empty = String::new();
    let numbers = vec![1, 2, 3];
    let words = vec![String::from("one"), String::from("two")];
    let points = vec![Point { x: 1, y: 2 }];
    let nothing: Vec<u64> = Vec::new();
    let mut deck: VecDeque<i32> = VecDeque::new();
    deck.push_back(1);
    deck.push_back(2);
    deck.push_front(0);
    let mut ages: HashMap<String, i32> = HashMap::new();
    ages.insert(String::from("ann"), 30);
    let mut keys: HashSet<u8> = HashSet::new();
    keys.insert(7);
    let mut tree: BTreeMap<i32, String> = BTreeMap::new();
    for i in 0..40 { tree.insert(i, format!("n{}", i)); }
    let leaves: BTreeSet<u16> = [3, 1, 2].iter().cloned().collect();
    let counted = Rc::new(5);
    let again = Rc::clone(&counted);
    let shared = Arc::new(Point { x: 3, y: 4 });
    let cell = Cell::new(9);
    let guarded = RefCell::new(String::from("in"));
    let boxed = Box::new(11);
    println!("{}", text.len() + empty.len() + numbers.len() + words.len() + points.len() + nothing.len() + deck.len()); // @mark stop
    println!("{} {} {} {}", ages.len(), keys.len(), tree.len(), leaves.len());
    println!("{} {} {} {} {} {} {}", counted, again, shared.x + shared.y, cell.get(), guarded.borrow(), boxed, points[0].x + points[0].y);
}

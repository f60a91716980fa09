// Values that change from stop to stop, and pointers to them.
#include <string>

struct Node {
    int value;
    Node *next;
};

int main() {
    Node third{3, nullptr}, second{2, &third}, first{1, &second};
    Node *head = &first;
    const char *text = "abc";
    Node &reference = first;
    std::string name = "first name";
    first.value = 100, second.value = 200;  // @mark before
    name = "second";
    third.value = 300;  // @mark after
    return head->value + reference.value + text[0] - 297;
}

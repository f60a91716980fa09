// Four numbers in a row: what the series' chapter 9 reads.
int main() {
    int width = 3;
    int height = 2;
    int area = width * height;
    width = 4; // @mark changed
    return area - 6;
}

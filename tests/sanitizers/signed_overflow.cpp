#include <limits>

int main(int count, char**) {
  const int most = std::numeric_limits<int>::max();
  return most + count == 0 ? 1 : 0;
}

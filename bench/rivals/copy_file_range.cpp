// The rival that leaves the copying to the kernel: copy_file_range, then fsync.

#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

int fail(const char* what) {
  std::perror(what);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s FROM TO\n", argv[0]);
    return 2;
  }
  const int from = open(argv[1], O_RDONLY | O_CLOEXEC);
  if (from < 0) return fail(argv[1]);
  const int to = open(argv[2], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (to < 0) return fail(argv[2]);
  struct stat facts{};
  if (fstat(from, &facts) != 0) return fail("fstat");
  off_t left = facts.st_size;
  while (left > 0) {
    const ssize_t copied = copy_file_range(from, nullptr, to, nullptr, static_cast<size_t>(left), 0);
    if (copied < 0) return fail("copy_file_range");
    if (copied == 0) break;
    left -= copied;
  }
  if (left != 0) {
    std::fprintf(stderr, "%s became shorter\n", argv[1]);
    return 1;
  }
  if (fsync(to) != 0) return fail("fsync");
  return close(to) == 0 ? 0 : fail("close");
}

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <coffer/app/doctor.hpp>
#include <coffer/base/byte_size.hpp>
#include <coffer/io_backends/make_io_backend.hpp>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace coffer {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t little_space = std::uint64_t{1} << 30U;
constexpr rlim_t few_descriptors = 1024;

std::string message_of(int code) { return std::generic_category().message(code); }

/// A descriptor for the length of a check.
class Opened {
 public:
  explicit Opened(int descriptor) : descriptor_(descriptor), code_(descriptor < 0 ? errno : 0) {}
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  bool ok() const { return descriptor_ >= 0; }
  int number() const { return descriptor_; }
  int code() const { return code_; }

 private:
  int descriptor_;
  int code_;
};

HealthCheck check(std::string name, Health health, std::string finding, std::string cure = "") {
  HealthCheck made;
  made.name = std::move(name);
  made.health = health;
  made.finding = std::move(finding);
  made.cure = std::move(cure);
  return made;
}

/// The folder, or the nearest one above it that is there: where it would be made.
fs::path nearest(const fs::path& folder) {
  std::error_code ignored;
  for (fs::path there = folder;; there = there.parent_path()) {
    if (fs::exists(there, ignored) || there == there.parent_path()) return there;
  }
}

HealthCheck check_uring() {
  const UringProbe probe = probe_uring();
  if (probe.available) return check("io_uring", Health::good, "available");
  return check("io_uring", Health::limited, probe.why_not + "; files go through threads", probe.cure);
}

/// A file to try things on: without a name where the file system can do that.
Opened open_probe(const fs::path& there) {
  const int unnamed = ::open(there.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (unnamed >= 0) return Opened(unnamed);
  std::string name = (there / ".coffer-doctor-XXXXXX").string();
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return Opened(named);
}

HealthCheck check_folder(const fs::path& folder, const fs::path& there) {
  struct stat facts = {};
  if (::stat(there.c_str(), &facts) != 0) {
    return check("folder", Health::unusable, there.string() + ": " + message_of(errno), "name another with --store");
  }
  if (!S_ISDIR(facts.st_mode)) {
    return check("folder", Health::unusable, there.string() + " is no folder", "name another with --store");
  }
  if (const Opened file = open_probe(there); !file.ok()) {
    const std::string cure = file.code() == EROFS ? "mount it for writing, or name another with --store"
                                                  : "chown or chmod it, or name another with --store";
    return check("folder", Health::unusable, there.string() + " cannot be written: " + message_of(file.code()), cure);
  }
  if (there != folder) return check("folder", Health::good, "not there yet; would be made below " + there.string());
  return check("folder", Health::good, folder.string());
}

HealthCheck check_unnamed_files(const fs::path& there) {
  const Opened file(::open(there.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file.ok()) return check("O_TMPFILE", Health::good, "unnamed files: a killed writer leaves nothing");
  return check("O_TMPFILE", Health::limited, message_of(file.code()) + "; a killed writer leaves a file for gc",
               "put the store on ext4, XFS, btrfs or tmpfs");
}

HealthCheck check_direct_io(const fs::path& there) {
  const Opened file = open_probe(there);
  if (!file.ok()) return check("O_DIRECT", Health::unusable, message_of(file.code()), "see folder");
  const std::string path = "/proc/self/fd/" + std::to_string(file.number());
  const Opened direct(::open(path.c_str(), O_RDWR | O_DIRECT | O_CLOEXEC));
  if (direct.ok()) return check("O_DIRECT", Health::good, "direct I/O");
  return check("O_DIRECT", Health::limited, message_of(direct.code()) + "; files go through the page cache",
               "put the store on a disk's own file system (ext4, XFS, btrfs)");
}

HealthCheck check_attributes(const fs::path& there) {
  const Opened file = open_probe(there);
  if (!file.ok()) return check("attributes", Health::unusable, message_of(file.code()), "see folder");
  if (::fsetxattr(file.number(), "user.coffer.doctor", "1", 1, 0) == 0) {
    return check("attributes", Health::good, "user attributes: checksum, type and metadata are kept with each object");
  }
  return check("attributes", Health::limited,
               "user attributes: " + message_of(errno) + "; objects are kept without checksum, type and metadata",
               "put the store on ext4, XFS or btrfs (tmpfs has them from Linux 6.6), or mount with user_xattr");
}

bool may_lock_all_memory() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data = {};
  if (::syscall(SYS_capget, &header, data.data()) != 0) return false;
  return (data[0].effective & (1U << unsigned{CAP_IPC_LOCK})) != 0;
}

HealthCheck check_locked_memory(std::size_t budget) {
  rlimit limit = {};
  ::getrlimit(RLIMIT_MEMLOCK, &limit);
  if (limit.rlim_cur == RLIM_INFINITY || may_lock_all_memory()) {
    return check("locked memory", Health::good, "not limited");
  }
  const std::string allowed = format_byte_size(limit.rlim_cur);
  if (limit.rlim_cur >= budget) return check("locked memory", Health::good, allowed + " may be locked");
  return check(
      "locked memory", Health::limited,
      allowed + " may be locked, the budget is " + format_byte_size(budget) + "; buffers beyond are not registered",
      "ulimit -l unlimited, or memlock in /etc/security/limits.conf, or LimitMEMLOCK= of the service");
}

HealthCheck check_descriptors() {
  rlimit limit = {};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const std::string allowed = limit.rlim_cur == RLIM_INFINITY ? "not limited" : std::to_string(limit.rlim_cur);
  if (limit.rlim_cur >= few_descriptors) return check("descriptors", Health::good, allowed);
  return check("descriptors", Health::limited, allowed + "; many streams at a time will be refused", "ulimit -n 4096");
}

HealthCheck check_space(const fs::path& there) {
  struct statvfs facts = {};
  if (::statvfs(there.c_str(), &facts) != 0) {
    return check("free space", Health::unusable, message_of(errno), "name another folder with --store");
  }
  const std::uint64_t bytes = std::uint64_t{facts.f_bavail} * facts.f_frsize;
  const std::string finding = format_byte_size(bytes) + " free";
  if (bytes == 0 || (facts.f_files != 0 && facts.f_favail == 0)) {
    return check("free space", Health::unusable, bytes == 0 ? finding : "no inode is free",
                 "remove objects (coffer rm) and leftovers (coffer gc), or name another folder");
  }
  if (bytes < little_space) {
    return check("free space", Health::limited, finding, "remove objects (coffer rm) and leftovers (coffer gc)");
  }
  return check("free space", Health::good, finding);
}

}  // namespace

std::string_view to_string(Health health) noexcept {
  switch (health) {
    case Health::good:
      return "ok";
    case Health::limited:
      return "limited";
    case Health::unusable:
      return "unusable";
  }
  return "unusable";
}

std::vector<HealthCheck> examine_store(const fs::path& folder, std::size_t budget) {
  const fs::path there = nearest(folder);
  std::vector<HealthCheck> checks;
  checks.push_back(check_folder(folder, there));
  checks.push_back(check_uring());
  if (checks.front().health != Health::unusable) {
    checks.push_back(check_unnamed_files(there));
    checks.push_back(check_direct_io(there));
    checks.push_back(check_attributes(there));
  }
  checks.push_back(check_locked_memory(budget));
  checks.push_back(check_descriptors());
  checks.push_back(check_space(there));
  return checks;
}

}  // namespace coffer

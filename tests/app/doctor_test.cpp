#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <coffer/app/doctor.hpp>
#include <gtest/gtest.h>

namespace coffer {
namespace {

namespace fs = std::filesystem;

class Doctor : public testing::Test {
 protected:
  Doctor() {
    std::string name = (fs::current_path() / "doctor-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~Doctor() override {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  static HealthCheck find(const std::vector<HealthCheck>& checks, const std::string& name) {
    const auto found =
        std::find_if(checks.begin(), checks.end(), [&](const auto& check) { return check.name == name; });
    if (found != checks.end()) return *found;
    ADD_FAILURE() << name << " was not examined";
    return {};
  }

  fs::path folder;
};

TEST_F(Doctor, what_is_not_good_has_a_cure) {
  for (const HealthCheck& check : examine_store(folder, 64 << 20)) {
    EXPECT_FALSE(check.finding.empty()) << check.name;
    EXPECT_TRUE(check.health == Health::good || !check.cure.empty()) << check.name;
  }
}

TEST_F(Doctor, leaves_nothing_behind_and_makes_nothing) {
  examine_store(folder, 64 << 20);
  EXPECT_TRUE(fs::is_empty(folder));
  const auto checks = examine_store(folder / "a/b", 64 << 20);
  EXPECT_TRUE(fs::is_empty(folder));
  EXPECT_EQ(find(checks, "folder").health, Health::good);
  EXPECT_NE(find(checks, "folder").finding.find("not there yet"), std::string::npos);
}

TEST_F(Doctor, a_file_in_the_folders_place_is_unusable) {
  std::ofstream(folder / "file") << "x";
  EXPECT_EQ(find(examine_store(folder / "file", 64 << 20), "folder").health, Health::unusable);
  EXPECT_EQ(find(examine_store(folder / "file/below", 64 << 20), "folder").health, Health::unusable);
}

TEST_F(Doctor, a_folder_that_cannot_be_written_is_unusable) {
  EXPECT_EQ(find(examine_store("/proc", 64 << 20), "folder").health, Health::unusable);
}

}  // namespace
}  // namespace coffer

#include "app/config.hpp"

#include "base/crypto.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace renova::app {
namespace {

class ConfigTest : public testing::Test {
 protected:
  void SetUp() override {
    crypto_init();
    std::string pattern = (std::filesystem::temp_directory_path() / "renova_config_XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& text) {
    std::string path = folder_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }

  std::string folder_;
};

TEST_F(ConfigTest, DefaultsServeOnLoopbackFromAnEmbeddedDatabase) {
  auto config = make_config({});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->database_url, "sqlite:renova.db");
  EXPECT_EQ(config->listen_host, "127.0.0.1");
  EXPECT_EQ(config->listen_port, 8080);
  EXPECT_FALSE(config->allow_private_addresses);
}

TEST_F(ConfigTest, TheFirstSourceWins) {
  auto config =
      make_config({{{"listen", "0.0.0.0:1"}}, {{"listen", "0.0.0.0:2"}, {"public_url", "https://a"}}});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->listen_port, 1);
  EXPECT_EQ(config->public_url, "https://a");
}

TEST_F(ConfigTest, BadValuesAreRefusedByName) {
  const std::pair<const char*, const char*> cases[] = {
      {"listen", "127.0.0.1"},         {"listen", "127.0.0.1:65536"}, {"listen", "127.0.0.1:x"},
      {"log_level", "loud"},           {"log_format", "xml"},         {"secret_key", "c2hvcnQ="},
      {"secret_key", "not base64"},    {"secret_key_id", "0"},        {"old_secret_keys", "1"},
      {"insecure_test_mode", "maybe"}, {"test_clock", "yesterday"},
  };
  for (const auto& [name, value] : cases) {
    auto config = make_config({{{name, value}}});
    ASSERT_TRUE(config.has_error()) << name << "=" << value;
    EXPECT_NE(config.error().detail.find(name), std::string::npos) << config.error().detail;
  }
}

TEST_F(ConfigTest, TheTestClockNeedsTestMode) {
  auto alone = make_config({{{"test_clock", "2026-12-01T12:00:00Z"}}});
  ASSERT_TRUE(alone);
  EXPECT_TRUE(check_servable(*alone).has_error());
  auto config = make_config({{{"test_clock", "2026-12-01T12:00:00Z"}, {"insecure_test_mode", "true"}}});
  ASSERT_TRUE(config);
  EXPECT_TRUE(config->test_clock.has_value());
  EXPECT_TRUE(check_servable(*config).has_value());
  EXPECT_TRUE(config->allow_private_addresses);
}

TEST_F(ConfigTest, VariablesComeDirectlyOrFromAFile) {
  std::string token = file("token", "s3cret\n");
  std::map<std::string, std::string> environment{{"RENOVA_LISTEN", ":9000"},
                                                 {"RENOVA_METRICS_TOKEN_FILE", token}};
  auto read = [&](const char* name) -> const char* {
    auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  };
  auto settings = settings_from_environment(read);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->at("metrics_token"), "s3cret");
  auto config = make_config({*settings});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->listen_host, "0.0.0.0");

  environment["RENOVA_METRICS_TOKEN"] = "other";
  EXPECT_TRUE(settings_from_environment(read).has_error());
  environment = {{"RENOVA_METRICS_TOKEN_FILE", folder_ + "/absent"}};
  EXPECT_TRUE(settings_from_environment(read).has_error());
}

TEST_F(ConfigTest, TomlNamesWhatItDoesNotKnow) {
  auto good = settings_from_toml(file("good.toml", "listen = \"127.0.0.1:9\"\ninsecure_test_mode = true\n"));
  ASSERT_TRUE(good);
  EXPECT_EQ(good->at("insecure_test_mode"), "true");
  auto unknown = settings_from_toml(file("unknown.toml", "listn = \"x\"\n"));
  ASSERT_TRUE(unknown.has_error());
  EXPECT_NE(unknown.error().detail.find("listn"), std::string::npos);
  EXPECT_TRUE(settings_from_toml(file("broken.toml", "listen = \n")).has_error());
  EXPECT_TRUE(settings_from_toml(folder_ + "/absent.toml").has_error());
}

TEST_F(ConfigTest, TheKeyFileIsMadeOnceAndPrivate) {
  Config config;
  config.database_url = "sqlite://" + folder_ + "/renova.db";
  auto first = secret_key(config);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->size(), 32u);
  auto second = secret_key(config);
  ASSERT_TRUE(second);
  EXPECT_EQ(*first, *second);
  struct stat info {};
  ASSERT_EQ(stat((folder_ + "/renova.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);

  file("renova.key", "rubbish");
  EXPECT_TRUE(secret_key(config).has_error());
  config.database_url = "postgresql://127.0.0.1/renova";
  EXPECT_TRUE(secret_key(config).has_error());
}

} // namespace
} // namespace renova::app

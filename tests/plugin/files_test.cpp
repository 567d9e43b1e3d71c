// Files that are no plug-ins, and places that the environment names.
#include <elf.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "plugin/engines.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::Fault;

std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Files : public testing::Test {
 protected:
  Files() {
    std::string name = (fs::temp_directory_path() / "faltung-plugin-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~Files() override { fs::remove_all(folder); }

  std::string write(const std::string& name, const std::string& bytes) const {
    const std::string path = folder + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  // Why the example, after that change, is not opened.
  std::string refusal(const std::function<void(std::string&)>& change) {
    std::string bytes = contents_of(EXAMPLE_ENGINE);
    change(bytes);
    const std::string path = write("changed.so", bytes);
    const std::string said = error_of(ErrorCode::InvalidArgument, [&] { Context().add_engine_library(path); });
    EXPECT_EQ(said.rfind(fs::canonical(path).string() + " ", 0), 0u) << said;
    return said.substr(fs::canonical(path).string().size() + 1);
  }

  std::string folder;
};

TEST_F(Files, ThatAreNoSharedObjectsAreRefusedUnopened) {
  EXPECT_EQ(refusal([](std::string& bytes) { bytes.clear(); }), "is no shared object");
  EXPECT_EQ(refusal([](std::string& bytes) { bytes = "#!/bin/sh\n" + std::string(100, ' '); }), "is no shared object");
  EXPECT_EQ(refusal([](std::string& bytes) { bytes.resize(bytes.size() / 3); }), "is cut off");
  EXPECT_EQ(refusal([](std::string& bytes) { bytes.resize(sizeof(Elf64_Ehdr)); }), "is cut off");
  EXPECT_EQ(refusal([](std::string& bytes) { bytes[offsetof(Elf64_Ehdr, e_type)] = ET_EXEC; }),
            "is no shared object, but another kind of ELF file");
  EXPECT_EQ(
      refusal([](std::string& bytes) { bytes[EI_CLASS] = ELFCLASS32; }).rfind("was built for another processor", 0),
      0u);
  EXPECT_EQ(refusal([](std::string& bytes) {
              bytes[offsetof(Elf64_Ehdr, e_machine)] = EM_SPARC;
            }).rfind("was built for another processor", 0),
            0u);
  EXPECT_EQ(refusal([](std::string& bytes) { bytes = contents_of(NO_ENGINE); }), "has no function faltung_plugin()");
}

TEST_F(Files, ThatCannotBeReadAreErrorsOfInput) {
  EXPECT_EQ(error_of(ErrorCode::Io, [&] { Context().add_engine_library(folder + "/absent.so"); }),
            folder + "/absent.so: no such file");
  EXPECT_EQ(error_of(ErrorCode::Io, [&] { Context().add_engine_library(folder); }),
            fs::canonical(folder).string() + ": not a regular file");
}

TEST_F(Files, OfTheEnvironmentAreTriedByEveryContext) {
  fs::copy_file(EXAMPLE_ENGINE, folder + "/a.so");
  write("b.so", "nonsense");
  write("c.txt", "nonsense");
  setenv("FALTUNG_ENGINE_PATH", ("::" + folder + ":" + folder + "/absent.so:" + EXAMPLE_ENGINE + ":").c_str(), 1);
  const Context context;
  unsetenv("FALTUNG_ENGINE_PATH");
  EXPECT_TRUE(test::info_of(context, "my.engine").available);
  EXPECT_EQ(test::info_of(context, "b.so").reason, fs::canonical(folder + "/b.so").string() + " is no shared object");
  EXPECT_EQ(test::info_of(context, "absent.so").reason, folder + "/absent.so: no such file");
  EXPECT_EQ(test::info_of(context, "my_engine.so").reason, "there is an engine my.engine already");
  EXPECT_EQ(test::info_of(context, "c.txt").name, "");
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(Files, ThatCrashWhenOpenedAreFoundByAProbe) {
  const Fault fault("crashes when loaded");
  setenv("FALTUNG_ENGINE_PROBE", "1", 1);
  const std::string said = error_of(ErrorCode::Unsupported, [&] { Context().add_engine_library(MISBEHAVING_ENGINE); });
  EXPECT_NE(said.find("a process that opened it died of signal 6"), std::string::npos) << said;
  Context context;
  context.add_engine_library(EXAMPLE_ENGINE);
  unsetenv("FALTUNG_ENGINE_PROBE");
  EXPECT_TRUE(verify(parse_problem(test::forward), {.only = "my.engine"}, context).passed());
}
#endif

}  // namespace
}  // namespace faltung

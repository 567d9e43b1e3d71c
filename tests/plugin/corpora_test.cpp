// Every problem list through the example engine, which stands in the table of what was verified as our own do.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "plugin/engines.h"
#include "support/problem_lists.h"
#include "support/proof.h"
#include "support/verify_all.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

class Corpora : public testing::Test {
 protected:
  static void SetUpTestSuite() { test::context_on({}).add_engine_library(EXAMPLE_ENGINE); }
  static void TearDownTestSuite() {
    test::context_on({}).remove_engine("my.engine");
    test::context_on({}).clear_cache();
  }
  static int verified(const std::vector<ConvProblem>& problems) {
    return test::verify_all({Registration{.name = "my.engine", .engine = {}, .missing = {}, .library = {}}, {}},
                            problems);
  }
};

TEST_F(Corpora, OfProblemsAreRight) {
  EXPECT_GT(verified(test::problems_of("smoke")), 10);
  EXPECT_GT(verified(test::problems_of("edge")), 50);
  verified(test::problems_of("regressions"));
}

TEST_F(Corpora, OfModelsAreRight) { EXPECT_GT(verified(test::reduced_models()), 20); }

TEST_F(Corpora, StandInTheTableOfWhatWasVerified) {
  verified({parse_problem(test::forward)});
  const fs::path folder = fs::temp_directory_path() / ("faltung-proof-" + std::to_string(::getpid()));
  setenv("FALTUNG_PROOF", folder.c_str(), 1);
  test::Proof::of_this_run().write();
  unsetenv("FALTUNG_PROOF");
  std::string table;
  for (const auto& file : fs::directory_iterator(folder))
    if (file.path().extension() == ".md")
      table.assign(std::istreambuf_iterator<char>(std::ifstream(file.path()).rdbuf()), {});
  fs::remove_all(folder);
  EXPECT_NE(table.find("| cpu | my.engine | fwd | f32 | 1 | "), std::string::npos) << table;
}

}  // namespace
}  // namespace faltung

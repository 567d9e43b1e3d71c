#include "support/proof.h"

#include <errno.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "json/json.h"

namespace faltung::test {
namespace {

std::string type_of(const ConvProblem& p) {
  if (p.x.dtype == p.w.dtype && p.w.dtype == p.y.dtype) return std::string(name_of(p.x.dtype));
  return fmt::format("{}:{}:{}", name_of(p.x.dtype), name_of(p.w.dtype), name_of(p.y.dtype));
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  EXPECT_TRUE(file.good()) << "cannot write " << path;
}

class WriteAtTheEnd : public testing::Environment {
  void TearDown() override { Proof::of_this_run().write(); }
};
[[maybe_unused]] testing::Environment* const writer = testing::AddGlobalTestEnvironment(new WriteAtTheEnd);

}  // namespace

Proof& Proof::of_this_run() {
  static Proof proof;
  return proof;
}

void Proof::add(const EngineOnDevice& engine, const ConvProblem& problem, const VerifiedVariant& found) {
  Count& count = counts_[{text_of(engine.device), engine.engine.name, found.name, std::string(name_of(problem.pass)),
                          type_of(problem)}];
  const Outcome outcome = found.comparison.outcome;
  ++(outcome == Outcome::passed ? count.verified : outcome == Outcome::refused ? count.refused : count.failed);
}

std::string Proof::json() const {
  Json rows = Json::array();
  for (const auto& [key, count] : counts_)
    rows.push_back(Json{{"device", key[0]},
                        {"engine", key[1]},
                        {"variant", key[2]},
                        {"pass", key[3]},
                        {"type", key[4]},
                        {"verified", count.verified},
                        {"refused", count.refused},
                        {"failed", count.failed}});
  return rows.dump(1) + "\n";
}

// Refusals without anything verified are no rows: most engines refuse most types.
std::string Proof::markdown() const {
  struct Row {
    Count count;
    std::set<std::string> variants;
  };
  std::map<std::array<std::string, 4>, Row> rows;
  for (const auto& [key, count] : counts_) {
    Row& row = rows[{key[0], key[1], key[3], key[4]}];
    row.count.verified += count.verified, row.count.refused += count.refused, row.count.failed += count.failed;
    if (count.verified + count.failed > 0) row.variants.insert(key[2]);
  }
  std::string text =
      "| device | engine | pass | type | variants | verified | refused | failed |\n|---|---|---|---|--:|--:|--:|--:|\n";
  for (const auto& [key, row] : rows)
    if (!row.variants.empty())
      text += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", key[0], key[1], key[2], key[3],
                          row.variants.size(), row.count.verified, row.count.refused, row.count.failed);
  return text;
}

void Proof::write() const {
  const char* folder = std::getenv("FALTUNG_PROOF");
  if (!folder || !*folder || counts_.empty()) return;
  std::filesystem::create_directories(folder);
  const std::filesystem::path path = std::filesystem::path(folder) / program_invocation_short_name;
  write_file(path.string() + ".json", json());
  write_file(path.string() + ".md", markdown());
}

}  // namespace faltung::test

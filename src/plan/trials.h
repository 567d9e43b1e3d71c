// The order in which an estimated choice tries variants: leaves before composites before last resorts; within a kind
// the least estimated time, then the order of the list.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "plan/candidates.h"

namespace faltung {

struct Trial {
  std::size_t row;
  Variant variant;
};

class Trials {
 public:
  // Begins with the first variant of each engine that accepts.
  explicit Trials(Candidates& candidates);

  std::optional<Trial> next();
  // After a first variant has failed: the engine's others, each in a row of its own.
  void add_further_variants(const Trial& failed);

 private:
  using Rank = std::pair<Engine::Kind, double>;
  void add(std::size_t row, const Variant& variant) {
    queue_.emplace(Rank(candidates_.kind(row), variant.seconds), Trial{row, variant});
  }

  Candidates& candidates_;
  std::size_t asked_;  // rows from here on are further variants
  std::multimap<Rank, Trial> queue_;
};

}  // namespace faltung

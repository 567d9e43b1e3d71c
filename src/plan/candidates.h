// The rows of a selection while it is made, each with its engine.
#pragma once

#include <exception>
#include <string_view>
#include <vector>

#include "faltung/explain.h"
#include "plan/engine.h"

namespace faltung {

class Candidates {
 public:
  explicit Candidates(std::vector<Candidate>& rows) : rows_(rows) {}

  void add(Candidate row, const Engine* engine);  // null: it is not built
  // One more way of the engine in row i; returns its row.
  std::size_t add_variant_of(std::size_t i);

  std::size_t size() const noexcept { return rows_.size(); }
  Candidate& operator[](std::size_t i) { return rows_[i]; }
  const Candidate& operator[](std::size_t i) const { return rows_[i]; }
  const Engine& engine(std::size_t i) const { return *engines_[i]; }
  std::vector<Candidate>& rows() noexcept { return rows_; }

  bool is_accepted(std::size_t i, Engine::Kind kind) const { return rows_[i].accepted && engines_[i]->kind() == kind; }
  bool any_accepted(Engine::Kind kind) const;
  void refuse(std::size_t i, std::string_view reason);
  void refuse_all(Engine::Kind kind, std::string_view reason);

  // Leaves before composites before the oracle; among equals the least estimated time, then the order of the list.
  std::vector<std::size_t> order_of_trial() const;

 private:
  std::vector<Candidate>& rows_;
  std::vector<const Engine*> engines_;  // of the row with the same index
};

// Notes what failed in the row. True if it was for want of memory: then the choice is not to be remembered.
[[nodiscard]] bool note_failure(Candidate& row, std::string_view doing, const std::exception& error);

}  // namespace faltung

// The rows of a selection while it is made, each with the engine's offer.
#pragma once

#include <exception>
#include <string_view>
#include <vector>

#include "faltung/explain.h"
#include "plan/registry.h"

namespace faltung {

class Candidates {
 public:
  Candidates(const EngineList& engines, std::vector<Candidate>& rows) : engines_(engines), rows_(rows) {}

  // The answer of the engine with that number in the list.
  void add(std::size_t entry, const Answer& answer);
  // One more variant of the engine in row i; returns its row.
  std::size_t add_variant_of(std::size_t i, const Variant& variant);

  std::size_t size() const noexcept { return rows_.size(); }
  Candidate& operator[](std::size_t i) { return rows_[i]; }
  const Candidate& operator[](std::size_t i) const { return rows_[i]; }
  std::size_t entry(std::size_t i) const { return sources_[i].entry; }
  const Registration& registration(std::size_t i) const { return engines_[entry(i)]; }
  Engine::Kind kind(std::size_t i) const { return registration(i).engine->kind(); }
  Offer& offer(std::size_t i) const { return *sources_[i].offer; }
  std::vector<Candidate>& rows() noexcept { return rows_; }

  bool is_accepted(std::size_t i, Engine::Kind kind) const { return rows_[i].accepted && this->kind(i) == kind; }
  bool any_accepted(Engine::Kind kind) const;
  void refuse(std::size_t i, std::string_view reason);
  void refuse_all(Engine::Kind kind, std::string_view reason);

 private:
  struct Source {
    std::size_t entry;             // of the list
    std::shared_ptr<Offer> offer;  // null if refused
  };

  const EngineList& engines_;
  std::vector<Candidate>& rows_;
  std::vector<Source> sources_;  // of the row with the same index
};

// Notes what failed in the row. True if it was for want of memory: then the choice is not to be remembered.
[[nodiscard]] bool note_failure(Candidate& row, std::string_view doing, const std::exception& error);

}  // namespace faltung

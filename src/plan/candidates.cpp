#include "plan/candidates.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <utility>

namespace faltung {

void Candidates::add(Candidate row, const Engine* engine) {
  rows_.push_back(std::move(row));
  engines_.push_back(engine);
}

std::size_t Candidates::add_variant_of(std::size_t i) {
  add({.engine = rows_[i].engine, .accepted = true, .estimated_seconds = rows_[i].estimated_seconds}, engines_[i]);
  return size() - 1;
}

bool Candidates::any_accepted(Engine::Kind kind) const {
  for (std::size_t i = 0; i < size(); ++i)
    if (is_accepted(i, kind)) return true;
  return false;
}

void Candidates::refuse(std::size_t i, std::string_view reason) {
  rows_[i].accepted = false;
  rows_[i].reason = reason;
}

void Candidates::refuse_all(Engine::Kind kind, std::string_view reason) {
  for (std::size_t i = 0; i < size(); ++i)
    if (is_accepted(i, kind)) refuse(i, reason);
}

std::vector<std::size_t> Candidates::order_of_trial() const {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < size(); ++i)
    if (rows_[i].accepted) order.push_back(i);
  const auto rank = [this](std::size_t i) { return std::pair(engines_[i]->kind(), *rows_[i].estimated_seconds); };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  return order;
}

bool note_failure(Candidate& row, std::string_view doing, const std::exception& error) {
  const bool no_host_memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
  const auto* known = dynamic_cast<const Error*>(&error);
  row.note = fmt::format("{} failed: {}", doing, no_host_memory ? "out of memory" : error.what());
  return no_host_memory || (known && known->code() == ErrorCode::OutOfMemory);
}

}  // namespace faltung

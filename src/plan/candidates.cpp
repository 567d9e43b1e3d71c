#include "plan/candidates.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <utility>

namespace faltung {

void Candidates::add(std::size_t entry, const Answer& answer) {
  Candidate row{.engine = engines_[entry].name, .accepted = static_cast<bool>(answer), .reason = answer.refusal()};
  if (answer) row.estimated_seconds = answer.offer()->first().seconds;
  rows_.push_back(std::move(row));
  sources_.push_back({entry, answer.offer()});
}

std::size_t Candidates::add_variant_of(std::size_t i, const Variant& variant) {
  rows_.push_back({.engine = rows_[i].engine,
                   .variant = variant.name,
                   .accepted = true,
                   .estimated_seconds = variant.seconds,
                   .workspace_bytes = variant.workspace_bytes});
  sources_.push_back(sources_[i]);
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

bool note_failure(Candidate& row, std::string_view doing, const std::exception& error) {
  const bool no_host_memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
  const auto* known = dynamic_cast<const Error*>(&error);
  row.note = fmt::format("{} failed: {}", doing, no_host_memory ? "out of memory" : error.what());
  return no_host_memory || (known && known->code() == ErrorCode::OutOfMemory);
}

}  // namespace faltung

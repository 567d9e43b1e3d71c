#include "plan/trials.h"

#include <algorithm>

namespace faltung {

Trials::Trials(Candidates& candidates) : candidates_(candidates), asked_(candidates.size()) {
  for (std::size_t i = 0; i < asked_; ++i)
    if (candidates[i].accepted) add(i, candidates.offer(i).first());
}

std::optional<Trial> Trials::next() {
  if (queue_.empty()) return std::nullopt;
  return std::move(queue_.extract(queue_.begin()).mapped());
}

void Trials::add_further_variants(const Trial& failed) {
  if (failed.row >= asked_) return;
  const std::vector<Variant> all = candidates_.offer(failed.row).variants();
  const auto is_first = [&](const Variant& variant) { return variant.name == failed.variant.name; };
  if (std::none_of(all.begin(), all.end(), is_first)) return;  // a first variant of that kind has tried them all
  for (const Variant& variant : all)
    if (!is_first(variant)) add(candidates_.add_variant_of(failed.row, variant), variant);
}

}  // namespace faltung

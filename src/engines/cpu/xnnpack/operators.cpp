#include "engines/cpu/xnnpack/operators.h"

#include <algorithm>
#include <limits>

#include "problem/geometry.h"

namespace faltung::cpu_xnnpack {
namespace {

std::uint32_t number(std::int64_t value) { return static_cast<std::uint32_t>(value); }

// 1-D: of height 1.
Axis height_of(const Geometry& g) { return g.rank == 2 ? g.axes[0] : Axis{}; }
Axis width_of(const Geometry& g) { return g.axes[static_cast<std::size_t>(g.rank - 1)]; }

// Of input that no tap meets less than a stride is left over, which makes no output more.
std::int64_t end_pad(const Axis& axis) { return std::max<std::int64_t>(axis.high_pad(), 0); }

}  // namespace

OwnedOperator::OwnedOperator(const ConvProblem& p, const float* w, std::uint64_t weights) : weights_(weights) {
  const Geometry& g = p.geometry;
  const Axis h = height_of(g), v = width_of(g);
  constexpr float infinity = std::numeric_limits<float>::infinity();
  check(xnnpack().create(number(h.pad), number(end_pad(v)), number(end_pad(h)), number(v.pad), number(h.filter),
                         number(v.filter), number(h.stride), number(v.stride), number(h.dilation), number(v.dilation),
                         number(g.groups), static_cast<std::size_t>(g.in_channels),
                         static_cast<std::size_t>(g.out_channels), static_cast<std::size_t>(total_channels(g, Role::x)),
                         static_cast<std::size_t>(total_channels(g, Role::y)), w, nullptr, -infinity, infinity, 0,
                         &made_),
        "create an operator");
}

void OwnedOperator::run(const ConvProblem& p, std::int64_t images, const float* x, float* y) const {
  check(xnnpack().setup(made_, static_cast<std::size_t>(images), static_cast<std::size_t>(height_of(p.geometry).in),
                        static_cast<std::size_t>(width_of(p.geometry).in), x, y, nullptr),
        "set up an operator");
  check(xnnpack().run(made_, nullptr), "run an operator");
}

OperatorPool::~OperatorPool() {
  for (auto& place : kept_) delete place.load();
}

std::unique_ptr<OwnedOperator> OperatorPool::take(std::uint64_t weights) const noexcept {
  for (auto& place : kept_) {
    std::unique_ptr<OwnedOperator> found(place.exchange(nullptr));
    if (found && found->weights() == weights) return found;
    if (found) give_back(std::move(found));
  }
  return nullptr;
}

void OperatorPool::give_back(std::unique_ptr<OwnedOperator> lent) const noexcept {
  for (auto& place : kept_) {
    OwnedOperator* empty = nullptr;
    if (!place.compare_exchange_strong(empty, lent.get())) continue;
    lent.release();
    return;
  }
  lent.reset(kept_[next_.fetch_add(1) % kept_.size()].exchange(lent.release()));
}

}  // namespace faltung::cpu_xnnpack

#include "shard/geometry/division.h"

#include <fmt/format.h>

#include "problem/border.h"
#include "shard/geometry/channels.h"

namespace faltung {
namespace {

void check_channels(const Division& d) {
  const Role role = work_role(d.problem.pass);
  for (int rank = 0; rank < d.ranks; ++rank) {
    const Range block = range_of(d.held(role, rank), channels);
    const Groups groups = groups_of(block, in_group(d.problem.geometry, role));
    if (!block.empty() && !groups.whole && groups.range.extent() > 1)
      throw Error(ErrorCode::InvalidArgument,
                  fmt::format("sharding: the channels {} to {} are parts of several groups; a block has whole groups, "
                              "or lies within one",
                              block.begin, block.end));
  }
}

void check_border(const Division& d) {
  const Geometry& g = d.problem.geometry;
  if (d.problem.padding_mode == Border::zeros) return;
  for (const Role role : {Role::x, Role::y})
    for (const Cut& cut : d.shardings.of(role).cuts) {
      if (cut.axis < space || cut.blocks() == 1) continue;
      const Axis& axis = axis_of(g, cut.axis);
      if (low_padding(axis) > 0 || high_padding(axis) > 0)
        throw Error(ErrorCode::InvalidArgument,
                    fmt::format("sharding: spatial axis {} is cut and padded with padding_mode {}; padding that is cut "
                                "has zeros only",
                                cut.axis - space, name_of(d.problem.padding_mode)));
    }
}

}  // namespace

std::vector<int> holders_with(const Sharding& sharding, int rank, int ranks) {
  std::vector<int> holders{0};
  if (sharding.cuts.empty()) {
    holders.clear();
    for (int i = 0; i < ranks; ++i) holders.push_back(i);
    return holders;
  }
  int below = ranks;  // ranks in one step of the cut
  for (const Cut& cut : sharding.cuts) {
    below /= cut.blocks();
    const int block = rank / below % cut.blocks();
    std::vector<int> next;
    for (const int holder : holders)
      for (int i = 0; i < cut.blocks(); ++i)
        if (cut.axis == Cut::copies || i == block) next.push_back(holder + i * below);
    holders = std::move(next);
  }
  return holders;
}

void check(const Division& d) {
  for (const Role role : {Role::x, Role::w, Role::y}) d.held(role, 0);
  check_channels(d);
  check_border(d);
}

}  // namespace faltung

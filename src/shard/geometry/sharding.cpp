#include "faltung/sharding.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

template <class... Args>
void need(bool holds, fmt::format_string<const Args&...> text, const Args&... args) {
  if (!holds) throw Error(ErrorCode::InvalidArgument, fmt::format("sharding: {}", fmt::format(text, args...)));
}

void check(const Cut& cut, const Dims& extents, Dims& taken) {
  need(cut.blocks() >= 1, "a cut has {} offsets; it needs one more than it has blocks", cut.offsets.size());
  if (cut.axis == Cut::copies) return;
  need(cut.axis >= 0 && cut.axis < extents.size(), "axis {} does not exist: the tensor has {} axes", cut.axis,
       extents.size());
  need(++taken[cut.axis] == 1, "axis {} is cut twice", cut.axis);
  need(std::is_sorted(cut.offsets.begin(), cut.offsets.end()), "the offsets of axis {} descend", cut.axis);
  need(cut.offsets.front() == 0 && cut.offsets.back() == extents[cut.axis],
       "the blocks of axis {} go from {} to {}, but it has {} elements: they do not add up", cut.axis,
       cut.offsets.front(), cut.offsets.back(), extents[cut.axis]);
}

void check(const Sharding& sharding, const Dims& extents, int rank, int ranks) {
  need(rank >= 0 && rank < ranks, "there is no rank {} among {}", rank, ranks);
  Dims taken = Dims::filled(extents.size(), 0);
  Checked blocks = 1;
  for (const Cut& cut : sharding.cuts) {
    check(cut, extents, taken);
    blocks = blocks * cut.blocks();
  }
  need(sharding.cuts.empty() || (blocks.fits() && blocks.value() == ranks), "the grid has {} blocks for {} ranks",
       blocks.value(), ranks);
}

std::vector<std::int64_t> scaled(const std::vector<std::int64_t>& offsets, std::int64_t from, std::int64_t to) {
  std::vector<std::int64_t> result;
  for (const std::int64_t offset : offsets) {
    const Checked product = Checked(offset) * to;
    need(product.fits(), "extents of {} and {} are too large", from, to);
    result.push_back(from == 0 ? (offset == offsets.back() ? to : 0) : ceil_div(product.value(), from));
  }
  if (from == 0) result.front() = 0, result.back() = to;
  return result;
}

Cut following_channels(const Cut& cut, const Geometry& g, Role of) {
  const std::int64_t from = of == Role::x ? g.in_channels : g.out_channels;
  const std::int64_t to = of == Role::x ? g.out_channels : g.in_channels;
  const bool between_groups = from > 0 && std::all_of(cut.offsets.begin(), cut.offsets.end(),
                                                      [&](std::int64_t offset) { return offset % from == 0; });
  if (between_groups && g.groups > 1) return {cut.axis, scaled(cut.offsets, from * g.groups, to * g.groups)};
  return even_cut(cut.axis, to * g.groups, cut.blocks());
}

}  // namespace

Cut even_cut(int axis, std::int64_t extent, int blocks) {
  need(blocks >= 1, "{} blocks; there must be one at least", blocks);
  Cut cut{axis, {}};
  const std::int64_t each = extent / blocks, more = extent % blocks;
  for (std::int64_t i = 0; i <= blocks; ++i) cut.offsets.push_back(i * each + std::min(i, more));
  return cut;
}

Cut copied(int count) {
  need(count >= 1, "{} copies; there must be one at least", count);
  return {Cut::copies, std::vector<std::int64_t>(static_cast<std::size_t>(count) + 1, 0)};
}

Box block_of(const Sharding& sharding, const Dims& extents, int rank, int ranks) {
  check(sharding, extents, rank, ranks);
  Box box{Dims::filled(extents.size(), 0), extents};
  for (auto cut = sharding.cuts.rbegin(); cut != sharding.cuts.rend(); ++cut) {
    const auto block = static_cast<std::size_t>(rank % cut->blocks());
    rank /= cut->blocks();
    if (cut->axis == Cut::copies) continue;
    box.start[cut->axis] = cut->offsets[block];
    box.extents[cut->axis] = cut->offsets[block + 1] - cut->offsets[block];
  }
  return box;
}

Dims joined_extents(const Geometry& geometry, Role role) {
  Dims extents = extents_of(geometry, role);
  const int channels = role == Role::w ? 0 : 1;
  const Checked joined = Checked(extents[channels]) * extents[channels + 1];
  need(joined.fits(), "groups times channels leaves 64 bits");
  extents[channels + 1] = joined.value();
  extents.erase(channels);
  return extents;
}

Sharding following(const Sharding& sharding, const Geometry& geometry, Role of) {
  need(of != Role::w, "only x and y follow each other");
  const Dims from = joined_extents(geometry, of), to = joined_extents(geometry, of == Role::x ? Role::y : Role::x);
  Sharding result;
  for (const Cut& cut : sharding.cuts) {
    need(cut.blocks() >= 1, "a cut without offsets");
    need(cut.axis < from.size(), "axis {} does not exist: the tensor has {} axes", cut.axis, from.size());
    const bool same = cut.axis == Cut::copies || cut.axis == 0;
    result.cuts.push_back(same            ? cut
                          : cut.axis == 1 ? following_channels(cut, geometry, of)
                                          : Cut{cut.axis, scaled(cut.offsets, from[cut.axis], to[cut.axis])});
  }
  return result;
}

}  // namespace faltung

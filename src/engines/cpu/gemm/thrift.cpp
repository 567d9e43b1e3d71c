#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engines/cpu/gemm/plan.h"

namespace faltung::cpu_gemm {
namespace {

// Smaller than this tiles are a panel each, whatever the cache.
constexpr int smallest_tiles = 64;

// Takes "`what`/N" from the front: N, or 1 if that is not there.
int take_divisor(std::string_view& text, std::string_view what) {
  if (!text.starts_with(what) || text.size() <= what.size() || text[what.size()] != '/') return 1;
  int divisor = 1;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + what.size() + 1, end, divisor);
  if (error != std::errc()) return 1;
  text = std::string_view(rest, static_cast<std::size_t>(end - rest));
  return divisor;
}

}  // namespace

std::string name_of(const Thrift& thrift) {
  std::string name;
  if (thrift.tiles > 1) name = fmt::format("tiles/{}", thrift.tiles);
  if (thrift.threads > 1) name += fmt::format("{}threads/{}", name.empty() ? "" : ",", thrift.threads);
  return name;
}

std::optional<Thrift> thrift_named(std::string_view name) {
  std::string_view rest = name;
  Thrift thrift{.tiles = take_divisor(rest, "tiles")};
  if (rest.starts_with(",")) rest.remove_prefix(1);
  thrift.threads = take_divisor(rest, "threads");
  if (name_of(thrift) != name || thrift.tiles < 1 || thrift.tiles > smallest_tiles || thrift.threads < 1)
    return std::nullopt;
  return thrift;
}

std::vector<Thrift> thrifts_of(const ConvProblem& problem, const DeviceInfo& device) {
  std::vector<Thrift> kept{{}};
  std::size_t least = make_plan(problem, device)->workspace_bytes();
  const auto keep_if_less = [&](const Thrift& thrift) {
    const std::size_t bytes = make_plan(problem, device, thrift)->workspace_bytes();
    if (bytes > least - least / 8) return;
    least = bytes;
    kept.push_back(thrift);
  };
  for (int tiles = 2; tiles <= smallest_tiles; tiles *= 2) keep_if_less({.tiles = tiles});
  const int tiles = kept.back().tiles;
  for (int threads = 2; threads < 2 * device.threads; threads *= 2) keep_if_less({.tiles = tiles, .threads = threads});
  return kept;
}

}  // namespace faltung::cpu_gemm

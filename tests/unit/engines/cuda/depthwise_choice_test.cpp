// What cuda.depthwise chooses at effort Estimate on an H200, kernel and tiling, beside depthwise_choices.txt. With
// FALTUNG_RECORD=1 the file is written anew: for changes that are meant to choose otherwise.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <any>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "engines/cuda/depthwise/any/causal1d.h"
#include "engines/cuda/depthwise/any/direct.h"
#include "engines/cuda/depthwise/any/window.h"
#include "engines/cuda/depthwise/nchw/any_filter.h"
#include "engines/cuda/depthwise/nchw/pipelined.h"
#include "engines/cuda/depthwise/nchw/small_planes.h"
#include "engines/cuda/depthwise/nchw/wgrad.h"
#include "engines/cuda/depthwise/nhwc/box_tma.h"
#include "engines/cuda/depthwise/nhwc/dgrad_stride2_3x3.h"
#include "engines/cuda/depthwise/nhwc/mma/tma.h"
#include "engines/cuda/depthwise/nhwc/rows_tma.h"
#include "support/source_dir.h"

namespace faltung {
namespace {

using namespace cuda_depthwise;
namespace fs = std::filesystem;

const DeviceInfo h200{.bytes_per_second = 4.3e12,
                      .l2_bytes = 60 << 20,
                      .sm_count = 132,
                      .sm_shared_bytes = 228 << 10,
                      .block_shared_bytes = 227 << 10,
                      .capability = 90};

std::string tiling_of(const NchwTiles& t) {
  return fmt::format("planes {} tiles {}x{} of {}x{} staged {}x{} left {} by {}{}", t.planes, t.tiles_h, t.tiles_w,
                     t.columns, t.bands, t.rows, t.groups, t.left, t.elements, t.flat ? " flat" : "");
}
std::string tiling_of(const NhwcStrips& l) {
  return fmt::format("packs {} slots {} rows {} strips {} chunk {} tiles {}", l.block_packs, l.slots, l.rows, l.strips,
                     l.chunk, l.tile_blocks);
}

std::string tiling_of(const NchwWgradTiling& t) { return tiling_of(t.tiles); }
std::string tiling_of(const AnyFilterTiling& t) { return tiling_of(t.tiles); }
std::string tiling_of(const SmallPlanes& k) {
  return fmt::format("planes {} tiles {} runs {}", k.planes, k.tiles, k.runs);
}
std::string tiling_of(const Pipelined& k) {
  return fmt::format("planes {} tiles {}x{} runs {} pitch {} plane_pitch {} shift {}", k.planes, k.tiles_h, k.tiles_w,
                     k.runs, k.pitch, k.plane_pitch, k.shift);
}
std::string tiling_of(const Mma& k) {
  return fmt::format("chunks {} rows {} strips {} staged {} tile_blocks {}", k.chunks, k.rows, k.strips, k.staged,
                     k.tile_blocks);
}
std::string tiling_of(const MmaTma& k) {
  return fmt::format("channels {} tiles_w {} images {} columns {} steps {} group_blocks {} steps_each {}", k.channels,
                     k.tiles_w, k.images, k.columns, k.steps, k.group_blocks, k.steps_each);
}
std::string tiling_of(const RowsTma& k) {
  return fmt::format("groups {} rows {} strips {} tiles {} step {} slots {} slot_bytes {}", k.groups, k.rows, k.strips,
                     k.tiles, k.step, k.slots, k.slot_bytes);
}
std::string tiling_of(const BoxTma& k) {
  return fmt::format("channels {} groups {} rows {} tiles_w {} tiles {} box {}x{}", k.channels, k.groups, k.rows,
                     k.tiles_w, k.tiles, k.box_h, k.box_w);
}
std::string tiling_of(const Dgrad3x3& k) {
  return tiling_of(static_cast<const NhwcStrips&>(k)) + (k.streaming_stores ? " streaming" : "");
}
std::string tiling_of(const WindowTiling& t) {
  return fmt::format("pack {} block_packs {} slots {} groups {} blocks_each {}", t.pack, t.window.block_packs,
                     t.window.slots, t.window.groups, t.window.blocks_each);
}
std::string tiling_of(const Causal1d& s) {
  return fmt::format("elements {} steps {} threads {}{}", s.elements, s.steps, s.threads,
                     s.whole_filters ? " whole filters" : "");
}
std::string tiling_of(const DirectTiling& t) { return fmt::format("length {}", t.length); }

// Of the one type that it has.
template <class... Tilings>
std::string tiling_of_one(const std::any& tiling) {
  std::string found;
  const auto tell = [&]<class Tiling>(const Tiling* it) {
    if (it) found = tiling_of(*it);
  };
  (tell(std::any_cast<Tilings>(&tiling)), ...);
  return found;
}
std::string tiling_of(const std::any& tiling) {
  return tiling_of_one<NchwTiles, NchwWgradTiling, AnyFilterTiling, SmallPlanes, Pipelined, NhwcStrips, Dgrad3x3, Mma,
                       MmaTma, RowsTma, BoxTma, WindowTiling, Causal1d, DirectTiling>(tiling);
}

// kernel blocks×threads +dynamic shared memory, a weight gradient's slices; tiling
std::string choice_of(const ConvProblem& p) {
  if (!refusal(p).empty()) return {};
  const Option option = options_of(p, h200).front();
  const Launch& m = option.launch;
  const std::string slices = p.pass != Pass::WeightGrad ? ""
                                                        : fmt::format(" slices {}{}", m.gather.slices,
                                                                      m.gather.in_cluster ? " in a cluster" : "");
  return fmt::format("{} {}x{} +{}{}; {}", option.kernel->name, m.blocks * m.rows, m.threads, m.shared_bytes, slices,
                     tiling_of(m.tiling));
}

using Choices = std::map<std::string, std::string>;  // by problem

void add(const ConvProblem& problem, Choices& to) {
  const std::string choice = choice_of(problem);
  if (!choice.empty()) to.emplace(print(problem), choice);
}

std::vector<fs::path> problem_files() {
  const fs::path folder = test::source_dir() / "problems";
  std::vector<fs::path> files{folder / "edge.txt", folder / "smoke.txt", folder / "few_channels.txt"};
  for (const auto& entry : fs::directory_iterator(folder / "models")) files.push_back(entry.path());
  return files;
}

ConvProblem in(const ConvProblem& problem, ProblemChanges changes, DType dtype, MemoryFormat format) {
  changes.dtype = dtype, changes.format = format;
  return changed(problem, changes);
}

// Every depthwise line at batch 1, 8 and 32 in each pass, bf16 NHWC and f32 NCHW.
Choices choices_now() {
  Choices choices;
  for (const fs::path& file : problem_files())
    for (const ProblemLine& line : load_problem_file(file.string())) {
      const Geometry& g = line.problem.geometry;
      if (g.groups == 1 || g.in_channels != 1) continue;
      add(line.problem, choices);
      for (const Pass pass : {Pass::Forward, Pass::DataGrad, Pass::WeightGrad})
        for (const std::int64_t batch : {1, 8, 32}) {
          add(in(line.problem, {.pass = pass, .batch = batch}, DType::bf16, MemoryFormat::channels_last), choices);
          add(in(line.problem, {.pass = pass, .batch = batch}, DType::f32, MemoryFormat::contiguous), choices);
        }
    }
  return choices;
}

const fs::path path = test::source_dir() / "tests/unit/engines/cuda/depthwise_choices.txt";

void record(const Choices& choices) {
  std::ofstream file(path);
  file << "# problem -> kernel, blocks x threads, shared memory; tiling. Written by depthwise_choice_test.cpp.\n";
  for (const auto& [problem, choice] : choices) file << problem << " -> " << choice << "\n";
}

Choices recorded() {
  Choices choices;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (const std::size_t arrow = line.find(" -> "); arrow != std::string::npos && line[0] != '#')
      choices.emplace(line.substr(0, arrow), line.substr(arrow + 4));
  return choices;
}

TEST(CudaDepthwiseChoice, IsAsRecorded) {
  const Choices found = choices_now();
  if (std::getenv("FALTUNG_RECORD")) record(found);
  const Choices expected = recorded();
  EXPECT_EQ(found.size(), expected.size());
  for (const auto& [problem, choice] : expected) {
    const auto now = found.find(problem);
    ASSERT_NE(now, found.end()) << problem << " is refused";
    EXPECT_EQ(now->second, choice) << problem;
  }
}

// What no line of the lists reaches is verified nowhere.
TEST(CudaDepthwiseChoice, EveryKernelIsOfferedForALineOfTheLists) {
  std::set<std::string_view> left;
  for (const Kernel& kernel : kernels()) left.insert(kernel.name);
  for (const auto& [problem, choice] : recorded())
    for (const Option& option : options_of(parse_problem(problem), h200)) left.erase(option.kernel->name);
  EXPECT_EQ(left, std::set<std::string_view>{});
}

}  // namespace
}  // namespace faltung

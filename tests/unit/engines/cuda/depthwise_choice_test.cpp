// What cuda.depthwise chooses at effort Estimate on an H200, kernel and tiling, beside depthwise_choices.txt. With
// FALTUNG_RECORD=1 the file is written anew: for changes that are meant to choose otherwise.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <tuple>

#include "engines/cuda/depthwise/method.h"
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

std::string tiling_of(const Method& m) {
  const auto& [mma, tma, rows, box] = std::tie(m.mma, m.mma_tma, m.rows_tma, m.box_tma);
  switch (m.kernel) {
    case Kernel::nchw_small_planes:
      return fmt::format("planes {} tiles {} runs {}", m.small_planes.planes, m.small_planes.tiles,
                         m.small_planes.runs);
    case Kernel::nchw_pipelined:
      return fmt::format("planes {} tiles {}x{} runs {} pitch {} plane_pitch {} shift {}", m.pipelined.planes,
                         m.pipelined.tiles_h, m.pipelined.tiles_w, m.pipelined.runs, m.pipelined.pitch,
                         m.pipelined.plane_pitch, m.pipelined.shift);
    case Kernel::nhwc_mma:
      return fmt::format("chunks {} rows {} strips {} staged {} tile_blocks {}", mma.chunks, mma.rows, mma.strips,
                         mma.staged, mma.tile_blocks);
    case Kernel::nhwc_mma_tma:
      return fmt::format("channels {} tiles_w {} images {} columns {} steps {} group_blocks {} steps_each {}",
                         tma.channels, tma.tiles_w, tma.images, tma.columns, tma.steps, tma.group_blocks,
                         tma.steps_each);
    case Kernel::nhwc_rows_tma:
      return fmt::format("groups {} rows {} strips {} tiles {} step {} slots {} slot_bytes {}", rows.groups, rows.rows,
                         rows.strips, rows.tiles, rows.step, rows.slots, rows.slot_bytes);
    case Kernel::nhwc_box_tma:
      return fmt::format("channels {} groups {} rows {} tiles_w {} tiles {} box {}x{}", box.channels, box.groups,
                         box.rows, box.tiles_w, box.tiles, box.box_h, box.box_w);
    case Kernel::nhwc_dgrad_stride2_3x3:
      return tiling_of(m.dgrad_3x3) + (m.dgrad_3x3.streaming_stores ? " streaming" : "");
    case Kernel::generic_window:
      return fmt::format("pack {} block_packs {} slots {} groups {} blocks_each {}", m.pack,
                         m.generic_window.block_packs, m.generic_window.slots, m.generic_window.groups,
                         m.generic_window.blocks_each);
    case Kernel::fallback:
      return fmt::format("length {}", m.length);
    case Kernel::nchw_tiles:
    case Kernel::nchw_any_filter:
    case Kernel::nchw_dgrad_stride2:
    case Kernel::nchw_wgrad:
      return tiling_of(m.tiles);
    default:
      return tiling_of(m.nhwc_strips);
  }
}

// By the names of the files.
const char* const names[] = {
    "nchw/tiles",   "nchw/small_planes",  "nchw/pipelined",         "nchw/any_filter", "nchw/dgrad_stride2",
    "nchw/wgrad",   "nhwc/strips",        "nhwc/mma/cp_async",      "nhwc/mma/tma",    "nhwc/rows_tma",
    "nhwc/box_tma", "nhwc/dgrad_stride2", "nhwc/dgrad_stride2_3x3", "nhwc/wgrad",      "any/window",
    "any/direct"};

// kernel blocks×threads +dynamic shared memory, a weight gradient's slices; tiling
std::string choice_of(const ConvProblem& p) {
  if (!refusal(p).empty()) return {};
  const Method m = method_of(p, h200);
  const std::string slices = p.pass != Pass::WeightGrad ? ""
                                                        : fmt::format(" slices {}{}", m.gather.slices,
                                                                      m.gather.in_cluster ? " in a cluster" : "");
  return fmt::format("{} {}x{} +{}{}; {}", names[static_cast<int>(m.kernel)], m.blocks * m.rows, m.threads,
                     m.shared_bytes, slices, tiling_of(m));
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

}  // namespace
}  // namespace faltung

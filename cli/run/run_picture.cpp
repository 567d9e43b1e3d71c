#include "run/run_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>

#include "command.h"
#include "faltung/bind.h"
#include "faltung/compile.h"
#include "faltung/io.h"
#include "media/picture.h"
#include "run/filters.h"
#include "support/device.h"
#include "support/files.h"
#include "support/output.h"
#include "support/table.h"

namespace faltung::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_png = std::size_t{1} << 30;

struct Result {
  Picture picture;
  std::string engine;
  double seconds = 0;
};

std::vector<const Filter*> chosen_filters(const std::vector<std::string>& names) {
  std::vector<const Filter*> chosen;
  for (const Filter& filter : filters()) {
    const bool all = names.empty() && filter.name != "identity";
    if (all || std::find(names.begin(), names.end(), filter.name) != names.end()) chosen.push_back(&filter);
  }
  return chosen;
}

Picture load(const PictureRun& run) {
  if (run.input.empty()) return synthetic_picture();
  try {
    return parse_png(read_file(run.input, largest_png));
  } catch (const Failure& failure) {
    if (std::string_view(failure.what()).find(run.input) != std::string_view::npos) throw;
    throw Failure(run.input + ": " + failure.what());
  }
}

// Planes of colour from 0 to 1 with a margin that repeats the pixels at the edge, so that edges do not darken.
Tensor planes_of(const Picture& picture, std::int64_t margin) {
  const std::int64_t height = picture.height + 2 * margin, width = picture.width + 2 * margin;
  Tensor planes = Tensor::empty({1, picture.colours, height, width}, DType::f32);
  float* out = planes.as<float>();
  const float scale = 1.0F / static_cast<float>(picture.greatest());
  for (int colour = 0; colour < picture.colours; ++colour) {
    for (std::int64_t y = 0; y < height; ++y) {
      const std::int64_t row = std::clamp<std::int64_t>(y - margin, 0, picture.height - 1);
      for (std::int64_t x = 0; x < width; ++x) {
        const std::int64_t column = std::clamp<std::int64_t>(x - margin, 0, picture.width - 1);
        const std::int64_t pixel = row * picture.width + column;
        *out++ = scale * picture.samples[static_cast<std::size_t>(pixel * picture.channels() + colour)];
      }
    }
  }
  return planes;
}

ConvProblem depthwise(const Picture& picture, const Filter& filter) {
  const std::int64_t grown = filter.size - 1;
  return parse_problem(fmt::format("fwd f32 nchw n1 c{0} k{0} g{0} i{1}x{2} f{3}x{3} p0", picture.colours,
                                   picture.height + grown, picture.width + grown, filter.size));
}

Tensor weights_of(const Filter& filter, int colours) {
  Tensor weights = Tensor::empty({colours, 1, filter.size, filter.size}, DType::f32);
  for (int colour = 0; colour < colours; ++colour) {
    std::copy(filter.weights.begin(), filter.weights.end(), weights.as<float>() + colour * filter.size * filter.size);
  }
  return weights;
}

// Alpha stays as it was: only colours are filtered.
Picture picture_of(const Picture& original, const Tensor& planes, float offset) {
  Picture picture = original;
  const float* in = planes.as<float>();
  const auto greatest = static_cast<float>(picture.greatest());
  const std::int64_t pixels = picture.height * picture.width;
  for (int colour = 0; colour < picture.colours; ++colour) {
    for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
      const float value = std::clamp(*in++ + offset, 0.0F, 1.0F) * greatest;
      picture.samples[static_cast<std::size_t>(pixel * picture.channels() + colour)] =
          static_cast<std::uint16_t>(std::lround(value));
    }
  }
  return picture;
}

Result apply(const Picture& picture, const Filter& filter, const Policy& policy, Context& context) {
  const Device device = context.device();
  const Tensor x = on_device(planes_of(picture, filter.size / 2), device);
  const Tensor w = on_device(weights_of(filter, picture.colours), device);
  const Tensor y =
      Tensor::zeros({1, picture.colours, picture.height, picture.width}, DType::f32, MemoryFormat::contiguous, device);
  const BoundProblem bound = bind(depthwise(picture, filter), {x, w, y}, device);
  const CompiledConv compiled = compile(bound.problem, policy, context);
  const auto start = std::chrono::steady_clock::now();
  compiled.run(bound.operands);
  const Tensor filtered = on_host(y);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  return {picture_of(picture, filtered, filter.offset), std::string(compiled.engine()), elapsed.count()};
}

void save_picture(const fs::path& path, const Picture& picture) { replace_file(path.string(), format_png(picture)); }

std::string stem_of(const PictureRun& run) {
  return run.input.empty() ? "picture" : fs::path(run.input).stem().string();
}

bool ends_in_png(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".png" || extension == ".PNG";
}

// Else a folder: one that is there, or ends in a slash, or has no suffix, so that out.jpg does not become one.
bool names_a_file(const PictureRun& run) {
  const fs::path output = run.output;
  std::error_code error;
  if (ends_in_png(output)) return true;
  if (!output.has_filename() || fs::is_directory(output, error)) return false;
  if (run.output == "-") throw UsageError("--output -: pictures go to a file or a folder, not to standard output");
  if (!output.has_extension()) return false;
  throw UsageError(
      fmt::format("--output {0}: pictures are written as .png; name such a file, or a folder as {0}/", run.output));
}

fs::path path_of(const PictureRun& run, const Filter& filter) {
  if (names_a_file(run)) return run.output;
  return fs::path(run.output) / fmt::format("{}-{}.png", stem_of(run), filter.name);
}

void prepare_output(const PictureRun& run, const std::vector<const Filter*>& chosen) {
  if (names_a_file(run) && chosen.size() != 1) {
    throw UsageError(
        fmt::format("--output {} is one file and {} filters are chosen; name a folder, or one filter with --filter",
                    run.output, chosen.size()));
  }
  for (const Filter* filter : chosen) {
    if (!run.input.empty()) refuse_overwrite(run.input, path_of(run, *filter));
  }
  if (names_a_file(run))
    need_folder_of(run.output);
  else
    make_folder(run.output);
}

}  // namespace

int run_picture(const PictureRun& run, Context& context) {
  const std::vector<const Filter*> chosen = chosen_filters(run.filters);
  const Picture picture = load(run);
  prepare_output(run, chosen);
  if (run.input.empty() && !names_a_file(run)) {
    save_picture(fs::path(run.output) / "picture.png", picture);
  }
  Table table({"filter", ">size", "engine", ">ms", "file"});
  Progress progress(chosen.size());
  for (const Filter* filter : chosen) {
    progress.step(filter->name);
    const Result result = apply(picture, *filter, run.policy, context);
    const fs::path path = path_of(run, *filter);
    save_picture(path, result.picture);
    table.row({filter->name, fmt::format("{0}x{0}", filter->size), result.engine,
               fmt::format("{:.3f}", 1e3 * result.seconds), path.string()});
  }
  progress.clear();
  print_result("{}: {}x{}, {} bits, {}{}\n", run.input.empty() ? "a picture made here" : run.input, picture.width,
               picture.height, picture.depth, picture.colours == 3 ? "RGB" : "gray", picture.alpha ? " and alpha" : "");
  table.print();
  return ok;
}

}  // namespace faltung::cli

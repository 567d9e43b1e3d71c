#include "engines/cpu/fft/stages.h"

#include <algorithm>
#include <array>

#include "engines/cpu/fft/product.h"

namespace faltung::cpu_fft {
namespace {

constexpr std::int64_t most_units = 4;  // of a transform
constexpr std::int64_t transforms_of_task = 4;

// Vectors of frequencies of a task, which must be worth it.
std::int64_t vectors_of(const Block& block) {
  constexpr std::int64_t least_products = 1 << 12;
  const std::int64_t products = block.tiles * block.source * block.written;
  return std::clamp<std::int64_t>(least_products / products, 1, block.vectors);
}

// Spectra of neighbouring source channels are neighbours. Where in w the written channels are, so many of a source
// channel's are read side by side: neither memory is gone through in steps of pages then.
constexpr std::int64_t few_sources = 8;

struct Pair {
  std::int64_t first, second;
};
// [some seconds][first][second among these]
Pair pair_of(const Units& all, std::int64_t index, std::int64_t together) {
  const std::int64_t before = index / (all.firsts * together) * together;
  const std::int64_t some = std::min(together, all.seconds - before), rest = index - before * all.firsts;
  return {rest / some, before + rest % some};
}

}  // namespace

template <class T>
Stages<T>::Stages(const ConvProblem& problem, const Correlation& correlation, const Cut& cut, const Block& block)
    : block_(block),
      written_next_(correlation.tap_written_channel < correlation.tap_source_channel),
      transform_(cut.shape()),
      source_(problem, correlation, cut, Of::source),
      other_(problem, correlation, cut, block.gradient ? Of::written : Of::taps),
      results_(problem, correlation, cut, block.gradient ? Of::taps : Of::written) {}

template <class T>
Units Stages<T>::units(Stage stage, const Part& part) const {
  if (is_of_taps(stage)) return {part.groups, part.written_count, block_.source};
  if (stage == Stage::source) return {part.groups, part.tiles, block_.source};
  return {part.groups, part.tiles, part.written_count};
}

template <class T>
Unit Stages<T>::unit(Stage stage, const Part& part, std::int64_t index) const {
  const Units all = units(stage, part);
  Unit unit{.group = part.group + index / (all.firsts * all.seconds)};
  index %= all.firsts * all.seconds;
  const Pair pair = pair_of(all, index, written_next_ && is_of_taps(stage) ? few_sources : all.seconds);
  if (is_of_taps(stage))
    unit.written_channel = part.written + pair.first, unit.source_channel = pair.second;
  else if (stage == Stage::source)
    unit.tile = part.tile + pair.first, unit.source_channel = pair.second;
  else
    unit.tile = part.tile + pair.first, unit.written_channel = part.written + pair.second;
  return unit;
}

template <class T>
Spectrum<T> Stages<T>::spectrum(Stage stage, const Part& part, const Unit& unit, T* numbers) const {
  const std::int64_t tile = unit.tile - part.tile, written = unit.written_channel - part.written;
  std::int64_t entry = 0, stride = 0;
  if (stage == Stage::source) {
    stride = block_.a_stride();
    entry = block_.gradient ? unit.source_channel * block_.tiles + tile : tile * block_.source + unit.source_channel;
  } else if (is_of_taps(stage)) {
    stride = block_.weights_stride();
    entry = written * block_.source + unit.source_channel;
  } else {
    stride = block_.y_stride();
    entry = block_.gradient ? written * block_.tiles + tile : tile * block_.written + written;
  }
  return {numbers + (unit.group - part.group) * block_.vectors * stride + entry * block_.entry(), stride};
}

template <class T>
std::int64_t Stages<T>::tasks(Stage stage, const Part& part) const {
  if (stage == Stage::products) return part.groups * ceil_div(block_.vectors, vectors_of(block_));
  return ceil_div(units(stage, part).count(), transform_.units() * transforms_of_task);
}

// Calls body(first, count) for the transforms of a task.
template <class T>
template <class Body>
void Stages<T>::for_each_transform(Stage stage, const Part& part, std::int64_t task, Body&& body) const {
  const std::int64_t all = units(stage, part).count(), units = transform_.units();
  const std::int64_t end = std::min(all, (task + 1) * units * transforms_of_task);
  for (std::int64_t first = task * units * transforms_of_task; first < end; first += units)
    body(first, std::min(units, end - first));
}

template <class T>
void Stages<T>::read(Stage stage, const Reader<T>& reader, const Operands& operands, const Part& part, T* to,
                     std::int64_t task, T* scratch) const {
  const Tiles<T> tiles = transform_.tiles(scratch, reader.columns());
  const std::int64_t all = units(stage, part).count();
  Place place;
  for_each_transform(stage, part, task, [&](std::int64_t first, std::int64_t count) {
    std::array<Spectrum<T>, most_units> spectra;
    transform_.clear(tiles);
    for (std::int64_t i = 0; i < count; ++i) {
      const Unit at = unit(stage, part, first + i);
      reader.read(operands, at, place, tiles, i);
      spectra[static_cast<std::size_t>(i)] = spectrum(stage, part, at, to);
    }
    if (stage == Stage::weights && written_next_)
      for (std::int64_t next = first + count; next < std::min(first + 2 * count, all); ++next)
        reader.prefetch(operands, unit(stage, part, next), place);
    transform_.forward(tiles, spectra.data(), count, scratch);
  });
}

template <class T>
void Stages<T>::write(const Operands& operands, const Part& part, T* from, std::int64_t task, T* scratch) const {
  constexpr Stage stage = Stage::results;
  const Tiles<T> tiles = transform_.tiles(scratch, results_.columns());
  Place place;
  for_each_transform(stage, part, task, [&](std::int64_t first, std::int64_t count) {
    std::array<Spectrum<T>, most_units> spectra;
    for (std::int64_t i = 0; i < count; ++i)
      spectra[static_cast<std::size_t>(i)] = spectrum(stage, part, unit(stage, part, first + i), from);
    transform_.inverse(spectra.data(), count, tiles, scratch);
    for (std::int64_t i = 0; i < count; ++i) results_.write(operands, unit(stage, part, first + i), place, tiles, i);
  });
}

template <class T>
void Stages<T>::multiply_task(const Part& part, const Spectra& spectra, std::int64_t task) const {
  const std::int64_t vectors = vectors_of(block_), pieces = ceil_div(block_.vectors, vectors), group = task / pieces;
  const std::int64_t first = task % pieces * vectors, end = std::min(first + vectors, block_.vectors);
  multiply(block_, part, first, end, spectra.a + group * block_.vectors * block_.a_stride(),
           spectra.weights + group * block_.vectors * block_.b_stride(),
           spectra.c + group * block_.vectors * block_.c_stride(), spectra.add);
}

template <class T>
void Stages<T>::run(Stage stage, const Operands& operands, const Part& part, const Spectra& spectra, std::int64_t task,
                    T* scratch) const {
  switch (stage) {
    case Stage::source:
      return read(stage, source_, operands, part, spectra.a, task, scratch);
    case Stage::weights:
    case Stage::gradient:
      return read(stage, other_, operands, part, spectra.b, task, scratch);
    case Stage::products:
      return multiply_task(part, spectra, task);
    case Stage::results:
      return write(operands, part, spectra.c, task, scratch);
  }
}

template class Stages<float>;
template class Stages<double>;

}  // namespace faltung::cpu_fft

// What a block is made of: elements to spectra, products, spectra to results. Each stage is tasks that may run side by
// side.
#pragma once

#include "engines/cpu/fft/block.h"
#include "engines/cpu/fft/reader.h"
#include "engines/cpu/fft/writer.h"

namespace faltung::cpu_fft {

// The transforms of a stage: tiles, or written channels, and channels.
struct Units {
  std::int64_t groups, firsts, seconds;
  std::int64_t count() const { return groups * firsts * seconds; }
};

template <class T>
class Stages {
 public:
  Stages(const ConvProblem& problem, const Correlation& correlation, const Cut& cut, const Block& block);

  std::int64_t scratch_numbers() const { return transform_.scratch_numbers(); }
  std::size_t bytes() const { return transform_.bytes(); }

  // Spectra of a block's source, of its weights or, in WeightGrad, of its gradient; the results of its spectra.
  enum class Stage : std::uint8_t { source, weights, gradient, products, results };
  std::int64_t tasks(Stage stage, const Part& part) const;
  struct Spectra {
    T *a = nullptr, *c = nullptr;
    T* b = nullptr;
    const T* weights = nullptr;  // what products read as b
    bool add = false;            // products, to those of other tiles
  };
  void run(Stage stage, const Operands& operands, const Part& part, const Spectra& spectra, std::int64_t task,
           T* scratch) const;

 private:
  bool is_of_taps(Stage stage) const { return stage == Stage::weights || (stage == Stage::results && block_.gradient); }
  Units units(Stage stage, const Part& part) const;
  Unit unit(Stage stage, const Part& part, std::int64_t index) const;
  Spectrum<T> spectrum(Stage stage, const Part& part, const Unit& unit, T* numbers) const;
  template <class Body>
  void for_each_transform(Stage stage, const Part& part, std::int64_t task, Body&& body) const;
  void read(Stage stage, const Reader<T>& reader, const Operands& operands, const Part& part, T* to, std::int64_t task,
            T* scratch) const;
  void write(const Operands& operands, const Part& part, T* from, std::int64_t task, T* scratch) const;
  void multiply_task(const Part& part, const Spectra& spectra, std::int64_t task) const;

  const Block& block_;
  bool written_next_;  // in w, to written channels
  Transform<T> transform_;
  Reader<T> source_, other_;  // other: taps or, in WeightGrad, the gradient
  Writer<T> results_;
};

}  // namespace faltung::cpu_fft

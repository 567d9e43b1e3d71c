// What a kind of device does for the library. backend_of() is the only switch over the kinds. The layers above call it,
// so their types are declared here, not included; a kind's folder includes what defines them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "faltung/device.h"
#include "faltung/dtype.h"

namespace faltung {

class Memory;
class OperandStorage;
class Plan;
struct ConvProblem;
struct DeviceInfo;
struct Execution;
struct GpuTiming;
struct Operands;
struct SignedTensor;
struct TensorView;
struct Timing;
struct TimingBudget;

// How texts name a kind.
struct KindNames {
  std::string_view name;     // "cuda"
  std::string_view title;    // "CUDA"
  std::string_view device;   // "a CUDA device"
  std::string_view runtime;  // how its runtime gets into a program: "linked", "opened"; empty: it has none
  std::string_view timing;   // what a time in a tuning record is of: "graph-replays"
};

struct RuntimeVersions {
  std::string runtime, driver;  // "13.0"
};

class Backend {
 public:
  virtual const KindNames& names() const noexcept = 0;

  // Reason why the kind cannot be used: not built, not linked, no driver, no device. Empty if it can. Determined once;
  // valid until the program ends.
  virtual std::string_view unavailable() const = 0;
  virtual int device_count() const = 0;  // 0 where it is unavailable
  // Both throw Unsupported with the reason where the kind is unavailable, InvalidArgument where there is no such
  // device.
  virtual DeviceInfo info(int index, int threads) const = 0;
  virtual RuntimeVersions versions(int index) const = 0;

  // Allocation, copies, fills, sums and streams (tensor/memory.h). Null where the kind is unavailable.
  virtual Memory* memory() const = 0;

  // compose/combine.h, compose/store_result.h
  virtual void combine(const TensorView& out, std::span<const SignedTensor> terms,
                       const Execution& execution) const = 0;
  virtual void store_result(const ConvProblem& problem, const TensorView& result, const Operands& operands,
                            const Execution& execution) const = 0;

  // The clock: measure/measure.h, and for kinds that replay graphs faltung/tune.h; the others refuse.
  virtual Timing time_plan(const Plan& plan, const OperandStorage& storage, const Execution& execution,
                           const TimingBudget& budget) const = 0;
  virtual GpuTiming time_calls(const Plan& plan, const ConvProblem& problem, Device device, double seconds) const;
  virtual std::optional<double> time_copy(std::size_t bytes, DType dtype, Device device, double seconds) const;

 protected:
  ~Backend() = default;  // backends are static objects
};

const Backend& backend_of(DeviceType type);

// Every kind, in the order of DeviceType.
struct Kind {
  DeviceType type;
  const Backend& (*backend)();
};
std::span<const Kind> kinds_of_device() noexcept;

std::optional<DeviceType> device_type_named(std::string_view name) noexcept;

}  // namespace faltung

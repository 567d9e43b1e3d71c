// Where strangers meet: an engine says what it can do, what it would cost, and makes plans; a plan runs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faltung/compile.h"
#include "faltung/problem.h"
#include "plan/device_info.h"

namespace faltung {

// Yes, or no and why. Reads like a specification:
//     return Verdict().need(p.pass == Pass::Forward, "forward only").need(p.geometry.groups == 1, "one group only");
// Keeps the first unmet need. Reasons live for the program: literals, or strings the engine owns.
class Verdict {
 public:
  Verdict& need(bool met, std::string_view reason) noexcept {
    if (accepted_ && !met) {
      accepted_ = false;
      reason_ = reason;
    }
    return *this;
  }
  bool accepted() const noexcept { return accepted_; }
  std::string_view reason() const noexcept { return reason_; }

 private:
  bool accepted_ = true;
  std::string_view reason_;
};

// The time is the larger of arithmetic and traffic, plus what a call costs anyway.
struct Estimate {
  double flops = 0;
  double bytes = 0;
  double efficiency = 0.5;  // share of the device's arithmetic ceiling reached
  double overhead_seconds = 1e-6;
  double seconds(const ConvProblem& problem, const DeviceInfo& device) const noexcept;
};

// One of several ways an engine can do a problem, for measuring.
struct Variant {
  std::string name;
  std::int64_t id = 0;
};

// Prints a plan and, indented, the plans it is made of.
class Outline {
 public:
  void line(std::string_view text);
  void child(const class Plan& plan);
  std::string text() const { return text_; }

 private:
  std::string text_;
  int depth_ = 0;
};

// Immutable; any thread may run it, several at once. run() never allocates and never locks: what it needs was counted
// in workspace_bytes().
class Plan {
 public:
  virtual ~Plan() = default;
  virtual std::size_t workspace_bytes() const { return 0; }
  virtual void run(const Operands& operands, Workspace workspace, const Stream& stream) const = 0;
  virtual void outline(Outline& outline) const = 0;
  virtual std::size_t footprint_bytes() const { return 1024; }  // what keeping it costs; bounds the cache
};

class Planner;

// Stateless; lives for the program.
class Engine {
 public:
  enum class Kind : std::uint8_t {
    leaf,       // does the work
    composite,  // asks the planner for smaller problems
    oracle,     // never refuses, never fast: taken when nothing else is left
  };

  virtual ~Engine() = default;
  virtual std::string_view name() const = 0;  // "cpu.winograd" = engines/cpu/winograd
  virtual Kind kind() const { return Kind::leaf; }
  // Why it can do nothing at all here: a library or a device that is not there. Empty: it is available.
  virtual std::string_view unavailable() const { return {}; }
  // Pure and cheap; allocates nothing. The problem is canonical.
  virtual Verdict supports(const ConvProblem& problem, const DeviceInfo& device) const = 0;
  virtual Estimate estimate(const ConvProblem& problem, const DeviceInfo& device) const = 0;
  virtual Accuracy accuracy(const ConvProblem&) const { return Accuracy::reassociated; }
  // All of them, for measuring. Never empty for an accepted problem.
  virtual std::vector<Variant> variants(const ConvProblem&, const DeviceInfo&) const { return {Variant{}}; }
  // What Estimate effort takes, without listing the others; one that is not in the list has tried them all.
  virtual Variant first_variant(const ConvProblem& problem, const DeviceInfo& device) const {
    return variants(problem, device).front();
  }
  // The one that a tuning record names; nothing if there is none.
  virtual std::optional<Variant> variant_named(std::string_view name, const ConvProblem& problem,
                                               const DeviceInfo& device) const {
    for (const Variant& variant : variants(problem, device))
      if (variant.name == name) return variant;
    return std::nullopt;
  }
  // May throw any Error: it is noted in the candidate and the next one is tried.
  virtual std::shared_ptr<const Plan> plan(const ConvProblem& problem, const Variant& variant,
                                           Planner& planner) const = 0;
};

}  // namespace faltung

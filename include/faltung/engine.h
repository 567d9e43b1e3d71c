// Where strangers meet: an engine answers for a problem with a refusal or an offer, an offer makes plans, a plan runs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faltung/device_info.h"
#include "faltung/plan.h"

#pragma GCC visibility push(default)
namespace faltung {

class [[gnu::visibility("hidden")]] Planner;

// One of the ways in which an engine does a problem.
struct Variant {
  std::string name;    // empty: the engine's only one
  double seconds = 0;  // estimated, of one run
  Accuracy accuracy = Accuracy::reassociated;
  std::optional<std::size_t> workspace_bytes;  // nothing: known once it is planned
};

// Everything an engine worked out in order to accept a problem; it makes the plans. Belongs to the thread that asked.
class Offer {
 public:
  virtual ~Offer() = default;
  // The variant that an estimated choice takes; cheap.
  virtual Variant first() = 0;
  // All variants, the first one first. May take long: some ask a vendor's library.
  virtual std::vector<Variant> variants() { return {first()}; }
  // The variant that a tuning record names; nothing if there is none.
  virtual std::optional<Variant> named(std::string_view name);
  // May throw any Error: it is noted in the candidate and the next one is tried.
  virtual std::shared_ptr<Plan> plan(const Variant& variant, Planner& planner) = 0;
};

// Yes, or no and why. Reads like a specification and keeps the first unmet need:
//     Verdict().need(p.pass == Pass::Forward, "forward only").need(p.geometry.groups == 1, "one group only")
class Verdict {
 public:
  Verdict& need(bool met, std::string_view reason) {
    if (accepted_ && !met) {
      accepted_ = false;
      reason_ = reason;
    }
    return *this;
  }
  explicit operator bool() const noexcept { return accepted_; }
  const std::string& reason() const noexcept { return reason_; }

 private:
  bool accepted_ = true;
  std::string reason_;
};

// A refusal with its reason, or an offer.
class Answer {
 public:
  template <class T>
  Answer(std::unique_ptr<T> offer) : offer_(std::move(offer)) {}
  Answer(const Verdict& refusal) : refusal_(refusal.reason()) {}
  static Answer refused(std::string reason) { return Answer(Verdict().need(false, reason)); }

  explicit operator bool() const noexcept { return offer_ != nullptr; }
  const std::string& refusal() const noexcept { return refusal_; }
  const std::shared_ptr<Offer>& offer() const noexcept { return offer_; }

 private:
  std::string refusal_;
  std::shared_ptr<Offer> offer_;
};

// The offer of an engine that has one way only: `make_plan(planner)` gives a std::shared_ptr<Plan>.
template <class MakePlan>
std::unique_ptr<Offer> one_way(Variant variant, MakePlan make_plan) {
  struct OneWay final : Offer {
    OneWay(Variant v, MakePlan m) : variant(std::move(v)), make(std::move(m)) {}
    Variant first() override { return variant; }
    std::shared_ptr<Plan> plan(const Variant&, Planner& planner) override { return make(planner); }
    Variant variant;
    MakePlan make;
  };
  return std::make_unique<OneWay>(std::move(variant), std::move(make_plan));
}

// Stateless; any thread may ask it.
class Engine {
 public:
  enum class Kind : std::uint8_t {
    leaf,         // does the work
    composite,    // asks the planner for smaller problems
    last_resort,  // refuses nothing and is slow: taken when nothing else is left
  };

  virtual ~Engine() = default;
  virtual std::string_view name() const = 0;  // "cpu.name" = engines/cpu/name
  virtual Kind kind() const { return Kind::leaf; }
  // The only kind of device it runs on; nothing: wherever its parts do.
  virtual std::optional<DeviceType> device() const { return std::nullopt; }
  // The reason why it can do nothing at all here: a library or a device that is missing. Empty: it is available.
  virtual std::string unavailable() const { return {}; }
  // Whether it reads x beyond its ends as that border says. Composites that copy or cut operands ask for parts of which
  // they know where they end: they are asked about zeros only.
  virtual bool fills_padding(Border border) const { return border == Border::zeros; }
  // Whether it may be asked about quantised problems (Epilogue::quantized), whose values it finds in the operands.
  virtual bool takes_quantized() const { return false; }
  // Raised whenever kernels or variants change so that times measured before no longer hold: records of other revisions
  // are then not taken.
  virtual int revision() const { return 1; }
  // A library that does the work, with its version: "cuDNN_9.19.0". Records hold with no other.
  virtual std::string library() const { return {}; }
  // The one question. The problem is canonical, the device of the engine's kind; both outlive the offer. Cheap:
  // whatever is expensive waits until the offer is asked for plans. May throw Unsupported instead of refusing.
  virtual Answer ask(const ConvProblem& problem, const DeviceInfo& device) const = 0;
};

// A time is the larger of arithmetic and traffic, plus what a call costs anyway.
struct Estimate {
  double flops = 0;
  double ceiling = 0;       // FLOP/s of the units that do them
  double efficiency = 0.5;  // share of the ceiling that is reached, at most 1
  double bytes = 0;
  double overhead_seconds = 1e-6;
  double seconds(const DeviceInfo& device) const noexcept;
};

// For a problem: vector units multiply in the type that sums are carried in, matrix units in the stored one.
double ceiling_of(const ConvProblem& problem, const DeviceInfo& device, Unit unit) noexcept;
// Of the best unit that the problem's numerics allow: f32 goes to matrix units as TF32 only.
double best_ceiling_of(const ConvProblem& problem, const DeviceInfo& device) noexcept;

}  // namespace faltung
#pragma GCC visibility pop

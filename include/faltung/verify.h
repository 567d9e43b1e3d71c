// Verification: runs a problem on made-up data and compares the result, element by element, with the defining sum.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "faltung/compile.h"

#pragma GCC visibility push(default)
namespace faltung {

enum class Outcome : std::uint8_t { passed, failed, refused };

// The data that a result is judged on.
enum class TestData : std::uint8_t {
  whole_numbers,  // −2 … 2: a term left out, counted twice or read from the wrong place shows
  many_digits,    // as many as the sums have room for: a second rounding, a lost low part, a 16-bit sum shows
  not_finite,     // whole numbers with an infinity or a NaN here and there
};

// The outcome of verify(). Complex numbers are compared part by part.
struct Comparison {
  Outcome outcome = Outcome::failed;
  std::string reason;                       // of the failure or refusal; empty if passed
  std::string engine;                       // that ran; empty if refused
  TestData data = TestData::whole_numbers;  // the last compared: those that failed, if it failed
  double max_error = 0;                     // greatest absolute difference
  double tolerance = 0;                     // the tolerance there; 0: bit for bit
  std::int64_t compared = 0;                // elements of the written operand
  std::int64_t nonzero = 0;                 // of these, expected results other than zero
  std::int64_t wrong = 0;                   // of these, results outside the tolerance
  Dims first_wrong;  // index of the first wrong element in the written operand (extents_of): n g c…, g k c… or n g k…

  bool passed() const noexcept { return outcome == Outcome::passed; }
};

// Plans the problem (`policy.only` names an engine), runs it on each kind of data made from `seed` (a problem of more
// than 5e8 floating point operations on one only: whole numbers if the engine transforms, else many digits), and
// compares with `reference` in f64 (integers: i64). The data are chosen so that all sums are exact: engines that only
// add in another order must agree bit for bit, 16-bit results after one rounding; transforms get the tolerance of their
// arithmetic. Infinities and NaN must show where the definition has them and nowhere else, but for what ARCHITECTURE.md
// allows. Outputs start as NaN, operands and workspace are misaligned as far as the problem allows and surrounded by
// guard zones that must not change, and so must not the gaps between strided elements. A comparison with nothing
// non-zero fails, unless the result is zero whatever the data. Where the problem's weights are constant, runs with
// prepared ones are verified as well; where z is added, on the CPU, a run with z in the result's place. Never throws
// Unsupported: that is Outcome::refused, the reason the table.
Comparison verify(const ConvProblem& problem, const Policy& policy = {}, Context& context = default_context(),
                  std::uint64_t seed = 1);

// The same of a plan. Several threads may verify one plan at once.
Comparison verify(const CompiledConv& compiled, std::uint64_t seed = 1);

// A plan on several streams of its GPU at once, each on numbers of its own; none is waited for before all have their
// runs, so that what a plan or its engine keeps of a run shows. Refused, with the reason, on the CPU.
Comparison verify_on_streams(const CompiledConv& compiled, int streams = 2, std::uint64_t seed = 1);

// The same for each way in which the engine that `policy.only` names does the problem; a single refusal if it refuses.
struct VerifiedVariant {
  std::string name;  // empty: the engine's only one
  Comparison comparison;
};
std::vector<VerifiedVariant> verify_variants(const ConvProblem& problem, const Policy& policy,
                                             Context& context = default_context(), std::uint64_t seed = 1);

// "passed: 1024 elements, 1001 non-zero, bit for bit", "failed: 3 of 1024 wrong, first at [0, 0, 2]: …".
std::string print(const Comparison& comparison);

std::string_view name_of(Outcome outcome) noexcept;
std::string_view name_of(TestData data) noexcept;  // "whole numbers", "numbers of many digits", "infinities and NaN"

}  // namespace faltung
#pragma GCC visibility pop

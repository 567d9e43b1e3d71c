// Each allocation of each public function fails in turn: the call does without or says "out of memory", nothing leaks,
// and the library is right afterwards.
#include <gtest/gtest.h>

#include <cctype>
#include <thread>

#include "faltung/c.h"
#include "faltung/faltung.h"
#include "memory/calls.h"
#include "memory/failing_allocations.h"

namespace faltung::test {
namespace {

enum class Ending { done, out_of_memory, wrong };

// Of the call, with the allocation after so many failing.
Ending ending_of(const Call& call, Context& context, long before, std::string& result) {
  fail_one_allocation_after(before);
  try {
    result = call.run(context);
    return Ending::done;
  } catch (const std::bad_alloc&) {
    return Ending::out_of_memory;
  } catch (const Error& error) {
    const bool io = call.kind == Kind::streams && error.code() == ErrorCode::Io;
    if (io || error.code() == ErrorCode::OutOfMemory) return Ending::out_of_memory;
    ADD_FAILURE() << call.name << ", allocation " << before << ": " << error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << call.name << ", allocation " << before << ": " << error.what();
  }
  return Ending::wrong;
}

// A workspace and a last error of the thread that no call outgrows, and what else is made once.
void warm_up() {
  const Tensor x = Tensor::zeros({2, 64, 32, 32}, DType::f32), w = Tensor::zeros({64, 64, 3, 3}, DType::f32);
  conv2d(x, w, {}, {.padding = 1});
  faltung_context* context = nullptr;
  faltung_plan* plan = nullptr;
  faltung_context_create(kDLCPU, 0, &context);
  faltung_plan_create(context, "fwd f32 nchw n1 c2 k2 i6x6 f9x9", nullptr, &plan);  // a message of some length
  faltung_context_destroy(context);
}

// False once the call makes no more than `before` allocations.
bool survives(const Call& call, const std::string& want, long before) {
  const long blocks = blocks_in_use();
  bool failed = false;
  {
    Context context;
    std::string got;
    const Ending ending = ending_of(call, context, before, got);
    failed = allocation_has_failed();
    if (ending != Ending::done || (failed && call.kind == Kind::chooses)) got = want;
    EXPECT_EQ(got, want) << call.name << ", allocation " << before;
    EXPECT_EQ(call.run(context), want) << call.name << " after allocation " << before << " had failed";
    context.set_cache_limit(0);
    EXPECT_EQ(context.cache_statistics().entries + context.cache_statistics().bytes, 0u) << call.name << before;
  }
  EXPECT_EQ(blocks_in_use(), blocks) << call.name << ", allocation " << before << ": a leak";
  return failed;
}

TEST(Memory, OfAThreadGoesWithIt) {
  warm_up();
  const long blocks = blocks_in_use();
  std::thread(warm_up).join();
  EXPECT_EQ(blocks_in_use(), blocks);
}

class OutOfMemory : public testing::TestWithParam<Call> {};

TEST_P(OutOfMemory, OfEachAllocationInTurn) {
  const Call& call = GetParam();
  warm_up();
  std::string want;
  for (int warm = 0; warm < 2; ++warm) {
    Context context;
    want = call.run(context);
  }
  long before = 0;
  while (survives(call, want, before) && !HasFailure()) before += call.step;
  EXPECT_LT(before, 100000);
  RecordProperty("allocations", std::to_string(before));
}

std::string name_of_call(const testing::TestParamInfo<Call>& info) {
  std::string name = info.param.name;
  for (char& letter : name)
    if (!std::isalnum(static_cast<unsigned char>(letter))) letter = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Functions, OutOfMemory, testing::ValuesIn(calls_of_functions()), name_of_call);
INSTANTIATE_TEST_SUITE_P(Planner, OutOfMemory, testing::ValuesIn(calls_of_the_planner()), name_of_call);
INSTANTIATE_TEST_SUITE_P(Tensors, OutOfMemory, testing::ValuesIn(calls_of_tensors()), name_of_call);
INSTANTIATE_TEST_SUITE_P(C, OutOfMemory, testing::ValuesIn(calls_of_c()), name_of_call);

}  // namespace
}  // namespace faltung::test

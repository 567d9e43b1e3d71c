// A program that is linked with the shared library: objects of its classes, and exceptions, cross the border.
#include <faltung/faltung.h>

#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

namespace {

int failures = 0;

void expect(bool holds, const char* what) {
  if (holds) return;
  std::printf("failed: %s\n", what);
  ++failures;
}

// Thrown there, caught here: by its own type, and as what it derives from.
void catch_errors() {
  const auto parse = [] { (void)faltung::parse_problem("no problem at all"); };
  try {
    parse();
    expect(false, "an error is thrown");
  } catch (const faltung::Error& error) {
    expect(error.code() == faltung::ErrorCode::InvalidArgument, "the error has its code");
  } catch (...) {
    expect(false, "an Error is caught as one");
  }
  try {
    parse();
  } catch (const std::runtime_error& error) {
    expect(dynamic_cast<const faltung::Error*>(&error) != nullptr, "a runtime_error is known for an Error");
  }
}

// A class of the program's, which the library calls; what it throws is caught there.
class BusyPool final : public faltung::Executor {
 public:
  int threads() const noexcept override { return 2; }
  int submit(int, void (*)(void*) noexcept, void*) override { throw std::runtime_error("busy"); }
};

void use_pool() {
  const auto pool = std::make_shared<BusyPool>();
  faltung::Context context;
  context.set_executor(pool);
  const std::shared_ptr<faltung::Executor> kept = context.executor();
  expect(dynamic_cast<BusyPool*>(kept.get()) == pool.get(), "the library gives the program's object back");
  const faltung::ConvProblem problem = faltung::parse_problem("fwd f32 n4 c64 k64 i28x28 f3x3 p1");
  expect(faltung::verify(problem, {}, context).passed(), "work is done without a busy pool");
}

void convolve() {
  std::array<float, 9> pixels{0, 0, 0, 0, 5, 0, 0, 0, 0}, blur;
  blur.fill(1);
  const auto input = faltung::TensorView::of(pixels.data(), {1, 1, 3, 3});
  const auto weight = faltung::TensorView::of(blur.data(), {1, 1, 3, 3});
  const faltung::Tensor output = faltung::conv2d(input, weight, {}, {.padding = faltung::PaddingMode::same});
  for (int i = 0; i < 9; ++i) expect(output.as<float>()[i] == 5, "a sum is right");
}

void use_problems() {
  const faltung::ConvProblem problem = faltung::parse_problem("fwd f32 n1 c4 k4 i8x8 f3x3 p1");
  const faltung::CompiledConv plan = faltung::compile(problem);
  expect(!plan.engine().empty() && plan.selection().chosen() != nullptr, "a plan has an engine");
  expect(faltung::verify(problem).passed(), "a problem is verified");
  expect(faltung::print(problem).find("c4 k4") != std::string::npos, "a problem is printed");
}

}  // namespace

int main() {
  catch_errors();
  use_pool();
  convolve();
  use_problems();
  return failures ? 1 : 0;
}

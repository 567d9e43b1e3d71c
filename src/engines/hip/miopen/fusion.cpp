#include "engines/hip/miopen/fusion.h"

#include "engines/hip/miopen/activation.h"

namespace faltung::hip_miopen {
namespace {

constexpr float one = 1, zero = 0;
constexpr int vertical = 0;

}  // namespace

Fusion::Fusion(const ConvProblem& problem, const Convolution& c, Handle handle)
    : activation_(problem.epilogue.activation),
      plan_(
          make_owned("miopenCreateFusionPlan", miopen().destroy_fusion, miopen().create_fusion, vertical, c.x.get())) {
  const Library& f = miopen();
  check(f.fuse_convolution(plan_.get(), &convolve_, c.convolution.get(), c.w.get()), "fusing the convolution");
  if (c.bias.get()) check(f.fuse_bias(plan_.get(), &add_bias_, c.bias.get()), "fusing the bias");
  if (activation_ != Activation::none)
    check(f.fuse_activation(plan_.get(), &activate_, call_of(activation_).mode), "fusing the activation");
  check(f.compile_fusion(handle, plan_.get()), "compiling a fusion plan");
}

void Fusion::run(Handle handle, const Convolution& c, const Operands& operands) const {
  const Library& f = miopen();
  const Owned args = make_owned("miopenCreateOperatorArgs", f.destroy_args, f.create_args);
  check(f.set_convolution_args(args.get(), convolve_, &one, &zero, operands.w), "miopenSetOpArgsConvForward");
  if (add_bias_)
    check(f.set_bias_args(args.get(), add_bias_, &one, &zero, operands.bias), "miopenSetOpArgsBiasForward");
  if (activate_) {
    const ActivationCall call = call_of(activation_);
    check(f.set_activation_args(args.get(), activate_, &one, &zero, call.alpha, call.beta, 0),
          "miopenSetOpArgsActivForward");
  }
  check(f.execute_fusion(handle, plan_.get(), c.x.get(), operands.x, c.y.get(), operands.y, args.get()),
        "miopenExecuteFusionPlan");
}

FusionPool::FusionPool(const ConvProblem& problem, std::shared_ptr<const Convolution> convolution, Handle handle)
    : problem_(problem), convolution_(std::move(convolution)) {
  free_[0] = std::make_unique<Fusion>(problem_, *convolution_, handle).release();
}

FusionPool::~FusionPool() {
  for (auto& place : free_) delete place.load();
}

void FusionPool::run(Handle handle, const Operands& operands) const {
  std::unique_ptr<Fusion> lent;
  for (auto& place : free_)
    if (!lent && place.load(std::memory_order_relaxed)) lent.reset(place.exchange(nullptr));
  if (!lent) lent = std::make_unique<Fusion>(problem_, *convolution_, handle);
  lent->run(handle, *convolution_, operands);
  give_back(std::move(lent));
}

void FusionPool::give_back(std::unique_ptr<Fusion> fusion) const noexcept {
  for (auto& place : free_) {
    Fusion* empty = nullptr;
    if (!place.compare_exchange_strong(empty, fusion.get())) continue;
    fusion.release();
    return;
  }
}

}  // namespace faltung::hip_miopen

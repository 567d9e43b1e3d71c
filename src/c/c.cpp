#include "faltung/c.h"

#include <memory>

#include "c/arguments.h"
#include "c/guard.h"
#include "faltung/bind.h"
#include "faltung/version.h"

struct faltung_prepared_weights {
  std::shared_ptr<const faltung::PreparedWeights> weights;
};

namespace {

using faltung::Error;
using faltung::ErrorCode;
using faltung::c::guarded;
using faltung::c::number_of;
using faltung::c::policy_of;
using faltung::c::problem_of;
using faltung::c::required;

faltung::Device device_of(const DLDeviceType& type, int index) {
  if (index < 0) throw Error(ErrorCode::InvalidArgument, "a device's number is negative");
  switch (number_of(type)) {
    case kDLCPU:
      return {faltung::DeviceType::cpu, index};
    case kDLCUDA:
      return {faltung::DeviceType::cuda, index};
    case kDLROCM:
      return {faltung::DeviceType::hip, index};
    default:
      throw Error(ErrorCode::InvalidArgument, "the device type is none of kDLCPU, kDLCUDA, kDLROCM");
  }
}

faltung::TensorView view_of(const DLTensor* tensor, const char* name, bool needed = true) {
  return tensor || needed ? faltung::from_dlpack(required(tensor, name)) : faltung::TensorView();
}

class CallbackExecutor : public faltung::Executor {
 public:
  explicit CallbackExecutor(const faltung_executor& functions) : functions_(functions) {}
  ~CallbackExecutor() override {
    if (functions_.release) functions_.release(functions_.pool);
  }
  int threads() const noexcept override { return functions_.threads; }
  int submit(int count, void (*work)(void*) noexcept, void* argument) override {
    return functions_.submit(functions_.pool, count, work, argument);
  }

 private:
  faltung_executor functions_;
};

void check(const faltung_executor& functions) {
  if (functions.size < sizeof(faltung_executor))
    throw Error(ErrorCode::InvalidArgument, "executor.size is less than sizeof(faltung_executor)");
  if (functions.threads < 1) throw Error(ErrorCode::InvalidArgument, "executor.threads is less than 1");
  required(functions.submit, "executor.submit");
}

std::unique_ptr<faltung_plan> plan_of(faltung::Context& where, const faltung::ConvProblem& problem,
                                      const faltung_policy* policy) {
  return std::unique_ptr<faltung_plan>(
      new faltung_plan{faltung::compile(problem, policy_of(policy), where), where.device(), where});
}

faltung::Workspace workspace_of(void* memory, size_t bytes) {
  return {&required(static_cast<std::byte*>(memory), "workspace"), bytes};
}

}  // namespace

const char* faltung_version(void) { return faltung::version(); }

faltung_status faltung_context_create(DLDeviceType device_type, int device_id, faltung_context** context) {
  return guarded([&] {
    required(context, "context") = nullptr;
    *context = new faltung_context{faltung::Context(device_of(device_type, device_id))};
  });
}

void faltung_context_destroy(faltung_context* context) { delete context; }

faltung_status faltung_context_set_executor(faltung_context* context, const faltung_executor* executor) {
  return guarded([&] {
    faltung::Context& where = required(context, "context").context;
    if (!executor) return where.set_executor(nullptr);
    check(*executor);
    where.set_executor(std::make_shared<CallbackExecutor>(*executor));
  });
}

faltung_status faltung_run(faltung_context* context, const char* problem, const faltung_policy* policy,
                           const DLTensor* x, const DLTensor* w, const DLTensor* y, const DLTensor* bias,
                           const DLTensor* z, double alpha, void* stream) {
  return guarded([&] {
    faltung::Context& where = required(context, "context").context;
    const faltung::ConvProblem what = problem_of(problem);
    const faltung::OperandViews views{view_of(x, "x"), view_of(w, "w"), view_of(y, "y"),
                                      view_of(bias, "bias", what.epilogue.bias), view_of(z, "z", what.epilogue.add)};
    faltung::BoundProblem bound = faltung::bind(what, views, where.device());
    bound.operands.alpha = alpha;
    faltung::compile(bound.problem, policy_of(policy), where)
        .run(bound.operands, faltung::Stream{where.device(), stream});
  });
}

faltung_status faltung_plan_create(faltung_context* context, const char* problem, const faltung_policy* policy,
                                   faltung_plan** plan) {
  return guarded([&] {
    required(plan, "plan") = nullptr;
    faltung::Context& where = required(context, "context").context;
    *plan = plan_of(where, problem_of(problem), policy).release();
  });
}

faltung_status faltung_plan_create_from(faltung_context* context, const faltung_problem* problem,
                                        const faltung_policy* policy, faltung_plan** plan) {
  return guarded([&] {
    required(plan, "plan") = nullptr;
    faltung::Context& where = required(context, "context").context;
    *plan = plan_of(where, problem_of(problem), policy).release();
  });
}

void faltung_plan_destroy(faltung_plan* plan) { delete plan; }

faltung_status faltung_plan_choice(const faltung_plan* plan, const char** engine, const char** variant) {
  return guarded([&] {
    const faltung::Candidate& chosen = *required(plan, "plan").compiled.selection().chosen();
    if (engine) *engine = chosen.engine.c_str();
    if (variant) *variant = chosen.variant.c_str();
  });
}

faltung_status faltung_plan_workspace_bytes(const faltung_plan* plan, size_t* bytes) {
  return guarded([&] { required(bytes, "bytes") = required(plan, "plan").compiled.workspace_bytes(); });
}

faltung_status faltung_plan_run(const faltung_plan* plan, void* x, void* w, void* y, const void* bias, const void* z,
                                double alpha, void* workspace, size_t workspace_bytes, void* stream) {
  return guarded([&] {
    const faltung_plan& planned = required(plan, "plan");
    const faltung::Operands operands{x, w, y, bias, z, alpha};
    const faltung::Stream order{planned.device, stream};
    if (!workspace && workspace_bytes == 0) return planned.compiled.run(operands, order);
    planned.compiled.run(operands, workspace_of(workspace, workspace_bytes), order);
  });
}

faltung_status faltung_plan_prepare(const faltung_plan* plan, const void* w, void* stream,
                                    faltung_prepared_weights** weights) {
  return guarded([&] {
    required(weights, "weights") = nullptr;
    const faltung_plan& planned = required(plan, "plan");
    *weights = new faltung_prepared_weights{planned.compiled.prepare(w, faltung::Stream{planned.device, stream})};
  });
}

void faltung_prepared_weights_destroy(faltung_prepared_weights* weights) { delete weights; }

faltung_status faltung_prepared_weights_info(const faltung_prepared_weights* weights, size_t* bytes, int* reads_w) {
  return guarded([&] {
    const faltung::PreparedWeights& prepared = *required(weights, "weights").weights;
    if (bytes) *bytes = prepared.bytes();
    if (reads_w) *reads_w = prepared.reads_w();
  });
}

faltung_status faltung_plan_run_prepared(const faltung_plan* plan, const faltung_prepared_weights* weights, void* x,
                                         void* y, const void* bias, const void* z, double alpha, void* workspace,
                                         size_t workspace_bytes, void* stream) {
  return guarded([&] {
    const faltung_plan& planned = required(plan, "plan");
    const faltung::PreparedWeights& prepared = *required(weights, "weights").weights;
    const faltung::Operands operands{.x = x, .y = y, .bias = bias, .z = z, .alpha = alpha};
    const faltung::Stream order{planned.device, stream};
    if (!workspace && workspace_bytes == 0) return planned.compiled.run(operands, prepared, order);
    planned.compiled.run(operands, prepared, workspace_of(workspace, workspace_bytes), order);
  });
}

faltung_status faltung_plan_run_quantized(const faltung_plan* plan, const faltung_prepared_weights* weights, void* x,
                                          void* w, void* y, const int32_t* bias, const faltung_quantization* values,
                                          void* workspace, size_t workspace_bytes, void* stream) {
  return guarded([&] {
    const faltung_plan& planned = required(plan, "plan");
    const faltung_quantization& given = required(values, "values");
    if (given.size < sizeof(given)) throw Error(ErrorCode::InvalidArgument, "values.size is less than its struct's");
    const faltung::Quantization quantization{given.scale, given.w_zero, given.x_zero, given.y_zero};
    const faltung::Operands operands{.x = x, .w = w, .y = y, .bias = bias, .quantization = &quantization};
    const faltung::Stream order{planned.device, stream};
    const bool own = !workspace && workspace_bytes == 0;
    if (weights && own) return planned.compiled.run(operands, *weights->weights, order);
    if (own) return planned.compiled.run(operands, order);
    const faltung::Workspace memory = workspace_of(workspace, workspace_bytes);
    weights ? planned.compiled.run(operands, *weights->weights, memory, order)
            : planned.compiled.run(operands, memory, order);
  });
}

// The backend that PyTorch 2.11 would use for a convolution, and why: a pure function for people who port code or
// compare speed. It looks at no device and calls no library; everything that PyTorch reads from its build, its flags
// and the libraries it loads is a field of the call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faltung/dims.h"
#include "faltung/dtype.h"

#pragma GCC visibility push(default)
namespace faltung {

// PyTorch's own names, and Refused for a call that PyTorch rejects before choosing a backend.
enum class TorchBackend : std::uint8_t {
  CudaDepthwise2d,
  CudaDepthwise3d,
  Cudnn,
  CudnnTranspose,
  Empty,
  Miopen,
  MiopenDepthwise,
  MiopenTranspose,
  Mkldnn,
  MkldnnTranspose,
  MkldnnEmpty,
  NnpackSpatial,
  Overrideable,
  Slow2d,
  Slow3d,
  SlowDilated2d,
  SlowDilated3d,
  SlowTranspose2d,
  SlowTranspose3d,
  Winograd3x3Depthwise,
  Xnnpack2d,
  Mps,
  MpsTranspose,
  Refused,
};
std::string_view name_of(TorchBackend backend) noexcept;  // "Cudnn", …, "refused"

// The build of PyTorch, its user's switches, and the library versions. The defaults are the machine of the reference
// table: an x86 server with oneDNN, 16 threads, and a CUDA build with cuDNN 9.19.
struct TorchFlags {
  bool cudnn_built = true;
  bool cudnn_enabled = true;  // torch.backends.cudnn.enabled; switches MIOpen off too
  int cudnn_version = 91900;  // major · 10000 + minor · 100 + patch; negative if unknown
  bool cudnn_v8_api = true;
  bool cudnn_bf16 = true;       // the device convolves bfloat16
  bool cudnn_dilated = true;    // the runtime supports dilation
  bool cudnn_depthwise = true;  // the runtime has depthwise kernels
  bool deterministic = false;   // read by PyTorch before 2025 only; has no effect on the choice since
  bool mkldnn_built = true;
  bool mkldnn_enabled = true;  // torch.backends.mkldnn.enabled
  bool mkldnn_bf16 = true;     // the CPU passes the bfloat16 check
  bool mkldnn_f16 = true;      // the CPU passes the float16 check
  int threads = 16;
  bool miopen_built = false;         // a ROCm build: its device is called "cuda" as well
  bool miopen_suggest_nhwc = false;  // environment PYTORCH_MIOPEN_SUGGEST_NHWC
  bool nnpack_available = false;     // built in, and supports this CPU
  bool nnpack_enabled = true;        // torch.backends.nnpack
  bool mobile_build = false;         // XNNPACK is asked, NNPACK without a minimum batch
  bool xnnpack_accepts = true;       // XNNPACK's own answer to this call
  bool arm_neon = false;             // a build with the 3×3 depthwise Winograd kernel
  bool mps_built = false;
};

// One call of torch.convolution. Parameters hold one value for all spatial axes or one for each; an input of one rank
// less than the weight has no batch axis.
struct TorchCall {
  std::string device = "cpu";  // "cpu", "cuda", "mps", "xpu", …
  DType dtype = DType::f32;    // complex calls are answered for the real convolutions into which PyTorch splits them
  Dims input;                  // [N] C spatial…
  Dims weight;                 // O C/G spatial…, transposed C O/G spatial…
  std::optional<Dims> bias;
  Dims stride{1};
  Dims padding{0};
  Dims dilation{1};
  bool transposed = false;
  Dims output_padding{0};
  std::int64_t groups = 1;
  bool input_channels_last = false;  // suggest_memory_format() is channels_last or channels_last_3d
  bool weight_channels_last = false;
  bool mkldnn_tensor = false;  // the input has the opaque mkldnn layout
  bool needs_grad = false;
  TorchFlags flags;
};

enum class TorchFormat : std::uint8_t { Contiguous, ChannelsLast, ChannelsLast3d };
std::string_view name_of(TorchFormat format) noexcept;  // "contiguous", "channels_last", "channels_last_3d"

struct TorchSelection {
  TorchBackend backend = TorchBackend::Refused;
  std::string name;                              // name_of(backend)
  TorchFormat format = TorchFormat::Contiguous;  // the memory format passed to the backend; its output follows it
  std::vector<std::string> reasons;              // one line for each rule tried, in order; the last one decided
  bool refused() const noexcept { return backend == TorchBackend::Refused; }
};

// Does not throw for a call's content: a call that PyTorch rejects before choosing gives Refused and the reason. Errors
// that a backend would find only while running (such as an output_padding too large for it) are not predicted.
TorchSelection torch_selection(const TorchCall& call);

}  // namespace faltung
#pragma GCC visibility pop

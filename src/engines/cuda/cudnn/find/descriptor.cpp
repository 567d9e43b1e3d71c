#include "engines/cuda/cudnn/find/descriptor.h"

#include <algorithm>
#include <vector>

namespace faltung::cuda_cudnn {

std::int64_t Descriptor::count_descriptors(cudnnBackendAttributeName_t name) const {
  std::int64_t count = 0;
  check(cudnn().get(raw_, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 0, &count, nullptr), "cudnnBackendGetAttribute");
  return count;
}

std::int64_t Descriptor::get_descriptors(cudnnBackendAttributeName_t name, std::span<Descriptor> room) const {
  std::vector<cudnnBackendDescriptor_t> raw;
  for (const Descriptor& descriptor : room) raw.push_back(descriptor.get());
  const auto most = static_cast<std::int64_t>(raw.size());
  std::int64_t count = 0;
  check(cudnn().get(raw_, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, most, &count, raw.data()), "cudnnBackendGetAttribute");
  return std::min(count, most);
}

}  // namespace faltung::cuda_cudnn

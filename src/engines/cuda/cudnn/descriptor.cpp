#include "engines/cuda/cudnn/descriptor.h"

namespace faltung::cuda_cudnn {

std::vector<Descriptor> Descriptor::get_descriptors(cudnnBackendAttributeName_t name,
                                                    cudnnBackendDescriptorType_t type) const {
  std::int64_t count = 0;
  check(cudnn().get(raw_, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 0, &count, nullptr), "cudnnBackendGetAttribute");
  std::vector<Descriptor> all;
  std::vector<cudnnBackendDescriptor_t> raw;
  for (std::int64_t i = 0; i < count; ++i) raw.push_back(all.emplace_back(type).get());
  if (count > 0)
    check(cudnn().get(raw_, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, count, &count, raw.data()),
          "cudnnBackendGetAttribute");
  all.resize(static_cast<std::size_t>(count));
  return all;
}

}  // namespace faltung::cuda_cudnn

#include "compose/cuda/calls.h"

namespace faltung::cuda {

constinit const ComposeCalls compose_calls{.combine = &combine_on_device, .store_result = &store_result_on_device};

}  // namespace faltung::cuda

// A problem as cuDNN's operation graph: the convolution and, over virtual f32 tensors, its epilogue.
#pragma once

#include <cudnn.h>

#include <vector>

#include "engines/cuda/cudnn/find/descriptor.h"
#include "faltung/problem.h"

namespace faltung::cuda_cudnn {

// The device to plan for: a handle's, or (in tests without a GPU) a described one.
struct Target {
  cudnnHandle_t handle = nullptr;
  const Descriptor* device = nullptr;
};

// Tensor ids in a variant pack.
enum class TensorId : std::int64_t { x = 1, w, y, bias, z, alpha, virtual_tensors = 100 };

struct Graph {
  std::vector<Descriptor> parts;  // descriptors that the graph refers to
  Descriptor graph;
};

Graph build_graph(const ConvProblem& problem, const Target& target);

}  // namespace faltung::cuda_cudnn

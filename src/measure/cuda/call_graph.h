// Calls captured in a CUDA graph.
#pragma once

#include <cuda_runtime_api.h>

#include <functional>

#include "base/cuda/check.h"
#include "faltung/error.h"

namespace faltung::cuda {

// A stream of our own: the default one cannot be captured.
class CapturingStream {
 public:
  CapturingStream() { check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreateWithFlags"); }
  ~CapturingStream() { cudaStreamDestroy(stream_); }
  CapturingStream(const CapturingStream&) = delete;
  CapturingStream& operator=(const CapturingStream&) = delete;
  cudaStream_t get() const noexcept { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

// Calls captured in a graph; empty if they cannot be.
class CallGraph {
 public:
  CallGraph(const std::function<void()>& call, int calls, cudaStream_t stream) {
    cudaGraph_t graph = nullptr;
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
    try {
      for (int i = 0; i < calls; ++i) call();
    } catch (const Error&) {  // an engine that does not let itself be captured
    }
    if (cudaStreamEndCapture(stream, &graph) == cudaSuccess && graph) {
      if (cudaGraphInstantiate(&executable_, graph, 0) != cudaSuccess) executable_ = nullptr;
      cudaGraphDestroy(graph);
    }
    cudaGetLastError();  // what failed here is told by an empty graph
  }
  ~CallGraph() {
    if (executable_) cudaGraphExecDestroy(executable_);
  }
  CallGraph(const CallGraph&) = delete;
  CallGraph& operator=(const CallGraph&) = delete;
  explicit operator bool() const noexcept { return executable_ != nullptr; }
  void launch(cudaStream_t stream) const { check(cudaGraphLaunch(executable_, stream), "cudaGraphLaunch"); }

 private:
  cudaGraphExec_t executable_ = nullptr;
};

}  // namespace faltung::cuda

// Calls captured in a CUDA graph.
#pragma once

#include <cuda_runtime_api.h>

#include <functional>

#include "device/cuda/runtime/check.h"
#include "faltung/error.h"

namespace faltung::cuda {

// A stream of our own, since the default stream cannot be captured.
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

// A graph of captured calls; empty if they cannot be captured.
class CallGraph {
 public:
  CallGraph(const std::function<void()>& call, int calls, cudaStream_t stream) {
    cudaGraph_t graph = nullptr;
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
    try {
      for (int i = 0; i < calls; ++i) call();
    } catch (const Error&) {  // the engine does not support capturing
    }
    if (cudaStreamEndCapture(stream, &graph) == cudaSuccess && graph) {
      if (cudaGraphInstantiate(&executable_, graph, 0) != cudaSuccess) executable_ = nullptr;
      cudaGraphDestroy(graph);
    }
    cudaGetLastError();  // an empty graph reports the failure
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

// RAII for cuDNN's backend descriptors.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "engines/cuda/cudnn/find/library.h"

namespace faltung::cuda_cudnn {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(cudnnBackendDescriptorType_t type) {
    check(cudnn().create(type, &raw_), "cudnnBackendCreateDescriptor");
  }
  ~Descriptor() {
    if (raw_ && !is_closing()) cudnn().destroy(raw_);
  }
  Descriptor(Descriptor&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(raw_, other.raw_);
    return *this;
  }

  cudnnBackendDescriptor_t get() const noexcept { return raw_; }

  // Sets `count` values of the attribute's type.
  Descriptor& set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, std::int64_t count,
                  const void* values) {
    check(cudnn().set(raw_, name, type, count, values), "cudnnBackendSetAttribute");
    return *this;
  }
  Descriptor& set(cudnnBackendAttributeName_t name, std::span<const std::int64_t> values) {
    return set(name, CUDNN_TYPE_INT64, static_cast<std::int64_t>(values.size()), values.data());
  }
  Descriptor& set(cudnnBackendAttributeName_t name, std::int64_t value) {
    return set(name, CUDNN_TYPE_INT64, 1, &value);
  }
  Descriptor& set(cudnnBackendAttributeName_t name, bool value) { return set(name, CUDNN_TYPE_BOOLEAN, 1, &value); }
  Descriptor& set(cudnnBackendAttributeName_t name, double value) { return set(name, CUDNN_TYPE_DOUBLE, 1, &value); }
  Descriptor& set(cudnnBackendAttributeName_t name, float value) { return set(name, CUDNN_TYPE_FLOAT, 1, &value); }
  Descriptor& set(cudnnBackendAttributeName_t name, cudnnDataType_t value) {
    return set(name, CUDNN_TYPE_DATA_TYPE, 1, &value);
  }
  Descriptor& set(cudnnBackendAttributeName_t name, cudnnPointwiseMode_t value) {
    return set(name, CUDNN_TYPE_POINTWISE_MODE, 1, &value);
  }
  Descriptor& set(cudnnBackendAttributeName_t name, const Descriptor& value) {
    return set(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &value.raw_);
  }
  Descriptor& set(cudnnBackendAttributeName_t name, cudnnHandle_t value) {
    return set(name, CUDNN_TYPE_HANDLE, 1, &value);
  }
  void finalize(const char* what) { check(cudnn().finalize(raw_), what); }

  std::int64_t get_int64(cudnnBackendAttributeName_t name) const {
    std::int64_t value = 0, count = 0;
    check(cudnn().get(raw_, name, CUDNN_TYPE_INT64, 1, &count, &value), "cudnnBackendGetAttribute");
    return value;
  }
  // Number of descriptors that the attribute holds.
  std::int64_t count_descriptors(cudnnBackendAttributeName_t name) const;
  // Has cuDNN fill `room` with descriptors of the attribute's type; returns how many it filled.
  std::int64_t get_descriptors(cudnnBackendAttributeName_t name, std::span<Descriptor> room) const;

 private:
  cudnnBackendDescriptor_t raw_ = nullptr;
};

}  // namespace faltung::cuda_cudnn

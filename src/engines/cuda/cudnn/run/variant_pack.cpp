#include "engines/cuda/cudnn/run/variant_pack.h"

#include <array>
#include <memory>

#include "base/never_destroyed.h"
#include "engines/cuda/cudnn/describe/graph.h"

namespace faltung::cuda_cudnn {
namespace {

struct Tensors {
  std::array<std::int64_t, 6> ids{};
  std::array<const void*, 6> data{};
  std::size_t count = 0;

  void add(TensorId id, const void* pointer) {
    ids[count] = static_cast<std::int64_t>(id);
    data[count++] = pointer;
  }
};

using Table = VariantPackCache<Descriptor>;

// On the heap: every thread of the program has room for a thread's objects, and a table takes 36 KiB.
struct OwnTable {
  std::unique_ptr<Table> table = std::make_unique<Table>();
  Table& operator*() const { return *table; }
};

// Created by a thread's first run; later runs allocate nothing but what cuDNN needs for a pack.
Table& table() {
  if (const auto* own = PerThread<OwnTable>::get()) return **own;
  thread_local Table* const late = new Table;  // the thread is ending: nothing of it is destroyed any more
  return *late;
}

Descriptor pack_of(const Pointers& pointers, const float& alpha, const Epilogue& epilogue) {
  Tensors tensors;
  tensors.add(TensorId::x, pointers.x);
  tensors.add(TensorId::w, pointers.w);
  tensors.add(TensorId::y, pointers.y);
  if (epilogue.bias) tensors.add(TensorId::bias, pointers.bias);
  if (epilogue.add) tensors.add(TensorId::z, pointers.z);
  if (epilogue.add) tensors.add(TensorId::alpha, &alpha);
  const auto count = static_cast<std::int64_t>(tensors.count);
  Descriptor pack(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
  pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, count, tensors.ids.data())
      .set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, count, tensors.data.data())
      .set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1, &pointers.workspace)
      .finalize("variant pack");
  return pack;
}

}  // namespace

cudnnBackendDescriptor_t variant_pack(const Pointers& pointers, const Epilogue& epilogue) {
  Table& known = table();
  if (const Table::Entry* entry = known.find(pointers)) return entry->value.get();
  Table::Entry& entry = known.place(pointers);
  entry.value =
      pack_of(pointers, entry.pointers.alpha, epilogue);  // cuDNN keeps a pointer to alpha, so it must stay in place
  entry.pointers = pointers;
  return entry.value.get();
}

}  // namespace faltung::cuda_cudnn

// Owners of the library's objects.
#pragma once

#include <memory>

#include "engines/cpu/onednn/library.h"

namespace faltung::cpu_onednn {

template <class T, Status (*Functions::*destroy)(T*)>
struct Destroy {
  void operator()(T* object) const noexcept {
    const Use use;
    use.is_allowed() ? void((dnnl().*destroy)(object)) : leave_to_the_system(object);
  }
};

using Stream = std::unique_ptr<StreamObject, Destroy<StreamObject, &Functions::stream_destroy>>;
using MemoryDesc = std::unique_ptr<MemoryDescObject, Destroy<MemoryDescObject, &Functions::memory_desc_destroy>>;
using Memory = std::unique_ptr<MemoryObject, Destroy<MemoryObject, &Functions::memory_destroy>>;
using Attr = std::unique_ptr<AttrObject, Destroy<AttrObject, &Functions::primitive_attr_destroy>>;
using PostOps = std::unique_ptr<PostOpsObject, Destroy<PostOpsObject, &Functions::post_ops_destroy>>;
using PrimitiveDesc =
    std::unique_ptr<PrimitiveDescObject, Destroy<PrimitiveDescObject, &Functions::primitive_desc_destroy>>;
using Primitive = std::unique_ptr<PrimitiveObject, Destroy<PrimitiveObject, &Functions::primitive_destroy>>;

// The object that `create(&object)` makes; throws with `what` where it fails.
template <class Owner, class Create>
Owner made(const char* what, const Create& create) {
  typename Owner::pointer object = nullptr;
  check(create(&object), what);
  return Owner(object);
}

inline MemoryDesc copy_of(const MemoryDescObject* desc) {
  return made<MemoryDesc>("copy a memory descriptor", [&](auto** to) { return dnnl().memory_desc_clone(to, desc); });
}

}  // namespace faltung::cpu_onednn

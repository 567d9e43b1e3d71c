// TMA (tensor memory accelerator) copies and mbarriers; see "PTX ISA", cp.async.bulk and mbarrier. One thread issues a
// copy; threads that wait for the phase of its mbarrier see the data. Elements outside the tensor are read as zeros and
// not written. Compute capability 9.0 or newer.
#pragma once

#include <cuda.h>

namespace faltung::cuda {

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 900
#define FALTUNG_SM90_ASM(...) __trap()  // never called there
#else
#define FALTUNG_SM90_ASM(...) asm volatile(__VA_ARGS__)
#endif

__device__ __forceinline__ unsigned shared_address(const void* pointer) {
  return static_cast<unsigned>(__cvta_generic_to_shared(pointer));
}

// A phase completes after `count` arrivals and the arrival of all expected bytes.
__device__ __forceinline__ void mbarrier_init(unsigned barrier, int count) {
  FALTUNG_SM90_ASM("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(count) : "memory");
}
// Makes the initialised mbarriers visible to TMA. Call before their first use.
__device__ __forceinline__ void fence_mbarrier_init() {
  FALTUNG_SM90_ASM("fence.mbarrier_init.release.cluster;" ::: "memory");
}
__device__ __forceinline__ void mbarrier_arrive(unsigned barrier) {
  FALTUNG_SM90_ASM("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}
__device__ __forceinline__ void mbarrier_arrive_expect_tx(unsigned barrier, int bytes) {
  FALTUNG_SM90_ASM("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}
// Waits until the phase of that parity has completed; the phase before the first counts as completed.
__device__ __forceinline__ void mbarrier_wait(unsigned barrier, int phase) {
  FALTUNG_SM90_ASM(
      "{ .reg .pred p;\n"
      "again: mbarrier.try_wait.parity.shared::cta.b64 p, [%0], %1;\n"
      "@!p bra again; }" ::"r"(barrier),
      "r"(phase)
      : "memory");
}

// Copies bytes. Both addresses and the size are multiples of 16.
__device__ __forceinline__ void tma_load(unsigned to, const void* from, int bytes, unsigned barrier) {
  FALTUNG_SM90_ASM("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(to),
                   "l"(from), "r"(bytes), "r"(barrier)
                   : "memory");
}
// The same for data that is read only once: evicted first from L2.
__device__ __forceinline__ void tma_load_evict_first(unsigned to, const void* from, int bytes, unsigned barrier) {
  FALTUNG_SM90_ASM(
      "{ .reg .b64 policy;\n"
      "createpolicy.fractional.L2::evict_first.b64 policy, 1.0;\n"
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.L2::cache_hint [%0], [%1], %2, [%3], policy; "
      "}" ::"r"(to),
      "l"(from), "r"(bytes), "r"(barrier)
      : "memory");
}

// Origin of a box, in elements of the tensor.
struct BoxOrigin {
  int channel, x, image, y;
};
__device__ __forceinline__ void tma_load_box(unsigned to, const CUtensorMap& map, unsigned barrier,
                                             const BoxOrigin& at) {
  FALTUNG_SM90_ASM(
      "cp.async.bulk.tensor.4d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3, %4, %5}], "
      "[%6];" ::"r"(to),
      "l"(&map), "r"(at.channel), "r"(at.x), "r"(at.image), "r"(at.y), "r"(barrier)
      : "memory");
}
__device__ __forceinline__ void tma_store_box(unsigned from, const CUtensorMap& map, const BoxOrigin& at) {
  FALTUNG_SM90_ASM("cp.async.bulk.tensor.4d.global.shared::cta.bulk_group [%0, {%1, %2, %3, %4}], [%5];" ::"l"(&map),
                   "r"(at.channel), "r"(at.x), "r"(at.image), "r"(at.y), "r"(from)
                   : "memory");
}
__device__ __forceinline__ void tma_commit() { FALTUNG_SM90_ASM("cp.async.bulk.commit_group;" ::: "memory"); }
// Waits until all committed stores of the thread have read their shared memory.
__device__ __forceinline__ void tma_wait_reads() { FALTUNG_SM90_ASM("cp.async.bulk.wait_group.read 0;" ::: "memory"); }
// The same, except for the last committed group.
__device__ __forceinline__ void tma_wait_earlier_reads() {
  FALTUNG_SM90_ASM("cp.async.bulk.wait_group.read 1;" ::: "memory");
}
// Makes the thread's writes to shared memory visible to TMA stores that are issued after its next arrival.
__device__ __forceinline__ void fence_async_proxy() { FALTUNG_SM90_ASM("fence.proxy.async.shared::cta;" ::: "memory"); }

#undef FALTUNG_SM90_ASM

}  // namespace faltung::cuda

// Copies by the tensor memory accelerator ("PTX ISA", cp.async.bulk) of bytes in a row and of boxes of a tensor, and
// the barriers that know of them. One thread orders a copy; whoever waits for a barrier's phase sees what was copied.
// Elements outside the tensor are read as zeros and not written. From compute capability 9.0 on.
#pragma once

#include <cuda.h>

namespace faltung::cuda {

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 900
#define FALTUNG_BULK(...) __trap()  // nobody calls it there
#else
#define FALTUNG_BULK(...) asm volatile(__VA_ARGS__)
#endif

__device__ __forceinline__ unsigned shared_address(const void* pointer) {
  return static_cast<unsigned>(__cvta_generic_to_shared(pointer));
}

// A barrier's phase ends when `count` have arrived and the bytes that were expected are there.
__device__ __forceinline__ void begin_barrier(unsigned barrier, int count) {
  FALTUNG_BULK("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(count) : "memory");
}
// Between the barriers' beginning and their first use.
__device__ __forceinline__ void show_barriers() { FALTUNG_BULK("fence.mbarrier_init.release.cluster;" ::: "memory"); }
__device__ __forceinline__ void arrive(unsigned barrier) {
  FALTUNG_BULK("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}
__device__ __forceinline__ void arrive_and_expect(unsigned barrier, int bytes) {
  FALTUNG_BULK("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}
// Until a phase of that parity has ended; the one before the first counts as ended.
__device__ __forceinline__ void wait(unsigned barrier, int parity) {
  FALTUNG_BULK(
      "{ .reg .pred p;\n"
      "again: mbarrier.try_wait.parity.shared::cta.b64 p, [%0], %1;\n"
      "@!p bra again; }" ::"r"(barrier),
      "r"(parity)
      : "memory");
}

// Addresses and number are multiples of 16.
__device__ __forceinline__ void load_bytes(unsigned to, const void* from, int bytes, unsigned barrier) {
  FALTUNG_BULK("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(to),
               "l"(from), "r"(bytes), "r"(barrier)
               : "memory");
}
// … that nobody reads again: they are the first to leave the cache.
__device__ __forceinline__ void load_bytes_once(unsigned to, const void* from, int bytes, unsigned barrier) {
  FALTUNG_BULK(
      "{ .reg .b64 policy;\n"
      "createpolicy.fractional.L2::evict_first.b64 policy, 1.0;\n"
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.L2::cache_hint [%0], [%1], %2, [%3], policy; "
      "}" ::"r"(to),
      "l"(from), "r"(bytes), "r"(barrier)
      : "memory");
}

// Where a box begins, in elements from the tensor's first.
struct BoxPlace {
  int channel, x, image, y;
};
__device__ __forceinline__ void load_box(unsigned to, const CUtensorMap& map, unsigned barrier, const BoxPlace& at) {
  FALTUNG_BULK(
      "cp.async.bulk.tensor.4d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3, %4, %5}], "
      "[%6];" ::"r"(to),
      "l"(&map), "r"(at.channel), "r"(at.x), "r"(at.image), "r"(at.y), "r"(barrier)
      : "memory");
}
__device__ __forceinline__ void store_box(unsigned from, const CUtensorMap& map, const BoxPlace& at) {
  FALTUNG_BULK("cp.async.bulk.tensor.4d.global.shared::cta.bulk_group [%0, {%1, %2, %3, %4}], [%5];" ::"l"(&map),
               "r"(at.channel), "r"(at.x), "r"(at.image), "r"(at.y), "r"(from)
               : "memory");
}
__device__ __forceinline__ void commit_boxes() { FALTUNG_BULK("cp.async.bulk.commit_group;" ::: "memory"); }
// Until the boxes that the thread committed have been read from shared memory.
__device__ __forceinline__ void wait_for_reads() { FALTUNG_BULK("cp.async.bulk.wait_group.read 0;" ::: "memory"); }
// … or all but those of the last commit.
__device__ __forceinline__ void wait_for_earlier_reads() {
  FALTUNG_BULK("cp.async.bulk.wait_group.read 1;" ::: "memory");
}
// What the thread wrote to shared memory is seen by copies that are ordered after its next arrival.
__device__ __forceinline__ void show_writes() { FALTUNG_BULK("fence.proxy.async.shared::cta;" ::: "memory"); }

#undef FALTUNG_BULK

}  // namespace faltung::cuda

#include "kernels/epilogue/store_rows.h"

#include "kernels/epilogue/stores.h"

namespace faltung::epilogue {
namespace {

bool are_a_pair(DType sums, DType stored) {
  if (sums == DType::f16 || sums == DType::bf16) return sums == stored;
  const bool carries = accumulator_of(sums) == sums;
  const bool same_kind = is_complex(sums) == is_complex(stored) && is_integer(sums) == is_integer(stored);
  return carries && same_kind && size_of(stored) <= size_of(sums) && stored != DType::boolean;
}

}  // namespace

StoreRows store_rows_for(DType sums, DType stored) {
  if (!are_a_pair(sums, stored)) return nullptr;
  switch (sums) {
    case DType::f64:
      return store_of_f64(stored);
    case DType::i32:
      return store_of_i32(stored);
    case DType::i64:
      return store_of_i64(stored);
    case DType::cf32:
    case DType::cf64:
      return store_of_complex(sums, stored);
    default:
      return store_of_f32(sums, stored);
  }
}

}  // namespace faltung::epilogue

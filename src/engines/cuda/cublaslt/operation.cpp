#include "engines/cuda/cublaslt/operation.h"

namespace faltung::cuda_cublaslt {
namespace {

cudaDataType_t data_type(DType dtype) noexcept {
  switch (dtype) {
    case DType::f64:
      return CUDA_R_64F;
    case DType::f16:
      return CUDA_R_16F;
    case DType::bf16:
      return CUDA_R_16BF;
    default:
      return CUDA_R_32F;
  }
}

template <class Value>
void set(Product& product, cublasLtMatmulDescAttributes_t attribute, const Value& value) {
  check(cublaslt().set_product(&product, attribute, &value, sizeof value), "cublasLtMatmulDescSetAttribute");
}

template <class Value>
void set(cublasLtMatrixLayoutOpaque_t& layout, cublasLtMatrixLayoutAttribute_t attribute, const Value& value) {
  check(cublaslt().set_layout(&layout, attribute, &value, sizeof value), "cublasLtMatrixLayoutSetAttribute");
}

cublasLtEpilogue_t epilogue_of(const Epilogue& epilogue) noexcept {
  const bool relu = epilogue.activation == Activation::relu;
  if (epilogue.bias) return relu ? CUBLASLT_EPILOGUE_RELU_BIAS : CUBLASLT_EPILOGUE_BIAS;
  return relu ? CUBLASLT_EPILOGUE_RELU : CUBLASLT_EPILOGUE_DEFAULT;
}

cublasLtMatrixLayoutOpaque_t layout_of(const Matrix& matrix, cudaDataType_t type, std::int64_t batch) {
  cublasLtMatrixLayoutOpaque_t layout;
  check(cublaslt().init_layout(&layout, sizeof layout, type, static_cast<std::uint64_t>(matrix.rows),
                               static_cast<std::uint64_t>(matrix.columns), matrix.leading),
        "cublasLtMatrixLayoutInit");
  if (batch == 1) return layout;
  set(layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, static_cast<std::int32_t>(batch));
  set(layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, matrix.batch_stride);
  return layout;
}

}  // namespace

Types types_of(const ConvProblem& p) noexcept {
  const DType read = type_read(p);
  const cudaDataType_t scale = read == DType::f64 ? CUDA_R_64F : CUDA_R_32F;
  const bool tf32 = read == DType::f32 && p.numerics.tf32;
  return {.compute = read == DType::f64 ? CUBLAS_COMPUTE_64F
                     : tf32             ? CUBLAS_COMPUTE_32F_FAST_TF32
                                        : CUBLAS_COMPUTE_32F,
          .scale = scale,
          .read = data_type(read),
          .written = data_type(p.written().dtype)};
}

// A sum in parts is rounded to 16 bits before it is ended (seen with 13.1).
std::uint32_t reductions_allowed(const ConvProblem& p) noexcept {
  if (size_of(p.written().dtype) > 2) return CUBLASLT_REDUCTION_SCHEME_MASK;
  return p.epilogue.empty() ? CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE : CUBLASLT_REDUCTION_SCHEME_NONE;
}

std::uint64_t implementations_allowed(const ConvProblem& p) noexcept {
  constexpr std::uint64_t in_f32 = CUBLASLT_NUMERICAL_IMPL_FLAGS_FMA | CUBLASLT_NUMERICAL_IMPL_FLAGS_ACCUMULATOR_32F;
  switch (type_read(p)) {
    case DType::f64:
      return CUBLASLT_NUMERICAL_IMPL_FLAGS_FMA | CUBLASLT_NUMERICAL_IMPL_FLAGS_DMMA |
             CUBLASLT_NUMERICAL_IMPL_FLAGS_ACCUMULATOR_64F | CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_64F;
    case DType::f16:
    case DType::bf16:  // the fastest algorithms of 13.1 for sm_90 (number 66) call both INPUT_16F
      return in_f32 | CUBLASLT_NUMERICAL_IMPL_FLAGS_HMMA | CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_16F |
             CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_16BF;
    default:
      return in_f32 | CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_32F |
             (p.numerics.tf32 ? CUBLASLT_NUMERICAL_IMPL_FLAGS_HMMA | CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_TF32 : 0);
  }
}

Product product_of(const ConvProblem& p, const Matmul& matmul, const void* bias) {
  const Types types = types_of(p);
  Product product;
  check(cublaslt().init_product(&product, sizeof product, types.compute, types.scale), "cublasLtMatmulDescInit");
  if (matmul.a.transposed) set(product, CUBLASLT_MATMUL_DESC_TRANSA, CUBLAS_OP_T);
  if (matmul.b.transposed) set(product, CUBLASLT_MATMUL_DESC_TRANSB, CUBLAS_OP_T);
  if (!p.epilogue.empty()) set(product, CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue_of(p.epilogue));
  if (!p.epilogue.bias) return product;
  set(product, CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
  set(product, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, types.written);
  if (matmul.batch > 1) set(product, CUBLASLT_MATMUL_DESC_BIAS_BATCH_STRIDE, matmul.bias_batch_stride);
  return product;
}

Layouts layouts_of(const ConvProblem& p, const Matmul& matmul) {
  const Types types = types_of(p);
  return {.a = layout_of(matmul.a, types.read, matmul.batch),
          .b = layout_of(matmul.b, types.read, matmul.batch),
          .d = layout_of(matmul.d, types.written, matmul.batch)};
}

}  // namespace faltung::cuda_cublaslt

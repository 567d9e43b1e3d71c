// Marks functions shared by CUDA kernels and the CPU, so that tests reach them without a GPU.
#pragma once

#if defined(__CUDACC__)
#define FALTUNG_HOST_DEVICE __host__ __device__
#else
#define FALTUNG_HOST_DEVICE
#endif

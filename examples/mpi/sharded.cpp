// One convolution of a volume on all processes of MPI, each with its part of the depth:
//     mpicxx -std=c++20 -O2 sharded.cpp $(pkg-config --cflags --libs faltung) -o sharded && mpirun -n 4 ./sharded
#include <faltung/faltung.h>
#include <faltung/mpi_group.h>

#include <cstdio>

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  {
    faltung::MpiGroup group(MPI_COMM_WORLD);
    const faltung::Sharding depth{{faltung::even_cut(2, 64, group.size())}};
    const faltung::Box mine = faltung::block_of(depth, {1, 8, 64, 32, 32}, group.rank(), group.size());
    const faltung::Tensor x = faltung::Tensor::zeros(mine.extents, faltung::DType::f32);
    const faltung::Tensor w = faltung::Tensor::zeros({8, 8, 3, 3, 3}, faltung::DType::f32);
    faltung::fill(x, 1);
    faltung::fill(w, 1);
    const faltung::ShardedTensor y = faltung::convolution_sharded({x, depth}, {w}, {}, group, {.padding = "same"});
    std::printf("rank %d has %lld planes; its last element is %g\n", group.rank(),
                static_cast<long long>(y.block.size(2)), y.block.as<float>()[y.block.numel() - 1]);
  }
  MPI_Finalize();
}

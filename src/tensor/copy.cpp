#include "tensor/copy.h"

#include <cstring>
#include <functional>

#include "tensor/dispatch.h"
#include "tensor/loop_nest.h"

namespace faltung {
namespace {

// Elements that are moved and not looked at.
template <std::size_t bytes>
struct Bits {
  std::byte bits[bytes];
};

template <class To, class From, class Map>
void copy_tiles(const TensorView& source, const TensorView& destination, const Execution& execution, Map map) {
  const From* in = source.as<const From>();
  To* out = destination.as<To>();
  for_each_tile(execution, loop_nest(source.sizes, destination.strides, source.strides), [&](const Tile& tile) {
    for (std::int64_t row = 0; row < tile.rows; ++row) {
      const From* from = in + tile.in + row * tile.in_row;
      To* to = out + tile.out + row * tile.out_row;
      if (tile.in_column == 1 && tile.out_column == 1) {
        if constexpr (std::is_same_v<To, From> && std::is_same_v<Map, std::identity>) {
          std::memcpy(to, from, static_cast<std::size_t>(tile.columns) * sizeof(To));
        } else {
          for (std::int64_t i = 0; i < tile.columns; ++i) to[i] = map(from[i]);
        }
      } else {
        for (std::int64_t i = 0; i < tile.columns; ++i) to[i * tile.out_column] = map(from[i * tile.in_column]);
      }
    }
  });
}

void move_bits(const TensorView& source, const TensorView& destination, const Execution& execution) {
  const auto move = [&]<std::size_t bytes>() {
    copy_tiles<Bits<bytes>, Bits<bytes>>(source, destination, execution, std::identity());
  };
  switch (size_of(source.dtype)) {
    case 1:
      return move.operator()<1>();
    case 2:
      return move.operator()<2>();
    case 4:
      return move.operator()<4>();
    case 8:
      return move.operator()<8>();
    default:
      return move.operator()<16>();
  }
}

template <class To, class From>
void convert_elements(const TensorView& source, const TensorView& destination, const Execution& execution) {
  if constexpr (is_complex_type<From> && !is_complex_type<To>) {
    throw Error(ErrorCode::InvalidArgument, "a complex tensor cannot become a real one");
  } else {
    if constexpr (is_complex_type<From>) {
      if (source.conjugate != destination.conjugate) {
        return copy_tiles<To, From>(source, destination, execution,
                                    [](From value) { return convert_stored<To>(std::conj(value)); });
      }
    }
    copy_tiles<To, From>(source, destination, execution, [](From value) { return convert_stored<To>(value); });
  }
}

}  // namespace

void copy_on_cpu(const TensorView& source, const TensorView& destination, const Execution& execution) {
  if (source.dtype == destination.dtype && source.conjugate == destination.conjugate)
    return move_bits(source, destination, execution);
  visit_stored(source.dtype, [&]<class From>(ElementType<From>) {
    visit_stored(destination.dtype,
                 [&]<class To>(ElementType<To>) { convert_elements<To, From>(source, destination, execution); });
  });
}

void fill_on_cpu(const TensorView& destination, double value, const Execution& execution) {
  visit_stored(destination.dtype, [&]<class T>(ElementType<T>) {
    const T element = convert_stored<T>(value);
    T* out = destination.as<T>();
    const Dims none = Dims::filled(destination.rank(), 0);
    for_each_tile(execution, loop_nest(destination.sizes, destination.strides, none), [&](const Tile& tile) {
      for (std::int64_t row = 0; row < tile.rows; ++row) {
        T* const to = out + tile.out + row * tile.out_row;
        if (tile.out_column == 1) {
          std::fill_n(to, tile.columns, element);
          continue;
        }
        for (std::int64_t i = 0; i < tile.columns; ++i) to[i * tile.out_column] = element;
      }
    });
  });
}

}  // namespace faltung

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

#include "device/cpu/tensors.h"
#include "tensor/dispatch.h"
#include "tensor/loop_nest.h"

namespace faltung {
namespace {

// Elements that are moved and not looked at.
struct Eight {  // aligned as the parts of a complex number are
  std::uint32_t halves[2];
};
struct Sixteen {
  std::uint64_t halves[2];
};

// The elements of a tile, of types that the function knows.
using TileCopy = void (*)(const void* in, void* out, const Tile& tile);

template <class To, class From, class Map>
void copy_tile(const void* in, void* out, const Tile& tile) {
  constexpr Map map;
  for (std::int64_t row = 0; row < tile.rows; ++row) {
    const From* from = static_cast<const From*>(in) + tile.in + row * tile.in_row;
    To* to = static_cast<To*>(out) + tile.out + row * tile.out_row;
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
}

void copy_tiles(const TensorView& source, const TensorView& destination, const Execution& execution, TileCopy copy) {
  for_each_tile(execution, loop_nest(source.sizes, destination.strides, source.strides),
                [&](const Tile& tile) { copy(source.data, destination.data, tile); });
}

// One element repeated.
template <class T>
void fill_tile(const void* in, void* out, const Tile& tile) {
  const T element = *static_cast<const T*>(in);
  for (std::int64_t row = 0; row < tile.rows; ++row) {
    T* to = static_cast<T*>(out) + tile.out + row * tile.out_row;
    if (tile.out_column == 1) {
      std::fill_n(to, tile.columns, element);
    } else {
      for (std::int64_t i = 0; i < tile.columns; ++i) to[i * tile.out_column] = element;
    }
  }
}

// Calls body with the type that stands for elements of so many bytes.
template <class Body>
TileCopy visit_bits(std::size_t bytes, Body&& body) {
  switch (bytes) {
    case 1:
      return body(ElementType<std::uint8_t>{});
    case 2:
      return body(ElementType<std::uint16_t>{});
    case 4:
      return body(ElementType<std::uint32_t>{});
    case 8:
      return body(ElementType<Eight>{});
    default:
      return body(ElementType<Sixteen>{});
  }
}

TileCopy moving_bits(std::size_t bytes) {
  return visit_bits(bytes, []<class T>(ElementType<T>) -> TileCopy { return &copy_tile<T, T, std::identity>; });
}
TileCopy filling_bits(std::size_t bytes) {
  return visit_bits(bytes, []<class T>(ElementType<T>) -> TileCopy { return &fill_tile<T>; });
}

template <class To>
struct Convert {
  template <class From>
  To operator()(From value) const {
    return convert_stored<To>(value);
  }
};
template <class To>
struct ConvertConjugate {
  template <class From>
  To operator()(From value) const {
    return convert_stored<To>(std::conj(value));
  }
};

template <class To, class From>
TileCopy converting(bool conjugate) {
  if constexpr (is_complex_type<From> && !is_complex_type<To>)
    throw Error(ErrorCode::InvalidArgument, "a complex tensor cannot become a real one");
  else if constexpr (is_complex_type<From>)
    return conjugate ? &copy_tile<To, From, ConvertConjugate<To>> : &copy_tile<To, From, Convert<To>>;
  else
    return &copy_tile<To, From, Convert<To>>;
}

TileCopy converting(DType from, DType to, bool conjugate) {
  return visit_stored(from, [&]<class From>(ElementType<From>) {
    return visit_stored(to, [&]<class To>(ElementType<To>) { return converting<To, From>(conjugate); });
  });
}

}  // namespace

void copy_on_cpu(const TensorView& source, const TensorView& destination, const Execution& execution) {
  const bool conjugate = source.conjugate != destination.conjugate;
  const bool same = source.dtype == destination.dtype && !conjugate;
  copy_tiles(source, destination, execution,
             same ? moving_bits(size_of(source.dtype)) : converting(source.dtype, destination.dtype, conjugate));
}

void fill_on_cpu(const TensorView& destination, double value, const Execution& execution) {
  std::byte element[16];
  visit_stored(destination.dtype, [&]<class T>(ElementType<T>) {
    const T converted = convert_stored<T>(value);
    std::memcpy(element, &converted, sizeof converted);
  });
  const TensorView repeated(element, destination.dtype, destination.sizes, Dims::filled(destination.rank(), 0));
  copy_tiles(repeated, destination, execution, filling_bits(size_of(destination.dtype)));
}

}  // namespace faltung

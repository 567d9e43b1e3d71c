#include "verify/device_mirror.h"

#include <cstdint>

namespace faltung {
namespace {

constexpr std::uintptr_t alignment = 256;

TensorView bytes_of(std::vector<std::byte>& memory) {
  return TensorView(memory.data(), DType::i8, {static_cast<std::int64_t>(memory.size())}, {1});
}

}  // namespace

DeviceMirror::DeviceMirror(Device device, const std::vector<std::vector<std::byte>*>& host) : device_(device) {
  if (device.type == DeviceType::cpu) return;
  for (std::vector<std::byte>* memory : host) {
    const auto size = static_cast<std::int64_t>(memory->size());
    Piece piece{
        memory,
        Tensor::empty({size + 2 * static_cast<std::int64_t>(alignment)}, DType::i8, MemoryFormat::contiguous, device),
        {}};
    const auto start = reinterpret_cast<std::uintptr_t>(piece.storage.data);
    const std::uintptr_t shift = (reinterpret_cast<std::uintptr_t>(memory->data()) - start) % alignment;
    piece.there = piece.storage.narrow(0, static_cast<std::int64_t>(shift), size);
    pieces_.push_back(std::move(piece));
  }
}

void DeviceMirror::upload() {
  for (Piece& piece : pieces_) copy(bytes_of(*piece.host), piece.there);
}

void DeviceMirror::download() {
  for (Piece& piece : pieces_) copy(piece.there, bytes_of(*piece.host));
}

const void* DeviceMirror::find(const void* host) const {
  if (device_.type == DeviceType::cpu || !host) return host;
  for (const Piece& piece : pieces_) {
    const auto* begin = piece.host->data();
    const auto* address = static_cast<const std::byte*>(host);
    if (address >= begin && address <= begin + piece.host->size())
      return piece.there.as<std::byte>() + (address - begin);
  }
  throw Error(ErrorCode::InvalidArgument, "an address outside the mirrored memory");
}

Operands DeviceMirror::at(const Operands& host) const {
  Operands there = host;
  there.x = at(host.x), there.w = at(host.w), there.y = at(host.y);
  there.bias = at(host.bias), there.z = at(host.z);
  return there;
}

}  // namespace faltung

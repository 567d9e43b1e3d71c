#include "ranks/process_group.h"

#include "arguments/parameters.h"
#include "arrays/results.h"
#include "faltung/error.h"

namespace faltung::python {
namespace {

int member(nb::handle object, const char* name) {
  return static_cast<int>(integer_from(nb::getattr(object, name), name));
}

nb::object address(void* stream) { return nb::int_(reinterpret_cast<std::uintptr_t>(stream)); }

// An exception of Python's lives where the lock is held; its text goes on.
template <class Call>
void with_lock(Call&& call) {
  std::string text;
  {
    const nb::gil_scoped_acquire acquired;
    try {
      return call();
    } catch (const std::exception& error) {
      text = error.what();
    }
  }
  throw Error(ErrorCode::EngineFailure, "the exchange between processes failed: " + text);
}

}  // namespace

ProcessGroup::ProcessGroup(nb::handle object, const ArrayKind& kind, const Device& device)
    : object_(nb::borrow(object)),
      kind_(kind),
      device_(device),
      rank_(member(object, "rank")),
      size_(member(object, "size")) {}

ProcessGroup::~ProcessGroup() {
  const nb::gil_scoped_acquire acquired;
  object_.reset();
}

nb::object ProcessGroup::array_of(void* data, std::size_t count, DType dtype, void* stream) const {
  const TensorView view(data, dtype, {static_cast<std::int64_t>(count)}, {1}, device_);
  const auto nobody = std::shared_ptr<void>(data, [](void*) {});  // the memory lives until finish() has returned
  return as_kind(Tensor::borrow(view, nobody), kind_, stream);
}

nb::list ProcessGroup::listed(std::span<const Message> messages, void* stream) const {
  nb::list all;
  for (const Message& message : messages)
    if (message.bytes > 0)
      all.append(nb::make_tuple(message.peer, array_of(message.data, message.bytes, DType::i8, stream)));
  return all;
}

void ProcessGroup::start(std::span<const Message> sends, std::span<const Message> receives, const Stream& stream) {
  with_lock([&] {
    object_.attr("start")(listed(sends, stream.native), listed(receives, stream.native), address(stream.native));
  });
}

void ProcessGroup::finish(const Stream& stream) {
  with_lock([&] { object_.attr("finish")(address(stream.native)); });
}

bool ProcessGroup::can_sum(DType dtype) const noexcept {
  return dtype == DType::f32 || dtype == DType::f64 || dtype == DType::i32 || dtype == DType::i64;
}

void ProcessGroup::sum(void* data, std::size_t count, DType dtype, const Stream& stream) {
  with_lock([&] { object_.attr("sum")(array_of(data, count, dtype, stream.native), address(stream.native)); });
}

void ProcessGroup::abandon(const std::string& reason) noexcept {
  try {
    with_lock([&] { object_.attr("abandon")(reason.c_str()); });
  } catch (...) {  // the failure that led here is told
  }
}

}  // namespace faltung::python

#include "arrays/array_kind.h"

#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "arguments/errors.h"

namespace faltung::python {
namespace {

// Types are few, unless a program makes new ones for ever: those beyond the limit are looked at in every call.
constexpr std::size_t most_types = 256;

struct KnownTypes {
  std::shared_mutex mutex;
  std::unordered_map<PyObject*, const ArrayKind*> kinds;  // each holds a reference to its type
};

KnownTypes& known_types() {
  static KnownTypes& known = *new KnownTypes;  // never destroyed: calls may come while the interpreter ends
  return known;
}

const ExchangeApi* exchange_api_of(nb::handle type) {
  const nb::object capsule = nb::getattr(type, exchange_attribute, nb::none());
  if (!PyCapsule_IsValid(capsule.ptr(), exchange_capsule)) return nullptr;
  auto* api = static_cast<const ExchangeApi*>(PyCapsule_GetPointer(capsule.ptr(), exchange_capsule));
  while (api && api->version.major > 1) api = api->previous;
  return api && api->version.major == 1 && api->view_from_object ? api : nullptr;
}

nb::object member_of(const char* module, const char* name) { return nb::module_::import_(module).attr(name); }

nb::handle method_of(nb::handle type, const char* name) {
  return nb::hasattr(type, name) ? nb::object(type.attr(name)).release() : nb::handle();
}

// By the library that the type belongs to, else by the array API's namespace.
nb::object importer_for(nb::handle array, const std::string& library) {
  if (library == "numpy") return member_of("numpy", "from_dlpack");
  if (library == "jax" || library == "jaxlib") return member_of("jax.dlpack", "from_dlpack");
  if (library == "cupy") return member_of("cupy", "from_dlpack");
  if (library == "torch") return member_of("torch.utils.dlpack", "from_dlpack");
  if (nb::hasattr(array, "__array_namespace__"))
    return nb::getattr(array.attr("__array_namespace__")(), "from_dlpack", nb::none());
  return nb::none();
}

ArrayKind examine(nb::handle array) {
  const nb::handle type = array.type();
  const std::string module = text_of(nb::getattr(type, "__module__", nb::str("")));
  const std::string library = module.substr(0, module.find('.'));
  ArrayKind kind;
  kind.exchange = exchange_api_of(type);
  if (kind.exchange) {
    kind.reader = Reader::exchange_api;
    kind.is_conj = method_of(type, "is_conj");
    kind.is_neg = method_of(type, "is_neg");
    return kind;
  }
  if (library == "numpy" && nb::hasattr(type, "__array_struct__")) {
    kind.reader = Reader::numpy;
  } else if (nb::hasattr(type, "__dlpack__")) {
    kind.reader = Reader::dlpack;
  }
  kind.immutable = library == "jax" || library == "jaxlib";
  const nb::object importer = importer_for(array, library);
  if (!importer.is_none()) kind.from_dlpack = nb::object(importer).release();
  return kind;
}

const ArrayKind* known_kind(nb::handle type) {
  KnownTypes& known = known_types();
  const std::shared_lock lock(known.mutex);
  const auto found = known.kinds.find(type.ptr());
  return found == known.kinds.end() ? nullptr : found->second;
}

const ArrayKind& remember(nb::handle type, const ArrayKind& kind) {
  KnownTypes& known = known_types();
  const std::unique_lock lock(known.mutex);
  if (known.kinds.size() == most_types && !known.kinds.contains(type.ptr())) {
    static thread_local ArrayKind passing[8];  // as many as a call has arrays
    static thread_local unsigned next = 0;
    return passing[next++ % 8] = kind;
  }
  const auto [place, fresh] = known.kinds.try_emplace(type.ptr(), nullptr);
  if (fresh) {
    place->second = new ArrayKind(kind);
    type.inc_ref();
  }
  return *place->second;
}

}  // namespace

const ArrayKind& kind_of(nb::handle array) {
  static thread_local PyObject* last_type = nullptr;  // one of the known
  static thread_local const ArrayKind* last_kind = nullptr;
  const nb::handle type = array.type();
  if (type.ptr() == last_type) return *last_kind;
  if (const ArrayKind* kind = known_kind(type)) {
    last_type = type.ptr();
    return *(last_kind = kind);
  }
  return remember(type, examine(array));
}

}  // namespace faltung::python

#include <filesystem>
#include <memory>

#include "faltung/faltung.h"
#include "memory/calls.h"

namespace faltung::test {
namespace {

const Dims image{2, 3, 5, 5};

std::string bits_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TensorFile two_tensors() {
  TensorFile file;
  file.tensors["weights of a layer with a long name"] = clone(numbers(image));
  file.tensors["bias"] = cast(numbers({3}), DType::bf16);
  file.metadata["made by"] = "a test of want of memory";
  return file;
}

std::string content_of(const TensorFile& file) {
  std::string all;
  for (const auto& [name, tensor] : file.tensors) all += name + test::bits_of(tensor);
  for (const auto& [key, value] : file.metadata) all += key + value;
  return all;
}

std::string in_tests_folder(const char* name) { return (std::filesystem::temp_directory_path() / name).string(); }

std::string through_dlpack(const TensorView& view) {
  std::unique_ptr<DLManagedTensor, void (*)(DLManagedTensor*)> ours(to_dlpack(clone(view)),
                                                                    [](auto* t) { t->deleter(t); });
  const Tensor back = from_dlpack(ours.get());
  ours.release();  // it was taken over
  return test::bits_of(back);
}

std::string converted_from_dlpack() {
  std::uint16_t values[] = {1, 2, 65535};
  std::int64_t size = 3;
  const DLTensor tensor{.data = values, .device = {kDLCPU, 0}, .ndim = 1, .dtype = {kDLUInt, 16, 1}, .shape = &size};
  return test::bits_of(from_dlpack(tensor, DType::f32));
}

}  // namespace

std::vector<Call> calls_of_tensors() {
  using C = Context&;
  const TensorView x = numbers(image);
  return {
      {"clone", [=](C) { return test::bits_of(clone(x, MemoryFormat::channels_last)); }},
      {"cast", [=](C) { return test::bits_of(cast(x, DType::f16)); }},
      {"Tensor::zeros",
       [](C) {
         return test::bits_of(Tensor::zeros({3, 4}, DType::i32));
       }},
      {"copy between layouts",
       [=](C) {
         const Tensor to = Tensor::empty({5, 3, 5, 2}, DType::f64);
         copy(x.transpose(0, 3), to);
         return test::bits_of(to);
       }},
      {"overlaps", [=](C) { return std::to_string(overlaps(x, x.transpose(1, 2)) + overlaps_itself(x)); }},
      {"DLPack", [=](C) { return through_dlpack(x); }},
      {"from_dlpack of a type that no tensor has", [](C) { return converted_from_dlpack(); }},
      {"format_npy, parse_npy", [=](C) { return test::bits_of(parse_npy(format_npy(x.transpose(1, 2)))); }},
      {"list_npy", [=](C) { return list_npy(format_npy(x)).type; }},
      {"save_npy, load_npy, list_npy",
       [=](C) {
         const std::string path = in_tests_folder("faltung_memory_test.npy");
         save_npy(path, x);
         return test::bits_of(load_npy(path)) + test::bits_of(load_npy(path, DType::f16)) + list_npy(path).type;
       },
       Kind::streams},
      {"format_safetensors", [](C) { return bits_of(format_safetensors(two_tensors())); }},
      {"parse_safetensors", [](C) { return content_of(parse_safetensors(format_safetensors(two_tensors()))); }},
      {"save_safetensors, load_safetensors, list_safetensors, load_safetensors_tensor",
       [](C) {
         const std::string path = in_tests_folder("faltung_memory_test.safetensors");
         save_safetensors(path, two_tensors());
         const std::string name = list_safetensors(path).tensors.begin()->first;
         return name + content_of(load_safetensors(path)) + test::bits_of(load_safetensors_tensor(path, name));
       },
       Kind::streams},
      {"list_safetensors, parse_safetensors_tensor",
       [](C) {
         const auto file = format_safetensors(two_tensors());
         const std::string name = list_safetensors(file).tensors.begin()->first;
         return name + test::bits_of(parse_safetensors_tensor(file, name, DType::f64));
       }},
      {"Context::save_tuning, load_tuning",
       [](C c) {
         const std::string path = in_tests_folder("faltung_memory_test.txt");
         c.load_tuning_text("1e-6 reference - i9 f3\n");
         c.save_tuning(path);
         c.load_tuning(path);
         return c.tuning_text();
       },
       Kind::streams},
  };
}

}  // namespace faltung::test

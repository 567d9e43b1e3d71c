// Stands in for libFuzzer where it is not built in: `replay CHANGES FOLDER…` feeds every file of the folders to the
// target, as it is, then CHANGES inputs a folder made from them, the same on every run.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

std::vector<Bytes> read_folder(const char* folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Bytes> files;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    files.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return files;
}

// One change: a byte, a bit, a piece taken out, doubled or brought in from another input.
Bytes changed(Bytes bytes, const std::vector<Bytes>& others, std::mt19937& random) {
  const auto below = [&random](std::size_t n) { return n == 0 ? 0 : random() % n; };
  const auto place = [&](std::size_t at) { return bytes.begin() + static_cast<std::ptrdiff_t>(at); };
  const std::size_t begin = below(bytes.size() + 1),
                    end = begin + below(std::min<std::size_t>(bytes.size() - begin, 16) + 1);
  switch (random() % 5) {
    case 0:
      if (begin < bytes.size()) bytes[begin] = static_cast<std::uint8_t>(random());
      break;
    case 1:
      if (begin < bytes.size()) bytes[begin] ^= static_cast<std::uint8_t>(1u << random() % 8);
      break;
    case 2:
      bytes.erase(place(begin), place(end));
      break;
    case 3: {
      const Bytes piece(place(begin), place(end));
      bytes.insert(place(below(bytes.size() + 1)), piece.begin(), piece.end());
      break;
    }
    default: {
      const Bytes& other = others[below(others.size())];
      const std::size_t from = below(other.size() + 1),
                        length = below(std::min<std::size_t>(other.size() - from, 16) + 1);
      bytes.insert(place(begin), other.begin() + static_cast<std::ptrdiff_t>(from),
                   other.begin() + static_cast<std::ptrdiff_t>(from + length));
    }
  }
  return bytes;
}

void feed(const Bytes& bytes) { LLVMFuzzerTestOneInput(bytes.data(), bytes.size()); }

}  // namespace

int main(int count, char** arguments) {
  const int changes = count > 1 ? std::atoi(arguments[1]) : 0;
  std::size_t replayed = 0;
  for (int i = 2; i < count; ++i) {
    const std::vector<Bytes> seeds = read_folder(arguments[i]);
    for (const Bytes& seed : seeds) feed(seed);
    replayed += seeds.size();
    std::mt19937 random(1);
    for (int change = 0; change < changes && !seeds.empty(); ++change) {
      Bytes bytes = seeds[random() % seeds.size()];
      for (auto steps = random() % 3 + 1; steps > 0; --steps) bytes = changed(std::move(bytes), seeds, random);
      feed(bytes);
    }
  }
  std::printf("replayed %zu inputs, each folder's with %d changes\n", replayed, changes);
  return replayed > 0 ? 0 : 1;
}

#include "shard/exchange/agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "faltung/tensor.h"

namespace faltung {
namespace {

constexpr char said = ' ', fault_said = '!';  // what a text begins with

// Messages of host memory, also where the group exchanges a GPU's.
class HostExchange {
 public:
  explicit HostExchange(Group& group) : group_(group) {}

  void send(int peer, const void* data, std::size_t bytes) { add(sends_, peer, data, bytes); }
  void receive(int peer, void* data, std::size_t bytes) {
    add(receives_, peer, nullptr, bytes);
    destinations_.push_back(data);
  }

  void run() {
    const Stream stream{group_.device()};
    group_.start(sends_, receives_, stream);
    group_.finish(stream);
    group_.wait(stream);
    for (std::size_t i = 0; i < receives_.size(); ++i)
      copy(on_device(receives_[i].data, receives_[i].bytes), on_host(destinations_[i], receives_[i].bytes));
  }

 private:
  TensorView on_device(void* data, std::size_t bytes) const {
    return TensorView(data, DType::i8, {static_cast<std::int64_t>(bytes)}, {1}, group_.device());
  }
  static TensorView on_host(void* data, std::size_t bytes) {
    return TensorView(data, DType::i8, {static_cast<std::int64_t>(bytes)}, {1});
  }
  void add(std::vector<Message>& messages, int peer, const void* data, std::size_t bytes) {
    memory_.push_back(
        Tensor::empty({static_cast<std::int64_t>(bytes)}, DType::i8, MemoryFormat::contiguous, group_.device()));
    messages.push_back({peer, memory_.back().data, bytes});
    if (data) copy(on_host(const_cast<void*>(data), bytes), memory_.back());
  }

  Group& group_;
  std::vector<Tensor> memory_;
  std::vector<Message> sends_, receives_;
  std::vector<void*> destinations_;
};

void compare(const std::vector<std::string>& texts, int rank) {
  const std::string& own = texts[static_cast<std::size_t>(rank)];
  for (std::size_t other = 0; other < texts.size(); ++other)
    if (texts[other][0] == fault_said)
      throw Error(ErrorCode::InvalidArgument, fmt::format("rank {} refuses: {}", other, texts[other].substr(1)));
  for (std::size_t other = 0; other < texts.size(); ++other)
    if (texts[other] != own)
      throw Error(ErrorCode::InvalidArgument,
                  fmt::format("the ranks disagree: rank {} is about to compute '{}', rank {} '{}'", rank, own.substr(1),
                              other, texts[other].substr(1)));
}

// What is told of a text before the text itself.
struct Digest {
  std::uint64_t length = 0, hash = 0;
  bool operator==(const Digest&) const = default;
};

// FNV-1a, the same in every program.
Digest digest_of(const std::string& text) {
  Digest digest{text.size(), 14695981039346656037U};
  for (const char c : text) digest.hash = (digest.hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return digest;
}

std::vector<Digest> digests_of_all(Group& group, const std::string& text) {
  const auto self = static_cast<std::size_t>(group.rank());
  std::vector<Digest> all(static_cast<std::size_t>(group.size()), digest_of(text));
  HostExchange exchange(group);
  for (std::size_t peer = 0; peer < all.size(); ++peer) {
    if (peer == self) continue;
    exchange.send(static_cast<int>(peer), &all[self], sizeof all[self]);
    exchange.receive(static_cast<int>(peer), &all[peer], sizeof all[peer]);
  }
  exchange.run();
  return all;
}

std::vector<std::string> texts_of_all(Group& group, const std::string& text, const std::vector<Digest>& digests) {
  const auto self = static_cast<std::size_t>(group.rank());
  std::vector<std::string> texts(digests.size());
  HostExchange exchange(group);
  for (std::size_t peer = 0; peer < texts.size(); ++peer) {
    texts[peer] = peer == self ? text : std::string(digests[peer].length, ' ');
    if (peer == self) continue;
    exchange.send(static_cast<int>(peer), text.data(), text.size());
    exchange.receive(static_cast<int>(peer), texts[peer].data(), texts[peer].size());
  }
  exchange.run();
  return texts;
}

// Texts of many ranks are long, and nearly always alike: they travel only if their digests differ.
void compare_all(Group& group, const std::string& text) {
  const std::vector<Digest> digests = digests_of_all(group, text);
  const bool alike = std::all_of(digests.begin(), digests.end(), [&](const Digest& d) { return d == digests.front(); });
  if (!alike || text[0] == fault_said) compare(texts_of_all(group, text, digests), group.rank());
}

}  // namespace

std::vector<std::string> texts_of_all(Group& group, const std::string& text) {
  return texts_of_all(group, text, digests_of_all(group, text));
}

void agree(Group& group, const std::string& text) { compare_all(group, said + text); }

void tell_fault(Group& group, const std::string& fault) { compare_all(group, fault_said + fault); }

}  // namespace faltung

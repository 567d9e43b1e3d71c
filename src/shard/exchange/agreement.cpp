#include "shard/exchange/agreement.h"

#include <fmt/format.h>

#include <cstring>

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

}  // namespace

std::vector<std::string> texts_of_all(Group& group, const std::string& text) {
  const auto ranks = static_cast<std::size_t>(group.size());
  const auto self = static_cast<std::size_t>(group.rank());
  std::vector<std::uint64_t> lengths(ranks, text.size());
  HostExchange first(group);
  for (std::size_t peer = 0; peer < ranks; ++peer) {
    if (peer == self) continue;
    first.send(static_cast<int>(peer), &lengths[self], sizeof lengths[self]);
    first.receive(static_cast<int>(peer), &lengths[peer], sizeof lengths[peer]);
  }
  first.run();
  std::vector<std::string> texts(ranks);
  HostExchange second(group);
  for (std::size_t peer = 0; peer < ranks; ++peer) {
    texts[peer] = peer == self ? text : std::string(lengths[peer], ' ');
    if (peer == self) continue;
    second.send(static_cast<int>(peer), text.data(), text.size());
    second.receive(static_cast<int>(peer), texts[peer].data(), texts[peer].size());
  }
  second.run();
  return texts;
}

void agree(Group& group, const std::string& text) { compare(texts_of_all(group, said + text), group.rank()); }

void tell_fault(Group& group, const std::string& fault) { texts_of_all(group, fault_said + fault); }

}  // namespace faltung

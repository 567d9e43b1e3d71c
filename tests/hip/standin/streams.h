// The streams of the stand-in for libamdhip64.so.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "stream.h"

namespace standin {

class Streams;

class Queue final : public Stream {
 public:
  explicit Queue(Streams& all) : all_(all) {}
  void add(Work work) override;
  void finish() override;

 private:
  friend class Streams;
  Streams& all_;
  std::deque<Work> work_;
};

class Streams {
 public:
  Queue* make() {
    const std::lock_guard lock(mutex_);
    return queues_.emplace_back(std::make_unique<Queue>(*this)).get();
  }
  void destroy(Queue* queue) {
    queue->finish();
    const std::lock_guard lock(mutex_);
    std::erase_if(queues_, [queue](const auto& each) { return each.get() == queue; });
  }
  void finish_all() {
    const std::lock_guard lock(mutex_);
    while (do_a_piece_of_each()) {
    }
  }

 private:
  friend class Queue;
  // Whether anything was done.
  bool do_a_piece_of_each() {
    bool any = false;
    for (const auto& queue : queues_)
      if (!queue->work_.empty() && queue->work_.front()()) queue->work_.pop_front(), any = true;
    return any;
  }

  std::recursive_mutex mutex_;  // work may ask the runtime for something
  std::vector<std::unique_ptr<Queue>> queues_;
};

inline void Queue::add(Work work) {
  const std::lock_guard lock(all_.mutex_);
  work_.push_back(std::move(work));
}

inline void Queue::finish() {
  const std::lock_guard lock(all_.mutex_);
  while (!work_.empty() && all_.do_a_piece_of_each()) {
  }
}

}  // namespace standin

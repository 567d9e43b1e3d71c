// Streams of the stand-ins. Their work is done no sooner than something waits for it, and then a piece of each stream
// in turn: what counts on runs of two streams not to meet is found out in every run of a test.
#pragma once

#include <functional>

namespace standin {

// A piece of work; false if it has to wait for another stream.
using Work = std::function<bool()>;

// What another library adds is done by the one that made the stream.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual void add(Work work) = 0;
  virtual void finish() = 0;  // returns when all that was added is done
};

// On the default stream, which is none of these, at once.
template <class Task>
void on_stream(Stream* stream, Task task) {
  if (!stream) return task();
  stream->add([task = std::move(task)]() mutable { return task(), true; });
}

}  // namespace standin

// What planning asks for records, and the records of one context.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "faltung/tuning.h"

namespace faltung {

struct FoundRecord {
  TuningRecord record;
  std::string where;  // a file, "this context"
  std::string fault;  // why it is not to be taken; empty: nothing is known against it
};

class TuningSource {
 public:
  // True if the record is taken.
  using Take = std::function<bool(const FoundRecord&)>;

  virtual ~TuningSource() = default;
  // Shows the records of the key, best first, until one is taken.
  virtual bool find(const TuningKey& key, const Take& take) const = 0;
  virtual void add(const TuningRecord& record) = 0;  // a newer record replaces the older
};

// In memory, of any environment; shared by all threads.
class TuningRecords final : public TuningSource {
 public:
  bool find(const TuningKey& key, const Take& take) const override { return find(key, {}, take); }
  // Records of another environment are shown with that fault.
  bool find(const TuningKey& key, std::string_view environment, const Take& take) const;
  void add(const TuningRecord& record) override;
  std::string text() const;
  // All lines or none: throws InvalidArgument with the line number, having added nothing.
  void parse(std::string_view text);

 private:
  using Place = std::pair<TuningKey, std::string>;  // key and environment
  using Records = std::map<Place, TuningRecord>;
  void merge(Records& added) noexcept;
  void append_of(const TuningKey& key, std::string_view environment, std::vector<FoundRecord>& found) const;

  mutable std::mutex mutex_;
  Records records_;
};

}  // namespace faltung

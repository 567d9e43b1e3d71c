#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>

#include "base/float_environment.h"
#include "faltung/trace.h"

namespace faltung {
namespace {

// A name as one word of a line, whatever an engine calls itself.
std::string word(std::string_view name) {
  if (name.empty()) return "-";
  std::string text(name.substr(0, 200));
  for (char& letter : text)
    if (letter >= 0 && (letter <= ' ' || letter == 0x7f)) letter = '_';
  return text;
}

std::string one_line(std::string text) {
  for (char& letter : text)
    if (letter >= 0 && (letter < ' ' || letter == 0x7f)) letter = ' ';
  return text;
}

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string facts_of(const TraceEvent& event) {
  const Selection& selection = event.selection;
  const Candidate* const chosen = selection.chosen();
  return fmt::format("{} us={:.1f} engine={} variant={} workspace={} cache={} device={}:{} at={:.6f} thread={}{}",
                     name_of(event.kind), 1e6 * event.seconds, word(chosen ? chosen->engine : ""),
                     word(chosen ? chosen->variant : ""), event.workspace_bytes, event.from_cache ? "hit" : "miss",
                     name_of(selection.device.type), selection.device.index, seconds_since_1970(),
                     ::syscall(SYS_gettid), event.failed ? " failed" : "");
}

}  // namespace

std::string_view name_of(TraceEvent::Kind kind) noexcept {
  static constexpr std::string_view names[] = {"plan", "prepare", "run"};
  return names[static_cast<std::size_t>(kind)];
}

std::string print(const TraceEvent& event) {
  const DefaultFloatEnvironment scope;
  const std::string problem = print(event.selection.problem);
  if (event.kind == TraceEvent::Kind::run) return fmt::format("{}  # {}", problem, facts_of(event));
  std::string text =
      fmt::format("# {} decision={} problem: {}", facts_of(event), name_of(event.selection.decision), problem);
  if (event.kind == TraceEvent::Kind::plan)
    for (const std::string& note : event.selection.record_notes)
      text += fmt::format("\n# no tuning record: {}", one_line(note));
  return text;
}

}  // namespace faltung
